"""Colour under transparent pixels, pushed outward from the visible ones, so that no fringe is seen."""

import numpy as np

from impasto_engine.texture import FloatArray

_VISIBLE = 0.125  # straight colour at less alpha than this is often left over from a brush, or rounded away


def bleed_color(rgb: FloatArray, alpha: FloatArray) -> FloatArray:
    """Fill the colour of the transparent and nearly transparent pixels from the visible ones around them.

    rgb: (H, W, 3), any range. alpha: (H, W) in [0, 1], straight. Pixels with an alpha of 1/8 or more keep
    their colour bit for bit, a fainter one keeps a part; a fully transparent picture comes back unchanged.
    Push-pull over a pyramid: Gortler et al., "The Lumigraph", 1996, section 3.4.
    """
    strongest = float(alpha.max())
    if strongest <= 0.0 or float(alpha.min()) >= _VISIBLE:
        return rgb
    weight = np.clip(alpha / min(_VISIBLE, strongest), 0.0, 1.0).astype(np.float32)
    filled = _fill(rgb * weight[..., None], weight)
    bled: FloatArray = np.where(weight[..., None] >= 1.0, rgb, filled)
    return bled


def _fill(weighted: FloatArray, weight: FloatArray) -> FloatArray:
    """Every pixel's own colour as far as its weight goes, the rest from the level of half the size."""
    if weight.size == 1:
        return _over(weighted, weight[..., None])
    filled = _double(_fill(*_halve(weighted, weight)), weight.shape)
    filled *= (1.0 - weight)[..., None]
    filled += weighted
    return filled


def _halve(weighted: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    color_sum, weight_sum = _sum_of_four(weighted), _sum_of_four(weight)
    halved: FloatArray = np.minimum(weight_sum, np.float32(1.0))
    return color_sum * _over(halved, weight_sum)[..., None], halved


def _over(numerator: FloatArray, weight: FloatArray) -> FloatArray:
    """The quotient, with 0 over 0 being 0."""
    floor: FloatArray = np.maximum(weight, np.float32(1e-8))
    return np.divide(numerator, floor, dtype=np.float32)


def _sum_of_four(plane: FloatArray) -> FloatArray:
    height, width = plane.shape[:2]
    even = np.pad(plane, [(0, height % 2), (0, width % 2)] + [(0, 0)] * (plane.ndim - 2))
    rows = even[::2] + even[1::2]
    summed: FloatArray = rows[:, ::2] + rows[:, 1::2]
    return summed


def _double(plane: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Bilinear, cut to (height, width) of `shape`."""
    for axis in (0, 1):
        plane = plane.swapaxes(0, axis)
        before, after = np.concatenate([plane[:1], plane[:-1]]), np.concatenate([plane[1:], plane[-1:]])
        doubled = np.empty((2 * len(plane), *plane.shape[1:]), np.float32)
        doubled[::2] = 0.75 * plane + 0.25 * before
        doubled[1::2] = 0.75 * plane + 0.25 * after
        plane = doubled[: shape[axis]].swapaxes(0, axis)
    return plane
