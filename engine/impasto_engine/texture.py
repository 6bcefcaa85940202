"""A texture in memory: colour, alpha, and how the file stored them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto_engine.texture_traits import AlphaMode, BitDepth, ColorSpace

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """Pixels as the file encodes them (sRGB stays sRGB-encoded), straight alpha, nothing premultiplied.

    rgb: (H, W, 3) float32; [0, 1] for integer files, unbounded for half and float files.
    alpha: (H, W) float32 in [0, 1], or None.
    grey: the file has one colour channel, and rgb holds it three times.
    """

    rgb: FloatArray
    alpha: FloatArray | None = None
    color_space: ColorSpace = ColorSpace.SRGB
    bit_depth: BitDepth = BitDepth.UINT8
    grey: bool = False

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def alpha_mode(self) -> AlphaMode:
        """MASK when nearly every alpha is 0 or 1 (a cutout), STRAIGHT otherwise."""
        if self.alpha is None:
            return AlphaMode.NONE
        between = (self.alpha > 0.02) & (self.alpha < 0.98)
        return AlphaMode.MASK if float(between.mean()) < 0.01 else AlphaMode.STRAIGHT
