"""Resizes what no network may touch: data maps by their role, and alpha; edges go on as the texture wraps."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from PIL import Image

from impasto_engine.map_roles import MapRole
from impasto_engine.texture import FloatArray
from impasto_engine.texture_samples import with_blue
from impasto_engine.texture_traits import AlphaMode, Wrap
from impasto_engine.tiling import continued, cuts, nearest

Size = tuple[int, int]  # width, height
WrapPair = tuple[Wrap, Wrap]  # along u, v


class Filter(StrEnum):
    NEAREST = "nearest"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"


_PILLOW = {
    Filter.BICUBIC: Image.Resampling.BICUBIC,
    Filter.LANCZOS: Image.Resampling.LANCZOS,
}
_REACH = 3  # source pixels a filter looks to each side when it enlarges (Lanczos)
_NEAR_BINARY = (MapRole.METALLIC, MapRole.OPACITY)  # where they are so, they stay so
_NO_BLUE = 0.02  # a normal map that leaves its third number to be computed
_LEVELS = 1 << 16  # at which a resized mask is tried to be cut
_BAND_PIXELS = 1 << 22


class ResampledMap:
    """Rows of a map at another size: (H, W, C) to (height, width, C) for `size` = (width, height).

    Normals are resampled as vectors and renormalized, their Y sign kept. All else stays within the range of
    the source around each pixel, so that nothing rings. A near-binary metallic or
    opacity map stays near-binary.
    """

    def __init__(
        self, array: FloatArray, size: Size, role: MapRole, wrap: WrapPair, *, using: Filter = Filter.BICUBIC
    ) -> None:
        self.width, self.height = size
        is_normal = role is MapRole.NORMAL and array.shape[2] >= 3
        if is_normal and float(array[..., 2].max()) <= _NO_BLUE:
            array = np.dstack([with_blue(array[..., :3]), array[..., 3:]])
        self._array = array
        self._grid = _Grid((array.shape[1], array.shape[0]), size, wrap, using)
        self._is_same = (array.shape[1], array.shape[0]) == size
        self._is_normal = is_normal and using is not Filter.NEAREST
        self._is_grey = array.shape[2] == 3 and _is_grey(array)
        sharp = role in _NEAR_BINARY and using is not Filter.NEAREST and not self._is_same
        planes = range(1 if self._is_grey else array.shape[2])
        self._steps = [_Steps.found_in(array[..., one], self._grid) if sharp else None for one in planes]

    def rows(self, start: int, stop: int) -> FloatArray:
        """(stop - start, width, C)."""
        array, grid = self._array, self._grid
        if self._is_same:
            return array[start:stop]
        if self._is_normal:
            normals = unit_normals(grid.planes(array[..., :3], start, stop))
            return np.dstack(
                [normals, *(grid.calm(array[..., one], start, stop) for one in range(3, array.shape[2]))]
            )
        planes = []
        for channel, steps in enumerate(self._steps):
            plane = grid.calm(array[..., channel], start, stop)
            planes.append(plane if steps is None else steps.sharpen(plane))
        return np.repeat(planes[0][..., None], 3, axis=2) if self._is_grey else np.stack(planes, axis=2)


class ResampledAlpha:
    """Rows of (H, W) at another size; a MASK comes out as 0 and 1 only, covering the same share of the texture."""

    def __init__(
        self,
        alpha: FloatArray,
        size: Size,
        wrap: WrapPair,
        mode: AlphaMode,
        *,
        using: Filter = Filter.BICUBIC,
    ) -> None:
        self._alpha = alpha
        self._is_same = (alpha.shape[1], alpha.shape[0]) == size
        self._grid = _Grid((alpha.shape[1], alpha.shape[0]), size, wrap, using)
        cut = mode is AlphaMode.MASK and not self._is_same and using is not Filter.NEAREST
        self._threshold = _threshold(alpha, self._grid, (0.0, 1.0)) if cut else None

    def rows(self, start: int, stop: int) -> FloatArray:
        """(stop - start, width)."""
        if self._is_same:
            return self._alpha[start:stop]
        resized = self._grid.calm(self._alpha, start, stop).clip(0.0, 1.0)
        return resized if self._threshold is None else (resized >= self._threshold).astype(np.float32)


def resample_map(
    array: FloatArray, size: Size, role: MapRole, wrap: WrapPair, *, using: Filter = Filter.BICUBIC
) -> FloatArray:
    """The whole of a ResampledMap."""
    return ResampledMap(array, size, role, wrap, using=using).rows(0, size[1])


def resample_alpha(alpha: FloatArray, size: Size, wrap: WrapPair, mode: AlphaMode) -> FloatArray:
    """The whole of a ResampledAlpha."""
    return ResampledAlpha(alpha, size, wrap, mode).rows(0, size[1])


def resize(array: FloatArray, size: Size, wrap: WrapPair, using: Filter) -> FloatArray:
    """(H, W) or (H, W, C) to `size` = (width, height), antialiased where it shrinks, unclamped."""
    return _Grid((array.shape[1], array.shape[0]), size, wrap, using).planes(array, 0, size[1])


def resize_rows(array: FloatArray, size: Size, wrap: WrapPair, rows: tuple[int, int]) -> FloatArray:
    """Those rows (from, to) of a bicubic resize; rows past the edges go on as the texture wraps."""
    return _Grid((array.shape[1], array.shape[0]), size, wrap, Filter.BICUBIC).planes(array, *rows)


@dataclass(frozen=True, slots=True)
class _Grid:
    """From the pixels of one size to those of another. source, size: (width, height)."""

    source: Size
    size: Size
    wrap: WrapPair
    using: Filter

    def planes(self, array: FloatArray, start: int, stop: int) -> FloatArray:
        """Rows of (H, W) or (H, W, C), antialiased where it shrinks, unclamped."""
        (old_u, old_v), (new_u, new_v) = self.source, self.size
        if self.using is Filter.NEAREST:
            places = nearest(start, stop, old_v, new_v), nearest(0, new_u, old_u, new_u)
            found: FloatArray = array[places[0][:, None], places[1]]
            return found
        if array.ndim == 3:
            return np.stack(
                [self.planes(array[..., one], start, stop) for one in range(array.shape[2])], axis=2
            )
        halo_u, halo_v = (
            math.ceil(_REACH * max(1.0, old / new)) for old, new in ((old_u, new_u), (old_v, new_v))
        )
        first, end = start * old_v / new_v, stop * old_v / new_v
        top, bottom = math.floor(first) - halo_v, math.ceil(end) + halo_v
        rows = continued(top, bottom, old_v, self.wrap[1])
        columns = continued(-halo_u, old_u + halo_u, old_u, self.wrap[0])
        box = (halo_u, first - top, halo_u + old_u, end - top)
        image = Image.fromarray(
            np.ascontiguousarray(array[rows[:, None], columns], dtype=np.float32), mode="F"
        )
        return np.asarray(image.resize((new_u, stop - start), _PILLOW[self.using], box=box), dtype=np.float32)

    def calm(self, plane: FloatArray, start: int, stop: int) -> FloatArray:
        """Rows held between the smallest and largest source pixel that surround each result."""
        resized = self.planes(plane, start, stop)
        if self.using is Filter.NEAREST:
            return resized
        low, high = plane, plane
        across = (0, self.size[0])
        for axis, span in ((0, (start, stop)), (1, across)):
            low = self._surrounding(low, axis, span, np.minimum)
            high = self._surrounding(high, axis, span, np.maximum)
        calm: FloatArray = np.clip(resized, low, high)
        return calm

    def _surrounding(
        self, plane: FloatArray, axis: int, span: tuple[int, int], extreme: np.ufunc
    ) -> FloatArray:
        """The extreme of the source pixels between which each of the pixel centres in `span` lies along `axis`."""
        old, new, wrap = self.source[1 - axis], self.size[1 - axis], self.wrap[1 - axis]
        shrink = max(1.0, old / new)
        first = np.floor((np.arange(*span) + 0.5) * old / new - 0.5 - (shrink - 1.0)).astype(np.int64)
        taps = 2 * math.ceil(shrink)
        reachable = continued(int(first[0]), int(first[-1]) + taps, old, wrap)
        result: FloatArray = np.take(plane, reachable[first - first[0]], axis=axis)
        for tap in range(1, taps):
            extreme(result, np.take(plane, reachable[first - first[0] + tap], axis=axis), out=result)
        return result


@dataclass(frozen=True, slots=True)
class _Steps:
    """The two levels of a near-binary map, and where to cut between them."""

    low: float
    high: float
    threshold: float

    @classmethod
    def found_in(cls, plane: FloatArray, grid: _Grid) -> "_Steps | None":
        low, high = float(plane.min()), float(plane.max())
        margin = 0.1 * (high - low)
        between = (plane > low + margin) & (plane < high - margin)
        if high - low < 0.1 or float(between.mean()) > 0.01:
            return None
        return cls(low, high, _threshold(plane, grid, (low, high)))

    def sharpen(self, resized: FloatArray) -> FloatArray:
        steps = np.where(resized >= self.threshold, self.high, self.low)
        near = np.abs(resized - steps) < 0.1 * (self.high - self.low)
        return np.where(near, resized, steps).astype(np.float32)


def unit_normals(encoded: FloatArray) -> FloatArray:
    """Normals encoded in [0, 1], of whatever length, to unit length."""
    return (unit_vectors(encoded) * np.float32(0.5) + np.float32(0.5)).astype(np.float32)


def unit_vectors(encoded: FloatArray) -> FloatArray:
    """Of normals (H, W, 3) encoded in [0, 1]: length 1, straight up where there is no direction; a new array."""
    vectors = encoded * np.float32(2.0) - np.float32(1.0)
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    flat = np.array([0.0, 0.0, 1.0], np.float32)
    unit: FloatArray = np.where(length > 1e-4, vectors / np.maximum(length, 1e-4), flat).astype(np.float32)
    return unit


def _threshold(plane: FloatArray, grid: _Grid, levels: tuple[float, float]) -> float:
    """Where to cut the resized plane, so that as large a share is above as of the source is high."""
    low, high = levels
    counts = np.zeros(_LEVELS + 1, np.int64)
    for start, stop in cuts(grid.size[1], max(1, _BAND_PIXELS // grid.size[0])):
        share = (grid.calm(plane, start, stop) - low) / (high - low)
        counts += np.bincount(
            (share.clip(0.0, 1.0) * _LEVELS).astype(np.int64).ravel(), minlength=_LEVELS + 1
        )
    wanted = (float(plane.mean(dtype=np.float64)) - low) / (high - low) * counts.sum()
    at_least = np.append(np.cumsum(counts[::-1])[::-1], 0)
    level = int(np.abs(at_least - wanted).argmin())
    return low + (high - low) * level / _LEVELS


def _is_grey(array: FloatArray) -> bool:
    return bool((array[..., 0] == array[..., 1]).all() and (array[..., 0] == array[..., 2]).all())
