"""Frames that stand still where their sources do: what does not move is painted once, for all of them.

A style network makes other strokes of the smallest noise, so that a still wall would boil.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto_engine.texture import FloatArray
from impasto_engine.tiling import cuts

# By how much a channel may differ from the frames' median and still be noise: at least, and at most.
_LEAST_NOISE, _MOST_NOISE = 2 / 255, 6 / 255
_NOISES = 5.0  # times the median difference, which is mostly that of still pixels
_ROWS = 64
_MOST_PIXELS = 1 << 25  # of all frames that are held for a median
_MARGIN = 2  # pixels around what moves: its strokes end there


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """What a group of frames has in common. source, painted: (H, W, 3) sRGB in [0, 1]; noise: see above."""

    source: FloatArray
    painted: FloatArray
    noise: float

    def behind(self, frame: FloatArray, painted: FloatArray) -> FloatArray:
        """The painted frame (H, W, 3), with the painted backdrop where the frame shows it."""
        moves = self._moves(frame)[..., None]
        return self.painted + (painted - self.painted) * moves

    def _moves(self, frame: FloatArray) -> FloatArray:
        """(H, W) in [0, 1]: 0 where the frame shows the backdrop."""
        difference = _spread(np.abs(frame - self.source).max(axis=2), 1, np.add) / 9
        ramp = ((difference - self.noise) / self.noise).clip(0.0, 1.0)
        near = _spread(ramp, _MARGIN, np.maximum)
        return (_spread(near, 1, np.add) / 9).astype(np.float32)


def median_of(frames: Sequence[FloatArray]) -> tuple[FloatArray, float]:
    """Frames of one size, (H, W, 3) each, to their median picture and the noise of what stands still."""
    height = frames[0].shape[0]
    median = np.empty_like(frames[0])
    typical = []
    for start, stop in cuts(height, _ROWS):
        stacked = np.stack([frame[start:stop] for frame in frames])
        median[start:stop] = np.median(stacked, axis=0)
        typical.append(np.median(np.abs(stacked - median[start:stop])))
    return median, min(max(_NOISES * float(np.median(typical)), _LEAST_NOISE), _MOST_NOISE)


def sampled(count: int, pixels: int) -> list[int]:
    """Which of `count` frames of so many pixels are looked at for their median: evenly spread, three at least."""
    most = min(count, max(3, _MOST_PIXELS // pixels))
    return [index * count // most for index in range(most)]


def _spread(plane: FloatArray, reach: int, joined: np.ufunc) -> FloatArray:
    """Each pixel joined with those up to `reach` beside it, along both axes; the edge repeats."""
    for axis in (0, 1):
        padded = np.pad(plane, [(reach, reach) if one == axis else (0, 0) for one in (0, 1)], mode="edge")
        size = plane.shape[axis]
        parts = [padded.take(range(step, step + size), axis=axis) for step in range(2 * reach + 1)]
        plane = joined.reduce(np.stack(parts), axis=0)
    return plane
