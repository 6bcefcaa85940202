"""Pixel art: every pixel is meant, so sizes change without a filter, and a painted sprite keeps to few colours."""

import numpy as np

from impasto_engine.oklab import oklab_to_srgb, srgb_to_oklab
from impasto_engine.palette import k_means, nearest_of
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.tiling import nearest

MOST_COLORS = 256

_SAMPLE = 2**16  # colours that a palette is fitted to


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
    centers = k_means(points, weights, most)
    return _decoded(np.unique(_codes(oklab_to_srgb(centers))))


def use_palette(rgb: FloatArray, palette: FloatArray) -> FloatArray:
    """Each pixel of (..., 3) in the colour of the palette (n, 3) that is nearest in OKLab; unchanged for n = 0."""
    if not len(palette):
        return rgb
    codes, places = np.unique(_codes(rgb), return_inverse=True)
    chosen = nearest_of(srgb_to_oklab(_decoded(codes)), srgb_to_oklab(palette))
    painted: FloatArray = palette[chosen][places].reshape(rgb.shape)
    return painted


def _codes(rgb: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """(..., 3) in [0, 1] as one number each, 8 bits a channel."""
    levels = np.rint(np.clip(rgb, 0.0, 1.0) * 255.0).astype(np.int32).reshape(-1, 3)
    codes: np.ndarray[tuple[int], np.dtype[np.int32]] = levels @ np.array([65536, 256, 1], np.int32)
    return codes


def _decoded(codes: np.ndarray[tuple[int], np.dtype[np.int32]]) -> FloatArray:
    levels = codes[:, None] >> np.array([16, 8, 0], np.int32) & 255
    return levels.astype(np.float32) / np.float32(255.0)
