"""Our descent, coarse to fine, towards what a peer's loss asks for; the one place that calls it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from peers.track import Loss, Track

from impasto_engine.descent import descend, in_colors_of
from impasto_engine.fitting import resample
from impasto_engine.losses import FeatureMoments, W2Target, moments_of, total_variation, w2_loss
from impasto_engine.texture_traits import Wrap

_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_FIRST_SIDE = 128
_STEPS = (150, 100)  # at the coarsest scale, at the others
_LAST = 300  # at full size: more than reaching the peers takes
_EVERY = 10  # steps from one look to the next

Features = Callable[[torch.Tensor], Mapping[str, torch.Tensor]]


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """A peer's loss in the words of ours, all at the size that a descent is at.

    features: those that the peer sees, by layer. style: what a layer's distance of moments counts for, squared
    Gram matrices of means over places or squared Wasserstein; content: a layer, and what its mean squared distance
    counts for. smoothness: what the mean squared step of that picture counts for. style_at: the style as the peer
    looks at it beside a content of that (height, width).
    """

    loss: Loss
    features: Features
    style: Mapping[str, float]
    kind: str
    content: tuple[str, float]
    smoothness: Callable[[torch.Tensor], float]
    style_at: Callable[[tuple[int, int]], torch.Tensor]


def paint(goal: Goal, content: torch.Tensor, track: Track, *, share: float = 1.0) -> torch.Tensor:
    """share: of the steps."""
    full = (content.shape[2], content.shape[3])
    rolls = torch.Generator().manual_seed(0)
    painted: torch.Tensor | None = None
    track.restart()
    sizes = _scales(full)
    for index, size in enumerate(sizes):
        scaled = content if size == full else resample(content, size, _CLAMP).clamp(0, 1)
        style = goal.style_at(size)
        start = (
            in_colors_of(scaled, moments_of(style))
            if painted is None
            else resample(painted, size, _CLAMP).clamp(0, 1)
        )
        objective = _Objective(goal, scaled, style, start)

        def look(step: int, objective: _Objective = objective) -> None:
            if step % _EVERY == 0:
                with track.paused():
                    now = (
                        objective.seen
                        if objective.seen.shape[2:] == full
                        else _enlarged(objective.seen, full)
                    )
                track.look(goal.loss, now)

        steps = _STEPS[min(index, 1)] if index < len(sizes) - 1 else _LAST
        found = descend(objective, start, steps=max(1, round(steps * share)), rolls=rolls, step_done=look)
        painted = found.picture
        if size == full:
            track.look(goal.loss, painted)
    return content if painted is None else painted


class _Objective:
    """Takes the place of descent.Objective, whose losses are relative and know no W2."""

    wrap = _CLAMP

    def __init__(self, goal: Goal, content: torch.Tensor, style: torch.Tensor, start: torch.Tensor) -> None:
        self.content = content
        self.seen = start
        self._goal = goal
        self._smoothness = goal.smoothness(start)
        with torch.no_grad():
            moments = {name: moments_of(one) for name, one in goal.features(style).items()}
        self._targets = {name: _target(moments[name], goal.kind) for name in goal.style}

    def content_of(self, picture: torch.Tensor) -> Sequence[torch.Tensor | None]:
        with torch.no_grad():
            return [self._goal.features(picture)[self._goal.content[0]]]

    def loss(self, picture: torch.Tensor, content: Sequence[torch.Tensor | None]) -> torch.Tensor:
        self.seen = picture.detach()
        found = self._goal.features(picture)
        total = self._smoothness * total_variation(picture, self.wrap)
        for name, weight in self._goal.style.items():
            total = total + weight * self._targets[name](moments_of(found[name]))
        layer, weight = self._goal.content
        return total + weight * (found[layer] - content[0]).square().mean()


def _target(wanted: FeatureMoments, kind: str) -> Callable[[FeatureMoments], torch.Tensor]:
    if kind == "w2":
        target = W2Target.of(wanted)
        return lambda found: w2_loss(found, target)
    return lambda found: (found.second - wanted.second).square().sum()


def _scales(full: tuple[int, int]) -> list[tuple[int, int]]:
    count = max(0, round(math.log2(max(full) / _FIRST_SIDE) * 2))
    return [
        (round(full[0] / 2 ** (one / 2)), round(full[1] / 2 ** (one / 2))) for one in range(count, -1, -1)
    ]


def _enlarged(picture: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return resample(picture, size, _CLAMP).clamp(0, 1)
