"""Real data maps mean the same after a resize: normals, packed channels, heights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from impasto_engine.map_roles import MapRole
from impasto_engine.resample import resample_map
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_io import read_texture, write_texture
from impasto_engine.texture_traits import BitDepth, Wrap

REPEAT = (Wrap.REPEAT, Wrap.REPEAT)
CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
NORMAL_MAPS = [
    "texture_bricks_normal.jpg",
    "sand_normal.jpg",
    "fabric_pattern_07_nor_gl_1k.jpg",
    "texture_rock_normal.png",
]
Size = tuple[int, int]


@pytest.fixture(scope="module")
def textures(shared: Path) -> Path:
    return shared / "assets" / "textures"


def cropped(path: Path) -> FloatArray:
    """A side that a quarter of is whole."""
    rgb = read_texture(path).rgb
    return rgb[: rgb.shape[0] // 4 * 4, : rgb.shape[1] // 4 * 4]


def vectors(rgb: FloatArray) -> FloatArray:
    unscaled = rgb.astype(np.float64) * 2 - 1
    return unscaled / np.maximum(np.linalg.norm(unscaled, axis=2, keepdims=True), 1e-6)


def degrees_between(first: FloatArray, second: FloatArray) -> float:
    """The mean angle between two normal maps."""
    cosine = (vectors(first) * vectors(second)).sum(axis=2)
    return float(np.degrees(np.arccos(cosine.clip(-1, 1))).mean())


def by_pillow(rgb: FloatArray, size: Size) -> FloatArray:
    """Plain bicubic, renormalized."""
    planes = [Image.fromarray(rgb[..., one]).resize(size, Image.Resampling.BICUBIC) for one in range(3)]
    resized = np.stack([np.asarray(plane) for plane in planes], axis=2)
    return (vectors(resized) * 0.5 + 0.5).astype(np.float32)


@pytest.mark.parametrize("name", NORMAL_MAPS)
def test_normals_are_of_unit_length_in_the_8_bit_file(textures: Path, tmp_path: Path, name: str) -> None:
    rgb = cropped(textures / name)[:400, :400]
    for size in ((1600, 1600), (633, 487), (100, 100)):
        texture = Texture(resample_map(rgb, size, MapRole.NORMAL, REPEAT))
        write_texture(texture, tmp_path / "a.png", file_format=".png")
        stored = np.asarray(Image.open(tmp_path / "a.png"), np.float64) / 127.5 - 1
        assert np.abs(np.linalg.norm(stored, axis=2) - 1).max() <= 1 / 127


@pytest.mark.parametrize("name", NORMAL_MAPS)
def test_normals_lose_no_more_by_a_quarter_and_back_than_by_plain_bicubic(textures: Path, name: str) -> None:
    rgb = cropped(textures / name)
    full = (rgb.shape[1], rgb.shape[0])
    quarter = (full[0] // 4, full[1] // 4)
    ours = resample_map(resample_map(rgb, quarter, MapRole.NORMAL, REPEAT), full, MapRole.NORMAL, REPEAT)
    plain = by_pillow(by_pillow(rgb, quarter), full)
    error, plain_error = degrees_between(ours, rgb), degrees_between(plain, rgb)
    # A thousandth of a degree: the two treat the outermost pixels differently.
    assert error <= plain_error + 0.001


@pytest.mark.parametrize("size", [(2048, 2048), (1500, 700), (256, 256)])
def test_changing_one_channel_of_a_packed_map_changes_no_other(
    textures: Path, tmp_path: Path, size: Size
) -> None:
    def result(rgb: FloatArray) -> FloatArray:
        texture = Texture(resample_map(rgb, size, MapRole.PACKED, REPEAT))
        write_texture(texture, tmp_path / "a.png", file_format=".png")
        return np.asarray(Image.open(tmp_path / "a.png"))

    arm = read_texture(textures / "fabric_pattern_07_arm_1k.jpg").rgb
    before = result(arm)
    for changed in range(3):
        other = arm.copy()
        other[..., changed] = 1 - np.roll(arm[..., changed], 100, 0)
        after = result(other)
        for channel in range(3):
            same = np.array_equal(after[..., channel], before[..., channel])
            assert same == (channel != changed), (changed, channel)


def test_a_channel_of_a_packed_map_comes_out_as_it_would_alone(textures: Path) -> None:
    arm = read_texture(textures / "fabric_pattern_07_arm_1k.jpg").rgb[:256, :256]
    packed = resample_map(arm, (1024, 1024), MapRole.PACKED, REPEAT)
    for channel, role in enumerate((MapRole.AO, MapRole.ROUGHNESS)):
        alone = np.repeat(arm[..., channel : channel + 1], 3, axis=2)
        assert np.array_equal(packed[..., channel], resample_map(alone, (1024, 1024), role, REPEAT)[..., 0])


def test_a_16_bit_height_map_comes_out_in_16_bits_without_bands(textures: Path, tmp_path: Path) -> None:
    """The slopes of a real height map, smoothed as a sculptor's are, at a sixteenth of the full range."""
    depth = Image.fromarray(read_texture(textures / "texture_bricks_depth.jpg").rgb[..., 0])
    plane = np.asarray(
        depth.resize((16, 16), Image.Resampling.BOX).resize((256, 256), Image.Resampling.BICUBIC)
    )
    height = 0.5 + plane / 16
    source = Texture(np.repeat(height[..., None], 3, axis=2), bit_depth=BitDepth.UINT16, grey=True)
    write_texture(source, tmp_path / "wall_height.png", file_format=".png")
    texture = read_texture(tmp_path / "wall_height.png")
    assert (texture.bit_depth, texture.grey) == (BitDepth.UINT16, True)

    large = resample_map(texture.rgb, (1024, 1024), MapRole.HEIGHT, CLAMP)
    write_texture(replace(texture, rgb=large), tmp_path / "large.png", file_format=".png")
    stored = np.asarray(Image.open(tmp_path / "large.png"))
    assert stored.dtype in (np.uint16, np.int32)
    assert len(np.unique(stored)) > 1000  # 8 bits would have 7 here
    # A band is a run of one level with a jump after it: neither is there beyond what the slopes ask for.
    slopes = np.abs(np.diff(height.astype(np.float64), axis=1)) * 65535 / 4
    steps = np.abs(np.diff(stored.astype(np.int64), axis=1))
    assert steps.max() <= slopes.max() * 1.5 + 1
    assert (steps == 0).mean() <= (slopes < 1).mean() + 0.02


def test_16_bit_colour_and_alpha_keep_more_than_256_levels_through_a_file(
    textures: Path, tmp_path: Path
) -> None:
    tree = read_texture(textures / "tree_alpha_16bit.png")
    write_texture(tree, tmp_path / "tree.png", file_format=".png")
    again = read_texture(tmp_path / "tree.png")
    assert again.bit_depth is BitDepth.UINT16
    assert tree.alpha is not None
    assert again.alpha is not None
    assert np.array_equal(again.rgb, tree.rgb)
    assert np.array_equal(again.alpha, tree.alpha)
    counts = [len(np.unique(again.rgb[..., channel])) for channel in range(3)]
    assert min(counts) > 256


@pytest.mark.parametrize("depth", [BitDepth.HALF, BitDepth.FLOAT])
def test_an_exr_stays_float_with_values_above_1(textures: Path, tmp_path: Path, depth: BitDepth) -> None:
    rgb = read_texture(textures / "sand_albedo.jpg").rgb[:128, :128] * 24
    rgb = rgb.astype(np.float16).astype(np.float32)
    write_texture(Texture(rgb, bit_depth=depth), tmp_path / "sand.exr", file_format=".exr")
    again = read_texture(tmp_path / "sand.exr")
    assert again.bit_depth is depth
    assert again.rgb.max() > 10
    assert np.array_equal(again.rgb, rgb)
