"""Brings a picture to a size that a network takes, and what comes out back to the picture's own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from impasto_engine.networks.padding import pad
from impasto_engine.rows import Rows, Whole, around
from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import continued

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

    def apply(self, picture: Rows) -> Rows:
        """From `size` to `outer`."""
        fitted = picture if self.inner == self.size else Resampled(picture, self.inner, self.wrap)
        return fitted if self.outer == self.inner else _Padded(fitted, self.outer)

    def undo(self, picture: Rows) -> Rows:
        """From `outer` to `size`."""
        cut = picture if self.outer == self.inner else Crop(picture, (0, 0), self.inner)
        return cut if self.inner == self.size else Resampled(cut, self.size, self.wrap)


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
    """(N, C, H, W) float to (N, C, *size), whole; see Resampled, but that its range is not held."""
    return Resampled(Whole(picture), size, wrap).unclamped(0, size[0])


class Resampled:
    """Rows of a picture at another size: bicubic, antialiased, around the circle where an axis repeats.

    torch's own interpolation knows no circle. Bicubic overshoots: the result is held to [0, 1].
    """

    def __init__(self, picture: Rows, size: tuple[int, int], wrap: tuple[Wrap, Wrap]) -> None:
        self.height, self.width = size
        self.band = max(1, picture.band * size[0] // picture.height)
        self._picture = picture
        self._wrap = wrap

    def rows(self, start: int, stop: int) -> torch.Tensor:
        return self.unclamped(start, stop).clamp(0, 1)

    def unclamped(self, start: int, stop: int) -> torch.Tensor:
        before, circle = self._picture.height, self._wrap[1] is Wrap.REPEAT
        if before == self.height:
            return self._across(self._picture.rows(start, stop))
        places, weights = _taps(before, self.height, start, stop)
        first, end = int(places.min()), int(places.max()) + 1
        if not circle:
            first, end = max(0, first), min(before, end)
            places = places.clamp(0, before - 1)
        window = self._across(around(self._picture, first, end, self._wrap[1]))
        return _weighted(window, -2, places - first, weights)

    def _across(self, window: torch.Tensor) -> torch.Tensor:
        before = self._picture.width
        if before == self.width:
            return window
        places, weights = _taps(before, self.width, 0, self.width)
        circle = self._wrap[0] is Wrap.REPEAT
        return _weighted(window, -1, places % before if circle else places.clamp(0, before - 1), weights)


class _Padded:
    """Mirrored below and to the right, up to the multiple that the network needs."""

    def __init__(self, picture: Rows, size: tuple[int, int]) -> None:
        self.height, self.width = size
        self.band = picture.band
        self._picture = picture

    def rows(self, start: int, stop: int) -> torch.Tensor:
        places = continued(start, stop, self._picture.height, Wrap.CLAMP)
        first = int(places.min())
        rows = self._picture.rows(first, int(places.max()) + 1)
        if stop > self._picture.height:
            rows = rows.index_select(-2, torch.from_numpy(places - first).to(rows.device))
        return pad(rows, (0, self.width - self._picture.width, 0, 0), (Wrap.CLAMP, Wrap.CLAMP))


class Crop:
    """A part of a picture. corner: its top, left; size: height, width."""

    def __init__(self, picture: Rows, corner: tuple[int, int], size: tuple[int, int]) -> None:
        self.height, self.width = size
        self.band = picture.band
        self._picture = picture
        self._top, self._left = corner

    def rows(self, start: int, stop: int) -> torch.Tensor:
        rows = self._picture.rows(self._top + start, self._top + stop)
        return rows[..., self._left : self._left + self.width]


def _fit_axis(side: float, wrap: Wrap, multiple: int, least: int) -> tuple[int, int]:
    if wrap is Wrap.REPEAT:
        nearest = max(least, multiple * round(side / multiple))
        return nearest, nearest
    inner = max(1, round(side))
    return inner, max(least, multiple * math.ceil(inner / multiple))


def _taps(before: int, side: int, start: int, stop: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Which pixels of `before` the pixels start..stop of `side` are made of, past the edges too; the weights."""
    scale = max(1.0, before / side)  # a smaller result needs a wider kernel
    centers = (torch.arange(start, stop, dtype=torch.float64) + 0.5) * before / side - 0.5
    places = torch.floor(centers - 2 * scale)[:, None] + torch.arange(math.ceil(4 * scale) + 2)
    weights = _cubic((places - centers[:, None]) / scale)
    return places.long(), weights / weights.sum(1, keepdim=True)


def _weighted(picture: torch.Tensor, axis: int, places: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    shape = (-1, 1) if axis == -2 else (-1,)
    index = places.to(picture.device)
    tap_weights = [tap.view(shape) for tap in weights.to(picture).unbind(1)]
    result = picture.index_select(axis, index[:, 0]) * tap_weights[0]
    for tap, weight in zip(index.unbind(1)[1:], tap_weights[1:], strict=True):
        result.addcmul_(picture.index_select(axis, tap), weight)
    return result


def _cubic(distance: torch.Tensor) -> torch.Tensor:
    d = distance.abs()
    near = ((_CUBIC + 2) * d - (_CUBIC + 3)) * d * d + 1
    far = _CUBIC * (((d - 5) * d + 8) * d - 4)
    return torch.where(d < 1, near, torch.where(d < 2, far, torch.zeros_like(d)))
