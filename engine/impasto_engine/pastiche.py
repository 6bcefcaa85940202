"""Contents in the manner of style images, painted coarse to fine by descent on encoders' features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Literal

import torch

from impasto_engine.descent import Course, descend, in_colors_of
from impasto_engine.device import exact_blocks, release_memory
from impasto_engine.encoder import EncoderEntry, FeatureLayer
from impasto_engine.errors import RequestError
from impasto_engine.eye import Eye
from impasto_engine.fitting import Resampled, resample
from impasto_engine.losses import FeatureMoments, GramTarget, StyleTarget, W2Target, mixed
from impasto_engine.objective import Aim, Objective, Region, View
from impasto_engine.optimizers import Adam, Lbfgs, Optimizer
from impasto_engine.previews import Previews
from impasto_engine.request import StyleRequest, shares_of
from impasto_engine.rows import Rows, Whole
from impasto_engine.stages import held
from impasto_engine.stylizer import Checkpoints, Progress, Terms
from impasto_engine.texture_traits import Wrap

_FIRST_SIDE = 128  # below it the encoders see no strokes
_STEP = math.sqrt(2)  # from scale to scale, as crowsonkb's style-transfer-pytorch
_CONTENT, _SMOOTHNESS = 1.5, 5.0
PICTURES = 3 * 4 * 8  # bytes a pixel of what a descent holds: content, picture, slope, momentum, average
_HISTORY = 3 * 4 * 12  # and of what L-BFGS remembers
_MOST_AT_ONCE = 5 << 27  # bytes for an encoder's pass in the machine's own memory, and for a history anywhere

Size = tuple[int, int]  # height, width
Loss = Literal["gram", "w2"]


@dataclass(frozen=True, slots=True)
class Effort:
    """largest: the longer side of what is painted. first: steps at the coarsest scale; steps: at the others up to
    512, then fewer as the pixels grow.
    """

    largest: int
    first: int
    steps: int

    def steps_at(self, size: Size, *, is_first: bool) -> int:
        if is_first:
            return self.first
        return max(10, round(self.steps * min(1.0, 512 / max(size))))


EFFORTS = {"draft": Effort(256, 60, 40), "normal": Effort(512, 100, 60), "best": Effort(4096, 250, 120)}


@dataclass(frozen=True, slots=True)
class Plan:
    """layer_weights: of the first encoder's style layers, or () for each encoder's own."""

    request: StyleRequest
    effort: Effort
    loss: Loss = "gram"
    layer_weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Pastiche:
    """eyes: their votes count alike."""

    eyes: Sequence[Eye]

    def paint(self, contents: Sequence[Rows], plan: Plan, terms: Terms) -> list[Rows]:
        """Pictures of one size, side by side as one batch.

        Where the budget or the effort has no room for all of their pixels, the change that smaller pictures took
        is enlarged, and the contents' own detail stays: this is noted.
        """
        full = (contents[0].height, contents[0].width)
        if any((one.height, one.width) != full for one in contents):
            raise RequestError("pictures that are painted together have one size")
        size, why = self._size(full, plan, terms.budget // len(contents))
        if why:
            terms.note(f"painted at {size[1]}x{size[0]} for {why}, and the change enlarged")
        # in a stage's inference mode no gradients flow, and its half precision is too coarse for them
        device = self.eyes[0].device
        with torch.inference_mode(False), torch.no_grad(), torch.autocast(device.type, enabled=False):
            seen = [one if size == full else Resampled(one, size, terms.wrap) for one in contents]
            small = torch.cat([held(one).picture.to(device).float() for one in seen])
            with exact_blocks() if self._is_cut(small, terms) else nullcontext():
                painted = self._descend(small, plan, terms)
        if size == full:
            return [Whole(one[None].cpu()) for one in painted]
        changes = (painted - small).cpu()
        return [
            _Changed(content, Whole(change[None]), terms.wrap)
            for content, change in zip(contents, changes, strict=True)
        ]

    def _size(self, full: Size, plan: Plan, budget: int) -> tuple[Size, str]:
        """To paint at, in whole strides, and why it is smaller, if it is."""
        share, why = 1.0, ""
        affordable = math.sqrt(budget / PICTURES / (full[0] * full[1]))
        if plan.effort.largest < max(full):
            share, why = plan.effort.largest / max(full), "this quality"
        if affordable < share:
            share, why = affordable, "memory"
        return self._whole((full[0] * share, full[1] * share)), why

    def _is_cut(self, contents: torch.Tensor, terms: Terms) -> bool:
        """Whether an encoder has to look at them piece by piece."""
        most = max(eye.entry.bytes_per_pixel for eye in self.eyes)
        return contents[:, 0].numel() * most > _at_once(terms.budget, contents.device)

    def _whole(self, size: tuple[float, float]) -> Size:
        """In strides of all encoders: so that every pixel lies alike for them, at a seam too."""
        stride = math.lcm(*(eye.entry.stride for eye in self.eyes))
        least = 2 * stride
        return max(least, round(size[0] / stride) * stride), max(least, round(size[1] / stride) * stride)

    def _scales(self, full: Size) -> list[Size]:
        """From the coarsest to the picture's own size, evenly, by about _STEP each."""
        count = max(0, round(math.log(max(full) / _FIRST_SIDE, _STEP)))
        factor = (_FIRST_SIDE / max(full)) ** (1 / count) if count else 1.0
        coarser = [factor ** (count - index) for index in range(count)]
        sizes = [self._whole((full[0] * one, full[1] * one)) for one in coarser]
        return [*dict.fromkeys(sizes), full]

    def _descend(self, contents: torch.Tensor, plan: Plan, terms: Terms) -> torch.Tensor:
        full = (contents.shape[2], contents.shape[3])
        sizes = self._scales(full)
        steps = [plan.effort.steps_at(size, is_first=index == 0) for index, size in enumerate(sizes)]
        unfinished = _Unfinished(terms.checkpoints, sizes)
        rolls = torch.Generator().manual_seed(plan.request.seed)
        done, painted = unfinished.load(rolls)
        optimizer: Optimizer | None = None
        previews = Previews()
        for index, size in enumerate(sizes):
            if index < done:
                continue
            scaled = contents if size == full else resample(contents, size, terms.wrap).clamp(0, 1)
            parts = self._parts(size, plan, terms, contents.device)
            if painted is None:
                painted = _start(scaled, parts, plan.request.strength)
            else:
                painted = resample(painted.to(scaled), size, terms.wrap).clamp_(0, 1)
            optimizer = _optimizer(optimizer, painted, terms)
            release_memory(contents.device)  # the windows of each scale have a size of their own

            def report(step: int, pictures: torch.Tensor, before: int = sum(steps[:index])) -> None:
                seen = previews.of(pictures[:1])
                terms.progress(Progress("stylize", before + step, sum(steps), seen))

            objective = Objective(self._aim(scaled, parts, plan, terms))
            course = Course(steps[index], terms.wrap, rolls)
            painted = descend(objective, painted, optimizer, course, report).pictures
            unfinished.save(index, painted, rolls)
        return contents if painted is None else painted

    def _parts(self, size: Size, plan: Plan, terms: Terms, device: torch.device) -> list[_Part]:
        """Of the picture, each with a style: one where there is no mask."""
        asked = (
            [(None, plan.request)] if not terms.regions else [(one.share, one.style) for one in terms.regions]
        )
        found = []
        for share, request in asked:
            pixels = round(size[0] * size[1] * request.stroke**2)
            styles = []
            for eye in self.eyes:
                styles.append(self._style(eye, request, pixels, terms))
            weight = (
                None if share is None else held(Resampled(share, size, terms.wrap)).picture[:, :1].to(device)
            )
            found.append(_Part(styles, weight))
        return found

    def _aim(self, contents: torch.Tensor, parts: Sequence[_Part], plan: Plan, terms: Terms) -> Aim:
        memory = _at_once(terms.budget - contents[:, 0].numel() * PICTURES, contents.device)
        views = []
        for index, eye in enumerate(self.eyes):
            regions = []
            for part in parts:
                style = iter(part.styles[index][1:])
                targets = [_target(next(style), plan.loss) if one.style else None for one in eye.entry.layers]
                regions.append(Region(targets, part.weight))
            entry = replace(eye.entry, layers=self._weighted(eye.entry, plan))
            views.append(View(entry, eye.encoder, regions, 1 / len(self.eyes)))
        return Aim(
            views,
            contents,
            content_weight=_CONTENT / plan.request.strength**2,
            smoothness=_SMOOTHNESS,
            wrap=terms.wrap,
            memory=memory,
        )

    def _weighted(self, entry: EncoderEntry, plan: Plan) -> tuple[FeatureLayer, ...]:
        if not plan.layer_weights:
            return entry.layers
        names = [layer.name for layer in entry.layers if layer.style]
        if len(self.eyes) > 1 or len(names) != len(plan.layer_weights) or min(plan.layer_weights) < 0:
            raise RequestError(
                f"layer_weights {plan.layer_weights} must be {len(names)} numbers of 0 or more, "
                f"for the layers {', '.join(names)} of one encoder"
            )
        chosen = dict(zip(names, plan.layer_weights, strict=True))
        return tuple(replace(layer, style=chosen.get(layer.name, 0.0)) for layer in entry.layers)

    def _style(self, eye: Eye, request: StyleRequest, pixels: int, terms: Terms) -> list[FeatureMoments]:
        """Of the pixels, then of each style layer: those of all the images, mixed by weight."""
        shares = shares_of(request.images, request.name)
        memory = _at_once(terms.budget, eye.device)
        found = [eye.style(image, pixels, memory, terms.cache) for image in request.images]
        return [mixed(layer, shares) for layer in zip(*found, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """styles: the moments of pixels and layers, for each eye. weight: (1, 1, H, W), None for the whole."""

    styles: Sequence[Sequence[FeatureMoments]]
    weight: torch.Tensor | None


class _Unfinished:
    """What a painting was when its process died."""

    def __init__(self, checkpoints: Checkpoints | None, sizes: Sequence[Size]) -> None:
        self._checkpoints = checkpoints
        self._sizes = sizes

    def load(self, rolls: torch.Generator) -> tuple[int, torch.Tensor | None]:
        """How many scales are done, and the picture at the last; rolls go on from there."""
        found = None if self._checkpoints is None else self._checkpoints.load()
        if found is None:
            return 0, None
        scale, tensors = found
        painted, state = tensors.get("painted"), tensors.get("rolls")
        fits = painted is not None and state is not None and scale < len(self._sizes)
        if painted is None or state is None or not fits or painted.shape[2:] != self._sizes[scale]:
            return 0, None
        rolls.set_state(state)
        return scale + 1, painted

    def save(self, scale: int, painted: torch.Tensor, rolls: torch.Generator) -> None:
        """But for the last scale: what follows takes no time."""
        if self._checkpoints is not None and scale + 1 < len(self._sizes):
            self._checkpoints.save(scale, {"painted": painted, "rolls": rolls.get_state()})


class _Changed:
    """A content with a change that was found at another size."""

    def __init__(self, content: Rows, change: Whole, wrap: tuple[Wrap, Wrap]) -> None:
        self.height, self.width, self.band = content.height, content.width, content.band
        self._content = content
        self._change = Resampled(change, (content.height, content.width), wrap)

    def rows(self, start: int, stop: int) -> torch.Tensor:
        return (self._content.rows(start, stop) + self._change.unclamped(start, stop)).clamp(0, 1)


def _start(contents: torch.Tensor, parts: Sequence[_Part], strength: float) -> torch.Tensor:
    """The contents in the colours of each part's style, as far as the strength goes."""
    start = contents
    for part in parts:
        colored = in_colors_of(contents, part.styles[0][0])
        start = start.lerp(colored, strength if part.weight is None else strength * part.weight)
    return start


def _at_once(budget: int, device: torch.device) -> int:
    """Bytes for a pass of an encoder."""
    return budget if device.type == "cuda" else min(budget, _MOST_AT_ONCE)


def _target(wanted: FeatureMoments, loss: Loss) -> StyleTarget:
    return GramTarget(wanted, "relative") if loss == "gram" else W2Target.of(wanted, relative=True)


def _optimizer(before: Optimizer | None, pictures: torch.Tensor, terms: Terms) -> Optimizer:
    """The quicker one up to a size that is the same on all machines, if there is room for its history."""
    size = (pictures.shape[2], pictures.shape[3])
    history = pictures[:, 0].numel() * _HISTORY
    if history <= min(terms.budget // 4, _MOST_AT_ONCE):
        return Lbfgs() if before is None else before.carried(size, terms.wrap)
    if isinstance(before, Adam):
        return before.carried(size, terms.wrap)
    if history <= _MOST_AT_ONCE:
        terms.note("painted by Adam from a scale on, for memory: L-BFGS has no room for its history")
    return Adam()
