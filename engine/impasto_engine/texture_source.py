"""A picture file opened for reading: its header, and its samples in strips of rows from top to bottom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from impasto_engine.cmyk import cmyk_strips, is_profiled_cmyk
from impasto_engine.errors import TextureReadError
from impasto_engine.texture_formats import MAX_PIXELS, oiio, reason_from
from impasto_engine.texture_samples import Samples, Storage
from impasto_engine.texture_traits import BitDepth, FileTags

STRIP_ROWS = 64  # whole chunks of every format that compresses rows together

_READABLE_FORMATS = frozenset({"png", "jpeg", "targa", "tiff", "openexr", "webp", "bmp", "psd", "dds", "hdr"})
_SAMPLE_TYPES = tuple(BitDepth)
_LONGEST_DESCRIPTION = 1 << 16
_PER_INCH = {"in": 1.0, "inch": 1.0, "cm": 2.54, "m": 0.0254}


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
class TextureSource:
    """An OpenImageIO input on a single picture of a known format and an allowed size."""

    path: Path
    file: Any

    def storage(self) -> Storage:
        spec = self.file.spec()
        # TIFF says whether its colour is multiplied by alpha; EXR's always is; no other format's ever is.
        straight = spec.get_int_attribute("oiio:UnassociatedAlpha", 0) == 1
        name = self.file.format_name()
        return Storage(
            width=spec.width,
            height=spec.height,
            alpha_channel=self._alpha_channel(),
            orientation=int(spec.get_int_attribute("Orientation", 1)),
            associated=name == "openexr" or (name == "tiff" and not straight),
        )

    @property
    def description(self) -> str:
        name = self.file.format_name()
        if name == "bmp":
            return _after_pixels(self.path)
        found = str(self.file.spec().get_string_attribute("ImageDescription"))
        return found.replace("\n", "") if name == "targa" else found  # TGA cuts it into lines of 80

    def info(self) -> TextureInfo:
        """Raises TextureReadError for samples and channels that no texture has."""
        spec = self.file.spec()
        sample = str(spec.format)
        if sample not in _SAMPLE_TYPES:
            valid = ", ".join(_SAMPLE_TYPES)
            raise TextureReadError(f"{self.path}: its samples are {sample}; valid are {valid}")
        if spec.nchannels > 4 and tuple(spec.channelnames[:3]) != ("R", "G", "B"):
            raise TextureReadError(f"{self.path}: its {spec.nchannels} channels do not start with R, G, B")
        name = self.file.format_name()
        has_alpha = self._alpha_channel() is not None
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

    def tags(self) -> FileTags:
        spec = self.file.spec()
        icc = spec.getattribute("ICCProfile")
        per_inch = _PER_INCH.get(spec.get_string_attribute("ResolutionUnit"), 0.0)
        u = spec.get_float_attribute("XResolution") * per_inch
        v = spec.get_float_attribute("YResolution") * per_inch
        return FileTags(
            icc=b"" if icc is None else np.asarray(icc, np.uint8).tobytes(),
            dpi=(u, v) if u > 0.0 and v > 0.0 else None,
        )

    def strips(self) -> Iterator[Samples]:
        """(h, W, C) from the first row to the last, as they are stored: colour, and alpha where there is one.

        CMYK comes as sRGB, by its profile where it has one. Raises TextureReadError where the file is damaged.
        """
        spec = self.file.spec()
        icc = self.tags().icc
        if is_profiled_cmyk(self.path, icc):
            yield from cmyk_strips(self.path, icc, STRIP_ROWS)
            return
        alpha = self._alpha_channel()
        channels = min(spec.nchannels, 3) if alpha is None else alpha + 1
        tile = spec.tile_height
        rows = -(-STRIP_ROWS // tile) * tile if tile else STRIP_ROWS
        for top in range(0, spec.height, rows):
            height = min(rows, spec.height - top)
            y = spec.y + top
            across = (spec.x, spec.x + spec.width) if tile else ()
            read = self.file.read_tiles if tile else self.file.read_scanlines
            depth = (spec.z, spec.z + 1) if tile else (spec.z,)
            samples = read(*across, y, y + height, *depth, 0, channels, spec.format)
            error = reason_from(self.file)
            # A cut-off JPEG is filled with grey and only the message tells; stray bytes between markers do no harm.
            if samples is None or (error and "extraneous bytes before marker" not in error):
                raise TextureReadError(f"{self.path}: damaged or cut off: {error}")
            yield samples.reshape(height, spec.width, channels)

    def _alpha_channel(self) -> int | None:
        spec = self.file.spec()
        if self.file.format_name() == "targa" and spec.nchannels == 2:
            return 1  # grey and alpha, which OpenImageIO calls red and green
        return int(spec.alpha_channel) if spec.alpha_channel > 0 else None


def _after_pixels(bmp: Path) -> str:
    """What follows the size that a BMP says it has, where we put what its format has no place for."""
    with bmp.open("rb") as file:
        file.seek(2)
        file.seek(int.from_bytes(file.read(4), "little"))
        return file.read(_LONGEST_DESCRIPTION).decode("ascii", errors="replace")


@contextmanager
def open_source(path: Path, *, max_pixels: int = MAX_PIXELS) -> Iterator[TextureSource]:
    """Raises TextureReadError: missing, empty, no picture of a known format, an animation, too large."""
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
        # OpenImageIO's own limit, which it meets before the header is ours
        if "limits:imagesize_MB" in reason:
            short = reason.split(";")[0]
            raise TextureReadError(f"{path}: larger than the limit of {max_pixels} pixels: {short}")
        raise TextureReadError(f"{path}: not a picture that can be read: {reason}")
    try:
        spec = source.spec()
        if source.format_name() not in _READABLE_FORMATS:
            valid = ", ".join(sorted(_READABLE_FORMATS))
            raise TextureReadError(f"{path}: holds {source.format_name()}; valid are {valid}")
        if spec.width * spec.height > max_pixels:
            size = f"{spec.width} x {spec.height}"
            raise TextureReadError(f"{path}: {size} pixels are more than the limit of {max_pixels}")
        if spec.get_int_attribute("oiio:Movie", 0):
            raise TextureReadError(f"{path}: holds an animation; a texture is a single picture")
        yield TextureSource(path, source)
    finally:
        source.close()
