"""Strokes pressed into normal maps."""

from pathlib import Path

import numpy as np
import pytest

from impasto_engine.relief import Relief, blend_normals, stroke_height
from impasto_engine.seams import seam_ratio
from impasto_engine.texture import FloatArray
from impasto_engine.texture_io import read_texture
from impasto_engine.texture_traits import ColorSpace, Wrap

REPEAT, CLAMP = (Wrap.REPEAT, Wrap.REPEAT), (Wrap.CLAMP, Wrap.CLAMP)
FLAT = np.full((64, 80, 3), (0.5, 0.5, 1.0), np.float32)


def vectors(encoded: FloatArray) -> FloatArray:
    return encoded * 2.0 - 1.0


def bumpy(rows: int = 64, columns: int = 80, seed: int = 3) -> FloatArray:
    """A normal map that leans every way, in unit length."""
    normals = np.random.default_rng(seed).normal(0.0, 0.4, (rows, columns, 3)).astype(np.float32)
    normals[..., 2] = 1.0
    return (normals / np.linalg.norm(normals, axis=2, keepdims=True) * 0.5 + 0.5).astype(np.float32)


def grey(plane: FloatArray) -> FloatArray:
    return np.repeat(plane[..., None].astype(np.float32), 3, axis=2)


def strokes(side: int = 128, seed: int = 0) -> FloatArray:
    """Waves of a stroke's width that tile."""
    u, v = np.meshgrid(np.arange(side), np.arange(side))
    turn = 2 * np.pi / side
    return grey(0.5 + 0.2 * np.sin(turn * (9 * u + 4 * v) + seed) * np.sin(turn * 3 * v))


def degrees(first: FloatArray, second: FloatArray) -> FloatArray:
    a, b = vectors(first), vectors(second)
    cosine = (a * b).sum(axis=2) / (np.linalg.norm(a, axis=2) * np.linalg.norm(b, axis=2))
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def test_unpainted_and_flat_pictures_have_no_strokes() -> None:
    source = strokes()
    assert np.abs(stroke_height(source, source, REPEAT) - 0.5).max() < 1e-3
    assert np.abs(stroke_height(np.full_like(source, 0.3), source, REPEAT) - 0.5).max() < 1e-3


def test_light_paint_stands_above_dark_paint() -> None:
    height = stroke_height(strokes(), np.full_like(strokes(), 0.5), REPEAT)
    assert np.corrcoef(height.ravel(), strokes()[..., 0].ravel())[0, 1] > 0.95
    assert height.min() >= 0.0
    assert height.max() <= 1.0


def test_what_the_source_already_showed_is_no_stroke() -> None:
    edges = strokes(seed=1)
    painted = np.clip(edges + strokes() - 0.5, 0.0, 1.0)
    height = stroke_height(painted, edges, REPEAT) - 0.5
    from_paint = abs(np.corrcoef(height.ravel(), strokes()[..., 0].ravel())[0, 1])
    from_source = abs(np.corrcoef(height.ravel(), edges[..., 0].ravel())[0, 1])
    assert from_paint > 2 * from_source


@pytest.mark.parametrize("shift", [(0, 40), (33, 0), (17, 99)])
def test_where_a_texture_repeats_the_relief_goes_on_across_the_wrap(shift: tuple[int, int]) -> None:
    painted, source = strokes(), grey(np.random.default_rng(0).random((128, 128)))
    rolled = stroke_height(np.roll(painted, shift, (0, 1)), np.roll(source, shift, (0, 1)), REPEAT)
    assert np.abs(rolled - np.roll(stroke_height(painted, source, REPEAT), shift, (0, 1))).max() < 1e-4
    normals, size = bumpy(128, 128), (128, 128)
    relief = Relief(rolled, 1.0, REPEAT, "+").press(np.roll(normals, shift, (0, 1)), 0, size)
    whole = Relief(np.roll(rolled, (-shift[0], -shift[1]), (0, 1)), 1.0, REPEAT, "+").press(normals, 0, size)
    assert np.abs(relief - np.roll(whole, shift, (0, 1))).max() < 1e-4


def test_where_a_texture_ends_the_other_side_does_not_count() -> None:
    painted, source = strokes(), np.full_like(strokes(), 0.5)
    other = painted.copy()
    other[:, -30:] = grey(np.random.default_rng(0).random((128, 30)))
    first, second = (stroke_height(one, source, CLAMP)[:, :60] - 0.5 for one in (painted, other))
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.99  # but for the norm of all heights
    edge = Relief(stroke_height(painted, source, CLAMP), 1.0, CLAMP, "+").press(FLAT, 0, (80, 64))
    assert np.isfinite(edge).all()


def test_heights_are_looked_for_in_2048_pixels_at_most() -> None:
    large = np.zeros((16, 4096, 3), np.float32)
    assert stroke_height(large, large[:, ::4], REPEAT).shape == (8, 2048)


@pytest.mark.parametrize("normal_y", ["+", "-"])
def test_a_slope_leans_away_from_the_thick_paint(normal_y: str) -> None:
    ramp = np.linspace(0.0, 1.0, 80, dtype=np.float32)
    to_the_right = Relief(np.tile(ramp, (64, 1)), 1.0, CLAMP, "+" if normal_y == "+" else "-")
    to_the_bottom = Relief(np.tile(ramp[:64, None], (1, 80)), 1.0, CLAMP, to_the_right.normal_y)
    x, y = (vectors(one.press(FLAT, 0, (80, 64)))[32, 40] for one in (to_the_right, to_the_bottom))
    assert x[0] < -1e-3
    assert abs(x[1]) < 1e-6
    assert abs(y[0]) < 1e-6
    # thick below: the surface looks up the picture, which is Y up in OpenGL's maps and Y down in DirectX's
    assert y[1] > 1e-3 if normal_y == "+" else y[1] < -1e-3


def test_maps_with_y_down_get_the_same_relief_as_with_y_up() -> None:
    height, normals = strokes()[:64, :80, 0], bumpy()
    flipped = normals * np.array([1, -1, 1], np.float32) + np.array([0, 1, 0], np.float32)
    up = Relief(height, 0.7, CLAMP, "+").press(normals, 0, (80, 64))
    down = Relief(height, 0.7, CLAMP, "-").press(flipped, 0, (80, 64))
    assert np.abs(vectors(down) * (1, -1, 1) - vectors(up)).max() < 1e-6


def test_flat_detail_leaves_the_base_unchanged() -> None:
    assert np.abs(blend_normals(bumpy(), FLAT) - bumpy()).max() < 1e-6
    assert np.abs(blend_normals(FLAT, bumpy()) - bumpy()).max() < 1e-6
    pressed = Relief(np.full((10, 10), 0.5, np.float32), 1.0, REPEAT, "+").press(bumpy(), 0, (80, 64))
    assert np.abs(pressed - bumpy()).max() < 1e-6


def test_detail_is_turned_with_the_base_it_lies_on() -> None:
    """On a base that leans by 30 degrees, detail of 20 degrees the same way leans by 50."""
    lean = [np.radians(angle) for angle in (30, 20, 50)]
    base, detail, both = (np.array([[[np.sin(a), 0.0, np.cos(a)]]], np.float32) / 2 + 0.5 for a in lean)
    assert np.abs(blend_normals(base, detail) - both).max() < 1e-6


def test_results_have_unit_length_and_face_out_whatever_came_in() -> None:
    broken = np.random.default_rng(0).random((64, 80, 3), dtype=np.float32)
    broken[0, :3] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.0), (0.0, 0.0, 0.0))
    result = vectors(blend_normals(broken, bumpy()))
    assert np.abs(np.linalg.norm(result, axis=2) - 1.0).max() < 1e-5
    assert (result[..., 2] > 0).all()


@pytest.mark.parametrize("height", [(64, 80), (30, 41), (130, 333)])
@pytest.mark.parametrize("wrap", [REPEAT, CLAMP])
def test_bands_of_rows_give_what_the_whole_gives(height: tuple[int, int], wrap: tuple[Wrap, Wrap]) -> None:
    smooth = strokes(512)[: height[0], : height[1], 0]
    relief, normals = Relief(smooth, 1.0, wrap, "+"), bumpy()
    whole = relief.press(normals, 0, (80, 64))
    bands = [relief.press(normals[top : top + 13], top, (80, 64)) for top in range(0, 64, 13)]
    assert np.abs(np.concatenate(bands) - whole).max() < 1e-3


def test_an_enlarged_normal_map_leans_as_much_as_before() -> None:
    height = strokes()[..., 0]
    small, large = (
        degrees(Relief(height, 1.0, REPEAT, "+").press(flat, 0, (side, side)), flat).mean()
        for side in (128, 512)
        for flat in (np.full((side, side, 3), (0.5, 0.5, 1.0), np.float32),)
    )
    assert small > 1.0
    assert abs(small - large) < 0.1 * small


@pytest.mark.parametrize(
    ("color", "normal"),
    [
        ("texture_bricks.jpg", "texture_bricks_normal.jpg"),
        ("sand_albedo.jpg", "sand_normal.jpg"),
        ("fabric_pattern_07_col_1_1k.jpg", "fabric_pattern_07_nor_gl_1k.jpg"),
    ],
)
def test_real_normal_maps_take_paint_and_keep_their_form(shared: Path, color: str, normal: str) -> None:
    folder = shared / "assets" / "textures"
    source = read_texture(folder / color).rgb
    normals = read_texture(folder / normal, color_space=ColorSpace.LINEAR).rgb
    size = (normals.shape[1], normals.shape[0])
    # paint that has nothing to do with what it covers, and tiles: the sand's grain, half a turn on
    paint = np.rot90(read_texture(folder / "sand_albedo.jpg").rgb, 2)
    relief = Relief(stroke_height(paint, source, REPEAT), 0.5, REPEAT, "+")
    result = relief.press(normals, 0, size)
    stored = np.round(result * 255) / 255
    assert np.abs(np.linalg.norm(vectors(stored), axis=2) - 1).max() < 1 / 127
    assert 2.0 < degrees(result, normals).mean() < 20.0
    for made, given in zip(seam_ratio(result), seam_ratio(normals), strict=True):
        assert made <= 1.3 * max(1.0, given)
