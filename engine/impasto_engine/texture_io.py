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
from zlib import crc32

from impasto_engine.errors import TextureReadError, TextureWriteError
from impasto_engine.texture import Band, Texture, TextureStream, alpha_mode_of, recut
from impasto_engine.texture_formats import (
    JPEG,
    MAX_PIXELS,
    WEBP_MAX_SIDE,
    WRITERS,
    Layout,
    Writer,
    depth_in,
    open_encoder,
)
from impasto_engine.texture_samples import LEVELS, Planes, Samples, to_samples
from impasto_engine.texture_source import STRIP_ROWS, TextureInfo, TextureSource, open_source
from impasto_engine.texture_traits import AlphaMode, BitDepth, ColorSpace

WRITABLE_EXTENSIONS = frozenset(WRITERS)


@dataclass(frozen=True, slots=True, eq=False)
class TextureSample:
    """Every n-th pixel of every n-th row, and what only all of them tell.

    texture: the sample. width, height: of the whole, upright. alpha_mode: of the whole.
    """

    texture: Texture
    width: int
    height: int
    alpha_mode: AlphaMode


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """bit_depth: of the file, where the format does not hold the texture's."""

    sha256: str
    bytes: int
    bit_depth: BitDepth


def output_extension(
    source_extension: str, texture_width: int, texture_height: int, bit_depth: BitDepth | None = None
) -> str:
    """The source's where that format holds the result without loss, else ".png" (".exr" for half and float).

    bit_depth: None where the source could not be read, so that its extension alone tells.
    """
    extension = source_extension.lower()
    if bit_depth is None:
        bit_depth = BitDepth.HALF if extension in (".exr", ".hdr") else BitDepth.UINT8
    fallback = ".png" if bit_depth in LEVELS else ".exr"
    writer = WRITERS.get(extension)
    if writer is None or writer is JPEG or depth_in(writer, bit_depth) not in (bit_depth, BitDepth.FLOAT):
        return fallback
    too_large = extension == ".webp" and max(texture_width, texture_height) > WEBP_MAX_SIDE
    return fallback if too_large else extension


def probe_texture(path: Path, *, max_pixels: int = MAX_PIXELS) -> TextureInfo:
    """Read the header only (OpenImageIO decodes a WebP to open it). Raises TextureReadError."""
    with open_source(path, max_pixels=max_pixels) as source:
        return source.info()


def read_texture(
    path: Path, *, color_space: ColorSpace | None = None, max_pixels: int = MAX_PIXELS
) -> Texture:
    """Decode one picture: EXIF orientation applied, palettes expanded, alpha straight, no colour conversion.

    color_space: how the caller knows the values to be encoded; by default linear for half and float files and
    sRGB for integer ones. A gamma chunk or ICC profile changes nothing: the engines ignore them as well.
    Takes little more memory than the texture. Raises TextureReadError, naming the file, when it is missing,
    damaged, no picture, or above max_pixels.
    """
    with open_source(path, max_pixels=max_pixels) as source:
        return _read(source, (1, 1), color_space).texture


def sample_texture(path: Path, *, max_side: int = 256, max_pixels: int = MAX_PIXELS) -> TextureSample:
    """Decode one picture and keep every n-th pixel, so that neither side of the sample is above max_side.

    Never holds the whole picture, but for formats that OpenImageIO decodes at once (WebP, TGA, interlaced PNG).
    Raises TextureReadError as `read_texture` does.
    """
    with open_source(path, max_pixels=max_pixels) as source:
        info = source.info()
        return _read(source, (-(-info.height // max_side), -(-info.width // max_side)), None)


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata `write_texture` put into a file; empty for any other file. Raises TextureReadError."""
    with open_source(path) as source:
        try:
            found = json.loads(source.description)
        except ValueError:  # somebody else's words, perhaps not even in UTF-8
            return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): str(value) for key, value in found.items() if str(key).startswith("impasto:")}


def write_texture(
    texture: Texture | TextureStream,
    path: Path,
    *,
    file_format: str,
    metadata: Mapping[str, str] | None = None,
) -> WrittenFile:
    """Encode to exactly `path` (its own extension does not matter), flush it to the disk, and read it back.

    texture: a stream's bands are encoded as they come, and the file's bytes do not depend on how it is cut;
    JPEG and WebP collect the encoded samples. What the bands raise passes through; nothing stays at `path` then.
    file_format: one of WRITABLE_EXTENSIONS. Where it has not the texture's bit depth, 16 bits become 8, and half
    becomes float; between integers and floats there is no way.
    metadata: keys start with "impasto:"; every format keeps it, TGA up to 320 characters.
    Integer samples are rounded half up, without dither. EXR stores colour multiplied by alpha, so that
    what is under alpha 0 is black there. Raises TextureWriteError.
    """
    writer = WRITERS.get(file_format.lower())
    if writer is None:
        valid = ", ".join(sorted(WRITERS))
        raise TextureWriteError(f"{path}: cannot write the format {file_format!r}; valid are {valid}")
    stream = texture.stream() if isinstance(texture, Texture) else texture
    bit_depth = depth_in(writer, stream.bit_depth)
    if bit_depth is None:
        valid = ", ".join(writer.depths)
        raise TextureWriteError(f"{path}: {writer.name} does not hold {stream.bit_depth}; valid are {valid}")
    layout = Layout(
        width=stream.width,
        height=stream.height,
        channels=_channels(stream, writer, path),
        bit_depth=bit_depth,
        color_space=stream.color_space,
        tags=stream.tags,
        description=json.dumps(dict(metadata)) if metadata else "",
    )
    try:
        checksum = _encode(stream, writer, layout, path)
        with _blaming(path, writer), path.open("r+b") as file:
            os.fsync(file.fileno())
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            written = WrittenFile(sha256, file.tell(), bit_depth)
        if writer is not JPEG:
            _verify(checksum, path, max_pixels=stream.width * stream.height)
    except BaseException:
        if path.is_file():
            path.unlink()
        raise
    return written


def _read(source: TextureSource, steps: tuple[int, int], color_space: ColorSpace | None) -> TextureSample:
    """steps: every how many rows and columns, seen upright, one is kept."""
    info = source.info()
    planes = Planes(source.storage(), *steps)
    for samples in source.strips():
        planes.append(samples)
    if color_space is None:
        color_space = ColorSpace.SRGB if info.bit_depth in LEVELS else ColorSpace.LINEAR
    grey = info.channels - info.has_alpha == 1
    return TextureSample(
        texture=Texture(planes.rgb, planes.alpha, color_space, info.bit_depth, grey, source.tags()),
        width=info.width,
        height=info.height,
        alpha_mode=alpha_mode_of(*planes.edges) if info.has_alpha else AlphaMode.NONE,
    )


def _channels(stream: TextureStream, writer: Writer, path: Path) -> int:
    """How many the file gets. Raises TextureWriteError for what the format does not hold."""
    if writer.name == "webp" and max(stream.width, stream.height) > WEBP_MAX_SIDE:
        size = f"{stream.width} x {stream.height}"
        raise TextureWriteError(f"{path}: {size} pixels; a webp has {WEBP_MAX_SIDE} a side at most")
    wanted = (1 if stream.grey else 3) + (stream.alpha_mode is not AlphaMode.NONE)
    # Grey with alpha takes RGBA, not RGB, where two channels are too few.
    channels = next((n for n in writer.channels if n >= wanted and n % 2 == wanted % 2), None)
    if channels is None:
        raise TextureWriteError(f"{path}: {writer.name} holds no alpha; write .png instead")
    return channels


def _encode(stream: TextureStream, writer: Writer, layout: Layout, path: Path) -> int:
    """The checksum of all samples, in the order of the rows."""
    checksum = rows = 0
    with _blaming(path, writer):
        encoder = open_encoder(writer, layout, path)
    try:
        for band in recut(stream.bands, STRIP_ROWS):
            samples = _samples(band, layout, writer, path)
            checksum = crc32(samples.data, checksum)
            rows += band.height
            if rows > stream.height:
                break
            with _blaming(path, writer):
                encoder.write(samples)
        if rows != stream.height:
            raise ValueError(f"{path}: the bands have not the {stream.height} rows of their texture")
    except BaseException:
        encoder.abandon()
        raise
    with _blaming(path, writer):
        encoder.finish()
    return checksum


def _samples(band: Band, layout: Layout, writer: Writer, path: Path) -> Samples:
    try:
        return to_samples(
            band, layout.bit_depth, channels=layout.channels, associated=writer.name == "openexr"
        )
    except ValueError as error:
        raise TextureWriteError(f"{path}: {error}") from error


@contextmanager
def _blaming(path: Path, writer: Writer) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TextureWriteError(f"{path}: cannot write {writer.name}: {error.strerror or error}") from error


def _verify(checksum: int, path: Path, *, max_pixels: int) -> None:
    """OpenImageIO's PNG, TGA and BMP writers report success on a full disk: only reading back tells."""
    stored = 0
    try:
        with open_source(path, max_pixels=max_pixels) as source:
            for samples in source.strips():
                stored = crc32(samples.data, stored)
    except TextureReadError as error:
        raise TextureWriteError(f"{path}: what was written does not read back; is the disk full?") from error
    if stored != checksum:
        raise TextureWriteError(f"{path}: what was written reads back different; is the disk full?")
