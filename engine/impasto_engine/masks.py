"""Masks: which share of each pixel of a texture is painted in which style."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from impasto_engine.color import linear_to_srgb
from impasto_engine.request import StyleMask, StyleRequest
from impasto_engine.resample import Filter, ResampledMap, Size, WrapPair
from impasto_engine.role_names import MapRole
from impasto_engine.rows import of_array
from impasto_engine.texture import FloatArray
from impasto_engine.texture_io import read_texture
from impasto_engine.texture_traits import ColorSpace
from impasto_engine.tiling import continued

WHOLE = 1 - 1e-6  # of a share: sums of others may miss 1 by so little
_NEAR = 48.0  # of 255: what a brush or a lossy file makes of a colour; at most half way to the next
_EDGE = 2  # pixels: a strip of mixed colours as wide as this is an antialiased edge, not a region

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """styles: of the regions, None where the source stays. shares: (H, W, one for each), 1 in all.

    notes: what in the picture is otherwise than the artist said.
    """

    styles: tuple[StyleRequest | None, ...]
    shares: FloatArray
    notes: tuple[str, ...] = ()

    @property
    def painted(self) -> list[StyleRequest | None]:
        """The styles, None also where nothing is theirs."""
        used = self.shares.reshape(-1, len(self.styles)).max(axis=0)
        return [style if share > 0 else None for style, share in zip(self.styles, used, strict=True)]

    def at(self, size: Size, wrap: WrapPair, using: Filter) -> "Shares":
        return Shares(self, size, wrap, using)


class Shares:
    """Rows of a mask's shares, at the size (width, height) of a texture. using: NEAREST keeps edges hard."""

    def __init__(self, mask: Mask, size: Size, wrap: WrapPair, using: Filter) -> None:
        self.width, self.height = size
        self._map = ResampledMap(mask.shares, size, MapRole.UNKNOWN, wrap, using=using)
        self._kept = [index for index, style in enumerate(mask.styles) if style is None]

    def rows(self, start: int, stop: int) -> FloatArray:
        """(stop - start, width, one for each style)."""
        found = self._map.rows(start, stop)
        shares: FloatArray = found / found.sum(axis=2, keepdims=True)
        return shares

    def keep(self, rgb: FloatArray, before: FloatArray, top: int) -> FloatArray:
        """Rows (n, width, 3) from `top` on, but as before where the source stays."""
        kept = self.rows(top, top + len(rgb))[..., self._kept].sum(axis=2) >= WHOLE
        return np.where(kept[..., None], before, rgb)


class Share:
    """One style's share of each pixel, as a grey picture: Rows."""

    def __init__(self, shares: Shares, index: int) -> None:
        self.height, self.width = shares.height, shares.width
        self.band = self.height
        self._shares = shares
        self._index = index

    def rows(self, start: int, stop: int) -> torch.Tensor:
        share = self._shares.rows(start, stop)[..., self._index, None]
        return of_array(share).picture.expand(-1, 3, -1, -1)


class Masks:
    """Reads masks and keeps the last, as large as a texture: the next texture has most often the same."""

    def __init__(self) -> None:
        self._kept: dict[tuple[StyleRequest, WrapPair], Mask] = {}

    def of(self, style: StyleRequest | None, wrap: WrapPair) -> Mask | None:
        """None for a style without one. Raises TextureReadError."""
        if style is None or style.mask is None:
            return None
        key = (style, wrap)
        if key not in self._kept:
            self._kept.clear()
            self._kept[key] = read_mask(style.mask, style, wrap)
        return self._kept[key]


def read_mask(mask: StyleMask, style: StyleRequest, wrap: WrapPair) -> Mask:
    """The mask of `style`; what is transparent in it counts as black. Raises TextureReadError."""
    texture = read_texture(mask.path)
    pixels = texture.rgb.clip(0.0, 1.0)
    if texture.color_space is ColorSpace.LINEAR:
        pixels = linear_to_srgb(pixels)
    if texture.alpha is not None:
        pixels = pixels * texture.alpha[..., None]
    own = replace(style, mask=None)
    if not mask.regions:
        painted = pixels.mean(axis=2)
        painted[(pixels == 1).all(axis=2)] = 1.0  # a mean of ones may miss 1
        return Mask((own, None), np.stack([painted, 1 - painted], axis=2))
    colors = [region.color for region in mask.regions]
    labels, lacking = _labels(pixels, colors, wrap)
    shares = (labels[..., None] == np.arange(len(colors) + 1)).astype(np.float32)
    notes = tuple(
        f"mask {mask.path.name}: no pixel of it is #{bytes(color).hex()}"
        for color, lacks in zip(colors, lacking, strict=True)
        if lacks
    )
    return Mask((own, *(region.style for region in mask.regions)), shares, notes)


def _labels(
    pixels: FloatArray, colors: list[tuple[int, int, int]], wrap: WrapPair
) -> tuple[NDArray[np.int64], list[bool]]:
    """(H, W): of each pixel the place of its colour, counted from 1, or 0; and which colours no pixel has.

    Where two regions meet, the mixed colours between them go to the one or the other.
    """
    near = _NEAR
    for index, one in enumerate(colors):
        for other in colors[:index]:
            near = min(near, float(np.linalg.norm(np.subtract(one, other))) / 2)
    labels = np.zeros(pixels.shape[:2], np.int64)
    nearest = np.full(pixels.shape[:2], near / 255, np.float32)
    for index, color in enumerate(colors, start=1):
        distance = np.linalg.norm(pixels - np.array(color, np.float32) / 255, axis=2)
        labels[distance <= nearest] = index
        nearest = np.minimum(nearest, distance)
    lacking = [not (labels == index).any() for index in range(1, len(colors) + 1)]
    unlisted = labels == 0
    core = ~_spread(~unlisted, wrap)
    thin = unlisted & ~_spread(core, wrap)
    for _ in range(_EDGE):
        grown = labels.copy()
        for index in range(1, len(colors) + 1):
            grown[thin & (grown == 0) & _spread(labels == index, wrap)] = index
        labels = grown
    return labels, lacking


def _spread(plane: BoolArray, wrap: WrapPair) -> BoolArray:
    """Each pixel that is set, and the eight around it."""
    height, width = plane.shape
    rows, columns = continued(-1, height + 1, height, wrap[1]), continued(-1, width + 1, width, wrap[0])
    padded = plane[rows[:, None], columns]
    beside = padded[:, :-2] | padded[:, 1:-1] | padded[:, 2:]
    spread: BoolArray = beside[:-2] | beside[1:-1] | beside[2:]
    return spread
