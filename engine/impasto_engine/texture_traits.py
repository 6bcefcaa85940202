"""What a texture is besides its pixels; no numpy, so that a config can be checked without it."""

from dataclasses import dataclass
from enum import StrEnum

READABLE_EXTENSIONS = frozenset(
    {".png", ".jpg", ".jpeg", ".tga", ".tif", ".tiff", ".exr", ".webp", ".bmp", ".psd", ".dds", ".hdr"}
)


class ColorSpace(StrEnum):
    SRGB = "srgb"
    LINEAR = "linear"


class AlphaMode(StrEnum):
    """MASK: a cutout, with hard edges."""

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


@dataclass(frozen=True, slots=True)
class FileTags:
    """What goes with the pixels from file to file as it is.

    icc: an ICC profile, b"" for none. dpi: pixels per inch along u and v, None where the file does not say.
    """

    icc: bytes = b""
    dpi: tuple[float, float] | None = None


NO_TAGS = FileTags()
