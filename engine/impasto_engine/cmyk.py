"""CMYK pictures in sRGB by the profile they carry; OpenImageIO knows only the plain formula."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from impasto_engine.errors import TextureReadError
from impasto_engine.texture_formats import pillow


def is_profiled_cmyk(path: Path, icc: bytes) -> bool:
    """Whether the profile is a CMYK one, and the pixels too: some programs leave it on a converted picture."""
    if icc[16:20] != b"CMYK":
        return False
    image_module = pillow()
    try:
        with image_module.open(path) as image:
            return bool(image.mode == "CMYK")
    except (OSError, image_module.DecompressionBombError):
        return False


def cmyk_strips(path: Path, icc: bytes, rows: int) -> Iterator[NDArray[np.uint8]]:
    """(h, W, 3) sRGB, `rows` at a time, from a file that `is_profiled_cmyk`. Raises TextureReadError.

    16-bit samples are read in 8 bits: ink has no more.
    """
    from PIL import ImageCms

    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"), "CMYK", "RGB"
        )
    except (ImageCms.PyCMSError, OSError) as error:
        raise TextureReadError(f"{path}: its CMYK profile cannot be used: {error}") from error
    try:
        with pillow().open(path) as image:
            for top in range(0, image.height, rows):
                part = image.crop((0, top, image.width, min(top + rows, image.height)))
                yield np.asarray(ImageCms.applyTransform(part, transform))
    except (OSError, SyntaxError) as error:  # Pillow's words for a damaged file
        raise TextureReadError(f"{path}: damaged or cut off: {error}") from error
