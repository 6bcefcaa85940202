"""The part of a picture that a tile needs: its core and a halo, that may lie past the picture's edges."""

from __future__ import annotations

from typing import Protocol

import torch

from impasto_engine.rows import Rows, around
from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import continued

EDGE = 10  # mirrored pixels outside a clamped texture, as realesrgan-ncnn-vulkan has them

Span = tuple[int, int]  # start, stop


class Windows(Protocol):
    """Anything as large as a picture, of which a network sees parts."""

    @property
    def height(self) -> int: ...

    @property
    def width(self) -> int: ...

    def window(self, rows: Span, columns: Span) -> torch.Tensor:
        """(1, C, rows, columns) on the device; where an axis is clamped, EDGE past its ends at most."""
        ...


class PictureWindows:
    """Of a picture's own pixels, float32."""

    def __init__(self, picture: Rows, wrap: tuple[Wrap, Wrap], device: torch.device) -> None:
        self.height, self.width = picture.height, picture.width
        self._picture = picture
        self._wrap = wrap
        self._device = device

    def window(self, rows: Span, columns: Span) -> torch.Tensor:
        places = torch.from_numpy(continued(*columns, self.width, self._wrap[0]))
        part = around(self._picture, *rows, self._wrap[1]).index_select(3, places)
        return part.to(self._device, torch.float32)


def reached(core: Span, size: int, halo: int, wrap: Wrap) -> Span:
    """A core and its halo, cut to EDGE outside of a clamped axis, where there is nothing to see."""
    first, end = extent(size, wrap)
    if wrap is Wrap.REPEAT:
        return core[0] - halo, core[1] + halo
    return max(core[0] - halo, first), min(core[1] + halo, end)


def extent(size: int, wrap: Wrap) -> Span:
    """What is to be seen of an axis: on a circle all, else EDGE more at both ends."""
    return (0, size) if wrap is Wrap.REPEAT else (-EDGE, size + EDGE)
