"""Draws the sprite that `impasto demo` restyles: a spray of leaves with straight alpha."""

from math import cos, radians, sin

import numpy as np

from impasto_daemon.pictures.noise import (
    Field,
    Picture,
    gradient,
    hex_colors,
    mix,
    noise,
    pixel_grid,
    smooth_step,
)

LEAF_SIZE = 256
_DRAWN_SIZE = 2 * LEAF_SIZE  # the shapes below are in pixels of this, halved in the end for soft edges

# how far down the stem a leaf starts, its angle in degrees, its length; what comes later lies on top
_LEAVES = (
    *((440, 28, 190), (425, 160, 175), (350, 40, 205), (330, 150, 195)),
    *((250, 56, 180), (235, 132, 175), (185, 88, 170)),
)


def draw_leaf() -> Picture:
    """(256, 256, 4) sRGB with straight alpha; green also where it is transparent, so that nothing bleeds."""
    rng = np.random.default_rng(5)
    x, y = pixel_grid(_DRAWN_SIZE)
    mottle = noise(rng, _DRAWN_SIZE, (4, 60), fade=1.2)
    rgb = np.broadcast_to(hex_colors("4c6b2a"), (_DRAWN_SIZE, _DRAWN_SIZE, 3))
    alpha = np.zeros_like(x)

    beside = x - _stem(y)
    stem = np.where((y > 150) & (y < 500), 2.5 + 0.008 * (y - 150) - np.abs(beside), -99)
    shapes = [(gradient("a39a52 6d5a2c", (beside + 5) / 10), stem)]
    for foot, angle, length in _LEAVES:
        turn = radians(angle + rng.uniform(-5, 5))
        from_x, from_y = x - _stem(np.float32(foot)), foot - y
        along = (from_x * cos(turn) + from_y * sin(turn)) / length
        droop = (0.16 if angle < 90 else -0.16) * length * np.maximum(along, 0) ** 2
        across = from_y * cos(turn) - from_x * sin(turn) + droop
        tone = rng.uniform(-0.1, 0.3) + 0.07 * mottle
        shapes.append(_leaf(along, across, length, tone))

    for color, inside in shapes:
        shadow = 0.5 * np.roll(smooth_step(inside, -14, 8), (9, 5), (0, 1)) * (alpha > 0)
        cover = smooth_step(inside, -1, 1)
        rgb, alpha = mix(mix(rgb, "13200f", shadow), color, cover), np.maximum(alpha, cover)
    return _halve(rgb, alpha)


def _stem(y: Field | np.float32) -> Field:
    return np.asarray(254 + 0.00042 * (y - 130) ** 2 - 0.1 * (y - 130))


def _leaf(along: Field, across: Field, length: float, tone: Field) -> tuple[Picture, Field]:
    """Its colour, and the pixels to its outline, positive within; along: 0 to 1, across: pixels."""
    t, side, wide = np.clip(along, 0, 1), np.abs(across), 0.25 * length
    teeth = 1 - 0.07 * (t * 15 % 1)
    half_width = wide * np.sin(3.14 * t**0.8) ** 0.85 * (1 - 0.25 * t) * teeth
    inside = np.where((along > 0) & (along < 1), half_width - side, -99)

    fork = t * 8 - 1.9 * side / wide  # whole and a half on a side vein
    to_vein = np.abs(fork % 1 - 0.5) * length / 8
    veins = np.maximum(0.6 * smooth_step(to_vein, 2.6, 0.8), smooth_step(side, 3.4 - 2.2 * t, 1))
    light = 1 + 0.13 * np.sign(across) + 0.1 * np.sin(2 * np.pi * fork) - 0.2 * side / wide
    green = gradient("2f5a22 7fa53a", 0.5 * t + tone) * light[..., None]
    return mix(green, "c3cf7c", 0.75 * veins), inside


def _halve(rgb: Picture, alpha: Field) -> Picture:
    """Average blocks of 2x2, colours by their alpha."""
    blocks = (LEAF_SIZE, 2, LEAF_SIZE, 2)
    weights = alpha + 1e-4
    weighted = (rgb * weights[..., None]).reshape(*blocks, 3).sum((1, 3))
    colors = weighted / weights.reshape(blocks).sum((1, 3))[..., None]
    return np.dstack([colors, alpha.reshape(blocks).mean((1, 3))])
