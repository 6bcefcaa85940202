"""How a batch of pictures moves by its slope: each for itself, held to [0, 1], and on to the next scale."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol, Self

import torch

from impasto_engine.fitting import resample
from impasto_engine.texture_traits import Wrap

Size = tuple[int, int]  # height, width
_BETAS = (0.9, 0.99)
_EPSILON = 1e-8
_HISTORY = 5
_FIRST_STEP = 0.02  # of the colours' range, on average: before there is a curvature to go by
_LONGEST_STEP = 0.25


class Optimizer(Protocol):
    def step(self, pictures: torch.Tensor, slope: torch.Tensor, *, rate: float, comparable: bool) -> None:
        """Move (N, 3, H, W) in place. The slope is used up.

        rate: 1 at first, less towards the end. comparable: whether the slope is of the same function as the last.
        """
        ...

    def carried(self, size: Size, wrap: tuple[Wrap, Wrap]) -> Self:
        """What it has learned, for pictures of another size; this one is used up."""
        ...


@dataclass(slots=True, eq=False)
class Adam:
    """arXiv:1412.6980. rate: of the colours' range. first, second: running means of the slope and its square."""

    rate: float = 0.02
    first: torch.Tensor = field(default_factory=lambda: torch.zeros(()))
    second: torch.Tensor = field(default_factory=lambda: torch.zeros(()))
    steps: int = 0

    def step(self, pictures: torch.Tensor, slope: torch.Tensor, *, rate: float, comparable: bool) -> None:  # noqa: ARG002  it compares no slopes
        """See Optimizer."""
        if not self.steps:
            self.first, self.second = torch.zeros_like(pictures), torch.zeros_like(pictures)
        self.steps += 1
        self.first.lerp_(slope, 1 - _BETAS[0])
        self.second.mul_(_BETAS[1]).addcmul_(slope, slope, value=1 - _BETAS[1])
        torch.sqrt(self.second, out=slope)
        slope.mul_((1 - _BETAS[1] ** self.steps) ** -0.5).add_(_EPSILON)
        step = self.rate * rate / (1 - _BETAS[0] ** self.steps)
        pictures.addcdiv_(self.first, slope, value=-step).clamp_(0, 1)

    def carried(self, size: Size, wrap: tuple[Wrap, Wrap]) -> Adam:
        """As crowsonkb's style-transfer-pytorch; a pixel's slope falls as their number grows."""
        share = self.first[0, 0].numel() / (size[0] * size[1])
        self.first = resample(self.first, size, wrap).mul_(share)
        self.second = resample(self.second, size, wrap).clamp_(min=0).mul_(share**2)
        return self


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """A step and what it changed of the slope; inverse: 1 / their product, 0 where it says nothing."""

    step: torch.Tensor
    change: torch.Tensor
    inverse: torch.Tensor


class Lbfgs:
    """Limited-memory BFGS (Liu and Nocedal 1989) with a short history and without a line search.

    Held to the bounds by projection: a pixel that stands at one and would leave is not moved (Bertsekas 1982).
    Ten pictures more of memory than the pictures themselves.
    """

    def __init__(self, bounds: tuple[float, float] = (0.0, 1.0)) -> None:
        self._bounds = bounds
        self._pairs: deque[_Pair] = deque(maxlen=_HISTORY)
        self._before: tuple[torch.Tensor, torch.Tensor] | None = None  # pictures and slope
        self._scale: torch.Tensor | None = None

    def step(self, pictures: torch.Tensor, slope: torch.Tensor, *, rate: float, comparable: bool) -> None:
        """See Optimizer."""
        least, most = self._bounds
        held = ((pictures <= least) & (slope > 0)) | ((pictures >= most) & (slope < 0))
        slope.masked_fill_(held, 0.0)
        if self._before is not None and comparable:
            self._remember(pictures - self._before[0], slope - self._before[1])
        self._before = (pictures.clone(), slope)
        limit = _LONGEST_STEP * rate
        direction = self._direction(slope).masked_fill_(held, 0.0)
        pictures.sub_(direction.clamp_(-limit, limit)).clamp_(least, most)

    def _remember(self, step: torch.Tensor, change: torch.Tensor) -> None:
        product, square = _dot(step, change), _dot(change, change)
        good = product > torch.finfo(product.dtype).eps * square
        pair = _Pair(step, change, torch.where(good, 1 / product, 0.0))
        self._pairs.append(pair)
        scale = product / square
        self._scale = scale if self._scale is None else torch.where(good, scale, self._scale)

    def _direction(self, slope: torch.Tensor) -> torch.Tensor:
        """The two loops over the pairs."""
        direction, shares = slope.clone(), []
        for pair in reversed(self._pairs):
            shares.append(pair.inverse * _dot(pair.step, direction))
            direction -= shares[-1] * pair.change
        if self._scale is None:
            direction *= _FIRST_STEP / direction.abs().mean((1, 2, 3), keepdim=True).clamp(min=_EPSILON**2)
        else:
            direction *= self._scale
        for pair, share in zip(self._pairs, reversed(shares), strict=True):
            direction += pair.step * (share - pair.inverse * _dot(pair.change, direction))
        return direction

    def carried(self, size: Size, wrap: tuple[Wrap, Wrap]) -> Lbfgs:
        """A pixel's slope, and with it each change, falls as the number of pixels grows."""
        old, self._pairs, self._before = list(self._pairs), deque(maxlen=_HISTORY), None
        for pair in old:
            share = pair.step[0, 0].numel() / (size[0] * size[1])
            step, change = resample(pair.step, size, wrap), resample(pair.change, size, wrap).mul_(share)
            self._remember(step, change)
        return self


def _dot(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """(N, 1, 1, 1)"""
    return (one * other).sum((1, 2, 3), keepdim=True)
