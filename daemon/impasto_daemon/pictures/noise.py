"""Periodic noise, cells and relief: the arithmetic that the demo's textures are drawn with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]  # (H, W), one number a pixel
Picture = NDArray[np.floating[Any]]  # (H, W, 3) or (H, W, 4), sRGB in [0, 1]


@dataclass(frozen=True, slots=True)
class Cells:
    """A Voronoi diagram on the torus.

    border: pixels to the nearest edge of the cell, corners rounded. index: which cell. dx, dy: from its seed.
    """

    border: Field
    index: NDArray[np.intp]
    dx: Field
    dy: Field


def pixel_grid(size: int) -> tuple[Field, Field]:
    """The x and y of every pixel's centre."""
    line = np.arange(size, dtype=np.float32) + 0.5
    x, y = np.meshgrid(line, line)
    return x, y


def smooth_step(field: Field, start: float | Field, end: float | Field) -> Field:
    """0 before `start`, 1 past `end` (which may be the smaller), a cubic between."""
    t = np.clip((field - start) / (end - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def hex_colors(codes: str) -> Picture:
    """(N, 3) in [0, 1] from "9c4a34 8a3f30"."""
    return np.array([tuple(bytes.fromhex(code)) for code in codes.split()], np.float32) / np.float32(255)


def gradient(codes: str, at: Field) -> Picture:
    """The colours met on the way through those of `codes`, from 0 to 1."""
    stops = hex_colors(codes)
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(at, places, stops[:, band]) for band in range(3)], -1).astype(np.float32)


def mix(below: Picture, above: Picture | str, amount: Field) -> Picture:
    """`above`, a picture or a hex colour, over `below` by an amount in [0, 1] for every pixel."""
    over = hex_colors(above)[0] if isinstance(above, str) else above
    return np.asarray(below + (over - below) * amount[..., None])


def _frequencies(size: int, stretch: tuple[float, float]) -> Field:
    across = np.fft.rfftfreq(size, 1 / size)[None, :] * stretch[0]
    down = np.fft.fftfreq(size, 1 / size)[:, None] * stretch[1]
    return np.asarray(np.hypot(across, down), np.float32)


def noise(
    rng: np.random.Generator,
    size: int,
    cycles: tuple[float, float],
    *,
    fade: float = 1.5,
    stretch: tuple[float, float] = (1, 1),
) -> Field:
    """(size, size) noise that tiles, of mean 0 and deviation 1, from white noise filtered as 1 / f ** fade.

    cycles: the fewest and most waves across the picture. stretch: more than 1 draws it out along u, v.
    """
    f = _frequencies(size, stretch)
    gain = np.maximum(f, 1) ** -fade * np.exp(-((f / cycles[1]) ** 4)) * (f >= cycles[0])
    field = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((size, size), np.float32)) * gain, s=(size, size))
    return np.asarray(field / field.std(), np.float32)


def blur(field: Field, radius: float) -> Field:
    """A Gaussian blur of a square field on the torus, `radius` pixels of deviation."""
    size = field.shape[0]
    gain = np.exp(-2 * (np.pi * radius / size * _frequencies(size, (1, 1))) ** 2)
    return np.asarray(np.fft.irfft2(np.fft.rfft2(field) * gain, s=field.shape), np.float32)


def cells(x: Field, y: Field, seeds: Field, rounding: float) -> Cells:
    """Worley's cellular noise (SIGGRAPH 1996) on the torus, over warped pixel coordinates x, y.

    seeds: (N, N, 2) float32, where each of N x N squares holds its point, x and y in [0, 1].
    """
    count = len(seeds)
    step = x.shape[0] / count
    column, row = np.floor(x / step).astype(np.intp), np.floor(y / step).astype(np.intp)
    ways = []
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            i, j = row + down, column + across
            seed = seeds[i % count, j % count]
            index = i % count * count + j % count
            ways.append((x - (j + seed[..., 0]) * step, y - (i + seed[..., 1]) * step, index))
    dx, dy = np.stack([way[0] for way in ways]), np.stack([way[1] for way in ways])
    distance = dx**2 + dy**2
    nearest = distance.argmin(0)[None]
    near_x, near_y = np.take_along_axis(dx, nearest, 0), np.take_along_axis(dy, nearest, 0)
    between = np.hypot(dx - near_x, dy - near_y)
    # to the perpendicular bisector with each other seed
    to_edge = (distance - np.take_along_axis(distance, nearest, 0)) / (2 * np.maximum(between, 1e-3))
    # a soft minimum over the neighbours rounds the corners by about `rounding` pixels
    nearness = np.where(between < 1e-3, 0, np.exp(-to_edge / rounding)).sum(0)
    border = -rounding * np.log(np.maximum(nearness, 1e-30))
    index = np.take_along_axis(np.stack([way[2] for way in ways]), nearest, 0)[0]
    return Cells(border, index, near_x[0], near_y[0])


def slopes(height: Field) -> tuple[Field, Field]:
    """How fast a height, in pixels, rises to the right and downwards, on the torus."""
    right = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / 2
    down = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / 2
    return right, down


def shade(height: Field, light: float, cavity: float, reach: float) -> Field:
    """A factor about 1: lit from the upper left by `light`, darker by `cavity` in hollows `reach` wide."""
    right, down = slopes(height)
    hollow = np.maximum(blur(height, reach) - height, 0) / reach
    return np.asarray(np.clip(1 + light * np.tanh(right + down), 0, 2) * np.exp(-cavity * hollow))


def normal_map(height: Field) -> Picture:
    """The tangent-space normals of a height in pixels, OpenGL's Y+ (green points up), encoded to [0, 1]."""
    right, down = slopes(height)
    vectors = np.stack([-right, down, np.ones_like(height)], -1)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True) / 2 + 0.5)
