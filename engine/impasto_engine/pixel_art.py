"""Pixel art: every pixel is meant, so sizes change without a filter, and a painted sprite keeps to few colours."""

import numpy as np

from impasto_engine.oklab import oklab_to_srgb, srgb_to_oklab
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.tiling import nearest

MOST_COLORS = 256

_SAMPLE = 2**16  # colours that a palette is fitted to
_ROUNDS = 16
_CHUNK = 2**14  # colours whose distances to the whole palette are held at once


def resize_nearest(array: FloatArray, size: tuple[int, int]) -> FloatArray:
    """(H, W) or (H, W, C) to `size` = (width, height): each result pixel is the source pixel its centre lies in."""
    (height, width), (new_width, new_height) = array.shape[:2], size
    rows, columns = nearest(0, new_height, height, new_height), nearest(0, new_width, width, new_width)
    resized: FloatArray = array[rows[:, None], columns]
    return resized


def count_colors(texture: Texture) -> int:
    """How many colours are visible, to 8 bits a channel; from 1 to MOST_COLORS."""
    visible = texture.rgb if texture.alpha is None else texture.rgb[texture.alpha > 0]
    return min(max(len(np.unique(_codes(visible))), 1), MOST_COLORS)


def keep_to_colors(rgb: FloatArray, alpha: FloatArray | None, most: int) -> FloatArray:
    """A picture in at most `most` colours, each pixel in the one nearest to it, without dithering.

    rgb: (H, W, 3) sRGB in [0, 1]. alpha: (H, W); what is under 0 has no say in the palette.
    The palette is fitted by k-means in OKLab, the same each time.
    """
    return use_palette(rgb, fit_palette(rgb if alpha is None else rgb[alpha > 0], most))


def fit_palette(rgb: FloatArray, most: int) -> FloatArray:
    """At most `most` colours, (n, 3) sRGB, that stand best for those of `rgb` (..., 3); n is 0 if that is empty."""
    codes, counts = np.unique(_codes(rgb), return_counts=True)
    step = -(-len(codes) // _SAMPLE) or 1
    codes, weights = codes[::step], counts[::step].astype(np.float32)
    colors = _decoded(codes)
    if len(colors) <= most:
        return colors
    points = srgb_to_oklab(colors)
    centers = _spread(points, weights, most)
    for _ in range(_ROUNDS):
        nearest = _nearest(points, centers)
        moved = centers.copy()
        total = np.bincount(nearest, weights, most)
        for axis in range(3):
            sums = np.bincount(nearest, weights * points[:, axis], most)
            moved[:, axis] = np.where(total > 0, sums / np.maximum(total, 1e-9), centers[:, axis])
        if np.array_equal(moved, centers):
            break
        centers = moved
    return _decoded(np.unique(_codes(oklab_to_srgb(centers))))


def use_palette(rgb: FloatArray, palette: FloatArray) -> FloatArray:
    """Each pixel of (..., 3) in the colour of the palette (n, 3) that is nearest in OKLab; unchanged for n = 0."""
    if not len(palette):
        return rgb
    codes, places = np.unique(_codes(rgb), return_inverse=True)
    chosen = _nearest(srgb_to_oklab(_decoded(codes)), srgb_to_oklab(palette))
    painted: FloatArray = palette[chosen][places].reshape(rgb.shape)
    return painted


def _spread(points: FloatArray, weights: FloatArray, count: int) -> FloatArray:
    """The most frequent colour, then each time the one that is worst served: far from all so far, and frequent."""
    chosen = [int(weights.argmax())]
    apart = np.full(len(points), np.inf, np.float32)
    while len(chosen) < count:
        apart = np.minimum(apart, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int((apart * weights).argmax()))
    return points[chosen]


def _nearest(points: FloatArray, centers: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """For each point (n, 3), the index of the nearest center."""
    lengths = (centers**2).sum(axis=1)
    parts = [points[start : start + _CHUNK] for start in range(0, len(points), _CHUNK)]
    return np.concatenate([(lengths - 2.0 * (part @ centers.T)).argmin(axis=1) for part in parts])


def _codes(rgb: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """(..., 3) in [0, 1] as one number each, 8 bits a channel."""
    levels = np.rint(np.clip(rgb, 0.0, 1.0) * 255.0).astype(np.int32).reshape(-1, 3)
    codes: np.ndarray[tuple[int], np.dtype[np.int32]] = levels @ np.array([65536, 256, 1], np.int32)
    return codes


def _decoded(codes: np.ndarray[tuple[int], np.dtype[np.int32]]) -> FloatArray:
    levels = codes[:, None] >> np.array([16, 8, 0], np.int32) & 255
    return levels.astype(np.float32) / np.float32(255.0)
