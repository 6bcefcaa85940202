"""Samples as files store them, to and from a texture's float planes: depth, channels, orientation, alpha."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto_engine.texture import Band, FloatArray, count_edges
from impasto_engine.texture_traits import BitDepth

Samples = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float16] | NDArray[np.float32]

LEVELS = {BitDepth.UINT8: 255, BitDepth.UINT16: 65535}
_HALF_MAX = 65504.0


@dataclass(frozen=True, slots=True)
class Storage:
    """How a file stores its pixels. width, height: before the orientation (EXIF's 1 to 8) is applied.

    associated: colour is multiplied by alpha; under alpha 0 it stays as it is.
    """

    width: int
    height: int
    alpha_channel: int | None
    orientation: int
    associated: bool


class Planes:
    """The float planes of a picture, filled from the file's first row to its last, and seen upright.

    rgb: (H, W, 3); alpha: (H, W) or None. edges: soft and hard, see `count_edges`.
    """

    def __init__(self, storage: Storage, step_v: int = 1, step_u: int = 1) -> None:
        """Keeps every step_v-th row and step_u-th column, counted upright from the top left."""
        turned = storage.orientation >= 5
        self._storage = storage
        self._step_row, self._step_column = (step_u, step_v) if turned else (step_v, step_u)
        height = -(-storage.height // self._step_row)
        width = -(-storage.width // self._step_column)
        shape = (width, height) if turned else (height, width)
        self.rgb = np.empty((*shape, 3), np.float32)
        self.alpha = None if storage.alpha_channel is None else np.empty(shape, np.float32)
        self.edges = (0, 0)
        self._row = 0  # of the file
        self._filled = 0  # of what is kept
        # Upright's first row or column may be the file's last.
        backwards_v, backwards_u = storage.orientation in (3, 4, 6, 7), storage.orientation in (2, 3, 7, 8)
        self._first_row = (storage.height - 1) % self._step_row if backwards_v else 0
        self._first_column = (storage.width - 1) % self._step_column if backwards_u else 0

    def append(self, samples: Samples) -> None:
        """The file's next rows: (h, W, C) of uint8, uint16, half or float."""
        channel = self._storage.alpha_channel
        if channel is not None:
            soft, hard = count_edges(_to_floats(samples[..., channel]))
            self.edges = self.edges[0] + soft, self.edges[1] + hard
        start = (self._first_row - self._row) % self._step_row
        self._row += samples.shape[0]
        kept = samples[start :: self._step_row, self._first_column :: self._step_column]
        end = self._filled + kept.shape[0]
        rgb, alpha = _part(kept, channel, associated=self._storage.associated)
        self._as_stored(self.rgb)[self._filled : end] = rgb
        if self.alpha is not None:
            self._as_stored(self.alpha)[self._filled : end] = alpha
        self._filled = end

    def _as_stored(self, upright: FloatArray) -> FloatArray:
        """A view whose rows run as the file's do."""
        orientation = self._storage.orientation
        if orientation in (2, 3, 6, 7):
            upright = upright[:, ::-1]
        if orientation in (3, 4, 7, 8):
            upright = upright[::-1]
        return upright.swapaxes(0, 1) if orientation >= 5 else upright


def to_samples(band: Band, depth: BitDepth, *, channels: int, associated: bool) -> Samples:
    """(h, W, channels) in that depth: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.

    Integers are rounded half up. Missing alpha is opaque. Raises ValueError for NaN and infinity.
    """
    color = band.rgb if channels >= 3 else band.rgb[..., :1]
    planes = [color]
    if channels in (2, 4):
        opaque = np.ones(band.rgb.shape[:2], np.float32)
        alpha = (opaque if band.alpha is None else band.alpha)[..., None]
        planes = [color * alpha if associated else color, alpha]
    pixels = np.concatenate(planes, axis=2)
    if not np.isfinite(pixels).all():
        raise ValueError("the picture holds NaN or infinity")
    if depth is BitDepth.FLOAT:
        return pixels.astype(np.float32, copy=False)
    if depth is BitDepth.HALF:
        return pixels.clip(-_HALF_MAX, _HALF_MAX).astype(np.float16)
    rounded = np.floor(pixels.clip(0.0, 1.0) * LEVELS[depth] + 0.5)
    return rounded.astype(np.uint8) if depth is BitDepth.UINT8 else rounded.astype(np.uint16)


def _part(
    samples: Samples, alpha_channel: int | None, *, associated: bool
) -> tuple[FloatArray, FloatArray | None]:
    """rgb (h, W, 3) and straight alpha (h, W)."""
    pixels = _to_floats(samples)
    if alpha_channel is None:
        return _three_channels(pixels), None
    alpha = pixels[..., alpha_channel]
    rgb = _three_channels(pixels[..., :alpha_channel])
    if associated:
        rgb = np.divide(rgb, alpha[..., None], out=rgb.copy(), where=alpha[..., None] > 0.0)
        if samples.dtype.kind == "u":
            rgb = rgb.clip(0.0, 1.0)
    return rgb, alpha.clip(0.0, 1.0)


def _to_floats(samples: Samples) -> FloatArray:
    levels = {"uint8": 255, "uint16": 65535}.get(samples.dtype.name, 1)
    floats: FloatArray = np.divide(samples, levels, dtype=np.float32)
    return floats


def _three_channels(pixels: FloatArray) -> FloatArray:
    """Grey is repeated; red and green alone are a normal map's (BC5), and the unit vector's blue completes them."""
    if pixels.shape[2] == 1:
        return np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    if pixels.shape[2] == 2:
        return with_blue(pixels)
    return pixels[..., :3]


def with_blue(normals: FloatArray) -> FloatArray:
    """(h, W, 3) of a normal map whose red and green alone are known: the blue that makes its vectors unit ones."""
    tilt = np.square(normals[..., :2] * 2.0 - 1.0).sum(axis=2)
    blue = np.sqrt(np.maximum(1.0 - tilt, 0.0)) * 0.5 + 0.5
    return np.dstack([normals[..., :2], blue]).astype(np.float32, copy=False)
