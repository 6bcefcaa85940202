"""Pictures as rows on demand: each stage computes the rows that the next one asks for, so none is held whole."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch

from impasto_engine.texture import FloatArray
from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import continued, cuts


class Rows(Protocol):
    """A picture of `height` x `width` pixels."""

    @property
    def height(self) -> int: ...

    @property
    def width(self) -> int: ...

    @property
    def band(self) -> int:
        """How many rows are best asked for at once."""
        ...

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """(1, 3, stop - start, width) float32 on the CPU, 0 <= start < stop <= height; not to be written to."""
        ...


class Whole:
    """Rows of a picture that is held. picture: (1, 3, H, W) on any device."""

    def __init__(self, picture: torch.Tensor) -> None:
        self.picture = picture
        self.height, self.width = picture.shape[-2:]
        self.band = self.height

    def rows(self, start: int, stop: int) -> torch.Tensor:
        return self.picture[:, :, start:stop]


def of_array(array: FloatArray) -> Whole:
    """(H, W, 3) as it lies in memory: nothing is copied."""
    return Whole(torch.from_numpy(array).permute(2, 0, 1)[None])


def to_array(picture: torch.Tensor) -> FloatArray:
    """(1, 3, H, W) on any device to (H, W, 3)."""
    array: FloatArray = picture[0].float().permute(1, 2, 0).cpu().contiguous().numpy()
    return array


def around(picture: Rows, start: int, stop: int, wrap: Wrap) -> torch.Tensor:
    """As `rows`, but the picture goes on past its edges: around the circle, or mirrored where it is clamped."""
    positions = continued(start, stop, picture.height, wrap)
    runs = np.split(positions, np.flatnonzero(np.diff(positions) != 1) + 1)
    parts = [picture.rows(int(run[0]), int(run[-1]) + 1) for run in runs]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)


def sweep(
    buffer: torch.Tensor, reach: int, most: int, wrap: Wrap
) -> Iterator[tuple[torch.Tensor, torch.Tensor, tuple[int, int]]]:
    """Bands of a (1, C, H, W) buffer that are overwritten as they go, from top to bottom.

    Yields the rows to write, a copy of them with `reach` more on each side as they were before any was written,
    and how many of those are missing above and below: at clamped edges there are none.
    """
    height = buffer.shape[2]
    circle = wrap is Wrap.REPEAT
    parts = cuts(height, max(most, 2 * reach))
    if circle:
        edge = torch.from_numpy(continued(-reach, 0, height, wrap)).to(buffer.device)
        above = buffer.index_select(2, edge)
        edge = torch.from_numpy(continued(height, height + reach, height, wrap)).to(buffer.device)
        end = buffer.index_select(2, edge)
    else:
        above = end = buffer[:, :, :0].clone()
    for start, stop in parts:
        below = buffer[:, :, stop : stop + reach] if stop < height else end
        window = torch.cat([above, buffer[:, :, start:stop], below], dim=2)
        missing = (0, 0) if circle else (reach - above.shape[2], reach - below.shape[2])
        above = buffer[:, :, max(0, stop - reach) : stop].clone()
        yield buffer[:, :, start:stop], window, missing
