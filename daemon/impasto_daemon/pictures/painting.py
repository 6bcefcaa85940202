"""Draws the painting that is the demo's style image: short strokes along swirls, night blue and gold."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from impasto_daemon.pictures.noise import (
    Field,
    Picture,
    blur,
    gradient,
    mix,
    noise,
    pixel_grid,
    slopes,
    smooth_step,
)

SIZE = 512

# x, y, radius in parts of the picture, turn (its sign is the direction)
_SWIRLS = (
    (0.40, 0.36, 0.17, 1.4),
    (0.63, 0.46, 0.12, -1.3),
    (0.12, 0.60, 0.12, -0.9),
    (0.92, 0.62, 0.11, 1.0),
)
_LIGHTS = (
    *((0.80, 0.17, 0.125, 1.2), (0.14, 0.16, 0.085, -1.0), (0.56, 0.12, 0.05, 1.0), (0.24, 0.42, 0.045, 1.0)),
    *((0.87, 0.42, 0.05, -1.0), (0.36, 0.66, 0.04, -1.0), (0.03, 0.36, 0.04, 1.0), (0.68, 0.68, 0.035, 1.0)),
)
# how many, pixels a step, width on the canvas of twice the size
_STROKES = ((2200, 6.0, 17), (4400, 4.8, 10), (7000, 3.4, 6))
# parts of the width sideways, brightness, part of the width
_BRISTLES = ((0.0, 1.0, 1.0), (0.28, 0.84, 0.4), (-0.26, 1.16, 0.34))
_STEPS = 6


def draw_painting() -> Picture:
    """(512, 512, 3) sRGB in [0, 1]: a night sky over hills. Always the same pixels."""
    rng = np.random.default_rng(1889)
    x, y = pixel_grid(SIZE)
    x, y = x / SIZE, y / SIZE
    hills = smooth_step(y - _skyline(x), -0.004, 0.004)
    flow, colors = _flow(x, y, hills), _underpainting(x, y, hills) * 255
    image = Image.fromarray(colors.astype(np.uint8)).resize((2 * SIZE, 2 * SIZE))
    for count, step, width in _STROKES:
        paths = _trace(rng.random((count, 2)) * SIZE, flow, step)
        middle = paths[:, _STEPS // 2].clip(0, SIZE - 1).astype(np.intp)
        paint = colors[middle[:, 1], middle[:, 0]] * rng.normal(1, 0.13, (count, 1)) + rng.normal(
            0, 9, (count, 3)
        )
        _brush(image, 2 * paths, paint, width)
    return _varnish(np.asarray(image, np.float32) / 255)


def _skyline(x: Field) -> Field:
    wave = 0.80 - 0.05 * np.sin(2 * np.pi * (0.9 * x + 0.1)) - 0.025 * np.sin(2 * np.pi * (2.3 * x + 0.35))
    return np.asarray(wave)


def _flow(x: Field, y: Field, hills: Field) -> NDArray[np.float64]:
    """(H, W, 2): the unit direction of the strokes."""
    flow_x, flow_y = np.full_like(x, 0.5), 0.28 * np.cos(2 * np.pi * (1.2 * x + 0.6 * y))
    for at_x, at_y, radius, turn in _SWIRLS + _LIGHTS:
        dx, dy = x - at_x, y - at_y
        away = np.hypot(dx, dy) + 1e-4
        pull = 2.6 * turn * np.exp(-((away / (1.3 * radius)) ** 2))
        flow_x, flow_y = flow_x - pull * dy / away, flow_y + pull * dx / away
    slope = 1.6 * np.gradient(_skyline(x[:1])[0], 1 / SIZE)
    flow_x, flow_y = flow_x + (1 - flow_x) * hills, flow_y + (slope - flow_y) * hills
    flow = np.stack([flow_x, flow_y], -1).astype(np.float64)
    return np.asarray(flow / np.linalg.norm(flow, axis=-1, keepdims=True))


def _underpainting(x: Field, y: Field, hills: Field) -> Picture:
    rgb = gradient("0d1c52 16357f 2a5fa8 5d97bf a9c3b4", y / 0.82)
    for at_x, at_y, radius, turn in _SWIRLS:
        dx, dy = x - at_x, y - at_y
        away = np.hypot(dx, dy) / radius
        arm = 0.5 + 0.5 * np.sin(2 * np.arctan2(dy, dx) * np.sign(turn) - 7 * np.log(away + 0.12))
        swirl = gradient("0f2158 2450a0 5f9fcb dfe6c6", arm)
        rgb = mix(rgb, swirl, 0.92 * np.exp(-(away**4) / 3))
    for at_x, at_y, radius, _ in _LIGHTS:
        away = np.hypot(x - at_x, y - at_y) / radius
        glow = gradient(
            "fff3b8 f9cf4a efae2c f3dc80 c9d79a 7fb0bd 3f78b4", (away + 0.09 * np.sin(9 * away)) / 1.5
        )
        rgb = mix(rgb, glow, smooth_step(away, 1.55, 0.75))
    depth = np.clip((y - _skyline(x)) / 0.22, 0, 1)
    furrows = 0.5 + 0.5 * np.sin(70 * (y - 0.85 * _skyline(x)) + 4 * np.sin(7 * x) + 9 * x * depth)
    land = gradient(
        "11204a 1a3d66 2f6a7c 7d9a6a d2b04c", np.clip(0.62 * furrows**1.5 + 0.25 * (1 - depth), 0, 1)
    )
    return np.clip(mix(rgb, land, hills), 0, 1)


def _trace(start: NDArray[np.float64], flow: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """(N, steps, 2): every stroke's path along the flow."""
    points = [start]
    for _ in range(_STEPS - 1):
        x, y = points[-1].clip(0, SIZE - 1).astype(np.intp).T
        points.append(points[-1] + step * flow[y, x])
    return np.stack(points, 1)


def _brush(image: Image.Image, paths: NDArray[np.float64], paint: NDArray[np.float64], width: int) -> None:
    """Draw each path as a stroke with a lit and a shaded edge, as bristles leave them."""
    along = np.gradient(paths, axis=1)
    sideways = np.stack([-along[..., 1], along[..., 0]], -1)
    sideways /= np.linalg.norm(sideways, axis=-1, keepdims=True)
    bristles = [
        (
            (paths + offset * width * sideways).reshape(len(paths), -1).tolist(),
            (paint * brightness).clip(0, 255).astype(int).tolist(),
            max(1, round(width * part)),
        )
        for offset, brightness, part in _BRISTLES
    ]
    pen = ImageDraw.Draw(image)
    for stroke in range(len(paths)):
        for points, colors, thickness in bristles:
            pen.line(points[stroke], tuple(colors[stroke]), thickness)


def _varnish(canvas: Picture) -> Picture:
    """Halve the canvas, and light the paint's relief from the upper left."""
    small = canvas.reshape(SIZE, 2, SIZE, 2, 3).mean((1, 3))
    right, down = slopes(blur(small.mean(-1), 0.7))
    weave = noise(np.random.default_rng(3), SIZE, (60, 256), fade=0.2)
    lit = 1 + 0.9 * np.tanh(2.5 * (right + down)) + 0.015 * weave
    return np.asarray(np.clip(small * lit[..., None], 0, 1))
