"""How a picture is cut into tiles that overlap by a halo, and how it continues past its edges (pure)."""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from impasto_engine.texture_traits import Wrap

SMALLEST_TILE = 64
TILE_STEP = 16  # convolutions and pooling like sides that divide


def continued(start: int, stop: int, size: int, wrap: Wrap) -> NDArray[np.int64]:
    """Which pixels of an axis of `size` stand at positions start..stop, that may lie outside of it.

    repeat: the axis is a circle. clamp: it is mirrored without its edge twice, as often as needed, so that a
    halo wider than the picture is fine; one pixel is repeated.
    """
    positions = np.arange(start, stop, dtype=np.int64)
    if wrap is Wrap.REPEAT:
        return positions % size
    if size == 1:
        return np.zeros_like(positions)
    period = 2 * (size - 1)
    mirrored = positions % period
    return np.minimum(mirrored, period - mirrored)


def nearest(start: int, stop: int, before: int, after: int) -> NDArray[np.int64]:
    """In which of `before` pixels of an axis the centres of its pixels start..stop of `after` lie.

    In whole numbers: where a centre lies between two pixels, a part of the axis gets what the whole does.
    """
    return (2 * np.arange(start, stop, dtype=np.int64) + 1) * before // (2 * after)


def tile_size_for(budget: int, bytes_per_pixel: int, halo: int) -> int:
    """The largest core side whose tile with its halo takes at most `budget` bytes; at least SMALLEST_TILE."""
    side = math.isqrt(max(0, budget) // bytes_per_pixel) - 2 * halo
    return max(SMALLEST_TILE, side // TILE_STEP * TILE_STEP)


def cuts(size: int, most: int) -> list[tuple[int, int]]:
    """(start, stop) of parts that cover an axis once, at most `most` long, nearly equal: none under most / 2."""
    count = math.ceil(size / max(1, most))
    edges = [index * size // count for index in range(count + 1)]
    return list(pairwise(edges))
