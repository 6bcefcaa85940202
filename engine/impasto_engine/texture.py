"""A texture in memory, whole or on its way in bands of rows: colour, alpha, and how the file stored them."""

from collections.abc import Iterator
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

    def stream(self) -> "TextureStream":
        """The same texture as one band."""
        return TextureStream(
            width=self.width,
            height=self.height,
            color_space=self.color_space,
            bit_depth=self.bit_depth,
            alpha_mode=self.alpha_mode,
            grey=self.grey,
            bands=iter([Band(self.rgb, self.alpha)]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Some whole rows of a texture. rgb: (h, W, 3); alpha: (h, W) or None; as a Texture has them."""

    rgb: FloatArray
    alpha: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class TextureStream:
    """A texture whose pixels come once, in bands of rows from top to bottom: it need not fit in memory.

    alpha_mode: NONE where the bands have no alpha.
    """

    width: int
    height: int
    color_space: ColorSpace
    bit_depth: BitDepth
    alpha_mode: AlphaMode
    grey: bool
    bands: Iterator[Band]

    def collect(self) -> Texture:
        """Take what is left of the bands into memory."""
        bands = list(self.bands)
        rgb = np.concatenate([band.rgb for band in bands])
        alphas = [band.alpha for band in bands if band.alpha is not None]
        alpha = np.concatenate(alphas) if alphas else None
        return Texture(rgb, alpha, self.color_space, self.bit_depth, self.grey)
