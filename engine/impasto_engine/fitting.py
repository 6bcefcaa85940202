"""Brings a picture to a size that a network takes, and what comes out back to the picture's own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from impasto_engine.networks.padding import pad
from impasto_engine.texture_traits import Wrap

_CUBIC = -0.5  # Keys 1981; as Pillow and torch's antialias have it


@dataclass(frozen=True, slots=True)
class Fit:
    """Heights and widths on the way: `size` of the picture, `inner` resampled, `outer` padded.

    A `repeat` axis is only resampled, since padding would cut the circle; a `clamp` axis is padded at its
    end.
    """

    size: tuple[int, int]
    inner: tuple[int, int]
    outer: tuple[int, int]
    wrap: tuple[Wrap, Wrap]

    def apply(self, picture: torch.Tensor) -> torch.Tensor:
        """(N, C, *size) to (N, C, *outer)."""
        fitted = resample(picture, self.inner, self.wrap)
        bottom, right = self.outer[0] - self.inner[0], self.outer[1] - self.inner[1]
        return pad(fitted, (0, right, 0, bottom), self.wrap) if bottom or right else fitted

    def undo(self, picture: torch.Tensor) -> torch.Tensor:
        """(N, C, *outer) to (N, C, *size)."""
        return resample(picture[..., : self.inner[0], : self.inner[1]], self.size, self.wrap)


def fit(
    size: tuple[int, int], wrap: tuple[Wrap, Wrap], *, multiple: int, least: int, stroke: float = 1.0
) -> Fit:
    """How a (height, width) is brought to multiples of `multiple`, at least `least`, at 1/stroke of its size.

    wrap: along u (width), v (height).
    """
    inner, outer = zip(
        *(
            _fit_axis(side / stroke, one, multiple, least)
            for side, one in zip(size, (wrap[1], wrap[0]), strict=True)
        ),
        strict=True,
    )
    return Fit(size, inner, outer, wrap)


def resample(picture: torch.Tensor, size: tuple[int, int], wrap: tuple[Wrap, Wrap]) -> torch.Tensor:
    """(N, C, H, W) float to (N, C, *size): bicubic, antialiased, around the circle where an axis repeats.

    torch's own interpolation knows no circle. It may overshoot the input's range, as bicubic does.
    """
    for axis, side, one in ((-2, size[0], wrap[1]), (-1, size[1], wrap[0])):
        if picture.shape[axis] != side:
            picture = _resample_axis(picture, axis, side, one)
    return picture


def _fit_axis(side: float, wrap: Wrap, multiple: int, least: int) -> tuple[int, int]:
    if wrap is Wrap.REPEAT:
        nearest = max(least, multiple * round(side / multiple))
        return nearest, nearest
    inner = max(1, round(side))
    return inner, max(least, multiple * math.ceil(inner / multiple))


def _resample_axis(picture: torch.Tensor, axis: int, side: int, wrap: Wrap) -> torch.Tensor:
    before = picture.shape[axis]
    scale = max(1.0, before / side)  # a smaller result needs a wider kernel
    centers = (torch.arange(side, dtype=torch.float64) + 0.5) * before / side - 0.5
    places = torch.floor(centers - 2 * scale)[:, None] + torch.arange(math.ceil(4 * scale) + 2)
    weights = _cubic((places - centers[:, None]) / scale)
    weights = (weights / weights.sum(1, keepdim=True)).to(picture)
    index = places.long()
    index = (index % before if wrap is Wrap.REPEAT else index.clamp(0, before - 1)).to(picture.device)
    shape = (-1, 1) if axis == -2 else (-1,)
    tap_weights = [tap.view(shape) for tap in weights.unbind(1)]
    result = picture.index_select(axis, index[:, 0]) * tap_weights[0]
    for tap, weight in zip(index.unbind(1)[1:], tap_weights[1:], strict=True):
        result.addcmul_(picture.index_select(axis, tap), weight)
    return result


def _cubic(distance: torch.Tensor) -> torch.Tensor:
    d = distance.abs()
    near = ((_CUBIC + 2) * d - (_CUBIC + 3)) * d * d + 1
    far = _CUBIC * (((d - 5) * d + 8) * d - 4)
    return torch.where(d < 1, near, torch.where(d < 2, far, torch.zeros_like(d)))
