"""Whether a texture tiles."""

from pathlib import Path

import numpy as np
import pytest

from impasto_engine.seams import measure_wrap, seam_ratio
from impasto_engine.texture_io import read_texture
from impasto_engine.texture_traits import Wrap

BOTH, NEITHER = (Wrap.REPEAT, Wrap.REPEAT), (Wrap.CLAMP, Wrap.CLAMP)


@pytest.mark.parametrize(
    "name",
    ["texture_bricks.jpg", "sand_albedo.jpg", "fabric_pattern_07_col_1_1k.jpg", "texture_rock_albedo.png"],
)
def test_real_tiling_textures_repeat(shared: Path, name: str) -> None:
    texture = read_texture(shared / "assets" / "textures" / name)
    assert measure_wrap(texture.rgb, texture.alpha) == BOTH


@pytest.mark.parametrize(
    "name",
    [
        "textures/texture_wood.png",
        "textures/rug_1.png",
        "textures/gBot.png",
        "textures/godot_icon.tga",
        "textures/tiles.webp",
        "textures/tree_alpha_16bit.png",
        "styles/starry_night.jpg",
        "styles/the_scream.jpg",
        "styles/painting_babel.jpg",
    ],
)
def test_real_pictures_and_sprites_clamp(shared: Path, name: str) -> None:
    texture = read_texture(shared / "assets" / name)
    assert measure_wrap(texture.rgb, texture.alpha) == NEITHER


def waves(height: int = 64, width: int = 96) -> np.ndarray:
    v, u = np.mgrid[:height, :width] * 2 * np.pi
    plane = 0.5 + 0.2 * np.sin(3 * u / width) + 0.2 * np.cos(2 * v / height)
    return plane[..., None].repeat(3, axis=2).astype(np.float32)


def test_a_seam_is_seen_only_along_its_own_axis() -> None:
    ramp = np.linspace(0, 0.5, 96, dtype=np.float32)[None, :, None]
    assert measure_wrap(waves() + ramp, None) == (Wrap.CLAMP, Wrap.REPEAT)
    u, v = seam_ratio(waves() + ramp)
    assert u > 10
    assert v < 2


def test_noise_and_flat_colour_repeat() -> None:
    noise = np.random.default_rng(0).random((64, 64, 3), dtype=np.float32)
    assert measure_wrap(noise, None) == BOTH
    assert measure_wrap(np.full((8, 8, 3), 0.3, np.float32), None) == BOTH
    assert seam_ratio(np.full((8, 8, 3), 0.3, np.float32)) == (1.0, 1.0)


def test_a_transparent_border_clamps_its_axis() -> None:
    alpha = np.ones((64, 96), np.float32)
    alpha[:, 0] = 0.0
    assert measure_wrap(waves(), alpha)[0] is Wrap.CLAMP


def test_a_cutout_that_tiles_repeats() -> None:
    alpha = (waves()[..., 0] > 0.5).astype(np.float32)
    assert measure_wrap(waves(), alpha) == BOTH


def test_one_pixel_is_no_error() -> None:
    assert measure_wrap(np.zeros((1, 1, 3), np.float32), None) == BOTH
