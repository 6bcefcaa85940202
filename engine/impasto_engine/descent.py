"""Pictures changed step by step until an objective sees the style in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from impasto_engine.losses import FeatureMoments, moments_of, symmetric_root
from impasto_engine.objective import Objective
from impasto_engine.optimizers import Optimizer
from impasto_engine.texture_traits import Wrap

_AVERAGING = 0.9  # of the last steps' pictures: what rolls and large steps leave as noise cancels out
_SETTLED = 0.005  # of the loss, in a window of steps: then nothing that can be seen changes any more
_WINDOW = 25
_LEAST_VARIANCE = 1e-4  # of a channel: a flat picture has no colours to stretch
_MOST_ROLL = 32  # the encoders halve five times at most
_HELD = (
    10  # steps for which a roll is kept: each costs a look at the content, and what the optimizer compares
)


@dataclass(frozen=True, slots=True, eq=False)
class Descended:
    """pictures: averaged over the last steps. losses: of each step, the mean over the pictures."""

    pictures: torch.Tensor
    losses: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """steps: at most. rolls: for what is rolled along axes that repeat."""

    steps: int
    wrap: tuple[Wrap, Wrap]
    rolls: torch.Generator


def descend(
    objective: Objective,
    start: torch.Tensor,
    optimizer: Optimizer,
    course: Course,
    step_done: Callable[[int, torch.Tensor], None],
) -> Descended:
    """From `start`, (N, 3, H, W) sRGB in [0, 1], until the steps are done or the loss has settled.

    Along axes that repeat, picture and content are rolled by a random amount every few steps: so that no seam and
    no grid of the encoder's strides stays in one place.
    """
    pictures, losses = start.clone(), []
    average, weight = torch.zeros_like(pictures), 0.0
    for step in range(course.steps):
        is_rolled = step % _HELD == 0 and Wrap.REPEAT in course.wrap
        if is_rolled:
            objective.roll(_shift(course.wrap, course.rolls))
        loss, slope = objective.evaluate(pictures)
        losses.append(loss.mean().item())
        optimizer.step(pictures, slope, rate=_rate_at(step / course.steps), comparable=not is_rolled)
        average.lerp_(pictures, 1 - _AVERAGING)
        weight = weight * _AVERAGING + 1 - _AVERAGING
        step_done(step + 1, pictures)
        if _has_settled(losses):
            break
    return Descended(average.div_(weight) if losses else pictures, tuple(losses))


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


def in_colors_of(pictures: torch.Tensor, pixels: FeatureMoments) -> torch.Tensor:
    """(N, 3, H, W) with the mean and covariance of other pixels (arXiv:1606.05897, section 3): a start from which
    no step is spent on colours."""
    own = moments_of(pictures)
    values, vectors = torch.linalg.eigh(own.covariance + _LEAST_VARIANCE * torch.eye(3).to(pictures))
    whiten = (vectors / values.clamp(min=_LEAST_VARIANCE).sqrt()[:, None, :]) @ vectors.mT
    flat = pictures.flatten(2) - own.mean[:, :, None]
    moved = symmetric_root(pixels.covariance) @ whiten @ flat + pixels.mean[:, :, None]
    recolored: torch.Tensor = moved.view_as(pictures).clamp(0, 1)
    return recolored
