"""Colour under transparent pixels, pushed outward from the visible ones, so that no fringe is seen."""

import numpy as np

from impasto_engine.texture import FloatArray

_ROWS = 256  # of the picture, that are worked on at once
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
    full = min(_VISIBLE, strongest)
    coarse = _fill(*_halved(rgb, alpha, full))
    bled = rgb.copy()
    for top, bottom in _bands(len(alpha)):
        weight = _weight(alpha[top:bottom], full)
        first = max(top // 2 - 1, 0)
        around = _double(coarse[first : -(-bottom // 2) + 1], (bottom - 2 * first, alpha.shape[1]))
        filled = around[top - 2 * first :] * (1.0 - weight)[..., None]
        filled += rgb[top:bottom] * weight[..., None]
        np.copyto(bled[top:bottom], filled, where=weight[..., None] < 1.0)
    return bled


def _weight(alpha: FloatArray, full: float) -> FloatArray:
    weight: FloatArray = np.clip(alpha / full, 0.0, 1.0).astype(np.float32)
    return weight


def _halved(rgb: FloatArray, alpha: FloatArray, full: float) -> tuple[FloatArray, FloatArray]:
    """The level of half the size; the whole is never held a second time."""
    parts = []
    for top, bottom in _bands(len(alpha)):
        weight = _weight(alpha[top:bottom], full)
        parts.append(_halve(rgb[top:bottom] * weight[..., None], weight))
    colors, weights = zip(*parts, strict=True)
    return np.concatenate(colors), np.concatenate(weights)


def _bands(height: int) -> list[tuple[int, int]]:
    """Each starts in an even row."""
    return [(top, min(top + _ROWS, height)) for top in range(0, height, _ROWS)]


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
