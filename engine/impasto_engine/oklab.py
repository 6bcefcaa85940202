"""OKLab: a colour space where equal distances look equally far apart."""

import numpy as np

from impasto_engine.color import linear_to_srgb, srgb_to_linear
from impasto_engine.texture import FloatArray

# Björn Ottosson, "A perceptual color space for image processing", 2020, with the matrices as of 2021-01-25
_LMS_OF_LINEAR = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB_OF_ROOTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_TO_ROOTS = _LMS_OF_LINEAR.T.astype(np.float32), _LAB_OF_ROOTS.T.astype(np.float32)
_TO_LINEAR = (
    np.linalg.inv(_LAB_OF_ROOTS).T.astype(np.float32),
    np.linalg.inv(_LMS_OF_LINEAR).T.astype(np.float32),
)


def srgb_to_oklab(rgb: FloatArray) -> FloatArray:
    """(..., 3) sRGB-encoded in [0, 1] to (..., 3): L in [0, 1], a and b within about [-0.4, 0.4]."""
    cones, lab = _TO_ROOTS
    found: FloatArray = np.cbrt(srgb_to_linear(rgb) @ cones) @ lab
    return found


def oklab_to_srgb(lab: FloatArray) -> FloatArray:
    """(..., 3) OKLab to (..., 3) sRGB-encoded, clipped to [0, 1]."""
    roots, linear = _TO_LINEAR
    return linear_to_srgb(np.clip((lab @ roots) ** 3 @ linear, 0.0, 1.0))
