"""Textures on their way in bands: the same files as whole ones, without ever holding the picture."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from impasto_engine.errors import TextureReadError, TextureWriteError
from impasto_engine.texture import Band, Texture, TextureStream, recut
from impasto_engine.texture_io import WRITABLE_EXTENSIONS, read_texture, sample_texture, write_texture
from impasto_engine.texture_traits import AlphaMode, BitDepth, ColorSpace

MEBIBYTE = 2**20


def drawn(height: int, width: int, depth: BitDepth, *, alpha: bool) -> Texture:
    samples = np.random.default_rng(5).random((height, width, 4), np.float32)
    return Texture(samples[..., :3], samples[..., 3] if alpha else None, bit_depth=depth)


def cut(texture: Texture, heights: list[int]) -> TextureStream:
    def bands() -> Iterator[Band]:
        (whole,) = texture.stream().bands
        top = 0
        while top < texture.height:
            height = heights[top % len(heights)]
            yield whole.rows(top, top + height)
            top += height

    return replace(texture.stream(), bands=bands())


@pytest.mark.parametrize(
    ("file_format", "alpha"),
    [(one, False) for one in sorted(WRITABLE_EXTENSIONS)]
    + [(one, True) for one in sorted(WRITABLE_EXTENSIONS - {".jpg", ".jpeg"})],
)
def test_a_file_does_not_depend_on_how_its_bands_are_cut(
    tmp_path: Path, file_format: str, *, alpha: bool
) -> None:
    depth = BitDepth.HALF if file_format == ".exr" else BitDepth.UINT8
    texture = drawn(201, 37, depth, alpha=alpha)
    whole = write_texture(texture, tmp_path / "whole", file_format=file_format)
    for heights in ([1], [64], [7, 100, 3], [500]):
        parts = write_texture(cut(texture, heights), tmp_path / "parts", file_format=file_format)
        assert parts == whole
        assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()


def test_recut_bands_hold_the_same_rows_in_the_same_order() -> None:
    texture = drawn(50, 3, BitDepth.FLOAT, alpha=True)
    again = list(recut(cut(texture, [1, 19, 2]).bands, 16))
    assert [band.height for band in again] == [16, 16, 16, 2]
    assert np.array_equal(np.concatenate([band.rgb for band in again]), texture.rgb)
    collected = cut(texture, [9]).collect()
    assert np.array_equal(collected.rgb, texture.rgb)
    assert np.array_equal(collected.alpha, texture.alpha)


@pytest.mark.parametrize("file_format", sorted(WRITABLE_EXTENSIONS))
def test_what_the_bands_raise_passes_through_and_leaves_no_file(tmp_path: Path, file_format: str) -> None:
    depth = BitDepth.HALF if file_format == ".exr" else BitDepth.UINT8
    texture = drawn(200, 20, depth, alpha=False)

    def broken() -> Iterator[Band]:
        (whole,) = texture.stream().bands
        yield whole.rows(0, 100)
        raise OSError("the network fell over")

    path = tmp_path / "a.tmp"
    with pytest.raises(OSError, match="the network fell over"):
        write_texture(replace(texture.stream(), bands=broken()), path, file_format=file_format)
    assert not path.exists()


@pytest.mark.parametrize("rows", [90, 110, 300])
@pytest.mark.parametrize("file_format", [".png", ".jpg", ".tga"])
def test_bands_that_do_not_fill_the_texture_are_refused(tmp_path: Path, file_format: str, rows: int) -> None:
    stream = drawn(rows, 20, BitDepth.UINT8, alpha=False).stream()
    with pytest.raises(ValueError, match="have not the 100 rows"):
        write_texture(replace(stream, height=100), tmp_path / "a.tmp", file_format=file_format)
    assert not (tmp_path / "a.tmp").exists()


def test_nan_in_a_late_band_is_named_and_leaves_no_file(tmp_path: Path) -> None:
    texture = drawn(200, 20, BitDepth.UINT8, alpha=False)
    texture.rgb[180, 3, 1] = np.nan
    with pytest.raises(TextureWriteError, match=r"a\.tmp: the picture holds NaN"):
        write_texture(cut(texture, [50]), tmp_path / "a.tmp", file_format=".png")
    assert not (tmp_path / "a.tmp").exists()


def gradient_bands(side: int) -> Iterator[Band]:
    for top in range(0, side, 50):
        rows = min(50, side - top)
        yield Band(np.full((rows, side, 3), top / side, np.float32), np.full((rows, side), 0.5, np.float32))


@pytest.mark.parametrize(
    ("file_format", "depth"),
    [
        (".png", BitDepth.UINT8),
        (".png", BitDepth.UINT16),
        (".tif", BitDepth.FLOAT),
        (".exr", BitDepth.HALF),
        (".tga", BitDepth.UINT8),
        (".bmp", BitDepth.UINT8),
    ],
)
def test_neither_writing_nor_sampling_holds_the_picture(
    tmp_path: Path, file_format: str, depth: BitDepth
) -> None:
    side = 2000  # 61 MiB as floats, 15 MiB as bytes
    path = tmp_path / "a"
    stream = TextureStream(
        side, side, ColorSpace.SRGB, depth, AlphaMode.STRAIGHT, grey=False, bands=gradient_bands(side)
    )
    tracemalloc.start()
    try:
        write_texture(stream, path, file_format=file_format)
        assert tracemalloc.get_traced_memory()[1] < 20 * MEBIBYTE
        tracemalloc.reset_peak()
        assert sample_texture(path).texture.width == 250
        assert tracemalloc.get_traced_memory()[1] < 20 * MEBIBYTE
        tracemalloc.reset_peak()
        read_texture(path)
        assert tracemalloc.get_traced_memory()[1] < 80 * MEBIBYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_sample_is_every_nth_pixel_of_the_upright_picture(tmp_path: Path, orientation: int) -> None:
    rng = np.random.default_rng(2)
    source = Image.fromarray(rng.integers(0, 256, (150, 101, 4), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    source.save(tmp_path / "a.png", exif=exif)
    whole = read_texture(tmp_path / "a.png")
    sample = sample_texture(tmp_path / "a.png", max_side=20)
    step_v, step_u = -(-whole.height // 20), -(-whole.width // 20)
    assert np.array_equal(sample.texture.rgb, whole.rgb[::step_v, ::step_u])
    assert whole.alpha is not None
    assert np.array_equal(sample.texture.alpha, whole.alpha[::step_v, ::step_u])
    assert (sample.width, sample.height) == (whole.width, whole.height)
    assert sample.alpha_mode is whole.alpha_mode


def test_the_alpha_mode_of_a_sample_is_that_of_all_pixels(tmp_path: Path) -> None:
    """Between the pixels that are kept lie 2 % half-transparent ones."""
    rgba = np.full((600, 600, 4), 255, np.uint8)
    rgba[1:600:30, 1:, 3] = 128
    Image.fromarray(rgba).save(tmp_path / "a.png")
    sample = sample_texture(tmp_path / "a.png")
    assert sample.texture.alpha_mode is AlphaMode.MASK
    assert sample.alpha_mode is AlphaMode.STRAIGHT
    assert sample.alpha_mode is read_texture(tmp_path / "a.png").alpha_mode


def test_samples_of_real_textures_are_those_of_the_whole(shared: Path) -> None:
    for path in sorted((shared / "assets" / "textures").iterdir()):
        whole, sample = read_texture(path), sample_texture(path)
        step_v, step_u = -(-whole.height // 256), -(-whole.width // 256)
        assert np.array_equal(sample.texture.rgb, whole.rgb[::step_v, ::step_u]), path.name
        assert sample.alpha_mode is whole.alpha_mode, path.name
        assert (sample.texture.bit_depth, sample.texture.grey) == (whole.bit_depth, whole.grey)


def test_a_tiled_file_is_read_as_the_same_picture(tmp_path: Path) -> None:
    import OpenImageIO

    samples = np.random.default_rng(0).integers(0, 256, (150, 90, 3), dtype=np.uint8)
    for name, sample_type in (("a.tif", "uint8"), ("a.exr", "half")):
        spec = OpenImageIO.ImageSpec(90, 150, 3, OpenImageIO.TypeDesc(sample_type))
        spec.tile_width = spec.tile_height = 48
        output = OpenImageIO.ImageOutput.create(str(tmp_path / name))
        assert output.open(str(tmp_path / name), spec)
        assert output.write_image(samples if sample_type == "uint8" else samples.astype(np.float16))
        output.close()
        scale = 255 if sample_type == "uint8" else 1
        assert np.array_equal(np.rint(read_texture(tmp_path / name).rgb * scale), samples)


def test_a_cut_off_file_cannot_be_sampled(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    write_texture(drawn(300, 300, BitDepth.UINT8, alpha=False), path, file_format=".png")
    path.write_bytes(path.read_bytes()[:-20000])
    with pytest.raises(TextureReadError, match=r"cut\.png: damaged"):
        sample_texture(path)
