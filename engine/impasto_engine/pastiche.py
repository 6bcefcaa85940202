"""A content in the manner of style images, painted coarse to fine by descent on one encoder's features."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch

from impasto_engine.descent import Objective, descend, in_colors_of
from impasto_engine.display import display_of
from impasto_engine.encoder import Encoder, EncoderEntry, FeatureLayer
from impasto_engine.errors import RequestError
from impasto_engine.fitting import Resampled, resample
from impasto_engine.losses import FeatureMoments, mixed, moments_of
from impasto_engine.request import StyleImage, StyleRequest, shares_of
from impasto_engine.rows import Rows, Whole, of_array
from impasto_engine.stages import held
from impasto_engine.stylizer import Progress, Terms
from impasto_engine.texture_io import read_texture
from impasto_engine.texture_traits import Wrap

_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_FIRST_SIDE = 128.0  # below it the encoders see no strokes
_STEP = math.sqrt(2)  # from scale to scale, as crowsonkb's style-transfer-pytorch
_KEPT = 64  # moments of a style at a scale: some megabytes each for the widest encoder
_REPORTS = 5  # steps
_CONTENT, _SMOOTHNESS = 3.0, 5.0

Size = tuple[int, int]  # height, width


@dataclass(frozen=True, slots=True)
class Effort:
    """largest: the longer side of what is painted. first: steps at the coarsest scale; steps: at the others."""

    largest: int
    first: int
    steps: int


EFFORTS = {"draft": Effort(256, 60, 40), "normal": Effort(512, 100, 60), "best": Effort(1024, 250, 120)}


@dataclass(frozen=True, slots=True)
class Plan:
    """layer_weights: of the style layers, or () for the encoder's own."""

    request: StyleRequest
    quality: Literal["draft", "normal", "best"]
    layer_weights: tuple[float, ...] = ()


class Pastiche:
    """Paints with one encoder; each style goes through it once for each scale, and is then remembered."""

    def __init__(self, entry: EncoderEntry, encoder: Encoder, device: torch.device) -> None:
        self._entry = entry
        self._encoder = encoder
        self._device = device
        self._moments: OrderedDict[tuple[str, int], list[FeatureMoments]] = OrderedDict()

    def paint(self, content: Rows, plan: Plan, terms: Terms) -> Rows:
        """Where the budget or the quality has no room for all of its pixels, the change that a smaller picture
        took is enlarged, and the content's own detail stays: this is noted.
        """
        full = (content.height, content.width)
        effort = EFFORTS[plan.quality]
        affordable = math.sqrt(terms.budget / self._entry.bytes_per_pixel / (full[0] * full[1]))
        share = min(1.0, effort.largest / max(full), affordable)
        size = _scaled(full, share)
        if share < 1.0:
            why = "memory" if affordable < effort.largest / max(full) else f"quality {plan.quality}"
            terms.note(f"painted at {size[1]}x{size[0]} for {why}, and the change enlarged")
        # in a stage's inference mode no gradients flow, and its half precision is too coarse for them
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            torch.autocast(self._device.type, enabled=False),
        ):
            small = held(Resampled(content, size, terms.wrap) if share < 1.0 else content).picture
            small = small.to(self._device).float().clone()
            painted = self._descend(small, plan, effort, terms)
        if share >= 1.0:
            return Whole(painted.cpu())
        return _Changed(content, Whole((painted - small).cpu()), terms.wrap)

    def _descend(self, content: torch.Tensor, plan: Plan, effort: Effort, terms: Terms) -> torch.Tensor:
        request = plan.request
        layers = self._weighted_layers(plan)
        full = (content.shape[2], content.shape[3])
        sizes = _scales(full)
        steps = [effort.first, *[effort.steps] * (len(sizes) - 1)]
        most = terms.budget // self._entry.bytes_per_pixel
        rolls = torch.Generator().manual_seed(request.seed)
        painted: torch.Tensor | None = None
        for index, size in enumerate(sizes):
            done = sum(steps[:index])
            scaled = content if size == full else resample(content, size, terms.wrap).clamp(0, 1)
            style = self._style(request, min(round(size[0] * size[1] * request.stroke**2), most))
            start = (
                in_colors_of(scaled, style[0])
                if painted is None
                else resample(painted, size, terms.wrap).clamp(0, 1)
            )
            objective = Objective(
                self._encoder,
                layers,
                style[1:],
                content_weight=_CONTENT / request.strength**2,
                smoothness=_SMOOTHNESS,
                wrap=terms.wrap,
                content=scaled,
            )

            def report(step: int, done: int = done) -> None:
                if step % _REPORTS == 0:
                    terms.progress(Progress("stylize", done + step, sum(steps)))

            painted = descend(objective, start, steps=steps[index], rolls=rolls, step_done=report).picture
        return content if painted is None else painted

    def _weighted_layers(self, plan: Plan) -> Sequence[FeatureLayer]:
        layers = self._entry.layers
        if not plan.layer_weights:
            return layers
        names = [layer.name for layer in layers if layer.style]
        if len(names) != len(plan.layer_weights) or min(plan.layer_weights) < 0:
            raise RequestError(
                f"layer_weights {plan.layer_weights} must be {len(names)} numbers of 0 or more, "
                f"for the layers {', '.join(names)}"
            )
        chosen = dict(zip(names, plan.layer_weights, strict=True))
        return [replace(layer, style=chosen.get(layer.name, 0.0)) for layer in layers]

    def _style(self, request: StyleRequest, pixels: int) -> list[FeatureMoments]:
        """Of the pixels, then of each layer: those of all the images at about so many pixels, mixed by weight."""
        shares = shares_of(request.images, request.name)
        found = [self._moments_of(image, pixels) for image in request.images]
        return [mixed(layer, shares) for layer in zip(*found, strict=True)]

    def _moments_of(self, image: StyleImage, pixels: int) -> list[FeatureMoments]:
        key = (image.sha256, pixels)
        if key not in self._moments:
            picture = of_array(display_of(read_texture(image.path)).rgb)
            # never enlarged: there is no paint between its pixels
            share = min(1.0, math.sqrt(pixels / (picture.height * picture.width)))
            small = Resampled(picture, _scaled((picture.height, picture.width), share), _CLAMP)
            seen = held(small).picture.to(self._device)
            with torch.no_grad():
                self._moments[key] = [moments_of(one) for one in (seen, *self._encoder(seen, _CLAMP))]
            while len(self._moments) > _KEPT:
                self._moments.popitem(last=False)
        return self._moments[key]


class _Changed:
    """A content with a change that was found at a smaller size."""

    def __init__(self, content: Rows, change: Whole, wrap: tuple[Wrap, Wrap]) -> None:
        self.height, self.width, self.band = content.height, content.width, content.band
        self._content = content
        self._change = Resampled(change, (content.height, content.width), wrap)

    def rows(self, start: int, stop: int) -> torch.Tensor:
        return (self._content.rows(start, stop) + self._change.unclamped(start, stop)).clamp(0, 1)


def _scales(full: Size) -> list[Size]:
    """From the coarsest to the picture's own size, evenly, by about _STEP each."""
    count = max(0, round(math.log(max(full) / _FIRST_SIDE, _STEP)))
    factor = (_FIRST_SIDE / max(full)) ** (1 / count) if count else 1.0
    return [_scaled(full, factor ** (count - index)) for index in range(count + 1)]


def _scaled(size: Size, share: float) -> Size:
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))
