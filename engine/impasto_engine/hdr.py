"""Light above 1 carried around networks that know display colours only.

Each pixel is parted into a colour in [0, 1] and one gain, its largest channel where that is above 1, as Ward's
RGBE parts it into mantissas and a common exponent ("Real Pixels", Graphics Gems II, 1991). The colour goes
through the networks, the gain goes around them. Against a tone curve that is inverted afterwards: what lies in
[0, 1] is not touched, a lamp keeps its hue, and a network's small error near white is not blown up into light
that was never there. Against a smoothed gain: no halo, and each pixel stands for itself, so that bands of rows,
tiles and rolled textures give the same.
"""

from dataclasses import dataclass

import numpy as np

from impasto_engine.texture import FloatArray

BRIGHTEST = 65504.0  # the largest half float, and no texture's light is stronger


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """rgb: (H, W, 3) linear in [0, 1]. gain: (H, W), 1 or more; None where it would be 1 everywhere.

    clipped: there were negative values, NaN, or values above BRIGHTEST, which the networks cannot be shown.
    """

    rgb: FloatArray
    gain: FloatArray | None
    clipped: bool


def compress(linear: FloatArray) -> Bounded:
    """Part linear light (H, W, 3) into colour and gain; negative values and NaN become 0."""
    rgb = np.where(linear > 0.0, np.minimum(linear, np.float32(BRIGHTEST)), np.float32(0.0))
    clipped = not np.array_equal(rgb, linear)
    gain = np.maximum(rgb.max(axis=2), np.float32(1.0))
    if not (gain > 1.0).any():
        return Bounded(rgb, None, clipped)
    return Bounded(rgb / gain[..., None], gain, clipped)


def expand(rgb: FloatArray, gain: FloatArray | None) -> FloatArray:
    """Linear colour in [0, 1] (H, W, 3) back to light; gain: (H, W), resampled as rgb was, or None."""
    return rgb if gain is None else rgb * gain[..., None]
