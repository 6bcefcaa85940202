"""How a picture is cut into windows whose features, but for a halo, are those of the whole (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import torch

from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import cuts

_MOST_CUTS = 128  # of one axis
_LEAST_CORE = 64  # pixels; nor is it less than the halo, or nearly all of the work would be the halo's

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """Of one axis: what a window counts for, from core[0] to core[1], and what it sees, from seen[0] to seen[1].

    wrap: how the encoder goes on past what is seen; an axis that is cut goes around by its halo.
    """

    core: Pair
    seen: Pair
    size: int
    wrap: Wrap

    def index(self, shift: int) -> slice | list[int]:
        """Where on the axis what is seen lies, before it is rolled by `shift`."""
        return _index(self.seen, self.size, shift)

    def core_index(self, shift: int) -> slice | list[int]:
        return _index(self.core, self.size, shift)

    def of_features(self, length: int) -> slice:
        """The core among `length` features of what is seen."""
        stride = (self.seen[1] - self.seen[0]) // length
        return slice((self.core[0] - self.seen[0]) // stride, (self.core[1] - self.seen[0]) // stride)


@dataclass(frozen=True, slots=True)
class Window:
    rows: Span
    columns: Span

    @property
    def wrap(self) -> tuple[Wrap, Wrap]:
        """Along u, v."""
        return self.columns.wrap, self.rows.wrap

    def see(self, picture: torch.Tensor, shift: Pair = (0, 0)) -> torch.Tensor:
        """(N, C, H, W) to (N, C, h, w), halo included. shift: down and right, by which the picture is rolled."""
        rows, columns = self.rows.index(shift[0]), self.columns.index(shift[1])
        return picture[:, :, rows][:, :, :, columns]

    def count(self, picture: torch.Tensor, shift: Pair = (0, 0)) -> torch.Tensor:
        """As `see`, without the halo."""
        rows, columns = self.rows.core_index(shift[0]), self.columns.core_index(shift[1])
        return picture[:, :, rows][:, :, :, columns]

    def core(self, features: torch.Tensor) -> torch.Tensor:
        """What the window counts for, of the features of what it sees."""
        rows, columns = self.rows.of_features(features.shape[2]), self.columns.of_features(features.shape[3])
        return features[:, :, rows, columns]

    def add(self, part: torch.Tensor, to: torch.Tensor, shift: Pair = (0, 0)) -> None:
        """A gradient of what is seen, to that of the picture."""
        rows, columns = self.rows.index(shift[0]), self.columns.index(shift[1])
        if isinstance(rows, slice) and isinstance(columns, slice):
            to[:, :, rows, columns] += part
            return
        wide = part.new_zeros(*part.shape[:3], self.columns.size)
        wide.index_add_(3, _places(columns, self.columns.size, part), part)
        to.index_add_(2, _places(rows, self.rows.size, part), wide)


def windows(size: Pair, pixels: int, *, stride: int, reach: int, wrap: tuple[Wrap, Wrap]) -> Sequence[Window]:
    """Those that see at most `pixels` and in all the fewest; the smallest there can be where none is so small.

    size: (height, width), multiples of `stride`, the encoder's. reach: pixels that its features see to each side.
    """
    return _windows(size, pixels, stride, -(-reach // stride) * stride, wrap)


@lru_cache(maxsize=64)
def _windows(size: Pair, pixels: int, stride: int, halo: int, wrap: tuple[Wrap, Wrap]) -> Sequence[Window]:
    best: tuple[int, int, list[Span], list[Span]] | None = None
    down = _cut_axis(size[0], stride, halo, wrap[1])
    across = _cut_axis(size[1], stride, halo, wrap[0])
    for rows, columns in product(down, across):
        largest = max(map(_length, rows)) * max(map(_length, columns))
        total = sum(map(_length, rows)) * sum(map(_length, columns))
        # what is too large counts by its size, what is not by the work
        cost = (max(0, largest - pixels), total)
        if best is None or cost < best[:2]:
            best = (*cost, rows, columns)
    if best is None:
        raise ValueError(f"a picture of {size} has no window")
    return tuple(Window(one, other) for one, other in product(best[2], best[3]))


def _cut_axis(size: int, stride: int, halo: int, wrap: Wrap) -> list[list[Span]]:
    """In every number of parts."""
    steps = size // stride
    least = max(halo, _LEAST_CORE) // stride
    found = [[Span((0, size), (0, size), size, wrap)]]
    for count in range(2, min(steps // least, _MOST_CUTS) + 1):
        spans = []
        for first, last in cuts(steps, -(-steps // count)):
            core = (first * stride, last * stride)
            seen = (core[0] - halo, core[1] + halo)
            if wrap is Wrap.CLAMP:
                seen = (max(0, seen[0]), min(size, seen[1]))
            spans.append(Span(core, seen, size, Wrap.CLAMP))
        found.append(spans)
    return found


def _length(span: Span) -> int:
    return span.seen[1] - span.seen[0]


def _index(asked: Pair, size: int, shift: int) -> slice | list[int]:
    start, stop = asked[0] - shift, asked[1] - shift
    if start >= 0 and stop <= size:
        return slice(start, stop)
    return [place % size for place in range(start, stop)]


def _places(index: slice | list[int], size: int, like: torch.Tensor) -> torch.Tensor:
    return torch.tensor(range(size)[index] if isinstance(index, slice) else index, device=like.device)
