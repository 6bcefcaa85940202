"""The dominant colours of pictures, and pictures held to a palette."""

from pathlib import Path

import numpy as np
import pytest

from impasto_engine.errors import RequestError
from impasto_engine.oklab import oklab_to_srgb, srgb_to_oklab
from impasto_engine.palette import STYLE_COLORS, blend_of_nearest, lock, palette_of
from impasto_engine.request import Palette
from impasto_engine.texture import FloatArray
from impasto_engine.texture_io import read_texture

DUSK = Palette(((0.05, 0.03, 0.12), (0.25, 0.12, 0.3), (0.6, 0.3, 0.35), (0.95, 0.7, 0.4), (1.0, 0.95, 0.8)))
INK = Palette(((0.1, 0.1, 0.2), (0.9, 0.85, 0.7)))


def patches(*colors: tuple[float, float, float]) -> FloatArray:
    """Equal stripes of 20 x 20."""
    return np.repeat(np.repeat(np.array([colors], np.float32), 20, axis=0), 20, axis=1)


def noise(rows: int = 64) -> FloatArray:
    return np.random.default_rng(7).random((rows, 80, 3), dtype=np.float32)


def lightness(rgb: FloatArray) -> FloatArray:
    return srgb_to_oklab(rgb)[..., 0]


def test_a_picture_s_few_colours_are_its_palette_from_dark_to_light() -> None:
    colors = ((0.8, 0.1, 0.1), (0.1, 0.1, 0.5), (0.9, 0.9, 0.2))
    found = palette_of([(patches(*colors), 1.0)], 8)
    assert np.allclose(found.colors, sorted(colors, key=lambda one: lightness(np.array(one))), atol=2e-3)


def test_a_palette_has_no_chance_in_it() -> None:
    assert palette_of([(noise(), 1.0)], 16) == palette_of([(noise(), 1.0)], 16)
    assert len(palette_of([(noise(), 1.0)], 16).colors) == 16


def test_weights_decide_whose_colours_are_dominant() -> None:
    red, blue = patches((0.8, 0.1, 0.1), (0.4, 0.05, 0.05)), patches((0.1, 0.1, 0.8), (0.05, 0.05, 0.4))
    mostly_red = palette_of([(red, 0.9), (blue, 0.1)], 3).colors
    mostly_blue = palette_of([(red, 0.1), (blue, 0.9)], 3).colors
    assert sum(color[0] > color[2] for color in mostly_red) == 2
    assert sum(color[0] > color[2] for color in mostly_blue) == 1


def test_a_small_accent_has_its_place_beside_what_covers_the_picture() -> None:
    picture = np.random.default_rng(1).normal(0.3, 0.03, (200, 200, 3)).astype(np.float32)
    picture[:14, :14] = (1.0, 0.9, 0.1)  # half a percent
    yellow = [color for color in palette_of([(picture, 1.0)], 8).colors if color[0] > 0.9 and color[2] < 0.2]
    assert len(yellow) == 1


def test_a_picture_of_one_colour_has_no_palette() -> None:
    with pytest.raises(RequestError, match="a palette has 2 to 256 colours, not 1"):
        palette_of([(patches((0.5, 0.5, 0.5)), 1.0)], 16)


def test_hard_gives_each_pixel_the_palette_s_nearest_colour() -> None:
    locked = lock(noise(), DUSK, hard=True).reshape(-1, 3)
    colors = np.array(DUSK.colors, np.float32)
    away = np.linalg.norm(
        srgb_to_oklab(noise().reshape(-1, 1, 3)) - srgb_to_oklab(colors[None]), axis=2
    )  # as the definition has it
    assert (locked == colors[away.argmin(axis=1)]).all()


def test_the_palette_s_own_colours_stay_what_they_are_when_hard() -> None:
    colors = np.array([DUSK.colors], np.float32)
    assert (lock(colors, DUSK, hard=True) == colors).all()


@pytest.mark.parametrize("palette", [DUSK, INK])
@pytest.mark.parametrize("tint", [(0.0, 0.0), (0.08, 0.05), (-0.1, 0.04), (0.02, -0.12)])
def test_of_two_colours_alike_but_for_lightness_the_lighter_stays_lighter(
    palette: Palette, tint: tuple[float, float]
) -> None:
    ramp = np.stack([np.linspace(0.25, 0.85, 400), np.full(400, tint[0]), np.full(400, tint[1])], axis=1)
    rgb = oklab_to_srgb(ramp.astype(np.float32))
    assert (np.diff(lightness(blend_of_nearest(rgb, palette))) > 0).all()
    assert (np.diff(lightness(lock(rgb[None], palette, hard=False)[0])) > -1e-4).all()


def test_no_gradient_steps_and_none_goes_flat() -> None:
    ramp = np.repeat(np.linspace(0.0, 1.0, 1024, dtype=np.float32)[None, :, None], 3, axis=2)
    steps = np.diff(lightness(lock(ramp, DUSK, hard=False)[0]))
    given = np.diff(lightness(ramp[0]))
    assert (
        steps[100:] > 0.05 * given[100:]
    ).all()  # below, OKLab is steeper than the table's nodes are dense
    assert (steps[100:] < 2.5 * given[100:]).all()


def test_all_colours_end_between_those_of_the_palette() -> None:
    locked = srgb_to_oklab(lock(noise(), INK, hard=False).reshape(-1, 3))
    dark, light = srgb_to_oklab(np.array(INK.colors, np.float32))
    along = (locked - dark) @ (light - dark) / float(np.square(light - dark).sum())
    beside = np.linalg.norm(locked - dark - along[:, None] * (light - dark), axis=1)
    assert -0.005 < along.min() < 0.2
    assert 0.8 < along.max() < 1.005
    assert beside.max() < 0.005


@pytest.mark.parametrize("hard", [False, True])
def test_rows_by_themselves_come_out_as_in_the_whole(hard: bool) -> None:
    whole = lock(noise(500), DUSK, hard=hard)
    bands = [lock(noise(500)[top : top + 37], DUSK, hard=hard) for top in range(0, 500, 37)]
    assert (np.concatenate(bands) == whole).all()


def test_the_table_is_within_three_levels_of_the_blend_itself() -> None:
    for palette in (DUSK, INK, palette_of([(noise(), 1.0)], 64)):
        table = lock(noise(500), palette, hard=False).reshape(-1, 3)
        assert np.abs(table - blend_of_nearest(noise(500).reshape(-1, 3), palette)).max() < 3 / 255


def test_colours_that_are_many_alike_count_as_one() -> None:
    crowded = Palette(INK.colors + tuple((0.1, 0.1, 0.2 + index * 1e-4) for index in range(20)))
    assert np.abs(lock(noise(), crowded, hard=False) - lock(noise(), INK, hard=False)).max() < 0.02


def test_what_lies_beyond_display_colours_is_clipped() -> None:
    beyond = np.array([[[-1.0, 2.0, 5.0], [0.0, 1.0, 1.0]]], np.float32)
    for hard in (False, True):
        locked = lock(beyond, DUSK, hard=hard)
        assert (locked[0, 0] == locked[0, 1]).all()


@pytest.mark.parametrize("count", [0, 1, 257])
def test_a_palette_has_2_to_256_colours(count: int) -> None:
    with pytest.raises(RequestError, match=f"a palette has 2 to 256 colours, not {count}"):
        Palette(((0.0, 0.0, 0.0),) * count)


def test_bricks_in_the_colours_of_a_painting_keep_their_form(shared: Path) -> None:
    painting = read_texture(shared / "assets" / "styles" / "starry_night.jpg").rgb
    bricks = read_texture(shared / "assets" / "textures" / "texture_bricks.jpg").rgb
    palette = palette_of([(painting, 1.0)], STYLE_COLORS)
    locked = lock(bricks, palette, hard=False)
    form = np.corrcoef(lightness(bricks).ravel(), lightness(locked).ravel())[0, 1]
    blues = (locked[..., 2] > locked[..., 0]).mean()
    assert form > 0.97
    assert blues > 0.8
    assert len(np.unique(lock(bricks, palette, hard=True).reshape(-1, 3), axis=0)) <= STYLE_COLORS
