"""Our descent, coarse to fine, towards what a peer's loss asks for; the one place that calls it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
from peers.track import Loss, Track

from impasto_engine.descent import Course, descend, in_colors_of
from impasto_engine.encoder import FeatureLayer, find_encoder
from impasto_engine.fitting import resample
from impasto_engine.losses import FeatureMoments, StyleTarget, W2Target, moments_of
from impasto_engine.objective import Aim, Objective, Region, View
from impasto_engine.optimizers import Lbfgs
from impasto_engine.texture_traits import Wrap

_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_FIRST_SIDE = 128
_STEPS = (60, 40)  # at the coarsest scale, at the others: as for a draft
_ROUNDS, _ROUND = 8, 60  # at full size, until the peer's loss is reached
_EVERY = 5  # steps from one look to the next
_PLENTY = 1 << 40

Size = tuple[int, int]  # height, width
Features = Callable[[torch.Tensor], Mapping[str, torch.Tensor]]


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """A peer's loss in the words of ours.

    loss: at full size, as the peer has it. features: what the peer sees, by layer. style: what the distance of a
    layer's moments counts for; metric: squared, of Gram matrices of means over places, or squared Wasserstein.
    content: a layer, and what its mean squared distance counts for. smoothness: what the mean squared step of
    that picture counts for. style_at: the style as the peer looks at it beside a content of that size. bounds:
    what the peer holds its picture to; where it does not, it may reach a loss that no picture in a file has.
    """

    loss: Loss
    features: Features
    style: Mapping[str, float]
    metric: Literal["gram", "w2"]
    content: tuple[str, float]
    smoothness: Callable[[torch.Tensor], float]
    style_at: Callable[[Size], torch.Tensor]
    bounds: tuple[float, float] = (0.0, 1.0)


@torch.no_grad()
def paint(
    goal: Goal, content: torch.Tensor, track: Track, *, until: float, share: float = 1.0
) -> torch.Tensor:
    """Until the peer's loss is down there, or it is enough. share: of the steps, to try it out."""
    full = (content.shape[2], content.shape[3])
    rolls = torch.Generator().manual_seed(0)
    optimizer, painted = Lbfgs(goal.bounds), content
    sizes = _scales(full)
    steps = [_STEPS[min(1, index)] for index in range(len(sizes) - 1)] + [_ROUND] * _ROUNDS

    def look(step: int, pictures: torch.Tensor) -> None:
        if step % _EVERY:
            return
        with track.paused():
            now = pictures if pictures.shape[2:] == full else _resized(pictures, full)
        track.look(goal.loss, now)

    track.restart()
    for index, count in enumerate(steps):
        size = sizes[min(index, len(sizes) - 1)]
        scaled, style = _resized(content, size).clamp(0, 1), goal.style_at(size)
        start = (
            in_colors_of(scaled, moments_of(style))
            if index == 0
            else _resized(painted, size).clamp(*goal.bounds)
        )
        if index:
            optimizer = optimizer.carried(size, _CLAMP)
        course = Course(max(1, round(count * share)), _CLAMP, rolls)
        objective = Objective(_aim(goal, scaled, style, start))
        painted = descend(objective, start, optimizer, course, look).pictures
        if size == full:
            track.look(goal.loss, painted)
            if track.curve().best <= until:
                break
    return painted


def _aim(goal: Goal, content: torch.Tensor, style: torch.Tensor, start: torch.Tensor) -> Aim:
    """Our content loss is relative to the content's own square."""
    content_layer, content_weight = goal.content
    wanted = goal.features(content)[content_layer].square().mean()
    names = [*dict.fromkeys((*goal.style, content_layer))]
    layers = tuple(
        FeatureLayer(
            name,
            style=goal.style.get(name, 0.0),
            content=float(content_weight * wanted) if name == content_layer else 0.0,
        )
        for name in names
    )
    seen = goal.features(style)
    targets = [_target(moments_of(seen[name]), goal.metric) if name in goal.style else None for name in names]

    def encoder(picture: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> tuple[torch.Tensor, ...]:
        if wrap != _CLAMP:
            raise ValueError(f"a peer knows no wrap but its own, not {wrap}")
        found = goal.features(picture)
        return tuple(found[name] for name in names)

    entry = replace(find_encoder("vgg19_quarter"), layers=layers)
    view = View(entry, encoder, [Region(targets)])
    return Aim(
        [view],
        content,
        content_weight=1.0,
        smoothness=goal.smoothness(start),
        wrap=_CLAMP,
        memory=_PLENTY,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Gram:
    wanted: FeatureMoments

    def __call__(self, found: FeatureMoments) -> torch.Tensor:
        return (found.second - self.wanted.second).square().sum((1, 2))


def _target(wanted: FeatureMoments, metric: Literal["gram", "w2"]) -> StyleTarget:
    return W2Target.of(wanted) if metric == "w2" else _Gram(wanted)


def _scales(full: Size) -> list[Size]:
    """In whole strides of the network, by about the square root of 2."""
    count = max(0, round(2 * math.log2(max(full) / _FIRST_SIDE)))
    shares = [2 ** (-one / 2) for one in range(count, 0, -1)]
    coarser = [(16 * round(full[0] * one / 16), 16 * round(full[1] * one / 16)) for one in shares]
    return [*coarser, full]


def _resized(picture: torch.Tensor, size: Size) -> torch.Tensor:
    return picture if picture.shape[2:] == size else resample(picture, size, _CLAMP)
