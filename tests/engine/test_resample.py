"""Data maps keep their meaning when they are resized, cutouts stay cutouts, and what tiles still tiles."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from impasto_engine.map_roles import MapRole
from impasto_engine.pixel_art import resize_nearest
from impasto_engine.resample import Filter, ResampledMap, resample_alpha, resample_map, resize
from impasto_engine.texture import FloatArray
from impasto_engine.texture_traits import AlphaMode, Wrap

CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
REPEAT = (Wrap.REPEAT, Wrap.REPEAT)


@pytest.fixture
def noise() -> FloatArray:
    return np.random.default_rng(3).random((23, 31, 3), np.float32)


@pytest.mark.parametrize("role", list(MapRole))
@pytest.mark.parametrize("source", [(1, 1), (1, 7), (5, 3)])
@pytest.mark.parametrize("size", [(1, 1), (4, 9), (20, 2)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT])
def test_any_size_comes_out_in_the_size_asked(
    role: MapRole, source: tuple[int, int], size: tuple[int, int], wrap: tuple[Wrap, Wrap]
) -> None:
    array = np.random.default_rng(0).random((*source, 4), np.float32)
    result = resample_map(array, size, role, wrap)
    assert result.shape == (size[1], size[0], 4)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


def test_the_same_size_is_left_as_it_is(noise: FloatArray) -> None:
    assert np.array_equal(resample_map(noise, (31, 23), MapRole.NORMAL, CLAMP), noise)


@pytest.mark.parametrize("size", [(124, 92), (70, 55), (15, 12)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT])
def test_nothing_rings(size: tuple[int, int], wrap: tuple[Wrap, Wrap]) -> None:
    step = np.full((23, 31, 1), 0.3, np.float32)
    step[8:16, 10:20] = 0.7
    result = resample_map(step, size, MapRole.ROUGHNESS, wrap)
    assert result.min() >= np.float32(0.3)
    assert result.max() <= np.float32(0.7)
    far_inside = result[int(10.5 * size[1] / 23), int(13.5 * size[0] / 31), 0]
    assert far_inside == pytest.approx(0.7, abs=1e-6)


def test_a_16_bit_ramp_comes_out_without_bands() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None], (8, 1, 1))
    row = resample_map(ramp, (256, 32), MapRole.HEIGHT, CLAMP)[16, 8:-8, 0]
    steps = np.diff(row)
    assert (steps > 0).all()
    assert steps.std() < 0.01 * steps.mean()


def test_packed_channels_do_not_mix() -> None:
    packed = np.random.default_rng(1).random((9, 9, 4), np.float32)
    other = packed.copy()
    other[..., 1] = 0.0
    results = [resample_map(array, (36, 36), MapRole.PACKED, CLAMP) for array in (packed, other)]
    assert np.array_equal(results[0][..., [0, 2, 3]], results[1][..., [0, 2, 3]])
    assert (results[1][..., 1] == 0).all()


def tilted(angle: np.ndarray) -> FloatArray:
    """Unit normals that lean by `angle` along +x and half of it along -y."""
    x, y = np.sin(angle), -0.5 * np.sin(angle)
    return np.stack([x, y, np.sqrt(1 - x * x - y * y)], axis=-1).astype(np.float32) * 0.5 + 0.5


def test_normals_come_out_with_unit_length_and_their_y_sign() -> None:
    angles = np.tile(np.linspace(0.2, 1.0, 12), (10, 1))
    vectors = resample_map(tilted(angles), (48, 40), MapRole.NORMAL, CLAMP) * 2 - 1
    assert np.abs(np.linalg.norm(vectors, axis=2) - 1).max() < 1e-5
    assert (vectors[..., 1] < 0).all()
    assert (vectors[..., 0] > 0).all()
    expected = tilted(np.interp(np.arange(48), np.arange(12) * 4 + 1.5, angles[0])) * 2 - 1
    cosine = (vectors[20, 6:-6] * expected[6:-6]).sum(axis=1)
    assert np.degrees(np.arccos(cosine.clip(-1, 1))).max() < 1.0


def test_opposite_normals_do_not_become_zero_vectors() -> None:
    normals = np.zeros((2, 2, 3), np.float32)
    normals[0, :, 0], normals[1, :, 0] = 1.0, 0.0
    normals[..., 1:] = 0.5
    vectors = resample_map(normals, (1, 1), MapRole.NORMAL, CLAMP) * 2 - 1
    assert vectors[0, 0] == pytest.approx([0, 0, 1])


def test_the_alpha_of_a_normal_map_is_kept_apart() -> None:
    array = np.full((4, 4, 4), 0.5, np.float32)
    array[..., 2], array[..., 3] = 1.0, 0.25
    result = resample_map(array, (16, 16), MapRole.NORMAL, CLAMP)
    assert result[..., 3] == pytest.approx(0.25)
    assert result[..., 2] == pytest.approx(1.0)


def test_a_near_binary_metallic_map_stays_near_binary() -> None:
    metallic = np.zeros((32, 32, 3), np.float32)
    metallic[5:20, 8:27] = 0.9
    result = resample_map(metallic, (100, 100), MapRole.METALLIC, CLAMP)
    assert ((result < 0.09) | (result > 0.81)).all()
    assert result.mean() == pytest.approx(metallic.mean(), abs=0.01)


def test_a_smooth_metallic_map_stays_smooth() -> None:
    metallic = np.tile(np.linspace(0, 1, 32, dtype=np.float32)[None, :, None], (32, 1, 3))
    result = resample_map(metallic, (64, 64), MapRole.METALLIC, CLAMP)
    assert np.diff(result[30, :, 0]).max() < 0.03


@pytest.mark.parametrize("role", [MapRole.ROUGHNESS, MapRole.NORMAL, MapRole.METALLIC])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_rolled_map_gives_the_rolled_result(noise: FloatArray, role: MapRole, scale: int) -> None:
    size = (31 * scale, 23 * scale)
    rolled = resample_map(np.roll(noise, (5, -7), (0, 1)), size, role, REPEAT)
    expected = np.roll(resample_map(noise, size, role, REPEAT), (5 * scale, -7 * scale), (0, 1))
    assert np.abs(rolled - expected).max() < 1e-4


@pytest.mark.parametrize("role", [MapRole.ROUGHNESS, MapRole.NORMAL, MapRole.METALLIC])
@pytest.mark.parametrize("size", [(50, 40), (12, 9), (31, 92)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT])
def test_rows_resized_apart_fit_together(
    noise: FloatArray, role: MapRole, size: tuple[int, int], wrap: tuple[Wrap, Wrap]
) -> None:
    resampled = ResampledMap(noise, size, role, wrap)
    parts = [resampled.rows(start, min(size[1], start + 7)) for start in range(0, size[1], 7)]
    assert np.abs(np.concatenate(parts) - resampled.rows(0, size[1])).max() < 1e-5


@pytest.mark.parametrize(("old", "new"), [(16, 20), (16, 24), (16, 40), (31, 78), (48, 34)])
@pytest.mark.parametrize("band", [1, 3, 7])
def test_pixel_art_in_bands_is_that_of_the_whole_at_any_scale(old: int, new: int, band: int) -> None:
    column = np.arange(old * 3, dtype=np.float32).reshape(old, 1, 3)
    resampled = ResampledMap(column, (1, new), MapRole.SPRITE, CLAMP, using=Filter.NEAREST)
    rows = [resampled.rows(top, min(new, top + band)) for top in range(0, new, band)]
    assert np.array_equal(np.concatenate(rows), resize_nearest(column, (1, new)))


def test_nearest_adds_no_value(noise: FloatArray) -> None:
    result = resample_map(noise, (62, 46), MapRole.BASE_COLOR, CLAMP, using=Filter.NEAREST)
    assert np.array_equal(result[::2, ::2], noise)
    assert set(np.unique(result)) == set(np.unique(noise))


def test_lanczos_is_sharper_than_bicubic_on_a_fine_pattern(noise: FloatArray) -> None:
    sharp, soft = (resize(noise, (62, 46), REPEAT, using) for using in (Filter.LANCZOS, Filter.BICUBIC))
    assert sharp.std() > soft.std()


@pytest.mark.parametrize("size", [(256, 256), (96, 96), (150, 200), (40, 40)])
def test_a_cutout_stays_a_cutout_of_the_same_coverage(size: tuple[int, int]) -> None:
    y, x = np.mgrid[:64, :64]
    leaf = (((x - 30) / 20) ** 2 + ((y - 34) / 9) ** 2 < 1).astype(np.float32)
    result = resample_alpha(leaf, size, CLAMP, AlphaMode.MASK)
    assert result.shape == (size[1], size[0])
    assert set(np.unique(result)) == {0.0, 1.0}
    assert result.mean() == pytest.approx(leaf.mean(), abs=0.01)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_even_mask_stays_even(value: float) -> None:
    assert (
        resample_alpha(np.full((5, 5), value, np.float32), (11, 13), CLAMP, AlphaMode.MASK) == value
    ).all()


def test_straight_alpha_stays_soft_and_in_range(noise: FloatArray) -> None:
    result = resample_alpha(noise[..., 0], (93, 69), CLAMP, AlphaMode.STRAIGHT)
    assert 0.0 <= result.min() < result.max() <= 1.0
    assert len(np.unique(result)) > 1000


def test_real_foliage_keeps_its_coverage(shared: Path) -> None:
    with Image.open(shared / "assets" / "textures" / "Leav_material_baseColor.png") as image:
        alpha = np.asarray(image.getchannel("A"), np.float32)[:512, :512] / 255
    mask = (alpha > 0.5).astype(np.float32)
    result = resample_alpha(mask, (mask.shape[1] * 2, mask.shape[0] * 2), CLAMP, AlphaMode.MASK)
    assert result.mean() == pytest.approx(mask.mean(), abs=0.01)
