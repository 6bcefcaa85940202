"""Palettes: the dominant colours of pictures, and any picture held to the colours of one."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from impasto_engine.oklab import oklab_to_srgb, srgb_to_oklab
from impasto_engine.request import Palette
from impasto_engine.texture import FloatArray

STYLE_COLORS = 16  # as many make the palette of a style

_SAMPLES = 65536  # about as many pixels of a picture are looked at
_BINS = 32  # along each axis of sRGB; the pixels of a bin count as one colour
_ROUNDS = 40  # k-means has settled by then

_NODES = 33  # of the table along each axis of sRGB
_SOFTNESS = 0.5  # of the gap between neighbours: gradients step below 0.4, all colours run together above 0.6
_LIGHTNESS = 1.5  # how much more a step in lightness counts than one in colour: form is lightness
_CHUNK = 1 << 14  # pixels at once: what is in between stays in the cache


def palette_of(pictures: Sequence[tuple[FloatArray, float]], count: int) -> Palette:
    """The (up to) `count` dominant colours of pictures, each with a weight; from dark to light, no chance in it.

    pictures: (H, W, 3), sRGB in [0, 1]. Weights are relative. k-means in OKLab (Lloyd 1982), seeded as k-means++
    is but for the dice: each seed is the colour that adds most to the error so far.
    Raises RequestError where all is one colour.
    """
    parts = [_histogram(rgb) for rgb, _ in pictures]
    lab = srgb_to_oklab(np.concatenate([colors for colors, _ in parts]))
    shares = [share * np.float32(weight) for (_, share), (_, weight) in zip(parts, pictures, strict=True)]
    centers = k_means(lab, np.concatenate(shares), count)
    found = oklab_to_srgb(centers[np.argsort(centers[:, 0], kind="stable")])
    return Palette(tuple((float(red), float(green), float(blue)) for red, green, blue in found))


def lock(rgb: FloatArray, palette: Palette, *, hard: bool) -> FloatArray:
    """Hold a picture to a palette. Each pixel goes by itself, so that any rows of it may be asked for alone.

    rgb: (H, W, 3), sRGB in [0, 1]; so is the result. hard: each pixel becomes the palette's colour nearest to it
    in OKLab. Otherwise it becomes a blend of the nearest few, which changes smoothly with it: brushwork stays,
    gradients do not step, and what was lighter is lighter.
    """
    pixels = rgb.reshape(-1, 3).clip(0.0, 1.0)
    locked = np.empty_like(pixels)
    for start in range(0, len(pixels), _CHUNK):
        part = pixels[start : start + _CHUNK]
        locked[start : start + _CHUNK] = _nearest(part, palette) if hard else _look_up(part, _table(palette))
    return locked.reshape(rgb.shape)


def blend_of_nearest(rgb: FloatArray, palette: Palette) -> FloatArray:
    """The soft lock itself, without a table: (N, 3) to (N, 3), sRGB in [0, 1].

    The weights are a Gaussian's over the distance in OKLab. Such a blend is the gradient of a convex function of
    the colour, so that of two colours alike but for their lightness the lighter stays the lighter.
    """
    colors = _lab_of(palette)
    scale = np.array([_LIGHTNESS, 1.0, 1.0], np.float32)
    seeds = colors * scale
    between = _squared_distances(seeds, seeds)
    width = 2.0 * (_SOFTNESS * _gap(between)) ** 2
    crowd = np.exp(-4.0 * between / width).sum(axis=1)  # many colours alike are not to count as many
    points = srgb_to_oklab(rgb)
    points[:, 0] = _within(points[:, 0], float(colors[:, 0].min()), float(colors[:, 0].max()))
    nearness = -_squared_distances(points * scale, seeds) / width - np.log(crowd)
    weights = np.exp(nearness - nearness.max(axis=1, keepdims=True))
    return oklab_to_srgb(weights @ colors / weights.sum(axis=1, keepdims=True))


def _histogram(rgb: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean colours (N, 3) of the bins that a sample of the picture falls into, and the share (N,) of each."""
    step = max(1, round((rgb.shape[0] * rgb.shape[1] / _SAMPLES) ** 0.5))
    pixels = rgb[::step, ::step].reshape(-1, 3).clip(0.0, 1.0)
    cells = np.minimum((pixels * _BINS).astype(np.int64), _BINS - 1) @ np.array([_BINS * _BINS, _BINS, 1])
    _, bins, counts = np.unique(cells, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(bins, pixels[:, channel]) for channel in range(3)], axis=1)
    return (sums / counts[:, None]).astype(np.float32), (counts / len(pixels)).astype(np.float32)


def k_means(points: FloatArray, weights: FloatArray, count: int) -> FloatArray:
    """At most `count` centers (K, 3) of the weighted points (N, 3), the same each time."""
    chosen = [int(weights.argmax())]
    apart = _squared_distances(points, points[chosen])[:, 0]
    while len(chosen) < count and float((error := weights * apart).max()) > 1e-8:
        chosen.append(int(error.argmax()))
        apart = np.minimum(apart, _squared_distances(points, points[chosen[-1:]])[:, 0])
    centers = points[chosen]
    for _ in range(_ROUNDS):
        nearest = nearest_of(points, centers)
        total = np.bincount(nearest, weights, len(centers))[:, None]
        sums = [np.bincount(nearest, weights * points[:, axis], len(centers)) for axis in range(3)]
        moved = np.where(total > 0.0, np.stack(sums, axis=1) / np.maximum(total, 1e-12), centers)
        settled = float(np.abs(moved - centers).max()) < 1e-5
        centers = moved.astype(np.float32)
        if settled:
            break
    return centers


def nearest_of(points: FloatArray, centers: FloatArray) -> NDArray[np.int64]:
    """For each point (N, 3) the index of the nearest of the centers (K, 3)."""
    # |x - p|^2 is least where x.p - |p|^2 / 2 is largest
    half = np.square(centers).sum(axis=1) / 2
    parts = [points[start : start + _CHUNK] for start in range(0, len(points), _CHUNK)]
    return np.concatenate([(part @ centers.T - half).argmax(axis=1) for part in parts])


def _squared_distances(points: FloatArray, others: FloatArray) -> FloatArray:
    """(N, 3) and (K, 3) to (N, K)."""
    squares = np.square(points).sum(axis=1)[:, None] + np.square(others).sum(axis=1)
    distances: FloatArray = np.maximum(squares - 2.0 * (points @ others.T), 0.0)
    return distances


def _lab_of(palette: Palette) -> FloatArray:
    return srgb_to_oklab(np.array(palette.colors, np.float32))


def _nearest(pixels: FloatArray, palette: Palette) -> FloatArray:
    chosen: FloatArray = np.array(palette.colors, np.float32)[
        nearest_of(srgb_to_oklab(pixels), _lab_of(palette))
    ]
    return chosen


@lru_cache(maxsize=8)
def _table(palette: Palette) -> FloatArray:
    """The blend at each node of a grid over sRGB: (_NODES ** 3, 3), blue fastest."""
    axis = np.linspace(0.0, 1.0, _NODES, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    return blend_of_nearest(grid.reshape(-1, 3), palette)


def _look_up(pixels: FloatArray, table: FloatArray) -> FloatArray:
    """Trilinear between the nodes of the table."""
    place = pixels * np.float32(_NODES - 1)
    cell = np.minimum(place.astype(np.int32), _NODES - 2)
    red, green, blue = (place - cell).astype(np.float32).T[:, :, None]
    corner = (cell[:, 0] * _NODES + cell[:, 1]) * _NODES + cell[:, 2]

    def along_blue(offset: int) -> FloatArray:
        return _between(table[corner + offset], table[corner + (offset + 1)], blue)

    def along_green(offset: int) -> FloatArray:
        return _between(along_blue(offset), along_blue(offset + _NODES), green)

    return _between(along_green(0), along_green(_NODES * _NODES), red)


def _between(near: FloatArray, far: FloatArray, share: FloatArray) -> FloatArray:
    """Changes both of its arguments: there is nothing else to keep them for."""
    far -= near
    far *= share
    near += far
    return near


def _gap(between: FloatArray) -> float:
    """How far neighbours are apart along the shortest tree through all colours, wide gaps counting by their width.

    between: (K, K) squared distances. Prim, 1957.
    """
    reach = between[0].copy()
    joined = np.zeros(len(between), np.bool_)
    joined[0] = True
    squared = []
    while not joined.all():
        nearest = int(np.where(joined, np.inf, reach).argmin())
        squared.append(float(reach[nearest]))
        joined[nearest] = True
        reach = np.minimum(reach, between[nearest])
    return max(1e-3, sum(squared) / max(1e-6, sum(math.sqrt(one) for one in squared)))


def _within(lightness: FloatArray, darkest: float, lightest: float) -> FloatArray:
    """0..1 eased into the palette's range, in order, its middle unchanged: what lies beyond has form too."""
    middle = (darkest + lightest) / 2
    away = lightness - middle
    lighter = _ease(np.maximum(away, 0.0), lightest - middle, 1.0 - middle)
    darker = _ease(np.maximum(-away, 0.0), middle - darkest, middle)
    return middle + lighter - darker


def _ease(away: FloatArray, most: float, reach: float) -> FloatArray:
    """0..reach into 0..most: unchanged up to a knee, from there along a hyperbola of the same slope."""
    if most >= reach:
        return away
    knee = max(0.0, 2.0 * most - reach)
    beyond = np.maximum(away - knee, 0.0)
    bend = 1.0 / max(most - knee, 1e-6) - 1.0 / (reach - knee)
    eased: FloatArray = np.minimum(away, knee) + beyond / (1.0 + bend * beyond)
    return eased
