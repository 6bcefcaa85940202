"""Resizes what no network may touch: data maps by their role, and alpha; edges go on as the texture wraps."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from PIL import Image

from impasto_engine.map_roles import MapRole
from impasto_engine.texture import FloatArray
from impasto_engine.texture_traits import AlphaMode, Wrap
from impasto_engine.tiling import continued, pad

Size = tuple[int, int]  # width, height
WrapPair = tuple[Wrap, Wrap]  # along u, v


class Filter(StrEnum):
    NEAREST = "nearest"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"


_PILLOW = {
    Filter.NEAREST: Image.Resampling.NEAREST,
    Filter.BICUBIC: Image.Resampling.BICUBIC,
    Filter.LANCZOS: Image.Resampling.LANCZOS,
}
_REACH = 3  # source pixels a filter looks to each side when it enlarges (Lanczos)


def resample_map(
    array: FloatArray, size: Size, role: MapRole, wrap: WrapPair, *, using: Filter = Filter.BICUBIC
) -> FloatArray:
    """(H, W, C) to (height, width, C) for `size` = (width, height).

    Normals are resampled as vectors and renormalized, their Y sign kept. All else stays within the range of
    the source around each pixel, so that nothing rings. A near-binary metallic map stays near-binary.
    """
    if (array.shape[1], array.shape[0]) == size:
        return array
    if using is Filter.NEAREST:
        return resize(array, size, wrap, using)
    if role is MapRole.NORMAL and array.shape[2] >= 3:
        normals = _resize_normals(array[..., :3], size, wrap, using)
        rest = (_resize_calm(array[..., one], size, wrap, using) for one in range(3, array.shape[2]))
        return np.dstack([normals, *rest])

    def by_role(plane: FloatArray) -> FloatArray:
        resized = _resize_calm(plane, size, wrap, using)
        return _sharpen_steps(resized, plane) if role is MapRole.METALLIC else resized

    if array.shape[2] == 3 and _is_grey(array):
        return np.repeat(by_role(array[..., 0])[..., None], 3, axis=2)
    return _channels(array, by_role)


def resample_alpha(alpha: FloatArray, size: Size, wrap: WrapPair, mode: AlphaMode) -> FloatArray:
    """(H, W) to (height, width); a MASK comes out as 0 and 1 only, covering the same share of the texture."""
    if (alpha.shape[1], alpha.shape[0]) == size:
        return alpha
    resized = _resize_calm(alpha, size, wrap, Filter.BICUBIC)
    return _cut_out(resized, float(alpha.mean())) if mode is AlphaMode.MASK else resized.clip(0.0, 1.0)


def resize(array: FloatArray, size: Size, wrap: WrapPair, using: Filter) -> FloatArray:
    """(H, W) or (H, W, C) to `size` = (width, height), antialiased where it shrinks, unclamped."""
    if array.ndim == 3:
        return _channels(array, lambda plane: resize(plane, size, wrap, using))
    height, width = array.shape
    halo = int(np.ceil(_REACH * max(1.0, width / size[0], height / size[1])))
    return resize_box(pad(array, halo, wrap), size, (halo, halo, halo + width, halo + height), using)


def resize_box(
    plane: FloatArray, size: Size, box: tuple[float, float, float, float], using: Filter
) -> FloatArray:
    """The part `box` (left, top, right, bottom; fractions are fine) of (H, W) as `size`.

    The filter also reads the pixels around the box, so that parts fit together without a seam.
    """
    image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32), mode="F")
    return np.asarray(image.resize(size, _PILLOW[using], box=box), dtype=np.float32)


def _resize_calm(plane: FloatArray, size: Size, wrap: WrapPair, using: Filter) -> FloatArray:
    """A resize held between the smallest and largest source pixel that surround each result."""
    resized = resize(plane, size, wrap, using)
    low, high = plane, plane
    for axis, (new, along) in enumerate(zip(size[::-1], wrap[::-1], strict=True)):
        low = _surrounding(low, axis, new, along, np.minimum)
        high = _surrounding(high, axis, new, along, np.maximum)
    calm: FloatArray = np.clip(resized, low, high)
    return calm


def _surrounding(plane: FloatArray, axis: int, new: int, wrap: Wrap, extreme: np.ufunc) -> FloatArray:
    """The extreme of the source pixels between which each of `new` pixel centres lies along `axis`."""
    old = plane.shape[axis]
    shrink = max(1.0, old / new)
    first = np.floor((np.arange(new) + 0.5) * old / new - 0.5 - (shrink - 1.0)).astype(np.int64)
    taps = 2 * int(np.ceil(shrink))
    reachable = continued(int(first[0]), int(first[-1]) + taps, old, wrap)
    result: FloatArray = np.take(plane, reachable[first - first[0]], axis=axis)
    for tap in range(1, taps):
        extreme(result, np.take(plane, reachable[first - first[0] + tap], axis=axis), out=result)
    return result


def _resize_normals(normals: FloatArray, size: Size, wrap: WrapPair, using: Filter) -> FloatArray:
    vectors = resize(normals * 2.0 - 1.0, size, wrap, using)
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    flat = np.array([0.0, 0.0, 1.0], np.float32)
    unit = np.where(length > 1e-4, vectors / np.maximum(length, 1e-4), flat)
    return (unit * 0.5 + 0.5).astype(np.float32)


def _sharpen_steps(resized: FloatArray, source: FloatArray) -> FloatArray:
    """Where the source has two levels only, so has the result; other maps pass."""
    low, high = float(source.min()), float(source.max())
    margin = 0.1 * (high - low)
    between = (source > low + margin) & (source < high - margin)
    if high - low < 0.1 or float(between.mean()) > 0.01:
        return resized
    share = float(source.mean() - low) / (high - low)
    steps = low + _cut_out(resized, share) * (high - low)
    return np.where(np.abs(resized - steps) < margin, resized, steps).astype(np.float32)


def _cut_out(resized: FloatArray, coverage: float) -> FloatArray:
    """0 and 1, with the threshold that keeps the share of ones at `coverage`."""
    count = round(coverage * resized.size)
    if count in (0, resized.size):
        return np.full_like(resized, float(count > 0))
    threshold = np.partition(resized, resized.size - count, axis=None)[resized.size - count]
    above, with_ties = resized > threshold, resized >= threshold
    closer = above if count - int(above.sum()) < int(with_ties.sum()) - count else with_ties
    cutout: FloatArray = closer.astype(np.float32)
    return cutout


def _channels(array: FloatArray, each: Callable[[FloatArray], FloatArray]) -> FloatArray:
    return np.stack([each(array[..., channel]) for channel in range(array.shape[2])], axis=2)


def _is_grey(array: FloatArray) -> bool:
    return bool((array[..., 0] == array[..., 1]).all() and (array[..., 0] == array[..., 2]).all())
