"""What each file format can hold, and how one is encoded.

OpenImageIO encodes all but two: its WebP writer drops the colour under transparent pixels, and its JPEG
writer ends the process on a full disk, so Pillow does those.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impasto_engine.texture_samples import Samples
from impasto_engine.texture_traits import BitDepth, ColorSpace

WEBP_MAX_SIDE = 16383
_SAMPLE_NAMES = {"uint8": "uint8", "uint16": "uint16", "float16": "half", "float32": "float"}


@dataclass(frozen=True, slots=True)
class Writer:
    """What one file format can hold. channels: the counts it takes; a grey picture widens to the next."""

    name: str
    depths: tuple[BitDepth, ...]
    channels: tuple[int, ...]
    options: tuple[tuple[str, str | int], ...] = ()


_EIGHT_BITS = (BitDepth.UINT8,)
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


def encode(
    samples: Samples, writer: Writer, path: Path, *, color_space: ColorSpace, description: str
) -> None:
    """Write (H, W, C) samples to `path`; the description goes where the format has a place for one.

    Raises OSError. PNG, TGA and BMP do not notice a full disk: read back what must be there.
    """
    if writer.name in ("jpeg", "webp"):
        path.write_bytes(_encode_by_pillow(samples, writer.name, description))
    else:
        _encode_by_oiio(samples, writer, path, color_space, description)


def oiio() -> Any:  # the package ships no types
    import OpenImageIO

    # What MAX_PIXELS lets through with four float channels.
    OpenImageIO.attribute("limits:imagesize_MB", 4096)
    return OpenImageIO


def _encode_by_oiio(
    samples: Samples, writer: Writer, path: Path, color_space: ColorSpace, description: str
) -> None:
    library = oiio()
    height, width, channels = samples.shape
    spec = library.ImageSpec(width, height, channels, library.TypeDesc(_SAMPLE_NAMES[samples.dtype.name]))
    if channels <= 2:
        spec.channelnames = ("Y", "A")[:channels]
        spec.alpha_channel = channels - 1 if channels == 2 else -1
    if writer.name != "openexr":
        spec.attribute("oiio:UnassociatedAlpha", 1)
    if color_space is ColorSpace.SRGB:
        spec.attribute("oiio:ColorSpace", "srgb_rec709_scene")
    if description:
        spec.attribute("ImageDescription", description)
    for key, value in writer.options:
        spec.attribute(key, value)
    output = library.ImageOutput.create(writer.name)
    if not output.open(str(path), spec):
        raise OSError(reason_from(output))
    written = output.write_image(samples)
    if not output.close() or not written:
        raise OSError(reason_from(output))


def _encode_by_pillow(samples: Samples, name: str, description: str) -> bytes:
    from PIL import Image

    image = Image.fromarray(samples[..., 0] if samples.shape[2] == 1 else samples)
    exif = Image.Exif()
    if description:
        exif[0x010E] = description  # ImageDescription
    encoded = io.BytesIO()
    if name == "jpeg":
        image.save(encoded, "JPEG", quality=95, subsampling=0, exif=exif)
    else:  # exact: colour under alpha 0 stays; method 0 at this effort is ten times faster and hardly larger
        image.save(encoded, "WEBP", lossless=True, exact=True, method=0, quality=20, exif=exif)
    return encoded.getvalue()


def reason_from(source: Any) -> str:
    """What an OpenImageIO object, or the library itself, last complained of, in one line; "" for nothing."""
    try:
        message = str(source.geterror())
    except UnicodeDecodeError:  # it quotes the damaged file's own bytes
        return "its header is damaged"
    return "; ".join(line.strip() for line in message.splitlines() if line.strip())
