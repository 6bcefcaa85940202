"""Rectangles around the islands of visible pixels in a sheet, no two of which touch."""

import numpy as np
from numpy.typing import NDArray

from impasto_engine.sheet_layout import Cell
from impasto_engine.texture import FloatArray

_VISIBLE = 2.5 / 255  # fainter pixels are dirt that compression left between the sprites

_Mask = NDArray[np.bool_]
_Indices = NDArray[np.int64]


def find_islands(alpha: FloatArray) -> tuple[Cell, ...]:
    """The rectangles around pixels of (H, W) that hang together, diagonals included; row by row.

    Islands whose rectangles touch or overlap are one, so that no two cells share a pixel.
    """
    mask = alpha > _VISIBLE
    boxes = _boxes(mask)
    while True:
        merged = _boxes(_filled(boxes, mask.shape))
        if len(merged) == len(boxes):
            break
        boxes = merged
    ordered = boxes[np.lexsort((boxes[:, 0], boxes[:, 1]))].tolist()
    return tuple(Cell(left, top, right - left, bottom - top) for left, top, right, bottom in ordered)


def _boxes(mask: _Mask) -> _Indices:
    """(n, 4): left, top, right, bottom of each 8-connected component, by the runs of its rows."""
    stride = mask.shape[1] + 2  # a gap between rows, so that no run touches one of its own row's neighbours
    padded = np.zeros((mask.shape[0], stride), np.int8)
    padded[:, 1:-1] = mask
    steps = np.flatnonzero(np.diff(padded.ravel(), prepend=np.int8(0)))
    starts, ends = steps[::2], steps[1::2]
    labels = _join(len(starts), *_touching(starts, ends, stride))
    roots, island = np.unique(labels, return_inverse=True)
    boxes = np.empty((len(roots), 4), np.int64)
    boxes[:, :2], boxes[:, 2:] = np.iinfo(np.int64).max, 0
    rows = starts // stride
    np.minimum.at(boxes[:, 0], island, starts % stride - 1)
    np.minimum.at(boxes[:, 1], island, rows)
    np.maximum.at(boxes[:, 2], island, ends % stride - 1)
    np.maximum.at(boxes[:, 3], island, rows + 1)
    return boxes


def _touching(starts: _Indices, ends: _Indices, stride: int) -> tuple[_Indices, _Indices]:
    """All pairs of runs (lower, upper) in rows that follow each other, that touch at least at a corner."""
    first = np.searchsorted(ends, starts - stride, side="left")
    last = np.searchsorted(starts, ends - stride, side="right")
    counts = np.maximum(last - first, 0)
    lower = np.repeat(np.arange(len(starts)), counts)
    offsets = np.arange(len(lower)) - np.repeat(np.cumsum(counts) - counts, counts)
    return lower, first[lower] + offsets


def _join(count: int, one: _Indices, other: _Indices) -> _Indices:
    """The smallest number in each number's set, given pairs that are of one set: a union-find by arrays."""
    root = np.arange(count)
    while True:
        low, high = np.minimum(root[one], root[other]), np.maximum(root[one], root[other])
        apart = low < high
        if not apart.any():
            return root
        np.minimum.at(root, high[apart], low[apart])
        while (root[root] != root).any():
            root = root[root]


def _filled(boxes: _Indices, shape: tuple[int, ...]) -> _Mask:
    corners = np.zeros((shape[0] + 1, shape[1] + 1), np.int32)
    left, top, right, bottom = boxes.T
    for rows, columns, sign in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
        np.add.at(corners, (rows, columns), sign)
    inside: _Mask = corners.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
    return inside
