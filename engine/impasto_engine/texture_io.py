"""The only pixel IO: files to textures, and textures to files.

A file's content decides its format; its extension is only where OpenImageIO looks first.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from impasto_engine.errors import TextureReadError, TextureWriteError
from impasto_engine.texture import Texture
from impasto_engine.texture_formats import JPEG, WEBP_MAX_SIDE, WRITERS, Writer, encode, oiio, reason_from
from impasto_engine.texture_samples import LEVELS, Samples, to_planes, to_samples
from impasto_engine.texture_traits import BitDepth, ColorSpace

MAX_PIXELS = 2**28  # 16,384 x 16,384

WRITABLE_EXTENSIONS = frozenset(WRITERS)
_READABLE_FORMATS = frozenset({"png", "jpeg", "targa", "tiff", "openexr", "webp", "bmp", "psd", "dds", "hdr"})
_SAMPLE_TYPES = tuple(BitDepth)


@dataclass(frozen=True, slots=True)
class TextureInfo:
    """What a file's header says. Sides are in pixels, after its EXIF orientation.

    format: OpenImageIO's name of it ("png", "targa"). lossy: a JPEG or a block-compressed DDS (not WebP).
    """

    width: int
    height: int
    channels: int
    bit_depth: BitDepth
    format: str
    has_alpha: bool
    lossy: bool


@dataclass(frozen=True, slots=True)
class WrittenFile:
    sha256: str
    bytes: int


def output_extension(source_extension: str, texture_width: int, texture_height: int) -> str:
    """The source's where that format holds the result without loss, else ".png" (".exr" for ".hdr")."""
    extension = source_extension.lower()
    if extension == ".hdr":
        return ".exr"
    if extension == ".webp" and max(texture_width, texture_height) > WEBP_MAX_SIDE:
        return ".png"
    return extension if extension in WRITERS and WRITERS[extension] is not JPEG else ".png"


def probe_texture(path: Path, *, max_pixels: int = MAX_PIXELS) -> TextureInfo:
    """Read the header only (OpenImageIO decodes a WebP to open it). Raises TextureReadError."""
    with _opened(path, max_pixels) as source:
        return _info(path, source)


def read_texture(
    path: Path, *, color_space: ColorSpace | None = None, max_pixels: int = MAX_PIXELS
) -> Texture:
    """Decode one picture: EXIF orientation applied, palettes expanded, alpha straight, no colour conversion.

    color_space: how the caller knows the values to be encoded; by default linear for half and float files and
    sRGB for integer ones. A gamma chunk or ICC profile changes nothing: the engines ignore them as well.
    Raises TextureReadError, naming the file, when it is missing, damaged, no picture, or above max_pixels.
    """
    with _opened(path, max_pixels) as source:
        info = _info(path, source)
        spec = source.spec()
        # TIFF says whether its colour is multiplied by alpha; EXR's always is; no other format's ever is.
        straight = spec.get_int_attribute("oiio:UnassociatedAlpha", 0) == 1
        rgb, alpha = to_planes(
            _decode(path, source),
            _alpha_channel(spec, info.format),
            orientation=spec.get_int_attribute("Orientation", 1),
            associated=info.format == "openexr" or (info.format == "tiff" and not straight),
        )
    if color_space is None:
        color_space = ColorSpace.SRGB if info.bit_depth in LEVELS else ColorSpace.LINEAR
    return Texture(rgb, alpha, color_space, info.bit_depth, grey=info.channels - info.has_alpha == 1)


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata `write_texture` put into a file; empty for any other file. Raises TextureReadError."""
    with _opened(path, MAX_PIXELS) as source:
        spec = source.spec()
        try:
            found = json.loads(spec.get_string_attribute("ImageDescription"))
        except ValueError:  # somebody else's words, perhaps not even in UTF-8
            return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): str(value) for key, value in found.items() if str(key).startswith("impasto:")}


def write_texture(
    texture: Texture, path: Path, *, file_format: str, metadata: Mapping[str, str] | None = None
) -> WrittenFile:
    """Encode to exactly `path` (its own extension does not matter), flush it to the disk, and read it back.

    file_format: one of WRITABLE_EXTENSIONS; a texture's bit depth must be one that format has.
    metadata: keys start with "impasto:"; PNG, TIFF, EXR, JPEG and WebP keep it, TGA and BMP do not.
    Integer samples are rounded half up, without dither. EXR stores colour multiplied by alpha, so that
    what is under alpha 0 is black there. Raises TextureWriteError.
    """
    writer = WRITERS.get(file_format.lower())
    if writer is None:
        valid = ", ".join(sorted(WRITERS))
        raise TextureWriteError(f"{path}: cannot write the format {file_format!r}; valid are {valid}")
    samples = _encodable(texture, writer, path)
    description = json.dumps(dict(metadata)) if metadata else ""
    try:
        encode(samples, writer, path, color_space=texture.color_space, description=description)
        with path.open("r+b") as file:
            os.fsync(file.fileno())
            data = file.read()
    except OSError as error:
        raise TextureWriteError(f"{path}: cannot write {writer.name}: {error.strerror or error}") from error
    if writer is not JPEG:
        _verify(samples, path)
    return WrittenFile(hashlib.sha256(data).hexdigest(), len(data))


@contextmanager
def _opened(path: Path, max_pixels: int) -> Iterator[Any]:
    """An OpenImageIO input on a single picture of a known format and an allowed size."""
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise TextureReadError(f"{path}: the file is empty (0 bytes)")
    except OSError as error:
        raise TextureReadError(f"{path}: {error.strerror or error}") from error
    hints = oiio().ImageSpec()
    hints.attribute("oiio:UnassociatedAlpha", 1)
    source = oiio().ImageInput.open(str(path), hints)
    if source is None:
        reason = reason_from(oiio())
        if (
            "limits:imagesize_MB" in reason
        ):  # OpenImageIO's own limit, which it meets before the header is ours
            raise TextureReadError(
                f"{path}: larger than the limit of {max_pixels} pixels: {reason.split(';')[0]}"
            )
        raise TextureReadError(f"{path}: not a picture that can be read: {reason}")
    try:
        spec = source.spec()
        if source.format_name() not in _READABLE_FORMATS:
            valid = ", ".join(sorted(_READABLE_FORMATS))
            raise TextureReadError(f"{path}: holds {source.format_name()}; valid are {valid}")
        if spec.width * spec.height > max_pixels:
            raise TextureReadError(
                f"{path}: {spec.width} x {spec.height} pixels are more than the limit of {max_pixels}"
            )
        if spec.get_int_attribute("oiio:Movie", 0):
            raise TextureReadError(f"{path}: holds an animation; a texture is a single picture")
        yield source
    finally:
        source.close()


def _info(path: Path, source: Any) -> TextureInfo:
    spec = source.spec()
    sample = str(spec.format)
    if sample not in _SAMPLE_TYPES:
        valid = ", ".join(_SAMPLE_TYPES)
        raise TextureReadError(f"{path}: its samples are {sample}; valid are {valid}")
    if spec.nchannels > 4 and tuple(spec.channelnames[:3]) != ("R", "G", "B"):
        raise TextureReadError(f"{path}: its {spec.nchannels} channels do not start with R, G, B")
    name = source.format_name()
    has_alpha = _alpha_channel(spec, name) is not None
    turned = spec.get_int_attribute("Orientation", 1) >= 5
    return TextureInfo(
        width=spec.height if turned else spec.width,
        height=spec.width if turned else spec.height,
        channels=min(spec.nchannels, 3 + has_alpha),
        bit_depth=BitDepth(sample),
        format=name,
        has_alpha=has_alpha,
        lossy=name == "jpeg" or (name == "dds" and bool(spec.get_string_attribute("compression"))),
    )


def _alpha_channel(spec: Any, name: str) -> int | None:
    if name == "targa" and spec.nchannels == 2:  # grey and alpha, which OpenImageIO calls red and green
        return 1
    return int(spec.alpha_channel) if spec.alpha_channel > 0 else None


def _decode(path: Path, source: Any) -> Samples:
    samples: Samples | None = source.read_image(oiio().UNKNOWN)
    error = reason_from(source)
    # A cut-off JPEG is filled with grey and only the message tells; stray bytes between markers do no harm.
    if samples is None or (error and "extraneous bytes before marker" not in error):
        raise TextureReadError(f"{path}: damaged or cut off: {error}")
    return samples


def _encodable(texture: Texture, writer: Writer, path: Path) -> Samples:
    if texture.bit_depth not in writer.depths:
        valid = ", ".join(writer.depths)
        raise TextureWriteError(f"{path}: {writer.name} does not hold {texture.bit_depth}; valid are {valid}")
    wanted = (1 if texture.grey else 3) + (texture.alpha is not None)
    # Grey with alpha takes RGBA, not RGB, where two channels are too few.
    channels = next((n for n in writer.channels if n >= wanted and n % 2 == wanted % 2), None)
    if channels is None:
        raise TextureWriteError(f"{path}: {writer.name} holds no alpha; write .png instead")
    if writer.name == "webp" and max(texture.width, texture.height) > WEBP_MAX_SIDE:
        size = f"{texture.width} x {texture.height}"
        raise TextureWriteError(f"{path}: {size} pixels; a webp has {WEBP_MAX_SIDE} a side at most")
    try:
        return to_samples(texture, channels=channels, associated=writer.name == "openexr")
    except ValueError as error:
        raise TextureWriteError(f"{path}: {error}") from error


def _verify(samples: Samples, path: Path) -> None:
    """OpenImageIO's PNG, TGA and BMP writers report success on a full disk: only reading back tells."""
    try:
        with _opened(path, samples.size) as source:
            stored = _decode(path, source)
    except TextureReadError as error:
        raise TextureWriteError(f"{path}: what was written does not read back; is the disk full?") from error
    if not np.array_equal(stored, samples):
        raise TextureWriteError(f"{path}: what was written reads back different; is the disk full?")
