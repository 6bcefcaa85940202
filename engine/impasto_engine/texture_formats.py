"""What each file format can hold, and how one is encoded, from strips of rows as they come.

OpenImageIO encodes all but two: its WebP writer drops the colour under transparent pixels, and its JPEG
writer ends the process on a full disk, so Pillow does those.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from impasto_engine.texture_samples import Samples
from impasto_engine.texture_traits import BitDepth, ColorSpace, FileTags

MAX_PIXELS = 2**28  # 16,384 x 16,384
WEBP_MAX_SIDE = 16383
_ICC_SPACES = {b"GRAY": (1, 2), b"RGB ": (3, 4)}


@dataclass(frozen=True, slots=True)
class Writer:
    """What one file format can hold. channels: the counts it takes; a grey picture widens to the next."""

    name: str
    depths: tuple[BitDepth, ...]
    channels: tuple[int, ...]
    options: tuple[tuple[str, str | int], ...] = ()


_EIGHT_BITS = (BitDepth.UINT8,)
_INTEGERS = (BitDepth.UINT8, BitDepth.UINT16)
# Without it TIFF and EXR hold the time of writing, and the same picture would never have the same hash twice.
_NO_DATE = (("DateTime", "1970:01:01 00:00:00"),)
_TIFF = Writer("tiff", (BitDepth.UINT8, BitDepth.UINT16, BitDepth.FLOAT), (1, 2, 3, 4), _NO_DATE)
JPEG = Writer("jpeg", _EIGHT_BITS, (1, 3))
WRITERS = {
    # The filter "sub" at level 3 takes 0.4 of the default's time for files 2 % larger.
    ".png": Writer(
        "png",
        (BitDepth.UINT8, BitDepth.UINT16),
        (1, 2, 3, 4),
        (("png:compressionLevel", 3), ("png:filter", 16)),
    ),
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".tga": Writer("targa", _EIGHT_BITS, (1, 3, 4), (("compression", "rle"),)),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".exr": Writer("openexr", (BitDepth.HALF, BitDepth.FLOAT), (1, 2, 3, 4), _NO_DATE),
    ".webp": Writer("webp", _EIGHT_BITS, (3, 4)),
    ".bmp": Writer("bmp", _EIGHT_BITS, (1, 3, 4)),
}


def depth_in(writer: Writer, depth: BitDepth) -> BitDepth | None:
    """The depth a picture of that depth gets in a file: its own, or the nearest of its kind (a half becomes a
    float in TIFF, 16 bits become 8 in TGA); None where the format has integers only, or floats only."""
    if depth in writer.depths:
        return depth
    kind = (BitDepth.UINT16, BitDepth.UINT8) if depth in _INTEGERS else (BitDepth.FLOAT, BitDepth.HALF)
    return next((one for one in kind if one in writer.depths), None)


@dataclass(frozen=True, slots=True)
class Layout:
    """All that a file says of its picture besides the pixels; the description goes where there is a place."""

    width: int
    height: int
    channels: int
    bit_depth: BitDepth
    color_space: ColorSpace
    tags: FileTags
    description: str

    @property
    def icc(self) -> bytes:
        """The profile where it speaks of as many channels as there are: a reader refuses any other."""
        fits = self.channels in _ICC_SPACES.get(self.tags.icc[16:20], ())
        return self.tags.icc if fits else b""


class Encoder(Protocol):
    """A file being written, (h, W, C) samples after samples from top to bottom. Each step raises OSError."""

    def write(self, samples: Samples) -> None: ...

    def finish(self) -> None:
        """PNG, TGA and BMP do not notice a full disk: read back what must be there."""

    def abandon(self) -> None:
        """Let go of the file, whatever is in it."""


def open_encoder(writer: Writer, layout: Layout, path: Path) -> Encoder:
    """Raises OSError."""
    if writer.name in ("jpeg", "webp"):
        return _PillowEncoder(writer.name, layout, path)
    return _ScanlineEncoder(writer, layout, path)


def oiio() -> Any:  # the package ships no types
    """OpenImageIO, which refuses what is above MAX_PIXELS with four float channels."""
    import OpenImageIO

    OpenImageIO.attribute("limits:imagesize_MB", MAX_PIXELS * 16 >> 20)
    return OpenImageIO


def pillow() -> Any:
    """Pillow's Image, which refuses what is above MAX_PIXELS: by itself it only warns up to twice its limit."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    return Image


class _ScanlineEncoder:
    """Through OpenImageIO, which holds a few rows at a time."""

    def __init__(self, writer: Writer, layout: Layout, path: Path) -> None:
        self._row = 0
        self._path = path
        # BMP has no place for it; what follows its pixels no reader looks at
        self._trailer = layout.description if writer.name == "bmp" else ""
        self._output = oiio().ImageOutput.create(writer.name)
        if not self._output.open(str(path), _spec(writer, layout)):
            raise OSError(reason_from(self._output))

    def write(self, samples: Samples) -> None:
        end = self._row + samples.shape[0]
        if not self._output.write_scanlines(self._row, end, 0, samples):
            raise OSError(reason_from(self._output))
        self._row = end

    def finish(self) -> None:
        if not self._output.close():
            raise OSError(reason_from(self._output))
        if self._trailer:
            with self._path.open("ab") as file:
                file.write(self._trailer.encode("ascii"))

    def abandon(self) -> None:
        self._output.close()


class _PillowEncoder:
    """Collects the samples, since these formats are encoded whole."""

    def __init__(self, name: str, layout: Layout, path: Path) -> None:
        self._name = name
        self._layout = layout
        self._path = path
        self._samples = np.empty((layout.height, layout.width, layout.channels), np.uint8)
        self._row = 0

    def write(self, samples: Samples) -> None:
        end = self._row + samples.shape[0]
        self._samples[self._row : end] = samples
        self._row = end

    def finish(self) -> None:
        from PIL import Image

        grey = self._layout.channels == 1
        image = Image.fromarray(self._samples[..., 0] if grey else self._samples)
        tags: dict[str, Any] = {"exif": self._exif(), "icc_profile": self._layout.icc or None}
        encoded = io.BytesIO()
        if self._name == "jpeg":
            if self._layout.tags.dpi:
                tags["dpi"] = self._layout.tags.dpi
            image.save(encoded, "JPEG", quality=95, subsampling=0, **tags)
        else:  # exact: colour under alpha 0 stays; method 0 at this effort is ten times faster and hardly larger
            image.save(encoded, "WEBP", lossless=True, exact=True, method=0, quality=20, **tags)
        self._path.write_bytes(encoded.getbuffer())

    def abandon(self) -> None:
        """There is no file yet."""

    def _exif(self) -> Any:
        from PIL import Image

        exif = Image.Exif()
        if self._layout.description:
            exif[0x010E] = self._layout.description  # ImageDescription
        if self._layout.tags.dpi:
            exif[0x011A], exif[0x011B] = self._layout.tags.dpi  # XResolution, YResolution
            exif[0x0128] = 2  # ResolutionUnit: inch
        return exif


def _spec(writer: Writer, layout: Layout) -> Any:
    library = oiio()
    sample = library.TypeDesc(layout.bit_depth.value)
    spec = library.ImageSpec(layout.width, layout.height, layout.channels, sample)
    if layout.channels <= 2:
        spec.channelnames = ("Y", "A")[: layout.channels]
        spec.alpha_channel = layout.channels - 1 if layout.channels == 2 else -1
    if writer.name != "openexr":
        spec.attribute("oiio:UnassociatedAlpha", 1)
        # Left to itself OpenImageIO calls everything sRGB, even beside another profile; and for linear values it
        # writes a PNG gamma of 1, by which Godot's reader would alter them.
        plain_srgb = layout.color_space is ColorSpace.SRGB and not layout.icc
        spec.attribute("oiio:ColorSpace", "srgb_rec709_scene" if plain_srgb else "data")
    if layout.icc:
        profile = np.frombuffer(layout.icc, np.uint8)
        spec.attribute("ICCProfile", library.TypeDesc(f"uint8[{len(profile)}]"), profile)
    if layout.tags.dpi:
        spec.attribute("XResolution", layout.tags.dpi[0])
        spec.attribute("YResolution", layout.tags.dpi[1])
        spec.attribute("ResolutionUnit", "in")
    if layout.description:
        spec.attribute("ImageDescription", layout.description)
    for key, value in writer.options:
        spec.attribute(key, value)
    return spec


def reason_from(source: Any) -> str:
    """What an OpenImageIO object, or the library itself, last complained of, in one line; "" for nothing."""
    try:
        message = str(source.geterror())
    except UnicodeDecodeError:  # it quotes the damaged file's own bytes
        return "its header is damaged"
    return "; ".join(line.strip() for line in message.splitlines() if line.strip())
