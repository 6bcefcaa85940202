"""Draws the tileable game textures that `impasto demo` restyles: seeded, by arithmetic alone."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from impasto_daemon.pictures.leaf import draw_leaf
from impasto_daemon.pictures.noise import (
    Field,
    Picture,
    blur,
    cells,
    gradient,
    hex_colors,
    mix,
    noise,
    normal_map,
    pixel_grid,
    shade,
    smooth_step,
)
from impasto_daemon.pictures.painting import draw_painting

SIZE = 512
_COURSES, _BRICKS_ACROSS = 8, 4
_STONES_ACROSS = 7
_BOARDS = 4
_KNOTS = ((0, 215, -12), (1, 425, 18), (2, 102, 6), (3, 317, -20))  # board, y, x from the board's middle


@dataclass(frozen=True, slots=True)
class BrickMaps:
    """One material, all (512, 512) in [0, 1]: albedo sRGB, normal OpenGL Y+, roughness linear."""

    albedo: Picture
    normal: Picture
    roughness: Field


def draw_demo(folder: Path) -> tuple[Path, ...]:
    """Write the demo's textures into `folder`/textures and its style image into `folder`/styles.

    Returns the files written, in the order a reader should meet them, the style image last. The pixels are
    always the same. Raises OSError where the folder cannot be written.
    """
    textures, styles = folder / "textures", folder / "styles"
    for each in (textures, styles):
        each.mkdir(parents=True, exist_ok=True)
    bricks = draw_bricks()
    pictures = {
        textures / "bricks_albedo.png": bricks.albedo,
        textures / "bricks_normal.png": bricks.normal,
        textures / "bricks_roughness.png": bricks.roughness,
        textures / "cobbles_albedo.png": draw_cobbles(),
        textures / "planks_albedo.png": draw_planks(),
        textures / "leaf_sprite.png": draw_leaf(),
        styles / "swirls.png": draw_painting(),
    }
    for path, picture in pictures.items():
        Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)).save(path, compress_level=3)
    return tuple(pictures)


def draw_bricks() -> BrickMaps:
    """A wall of eight courses in running bond, hand-made bricks, chipped, in sandy mortar."""
    rng = np.random.default_rng(11)
    brick, rim, tilt = _lay_bricks(rng)
    count = _COURSES * _BRICKS_ACROSS
    blotches, grain = noise(rng, SIZE, (4, 60), fade=1.3), noise(rng, SIZE, (20, 220), fade=0.5)
    pits = smooth_step(noise(rng, SIZE, (24, 110), fade=0.4), 1.7, 2.5)
    chips = smooth_step(noise(rng, SIZE, (6, 90), fade=1.2) + 1.5 * np.exp(rim / 7), 2.2, 2.9)
    burns = smooth_step(noise(rng, SIZE, (3, 30)), 0.8, 2.4)
    soot = np.clip(1 - 0.04 * noise(rng, SIZE, (2, 9)), 0.85, 1.1)

    face = smooth_step(rim, 1.5, -6.5) ** 0.7
    surface = 7 + 1.2 * tilt + 0.55 * blotches + 0.22 * grain - 1.6 * pits - 2.6 * chips
    sand = 0.5 * noise(rng, SIZE, (10, 60)) + 0.35 * grain
    height = sand + (surface - sand) * face

    clay = hex_colors("b4593f a84f36 bd6a47 c47a58 9c4c3d ad644b 8c524a b85f40")
    tone = clay[rng.integers(0, len(clay), count)] * rng.uniform(0.95, 1.12, (count, 1))
    fired = mix(tone[brick], "c98d68", np.clip(0.16 * blotches, -0.1, 0.5))
    fired = mix(fired, "4a2c2a", 0.55 * pits + 0.2 * burns)
    fired = mix(fired, "d0805a", 0.55 * chips) * (1 + 0.055 * grain)[..., None]
    mortar = gradient("857c70 585149", 0.5 + 0.3 * noise(rng, SIZE, (3, 40))) * (1 + 0.07 * grain)[..., None]
    albedo = mix(mortar, fired, smooth_step(rim, 0.8, -0.8)) * (soot * shade(height, 0.2, 1.7, 6))[..., None]

    roughness = 0.9 - 0.22 * face + 0.035 * blotches + 0.03 * grain + 0.16 * (chips + pits) * face
    return BrickMaps(albedo, normal_map(0.8 * height), np.clip(roughness, 0, 1))


def _lay_bricks(rng: np.random.Generator) -> tuple[NDArray[np.intp], Field, Field]:
    """For every pixel: which brick, the pixels to its outline (negative within), and its tilt in [-3, 3]."""
    x, y = pixel_grid(SIZE)
    x, y = x + 1.6 * noise(rng, SIZE, (3, 24)), y + 1.5 * noise(rng, SIZE, (3, 24))
    tall, count = SIZE / _COURSES, _COURSES * _BRICKS_ACROSS
    course = np.floor(y / tall).astype(np.intp) % _COURSES
    joints = np.arange(_BRICKS_ACROSS) + np.arange(_COURSES)[:, None] % 2 / 2
    joints = joints * SIZE / _BRICKS_ACROSS + rng.uniform(-13, 13, joints.shape)
    from_joint = (x[..., None] - joints[course]) % SIZE
    column = from_joint.argmin(-1)
    wide = ((np.roll(joints, -1, 1) - joints) % SIZE)[course, column]
    brick = course * _BRICKS_ACROSS + column

    u, v = from_joint.min(-1) - wide / 2, y % tall - tall / 2
    inset, radius = rng.uniform(3.4, 5.4, count)[brick], rng.uniform(5, 10, count)[brick]
    over_x, over_y = np.abs(u) - (wide / 2 - inset - radius), np.abs(v) - (tall / 2 - inset - radius)
    outside = np.hypot(np.maximum(over_x, 0), np.maximum(over_y, 0))
    rim = (
        outside + np.minimum(np.maximum(over_x, over_y), 0) - radius + 0.9 * noise(rng, SIZE, (8, 90), fade=1)
    )
    lift, lean_x, lean_y = rng.uniform(-1, 1, (3, count))[:, brick]
    return brick, rim, lift + lean_x * u / wide + lean_y * v / tall


def draw_cobbles() -> Picture:
    """(512, 512, 3): worn field stones with moss in the joints."""
    rng = np.random.default_rng(29)
    x, y = pixel_grid(SIZE)
    x, y = x + 5 * noise(rng, SIZE, (2, 14), fade=2), y + 5 * noise(rng, SIZE, (2, 14), fade=2)
    stones = cells(x, y, 0.15 + 0.7 * rng.random((_STONES_ACROSS, _STONES_ACROSS, 2), np.float32), 5)
    count = _STONES_ACROSS**2
    blotches, grain = noise(rng, SIZE, (4, 70), fade=1.2), noise(rng, SIZE, (20, 220), fade=0.5)
    pits = smooth_step(noise(rng, SIZE, (20, 100), fade=0.4), 1.8, 2.6)
    lichen = smooth_step(noise(rng, SIZE, (5, 50)), 1.5, 2.2)
    cushion, damp = noise(rng, SIZE, (6, 60), fade=0.9), noise(rng, SIZE, (1.5, 12), fade=1.6)

    within = stones.border - 3.2 + 0.8 * noise(rng, SIZE, (8, 80), fade=1)  # pixels from the stone's outline
    dome = 1 - np.exp(-np.maximum(within, 0) / 8)
    lift = rng.uniform(0.8, 1.2, count)[stones.index]
    lean_x, lean_y = rng.uniform(-0.06, 0.06, (2, count))[:, stones.index]
    surface = 13 * dome * lift + lean_x * stones.dx + lean_y * stones.dy + 0.8 * blotches - 1.2 * pits
    height = blur(np.where(within > 0, surface, 1.6 + 1.1 * cushion) + 0.25 * grain, 0.8)

    rock = hex_colors("82868a 70767e 8f8a80 9a8f7f 666b72 87796b 7a807a")
    tone = rock[rng.integers(0, len(rock), count)] * rng.uniform(0.85, 1.12, (count, 1))
    stone = mix(tone[stones.index], "b9b3a4", np.clip(0.16 * blotches + 0.25 * (dome - 0.6), -0.08, 0.5))
    stone = mix(stone, "3c4048", 0.5 * pits) * (1 + 0.05 * grain)[..., None]
    stone = mix(stone, "aab08a", 0.5 * lichen)
    earth = gradient("3a3128 54493a", 0.5 + 0.3 * grain)
    moss = gradient("34461c 86983a", 0.5 + 0.3 * cushion + 0.15 * grain)
    grown = smooth_step(-within / 5 + 0.75 * damp + 0.25 * cushion, -0.15, 0.5) * smooth_step(within, 8, 1)
    ground = mix(mix(stone, earth, smooth_step(within, 1.2, -0.8)), moss, grown)
    return ground * shade(height, 0.3, 1.6, 7)[..., None]


def draw_planks() -> Picture:
    """(512, 512, 3): four boards, weathered, with knots, butt joints and nails."""
    rng = np.random.default_rng(43)
    x, y = pixel_grid(SIZE)
    wide = SIZE // _BOARDS
    board = (x // wide).astype(np.intp)
    u = x % wide - wide / 2
    joints = (np.arange(_BOARDS) * 0.37 + 0.16) % 1 * SIZE
    from_joint = np.abs((y - joints[board] + SIZE / 2) % SIZE - SIZE / 2)
    cuts = rng.integers(0, SIZE, (_BOARDS, 2))

    def cut(wood: Field) -> Field:  # each board comes from another place of the same wood
        return np.choose(board, [np.roll(wood, place, (0, 1)) for place in cuts])

    drift = cut(noise(rng, SIZE, (1, 10), fade=1.6, stretch=(1, 3)))
    fibre = cut(noise(rng, SIZE, (16, 230), fade=0.35, stretch=(1, 22)))
    streak = cut(noise(rng, SIZE, (5, 70), fade=0.9, stretch=(1, 14)))
    crack = smooth_step(cut(noise(rng, SIZE, (6, 120), fade=0.5, stretch=(1, 26))), 2.3, 3)
    rings, knots = u / 13 + 1.1 * drift, np.zeros_like(x)
    for at_board, at_y, side in _KNOTS:  # the rings part around a knot
        away = np.hypot(u - side, ((y - at_y + SIZE / 2) % SIZE - SIZE / 2) / 1.8)
        pull = np.exp(-((away / 26) ** 2)) * (board == at_board)
        rings = rings * (1 - pull) + pull * away / 5.5
        knots = knots + smooth_step(away, 9, 3) * (board == at_board)
    late_wood = (0.5 + 0.5 * np.sin(2 * np.pi * rings)) ** 3

    solid = smooth_step(np.minimum(wide / 2 - np.abs(u), from_joint) - 1.6 + 0.5 * streak, -0.5, 3.2)
    nail_x, nail_y = np.abs(u) - 38, from_joint - 17
    nail = np.hypot(nail_x, nail_y)
    head = smooth_step(nail, 6.4, 4.8)
    height = 6 * solid + 0.3 * fibre - 0.9 * late_wood - 2.2 * crack - 1.2 * knots
    height = height * (1 - head) + head * (6.5 + 1.5 * smooth_step(nail, 6, 0))

    tone = hex_colors("9a7048 876040 a67c54 7c5c44") * rng.uniform(0.94, 1.06, (_BOARDS, 1))
    wood = mix(tone[board], "5a3a24", 0.5 * late_wood)
    wood = mix(wood, "c9a472", np.clip(0.13 * streak, -0.15, 0.4))
    wood = mix(wood, "8f8a80", 0.45 * smooth_step(drift + 0.3 * streak, 0.2, 1.8))
    wood = mix(wood, "3a2418", np.clip(0.75 * knots + 0.65 * crack, 0, 1)) * (1 + 0.05 * fibre)[..., None]
    wood = mix(wood, "4a2a18", 0.4 * np.exp(-(nail_x**2) / 18) * smooth_step(np.abs(nail_y), 30, 0))
    boards = mix(wood, "1c130d", 1 - solid)
    iron = gradient("5c5a58 84695a", 0.5 + 0.4 * streak)
    return mix(boards, iron, head) * shade(height, 0.22, 1.3, 6)[..., None]
