"""Pixels in and out of files."""

import hashlib
import struct
import time
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from impasto_engine.texture import Texture
from impasto_engine.texture_io import (
    WRITABLE_EXTENSIONS,
    output_extension,
    probe_texture,
    read_metadata,
    read_texture,
    write_texture,
)
from impasto_engine.texture_traits import BitDepth, ColorSpace
from noise import noise

INTEGER_CASES = [
    (extension, depth, alpha, grey)
    for extension, depth in [
        (".png", BitDepth.UINT8),
        (".png", BitDepth.UINT16),
        (".tga", BitDepth.UINT8),
        (".tif", BitDepth.UINT8),
        (".tiff", BitDepth.UINT16),
        (".webp", BitDepth.UINT8),
        (".bmp", BitDepth.UINT8),
    ]
    for alpha in (False, True)
    for grey in (False, True)
]


@pytest.mark.parametrize(("extension", "depth", "alpha", "grey"), INTEGER_CASES)
def test_integer_files_come_back_bit_for_bit_with_colour_under_alpha_0(
    tmp_path: Path, extension: str, depth: BitDepth, *, alpha: bool, grey: bool
) -> None:
    texture = noise(depth, alpha=alpha, grey=grey)
    path = tmp_path / ".wall.tmp"
    write_texture(texture, path, file_format=extension)
    again = read_texture(path)
    assert np.array_equal(again.rgb, texture.rgb)
    assert (again.alpha is None) == (texture.alpha is None)
    if texture.alpha is not None:
        assert np.array_equal(again.alpha, texture.alpha)
    assert again.bit_depth is depth
    assert again.color_space is ColorSpace.SRGB


@pytest.mark.parametrize(
    ("extension", "depth"),
    [(".exr", BitDepth.HALF), (".exr", BitDepth.FLOAT), (".tif", BitDepth.FLOAT)],
)
def test_float_files_keep_straight_alpha_and_unbounded_values(
    tmp_path: Path, extension: str, depth: BitDepth
) -> None:
    texture = noise(depth, alpha=True)
    texture.rgb[20, 30] = (7.0, 0.0, -1.0)
    path = tmp_path / "wall.bin"
    write_texture(texture, path, file_format=extension)
    again = read_texture(path)
    assert again.alpha is not None
    visible = again.alpha > 0.05
    assert np.allclose(again.rgb[visible], texture.rgb[visible], rtol=2e-3, atol=1e-3)
    assert np.array_equal(again.alpha, texture.alpha)
    assert again.bit_depth is depth
    assert again.color_space is ColorSpace.LINEAR


def test_grey_and_grey_alpha_stay_so(tmp_path: Path) -> None:
    for alpha, channels in ((False, 1), (True, 2)):
        path = tmp_path / f"{channels}.png"
        write_texture(noise(BitDepth.UINT16, alpha=alpha, grey=True), path, file_format=".png")
        assert probe_texture(path).channels == channels
        assert read_texture(path).grey


def test_eight_bits_are_rounded_half_up(tmp_path: Path) -> None:
    rgb = np.zeros((1, 4, 3), np.float32)
    rgb[0, :, 0] = np.array([0.5, 1.49, 254.5, 300]) / 255
    write_texture(Texture(rgb), tmp_path / "a.png", file_format=".png")
    assert np.asarray(Image.open(tmp_path / "a.png"))[0, :, 0].tolist() == [1, 1, 255, 255]


def test_jpeg_is_close(tmp_path: Path) -> None:
    plane = np.linspace(0, 1, 64, dtype=np.float32)
    texture = Texture(np.stack(np.broadcast_arrays(plane[None], plane[:, None], plane[None]), axis=2))
    write_texture(texture, tmp_path / "a", file_format=".jpg")
    assert np.abs(read_texture(tmp_path / "a").rgb - texture.rgb).max() < 0.04


@pytest.mark.parametrize("mode", ["1", "P", "PA", "L", "LA", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_expanded(tmp_path: Path, mode: str) -> None:
    rng = np.random.default_rng(0)
    source = Image.fromarray(rng.integers(0, 256, (8, 12, 4), dtype=np.uint8), "RGBA")
    if mode == "PA":
        source = source.quantize(9)
    elif mode == "I;16":
        source = Image.fromarray(rng.integers(0, 65536, (8, 12), dtype=np.uint16))
    else:
        source = source.convert("RGB").convert(mode) if mode == "P" else source.convert(mode)
    path = tmp_path / "a.png"
    source.save(path)
    texture = read_texture(path)
    if mode == "I;16":
        assert np.array_equal(np.rint(texture.rgb[..., 0] * 65535), np.asarray(source))
        return
    expected = np.asarray(source.convert("RGBA"))
    assert np.array_equal(np.rint(texture.rgb * 255), expected[..., :3])
    assert (texture.alpha is not None) == (mode in ("PA", "LA", "RGBA"))
    if texture.alpha is not None:
        assert np.array_equal(np.rint(texture.alpha * 255), expected[..., 3])


@pytest.mark.parametrize("extension", ["tga", "webp", "tif", "bmp", "dds"])
def test_straight_alpha_of_other_programs_is_read_as_it_is(tmp_path: Path, extension: str) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (8, 12, 4), dtype=np.uint8)
    samples[:4, :, 3] = 0
    path = tmp_path / f"a.{extension}"
    options = {"lossless": True, "exact": True} if extension == "webp" else {}
    Image.fromarray(samples, "RGBA").save(path, **options)
    texture = read_texture(path)
    assert texture.alpha is not None
    assert np.array_equal(np.rint(texture.rgb * 255), samples[..., :3])
    assert np.array_equal(np.rint(texture.alpha * 255), samples[..., 3])


def test_flattened_psd_is_read(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (3, 5, 7), dtype=np.uint8)
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 5, 7, 8, 3)
    (tmp_path / "a.psd").write_bytes(header + bytes(12) + struct.pack(">H", 0) + samples.tobytes())
    assert np.array_equal(np.rint(read_texture(tmp_path / "a.psd").rgb * 255), samples.transpose(1, 2, 0))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", ["png", "webp", "tif"])
def test_exif_orientation_is_applied(tmp_path: Path, extension: str, orientation: int) -> None:
    source = Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{extension}"
    source.save(path, exif=exif, **({"lossless": True} if extension == "webp" else {}))
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    expected = np.asarray(source if turn is None else source.transpose(turn))
    assert np.array_equal(np.rint(read_texture(path).rgb * 255), expected)
    info = probe_texture(path)
    assert (info.height, info.width) == expected.shape[:2]


def test_gamma_chunk_changes_no_value_and_no_color_space(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (2, 2), (10, 100, 200)).save(path)
    data = path.read_bytes()
    chunk = b"gAMA" + struct.pack(">I", 100000)
    gamma = struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    path.write_bytes(data[:33] + gamma + data[33:])
    texture = read_texture(path)
    assert np.rint(texture.rgb[0, 0] * 255).tolist() == [10, 100, 200]
    assert texture.color_space is ColorSpace.SRGB


def test_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    assert np.allclose(read_texture(tmp_path / "a.jpg").rgb, (1, 0, 0), atol=0.03)


def test_color_space_is_the_callers_word(tmp_path: Path) -> None:
    write_texture(noise(BitDepth.UINT8, alpha=False), tmp_path / "a.png", file_format=".png")
    texture = read_texture(tmp_path / "a.png", color_space=ColorSpace.LINEAR)
    assert texture.color_space is ColorSpace.LINEAR
    write_texture(texture, tmp_path / "b.png", file_format=".png")
    assert np.array_equal(read_texture(tmp_path / "b.png").rgb, texture.rgb)


def test_probe_reads_the_header(shared: Path) -> None:
    info = probe_texture(shared / "assets" / "textures" / "tree_alpha_16bit.png")
    assert (info.width, info.height, info.channels) == (342, 256, 4)
    assert (info.bit_depth, info.format) == (BitDepth.UINT16, "png")
    assert (info.has_alpha, info.lossy) == (True, False)
    assert probe_texture(shared / "assets" / "textures" / "texture_bricks.jpg").lossy


def test_real_textures_survive_a_round_trip(shared: Path, tmp_path: Path) -> None:
    for name in ("scifi_1_albedo.png", "godot_icon.tga", "tree_alpha_16bit.png", "robot.webp", "fire.png"):
        source = shared / "assets" / "textures" / name
        texture = read_texture(source)
        write_texture(texture, tmp_path / name, file_format=source.suffix)
        again = read_texture(tmp_path / name)
        assert np.array_equal(again.rgb, texture.rgb)
        assert np.array_equal(again.alpha, texture.alpha)


@pytest.mark.parametrize("extension", [".png", ".tif", ".exr", ".jpg", ".webp", ".tga", ".bmp"])
def test_metadata_comes_back(tmp_path: Path, extension: str) -> None:
    depth = BitDepth.HALF if extension == ".exr" else BitDepth.UINT8
    metadata = {"impasto:fingerprint": "f" * 64, "impasto:source": 'brique "été".png'}
    path = tmp_path / "a.tmp"
    write_texture(noise(depth, alpha=False), path, file_format=extension, metadata=metadata)
    assert read_metadata(path) == metadata


@pytest.mark.parametrize("extension", [".tga", ".bmp"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_other_readers_see_the_same_pixels_where_metadata_is_an_addition(
    tmp_path: Path, extension: str, mode: str
) -> None:
    texture = noise(BitDepth.UINT8, alpha=mode == "RGBA")
    if mode == "L":
        texture = replace(texture, rgb=texture.rgb[..., :1].repeat(3, axis=2), grey=True)
    plain, marked = tmp_path / f"plain{extension}", tmp_path / f"marked{extension}"
    for path, metadata in ((plain, None), (marked, {"impasto:fingerprint": "f" * 64})):
        write_texture(texture, path, file_format=extension, metadata=metadata)
    assert marked.read_bytes() != plain.read_bytes()
    with Image.open(plain) as before, Image.open(marked) as after:
        assert (before.mode, before.size, before.tobytes()) == (after.mode, after.size, after.tobytes())
    assert np.array_equal(read_texture(plain).rgb, read_texture(marked).rgb)


def test_other_peoples_files_have_no_metadata(tmp_path: Path, shared: Path) -> None:
    write_texture(noise(BitDepth.UINT8, alpha=False), tmp_path / "a.png", file_format=".png")
    assert read_metadata(tmp_path / "a.png") == {}
    for extension in (".tga", ".bmp"):
        Image.new("RGB", (8, 8)).save(tmp_path / f"a{extension}")
        assert read_metadata(tmp_path / f"a{extension}") == {}
    assert read_metadata(shared / "assets" / "textures" / "texture_bricks.jpg") == {}


def test_a_description_in_latin_1_is_no_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x010E] = b"caf\xe9 \xab"
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    assert read_metadata(path) == {}


def test_written_file_reports_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.tmp"
    written = write_texture(noise(BitDepth.UINT8, alpha=True), path, file_format=".png")
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert written.bytes == path.stat().st_size


@pytest.mark.parametrize("file_format", sorted(WRITABLE_EXTENSIONS))
def test_no_file_holds_the_time_it_was_written(tmp_path: Path, file_format: str) -> None:
    depth = BitDepth.HALF if file_format == ".exr" else BitDepth.UINT8
    texture = Texture(np.zeros((4, 4, 3), np.float32), bit_depth=depth)
    write_texture(texture, tmp_path / "a", file_format=file_format)
    assert time.strftime("%Y:%m").encode() not in (tmp_path / "a").read_bytes()


def test_output_extension_is_the_sources_where_it_loses_nothing() -> None:
    for extension in (".png", ".tga", ".tif", ".tiff", ".exr", ".bmp", ".webp", ".TGA"):
        assert output_extension(extension, 4096, 4096) == extension.lower()
    for extension in (".jpg", ".jpeg", ".dds", ".psd"):
        assert output_extension(extension, 64, 64) == ".png"
    assert output_extension(".webp", 16384, 16) == ".png"
    assert output_extension(".hdr", 64, 64) == ".exr"
    assert output_extension(".hdr", 64, 64, BitDepth.FLOAT) == ".exr"
    assert output_extension(".tga", 64, 64, BitDepth.UINT16) == ".png", "it is a PNG by another name"
    for extension in (".dds", ".psd", ".png"):
        assert output_extension(extension, 64, 64, BitDepth.HALF) == ".exr"
    assert output_extension(".tif", 64, 64, BitDepth.HALF) == ".tif"


@pytest.mark.parametrize(
    ("file_format", "depth", "stored"),
    [
        (".tga", BitDepth.UINT16, BitDepth.UINT8),
        (".jpg", BitDepth.UINT16, BitDepth.UINT8),
        (".tif", BitDepth.HALF, BitDepth.FLOAT),
        (".png", BitDepth.UINT16, BitDepth.UINT16),
        (".exr", BitDepth.FLOAT, BitDepth.FLOAT),
    ],
)
def test_a_depth_that_a_format_lacks_becomes_the_nearest_of_its_kind(
    tmp_path: Path, file_format: str, depth: BitDepth, stored: BitDepth
) -> None:
    texture = noise(depth, alpha=False)
    written = write_texture(texture, tmp_path / "a", file_format=file_format)
    again = read_texture(tmp_path / "a")
    assert written.bit_depth is again.bit_depth is stored
    assert np.abs(again.rgb - texture.rgb).mean() < (0.02 if file_format == ".jpg" else 0.002)
