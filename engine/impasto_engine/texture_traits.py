"""What a texture is besides its pixels; no numpy, so that a config can be checked without it."""

from enum import StrEnum

READABLE_EXTENSIONS = frozenset(
    {".png", ".jpg", ".jpeg", ".tga", ".tif", ".tiff", ".exr", ".webp", ".bmp", ".psd", ".dds", ".hdr"}
)


class ColorSpace(StrEnum):
    SRGB = "srgb"
    LINEAR = "linear"


class AlphaMode(StrEnum):
    """MASK: nearly every alpha is 0 or 1, a cutout."""

    NONE = "none"
    STRAIGHT = "straight"
    MASK = "mask"


class BitDepth(StrEnum):
    """The sample type of a file."""

    UINT8 = "uint8"
    UINT16 = "uint16"
    HALF = "half"
    FLOAT = "float"


class Wrap(StrEnum):
    """How a texture continues past its edge, along u or v."""

    REPEAT = "repeat"
    CLAMP = "clamp"
