"""Relief: the strokes of a restyled base colour, pressed into its normal map, so that paint catches the light."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from impasto_engine.resample import Filter, Size, WrapPair, resize, resize_rows, unit_vectors
from impasto_engine.role_names import NormalY
from impasto_engine.texture import FloatArray
from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import continued

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709
# Strokes are what lies between two of these blurs, in pixels of a texture with sides of _SIDE.
_SIDE = 1024
_SIGMAS = (1.0, 2.0, 4.0, 8.0)
_LARGEST_SIDE = 2048  # a larger texture has no finer strokes
_FAINT = 0.05  # of luminance: what rises less is grain
_STEEPNESS = 8.0  # by eye: at an amount of 0.5 paint is plain to see, and the surface below it too


def stroke_height(painted: FloatArray, source: FloatArray, wrap: WrapPair) -> FloatArray:
    """How high the paint stands, in [0, 1], 0.5 where there is no stroke; it goes on across a wrap.

    painted, source: a base colour restyled and as it was, each (H, W, 3), sRGB in [0, 1]. The result has the
    painted one's size, but for sides above 2048. Light paint counts as thick. Of the differences of Gaussians
    of its luminance only that is kept which exceeds what the source's own would give: edges and shades of the
    source are in its normal map already. Wide strokes stand as much higher as they are wider.
    """
    shrink = min(1.0, _LARGEST_SIDE / max(painted.shape[:2]))
    height, width = (max(1, round(side * shrink)) for side in painted.shape[:2])
    scale = _scale((width, height))
    halo = int(np.ceil(3.0 * _SIGMAS[-1] * scale))
    left, top = (0 if along is Wrap.REPEAT else halo for along in wrap)
    columns = continued(-left, width + left, width, wrap[0])
    rows = continued(-top, height + top, height, wrap[1])
    # a blur is a product of spectra, and goes around the edges as a repeating texture does
    paint, ground = (
        np.fft.rfft2(_luminance(rgb, (width, height), wrap)[rows[:, None], columns])
        for rgb in (painted, source)
    )
    squared = np.square(np.fft.fftfreq(len(rows)))[:, None] + np.square(np.fft.rfftfreq(len(columns)))
    blurs = [np.exp(-2.0 * (np.pi * sigma * scale) ** 2 * squared) for sigma in _SIGMAS]

    strokes = np.zeros((len(rows), len(columns)), np.float32)
    for sigma, (fine, coarse) in zip(_SIGMAS, pairwise(blurs), strict=False):
        band = (fine - coarse).astype(np.float32)
        own, given = (np.fft.irfft2(band * one, strokes.shape).astype(np.float32) for one in (paint, ground))
        follows = abs(float((own * given).mean())) / max(float(np.square(given).mean()), 1e-9)
        strokes += np.float32(sigma) * np.sign(own) * np.maximum(np.abs(own) - follows * np.abs(given), 0.0)
    strokes = strokes[top : top + height, left : left + width]
    rise = max(float(np.quantile(np.abs(strokes), 0.9)), _FAINT)
    risen: FloatArray = 0.5 + 0.5 * np.tanh(strokes / np.float32(2.0 * rise))
    return risen


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """Paint to press into a normal map, in bands of rows.

    height: (h, w) of any size, as `stroke_height` has it. amount: (0, 1].
    wrap, normal_y: the normal map's, whose Y points up ("+") or down ("-").
    """

    height: FloatArray
    amount: float
    wrap: WrapPair
    normal_y: NormalY

    def press(self, normals: FloatArray, top: int, size: Size) -> FloatArray:
        """The rows of a normal map from `top` on, with the paint on them.

        normals: (rows, W, 3) vectors encoded in [0, 1]; so is the result, in unit length.
        size: (W, H) of the whole normal map.
        """
        steepness = _STEEPNESS * self.amount * _scale(size)
        height = self._around(top, len(normals), size) * np.float32(steepness / 2.0)
        down = height[2:, 1:-1] - height[:-2, 1:-1]
        right = height[1:-1, 2:] - height[1:-1, :-2]
        y = down if self.normal_y == "+" else -down
        return blend_normals(normals, _encoded(np.stack([-right, y, np.ones_like(y)], axis=2)))

    def _around(self, top: int, rows: int, size: Size) -> FloatArray:
        """The height at these rows and one pixel more on each side: (rows + 2, W + 2)."""
        resized = resize_rows(self.height, size, self.wrap, (top - 1, top + rows + 1))
        return resized[:, continued(-1, size[0] + 1, size[0], self.wrap[0])]


def blend_normals(base: FloatArray, detail: FloatArray) -> FloatArray:
    """The detail on the surface of the base: both (H, W, 3) encoded in [0, 1], both with Y up, or both down.

    Reoriented normal mapping: Barré-Brisebois and Hill, "Blending in Detail", 2012. The result has unit length
    and never faces away; flat detail leaves the base as it is.
    """
    onto, turned = unit_vectors(base), unit_vectors(detail)
    onto[..., 2] += 1.0
    turned[..., :2] *= -1.0
    along = (onto * turned).sum(axis=2, keepdims=True)
    blended = onto * (along / np.maximum(onto[..., 2:], 1e-3)) - turned
    blended[..., 2] = np.maximum(blended[..., 2], 1e-3)
    return _encoded(blended)


def _scale(size: Size) -> float:
    return math.sqrt(size[0] * size[1]) / _SIDE


def _luminance(rgb: FloatArray, size: Size, wrap: WrapPair) -> FloatArray:
    luminance: FloatArray = rgb @ _LUMA
    return luminance if luminance.shape[::-1] == size else resize(luminance, size, wrap, Filter.BICUBIC)


def _encoded(vectors: FloatArray) -> FloatArray:
    """Vectors (H, W, 3) in unit length, from [-1, 1] to [0, 1]."""
    unit = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
    encoded: FloatArray = (unit * 0.5 + 0.5).astype(np.float32)
    return encoded
