"""The pictures of `impasto demo`: their names, that they tile, and that each is what it says."""

import numpy as np
import pytest
from PIL import Image

from impasto_daemon.pictures.noise import Picture, cells, noise, normal_map, pixel_grid
from impasto_daemon.pictures.textures import draw_bricks, draw_cobbles, draw_demo, draw_leaf, draw_planks


def _seam_ratio(picture: Picture, axis: int) -> float:
    """The mean step over the wrap against the mean step between neighbours inside."""
    steps = np.abs(np.diff(picture, axis=axis)).mean()
    wrap = np.abs(np.take(picture, 0, axis) - np.take(picture, -1, axis)).mean()
    return float(wrap / steps)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    draw_demo(folder)
    return folder


def test_every_picture_has_its_name_size_and_mode(folder):
    found = {}
    for path in sorted(folder.rglob("*.png")):
        with Image.open(path) as image:
            found[path.relative_to(folder).as_posix()] = (image.size, image.mode)
    assert found == {
        "textures/bricks_albedo.png": ((512, 512), "RGB"),
        "textures/bricks_normal.png": ((512, 512), "RGB"),
        "textures/bricks_roughness.png": ((512, 512), "L"),
        "textures/cobbles_albedo.png": ((512, 512), "RGB"),
        "textures/leaf_sprite.png": ((256, 256), "RGBA"),
        "textures/planks_albedo.png": ((512, 512), "RGB"),
        "styles/swirls.png": ((512, 512), "RGB"),
    }


def test_drawn_twice_the_files_are_the_same_and_in_the_order_given(folder, tmp_path):
    paths = draw_demo(tmp_path)
    assert paths[0] == tmp_path / "textures" / "bricks_albedo.png"
    assert paths[-1] == tmp_path / "styles" / "swirls.png"
    for path in paths:
        assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes()


@pytest.mark.parametrize("axis", [0, 1])
def test_textures_step_over_the_wrap_as_they_do_inside(axis):
    bricks = draw_bricks()
    for picture in (bricks.albedo, bricks.normal, bricks.roughness, draw_cobbles()):
        assert 0.5 < _seam_ratio(picture, axis) < 1.5


def test_planks_wrap_along_the_grain_and_meet_at_a_joint_across():
    planks = draw_planks()
    assert _seam_ratio(planks, 0) < 1.2
    assert planks[:, [0, -1]].mean() < 0.5 * planks.mean()  # the dark gap between two boards
    assert np.abs(planks[:, 0] - planks[:, -1]).mean() < 0.05


def test_normals_are_unit_vectors_that_point_out_of_the_wall(folder):
    with Image.open(folder / "textures" / "bricks_normal.png") as image:
        vectors = np.asarray(image, np.float64) / 255 * 2 - 1
    assert np.abs(np.linalg.norm(vectors, axis=-1) - 1).max() < 0.01
    assert vectors[..., 2].min() > 0
    assert np.abs(vectors.mean((0, 1))[:2]).max() < 0.02


def test_green_points_up_where_a_surface_faces_up():
    height = np.zeros((8, 8), np.float32)
    height[4:] = 2  # the lower half is higher: the step between faces up
    green = normal_map(height)[..., 1]
    assert green[3, 4] > 0.7
    assert green[0, 4] < 0.3  # the step down over the wrap


def test_mortar_is_rougher_than_brick():
    bricks = draw_bricks()
    mortar = bricks.albedo[..., 0] < 1.4 * bricks.albedo[..., 2]
    assert 0.05 < mortar.mean() < 0.4
    assert bricks.roughness[mortar].mean() > bricks.roughness[~mortar].mean() + 0.1


def test_leaf_is_transparent_outside_soft_at_the_edge_and_green_everywhere():
    leaf = draw_leaf()
    alpha = leaf[..., 3]
    assert 0.15 < (alpha == 1).mean() < 0.6
    assert 0.005 < ((alpha > 0) & (alpha < 1)).mean() < 0.1
    assert np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]]).max() == 0
    outside = leaf[alpha == 0]
    assert (outside[:, 1] > outside[:, 0]).all()
    assert (outside[:, 1] > outside[:, 2]).all()


def test_painting_is_night_blue_and_gold(folder):
    with Image.open(folder / "styles" / "swirls.png") as image:
        red, _, blue = np.moveaxis(np.asarray(image, np.float64), -1, 0)
    assert (blue > red + 30).mean() > 0.4
    assert (red > blue + 60).mean() > 0.05


def test_noise_has_mean_zero_deviation_one_and_only_the_waves_asked_for():
    field = noise(np.random.default_rng(1), 64, (4, 8))
    assert abs(float(field.mean())) < 1e-5
    assert float(field.std()) == pytest.approx(1, abs=1e-5)
    waves = np.abs(np.fft.rfft2(field))
    assert waves[:3, :3].max() < 1e-3 * waves.max()
    assert waves[20:40, 20:].max() < 1e-3 * waves.max()


def test_cells_of_a_square_lattice_are_squares():
    x, y = pixel_grid(64)
    lattice = cells(x, y, np.full((4, 4, 2), 0.5, np.float32), 0.05)
    assert lattice.index[8, 8] == 0
    assert lattice.index[8, 24] == 1
    assert lattice.index[24, 8] == 4
    assert lattice.border[8, 2] == pytest.approx(2.5, abs=0.2)
    assert lattice.dx[8, 2] == pytest.approx(-5.5)
