"""A texture in memory, whole or on its way in bands of rows: colour, alpha, and how the file stored them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto_engine.texture_traits import NO_TAGS, AlphaMode, BitDepth, ColorSpace, FileTags

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
    tags: FileTags = NO_TAGS

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def alpha_mode(self) -> AlphaMode:
        """MASK when its edges are hard (a cutout), STRAIGHT where they are soft or it varies."""
        if self.alpha is None:
            return AlphaMode.NONE
        return alpha_mode_of(*count_edges(self.alpha))

    def part(self, top: int, bottom: int, left: int, right: int) -> "Texture":
        """A copy of a rectangle of it."""
        place = slice(top, bottom), slice(left, right)
        alpha = None if self.alpha is None else self.alpha[place].copy()
        return replace(self, rgb=self.rgb[place].copy(), alpha=alpha)

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
            tags=self.tags,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Some whole rows of a texture. rgb: (h, W, 3); alpha: (h, W) or None; as a Texture has them."""

    rgb: FloatArray
    alpha: FloatArray | None

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    def rows(self, top: int, bottom: int) -> "Band":
        return Band(self.rgb[top:bottom], None if self.alpha is None else self.alpha[top:bottom])


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
    tags: FileTags = NO_TAGS

    def collect(self) -> Texture:
        """Take what is left of the bands into memory."""
        whole = joined(list(self.bands))
        return Texture(whole.rgb, whole.alpha, self.color_space, self.bit_depth, self.grey, self.tags)


def recut(bands: Iterable[Band], height: int) -> Iterator[Band]:
    """The same rows in bands of `height` each; the last may be less."""
    parts: list[Band] = []
    missing = height
    for band in bands:
        top = 0
        while top < band.height:
            part = band.rows(top, top + missing)
            parts.append(part)
            top += part.height
            missing -= part.height
            if missing == 0:
                yield joined(parts)
                parts, missing = [], height
    if parts:
        yield joined(parts)


def joined(bands: list[Band]) -> Band:
    """One band of all their rows; a single one is not copied."""
    if len(bands) == 1:
        return bands[0]
    alphas = [band.alpha for band in bands if band.alpha is not None]
    return Band(np.concatenate([band.rgb for band in bands]), np.concatenate(alphas) if alphas else None)


def count_edges(alpha: FloatArray) -> tuple[int, int]:
    """How many alphas of (h, W) are neither 0 nor 1, nearly, and how many steps along its rows go from one to the
    other at once."""
    soft = int(np.count_nonzero((alpha > 0.02) & (alpha < 0.98)))
    return soft, int(np.count_nonzero(np.abs(np.diff(alpha, axis=1)) > 0.9))


def alpha_mode_of(soft: int, hard: int) -> AlphaMode:
    """MASK where edges are hard; an antialiased edge has more soft pixels than hard steps."""
    return AlphaMode.MASK if soft <= hard else AlphaMode.STRAIGHT
