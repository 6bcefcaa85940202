"""A picture changed step by step until its features have a style's statistics and still its content's values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from impasto_engine.encoder import Encoder, FeatureLayer
from impasto_engine.losses import (
    FeatureMoments,
    content_loss,
    gram_loss,
    moments_of,
    symmetric_root,
    total_variation,
)
from impasto_engine.texture_traits import Wrap

_RATE = 0.04
_BETAS = (0.9, 0.99)
_AVERAGING = 0.96  # of the last steps' pictures: what rolls and large steps leave as noise cancels out
_SETTLED = 0.005  # of the loss, in a window of steps: then nothing that can be seen changes any more
_WINDOW = 25
_LEAST_VARIANCE = 1e-4  # of a channel: a flat picture has no colours to stretch
_MOST_ROLL = 32  # the encoders halve five times at most


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """style: wanted moments for each layer. content: (1, 3, H, W) sRGB in [0, 1]. Weights are relative."""

    encoder: Encoder
    layers: Sequence[FeatureLayer]
    style: Sequence[FeatureMoments]
    content_weight: float
    smoothness: float
    wrap: tuple[Wrap, Wrap]
    content: torch.Tensor

    def loss(self, picture: torch.Tensor, content: Sequence[torch.Tensor | None]) -> torch.Tensor:
        """content: the content's own features, for each layer that counts for it."""
        total = self.smoothness * total_variation(picture, self.wrap)
        features = self.encoder(picture, self.wrap)
        for layer, found, style, wanted in zip(self.layers, features, self.style, content, strict=True):
            if layer.style:
                total = total + layer.style * gram_loss(moments_of(found), style, "relative")
            if wanted is not None and self.content_weight:
                total = total + self.content_weight * layer.content * content_loss(found, wanted)
        return total

    def content_of(self, picture: torch.Tensor) -> list[torch.Tensor | None]:
        with torch.no_grad():
            features = self.encoder(picture, self.wrap)
        return [one if layer.content else None for one, layer in zip(features, self.layers, strict=True)]


@dataclass(frozen=True, slots=True)
class Descended:
    """picture: averaged over the last steps. losses: of each step."""

    picture: torch.Tensor
    losses: tuple[float, ...]


def descend(
    objective: Objective,
    start: torch.Tensor,
    *,
    steps: int,
    rolls: torch.Generator,
    step_done: Callable[[int], None],
) -> Descended:
    """Adam (arXiv:1412.6980) from `start` for at most `steps`, or until the loss has settled.

    start: (1, 3, H, W) sRGB in [0, 1]. Along axes that repeat, picture and content are rolled by a
    random amount before each step: so that no seam and no grid of the encoder's strides stays in one place.
    The steps get smaller towards the end.
    """
    picture = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([picture], lr=_RATE, betas=_BETAS)
    average, weight, losses = torch.zeros_like(start), 0.0, []
    wanted = objective.content_of(objective.content)
    rolls_at_all = Wrap.REPEAT in objective.wrap
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = _RATE * _rate_at(step / steps)
        shift = _shift(objective.wrap, rolls)
        if rolls_at_all:
            wanted = objective.content_of(objective.content.roll(shift, (2, 3)))
        optimizer.zero_grad()
        loss = objective.loss(picture.roll(shift, (2, 3)) if rolls_at_all else picture, wanted)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it so
        optimizer.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
            average.mul_(_AVERAGING).add_(picture, alpha=1 - _AVERAGING)
        weight = weight * _AVERAGING + 1 - _AVERAGING
        losses.append(loss.item())
        step_done(step + 1)
        if _has_settled(losses):
            break
    return Descended(average / weight if losses else start, tuple(losses))


def _rate_at(done: float) -> float:
    """Whole for the first half, then down to a fifth."""
    return 1.0 if done < 0.5 else 1.0 - 1.6 * (done - 0.5)


def _has_settled(losses: Sequence[float]) -> bool:
    if len(losses) < 2 * _WINDOW or len(losses) % _WINDOW:
        return False
    last, before = sum(losses[-_WINDOW:]), sum(losses[-2 * _WINDOW : -_WINDOW])
    return before - last <= _SETTLED * before


def _shift(wrap: tuple[Wrap, Wrap], rolls: torch.Generator) -> tuple[int, int]:
    """Down and right."""
    down, right = (int(one) for one in torch.randint(_MOST_ROLL, (2,), generator=rolls))
    return (down if wrap[1] is Wrap.REPEAT else 0, right if wrap[0] is Wrap.REPEAT else 0)


def in_colors_of(picture: torch.Tensor, pixels: FeatureMoments) -> torch.Tensor:
    """(1, 3, H, W) with the mean and covariance of other pixels (arXiv:1606.05897, section 3): a start from which
    no step is spent on colours."""
    own = moments_of(picture)
    values, vectors = torch.linalg.eigh(own.covariance + _LEAST_VARIANCE * torch.eye(3).to(picture))
    whiten = (vectors / values.clamp(min=_LEAST_VARIANCE).sqrt()) @ vectors.T
    flat = picture[0].flatten(1) - own.mean[:, None]
    moved = symmetric_root(pixels.covariance) @ whiten @ flat + pixels.mean[:, None]
    recolored: torch.Tensor = moved.view_as(picture[0])[None].clamp(0, 1)
    return recolored
