"""Samples as files store them, to and from a texture's float planes: depth, channels, orientation, alpha."""

import numpy as np
from numpy.typing import NDArray

from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_traits import BitDepth

Samples = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float16] | NDArray[np.float32]

LEVELS = {BitDepth.UINT8: 255, BitDepth.UINT16: 65535}
_HALF_MAX = 65504.0


def to_planes(
    samples: Samples, alpha_channel: int | None, *, orientation: int, associated: bool
) -> tuple[FloatArray, FloatArray | None]:
    """Part (H, W, C) of uint8, uint16, half or float into rgb (H, W, 3) and straight alpha (H, W).

    orientation: EXIF's 1 to 8. associated: colour is multiplied by alpha; under alpha 0 it stays as it is.
    """
    levels = {"uint8": 255, "uint16": 65535}.get(samples.dtype.name, 1)
    pixels = _orient(np.divide(samples, levels, dtype=np.float32), orientation)
    if alpha_channel is None:
        return _three_channels(pixels), None
    alpha = np.ascontiguousarray(pixels[..., alpha_channel])
    rgb = _three_channels(np.delete(pixels, np.s_[alpha_channel:], axis=2))
    if associated:
        np.divide(rgb, alpha[..., None], out=rgb, where=alpha[..., None] > 0.0)
        if levels > 1:
            rgb = rgb.clip(0.0, 1.0)
    return rgb, alpha.clip(0.0, 1.0)


def to_samples(texture: Texture, *, channels: int, associated: bool) -> Samples:
    """(H, W, channels) in the texture's bit depth: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.

    Integers are rounded half up. Missing alpha is opaque. Raises ValueError for NaN and infinity.
    """
    color = texture.rgb if channels >= 3 else texture.rgb[..., :1]
    planes = [color]
    if channels in (2, 4):
        opaque = np.ones(texture.rgb.shape[:2], np.float32)
        alpha = (opaque if texture.alpha is None else texture.alpha)[..., None]
        planes = [color * alpha if associated else color, alpha]
    pixels = np.concatenate(planes, axis=2)
    if not np.isfinite(pixels).all():
        raise ValueError("the picture holds NaN or infinity")
    if texture.bit_depth is BitDepth.FLOAT:
        return pixels.astype(np.float32, copy=False)
    if texture.bit_depth is BitDepth.HALF:
        return pixels.clip(-_HALF_MAX, _HALF_MAX).astype(np.float16)
    rounded = np.floor(pixels.clip(0.0, 1.0) * LEVELS[texture.bit_depth] + 0.5)
    return rounded.astype(np.uint8) if texture.bit_depth is BitDepth.UINT8 else rounded.astype(np.uint16)


def _three_channels(pixels: FloatArray) -> FloatArray:
    """Grey is repeated; red and green alone (a two-channel normal map) get a blue of 0."""
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    if pixels.shape[2] == 2:
        return np.pad(pixels, ((0, 0), (0, 0), (0, 1)))
    return np.ascontiguousarray(pixels[..., :3])


def _orient(pixels: FloatArray, orientation: int) -> FloatArray:
    """Turn and mirror as EXIF's tag says the picture is to be seen."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
