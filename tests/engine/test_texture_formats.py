"""What files say besides their pixels, and the kinds of pixels that only some programs write."""

import struct
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest
from PIL import Image, ImageCms

from impasto_engine import texture_formats
from impasto_engine.cmyk import is_profiled_cmyk
from impasto_engine.errors import TextureReadError
from impasto_engine.texture import Texture
from impasto_engine.texture_io import probe_texture, read_texture, write_texture
from impasto_engine.texture_traits import BitDepth, ColorSpace, FileTags
from press_profile import press_profile

SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def drawn(*, grey: bool = False, color_space: ColorSpace = ColorSpace.SRGB, tags: FileTags) -> Texture:
    rgb = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype(np.float32) / 255
    return Texture(
        rgb[..., :1].repeat(3, axis=2) if grey else rgb, grey=grey, color_space=color_space, tags=tags
    )


def chunks(png: Path) -> list[str]:
    data, names, place = png.read_bytes(), [], 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        names.append(data[place + 4 : place + 8].decode())
        place += length + 12
    return names


@pytest.mark.parametrize("extension", [".png", ".jpg", ".tif", ".webp"])
def test_a_profile_and_the_density_survive_and_change_no_value(tmp_path: Path, extension: str) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    source = tmp_path / f"a{extension}"
    options = {"lossless": True} if extension == ".webp" else {"dpi": (300, 300)}
    Image.fromarray(rgb).save(source, icc_profile=SRGB_PROFILE, **options)
    texture = read_texture(source)
    assert texture.tags.icc == SRGB_PROFILE
    if extension != ".jpg":
        assert np.array_equal(np.rint(texture.rgb * 255), rgb)
    output = tmp_path / "b.tmp"
    write_texture(texture, output, file_format=extension)
    with Image.open(output) as written:
        assert written.info["icc_profile"] == SRGB_PROFILE
        if extension != ".webp":
            assert texture.tags.dpi == pytest.approx((300, 300), abs=0.1)
            assert written.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert read_texture(output).tags.icc == SRGB_PROFILE


def test_a_density_in_centimetres_or_metres_is_the_same_density(tmp_path: Path) -> None:
    image = Image.new("RGB", (4, 4))
    image.save(tmp_path / "a.png", dpi=(144, 72))  # stored per metre
    assert read_texture(tmp_path / "a.png").tags.dpi == pytest.approx((144, 72), abs=0.1)
    image.save(tmp_path / "a.tif", resolution_unit="cm", x_resolution=100.0, y_resolution=50.0)
    assert read_texture(tmp_path / "a.tif").tags.dpi == pytest.approx((254, 127), abs=0.1)
    image.save(tmp_path / "b.png")
    assert read_texture(tmp_path / "b.png").tags == FileTags()


@pytest.mark.parametrize("extension", [".png", ".tif", ".jpg"])
def test_a_profile_for_other_channels_is_left_out(tmp_path: Path, extension: str) -> None:
    for grey, icc in ((True, SRGB_PROFILE), (False, press_profile())):
        write_texture(drawn(grey=grey, tags=FileTags(icc=icc)), tmp_path / "a", file_format=extension)
        assert read_texture(tmp_path / "a").tags.icc == b""


@pytest.mark.parametrize("extension", [".tga", ".bmp"])
def test_formats_without_a_place_for_a_profile_leave_it_out(tmp_path: Path, extension: str) -> None:
    texture = drawn(tags=FileTags(SRGB_PROFILE, (300.0, 300.0)))
    write_texture(texture, tmp_path / "a", file_format=extension)
    assert np.array_equal(read_texture(tmp_path / "a").rgb, texture.rgb)


def test_a_png_says_srgb_of_srgb_colour_only(tmp_path: Path) -> None:
    """A gamma of 1 on a normal map would make Godot's reader alter it, sRGB beside Adobe RGB would be a lie."""
    path = tmp_path / "a"
    write_texture(drawn(tags=FileTags()), path, file_format=".png")
    assert "sRGB" in chunks(path)
    write_texture(drawn(tags=FileTags(SRGB_PROFILE)), path, file_format=".png")
    assert "iCCP" in chunks(path)
    assert not {"sRGB", "gAMA", "cHRM", "cICP"} & set(chunks(path))
    write_texture(drawn(color_space=ColorSpace.LINEAR, tags=FileTags()), path, file_format=".png")
    assert not {"iCCP", "sRGB", "gAMA", "cHRM", "cICP"} & set(chunks(path))


def ink(extension: str, icc: bytes | None, folder: Path) -> Path:
    """A sheet of pure cyan."""
    path = folder / f"ink{extension}"
    Image.new("CMYK", (80, 150), (255, 0, 0, 0)).save(path, icc_profile=icc)
    return path


@pytest.mark.parametrize("extension", [".jpg", ".tif"])
def test_cmyk_becomes_srgb_by_its_profile_or_else_by_the_plain_formula(
    tmp_path: Path, extension: str
) -> None:
    plain = read_texture(ink(extension, None, tmp_path))
    assert np.allclose(plain.rgb, np.array([0, 1, 1]), atol=0.03)
    printed = read_texture(ink(extension, press_profile(), tmp_path))
    assert printed.rgb.shape == (150, 80, 3)
    # Lab 55, -37, -50 is out of sRGB's red: about 0, 151, 219
    assert np.allclose(printed.rgb, np.array([0, 151, 219]) / 255, atol=0.03)
    assert (printed.bit_depth, printed.color_space) == (BitDepth.UINT8, ColorSpace.SRGB)
    write_texture(printed, tmp_path / "a.png", file_format=".png")
    assert "iCCP" not in chunks(tmp_path / "a.png")


def test_a_cmyk_psd_is_converted_too(tmp_path: Path) -> None:
    inks = np.full((4, 5, 7), 255, np.uint8)  # PSD stores what the ink leaves
    inks[0] = 0
    icc = press_profile()
    resource = b"8BIM" + struct.pack(">HHI", 1039, 0, len(icc)) + icc + bytes(len(icc) % 2)
    header = b"8BPS" + struct.pack(">H6xHIIHHI", 1, 4, 5, 7, 8, 4, 0)
    sections = struct.pack(">I", len(resource)) + resource + struct.pack(">IH", 0, 0)
    (tmp_path / "a.psd").write_bytes(header + sections + inks.tobytes())
    assert np.allclose(read_texture(tmp_path / "a.psd").rgb, np.array([0, 151, 219]) / 255, atol=0.03)


def test_a_broken_cmyk_profile_is_named_and_one_on_an_rgb_picture_ignored(tmp_path: Path) -> None:
    with pytest.raises(TextureReadError, match=r"ink\.jpg: its CMYK profile cannot be used"):
        read_texture(ink(".jpg", press_profile()[:140], tmp_path))
    Image.new("RGB", (4, 4), (10, 20, 30)).save(tmp_path / "a.tif", icc_profile=press_profile())
    assert np.rint(read_texture(tmp_path / "a.tif").rgb[0, 0] * 255).tolist() == [10, 20, 30]


def test_a_cut_off_cmyk_picture_is_named(tmp_path: Path) -> None:
    path = ink(".jpg", press_profile(), tmp_path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(TextureReadError, match=r"ink\.jpg: damaged or cut off"):
        read_texture(path)


def dds(block: bytes, *, dxgi: int = 0, fourcc: bytes = b"DX10") -> bytes:
    """One block of 4 x 4 pixels."""
    pixel_format = struct.pack("<II4s5I", 32, 4, fourcc, 0, 0, 0, 0, 0)
    header = struct.pack("<4s7I44x", b"DDS ", 124, 0x81007, 4, 4, len(block), 0, 0)
    extended = struct.pack("<5I", dxgi, 3, 0, 1, 0) if dxgi else b""
    return header + pixel_format + struct.pack("<5I", 0x1000, 0, 0, 0, 0) + extended + block


def one_channel_block(low: int, high: int, index: int) -> bytes:
    """BC4: two ends, and the same 3-bit index for all 16 pixels."""
    bits = sum(index << (3 * place) for place in range(16))
    return bytes([low, high]) + bits.to_bytes(6, "little")


def mode_6_block(rgba: tuple[int, int, int, int]) -> bytes:
    """BC7: both ends the same colour, of 7 bits and a shared lowest one, which is set."""
    bits, place = 1 << 6, 7
    for value in rgba:
        bits |= (value >> 1) << place | (value >> 1) << (place + 7)
        place += 14
    return (bits | 3 << place).to_bytes(16, "little")


@pytest.mark.parametrize("pixel_format", ["DXT1", "DXT3", "DXT5"])
def test_block_compressed_colour_is_read(tmp_path: Path, pixel_format: str) -> None:
    path = tmp_path / "a.dds"
    Image.new("RGBA", (8, 8), (200, 100, 48, 255)).save(path, pixel_format=pixel_format)
    texture = read_texture(path)
    assert np.allclose(texture.rgb * 255, [200, 100, 48], atol=9)  # 5 bits of red and blue
    assert (texture.alpha == 1).all()
    assert probe_texture(path).lossy


def test_bc4_is_grey_and_bc7_has_colour_and_alpha(tmp_path: Path) -> None:
    path = tmp_path / "a.dds"
    path.write_bytes(dds(one_channel_block(200, 100, 1), fourcc=b"ATI1"))
    texture = read_texture(path)
    assert texture.grey
    assert np.allclose(texture.rgb * 255, 100, atol=0.5)
    path.write_bytes(dds(mode_6_block((201, 101, 51, 127)), dxgi=98))
    texture = read_texture(path)
    assert np.allclose(texture.rgb * 255, [201, 101, 51], atol=0.5)
    assert texture.alpha is not None
    assert np.allclose(texture.alpha * 255, 127, atol=0.5)


@pytest.mark.parametrize("header", [{"fourcc": b"ATI2"}, {"fourcc": b"BC5U"}, {"dxgi": 83}])
def test_bc5_normals_get_the_blue_of_unit_vectors(tmp_path: Path, header: dict[str, object]) -> None:
    path = tmp_path / "a_normal.dds"
    block = one_channel_block(178, 0, 0) + one_channel_block(0, 76, 1)
    path.write_bytes(dds(block, **header))  # type: ignore[arg-type]  # one of two keywords
    rgb = read_texture(path).rgb
    assert np.allclose(rgb[..., :2] * 255, [178, 76], atol=0.5)
    assert np.abs(np.linalg.norm(rgb * 2 - 1, axis=2) - 1).max() < 1e-3
    assert rgb[..., 2].min() > 0.5


def test_hdr_block_compression_stays_half(tmp_path: Path) -> None:
    path = tmp_path / "a.dds"
    path.write_bytes(dds(bytes([3]) + bytes(15), dxgi=95))
    texture = read_texture(path)
    assert (texture.bit_depth, texture.color_space) == (BitDepth.HALF, ColorSpace.LINEAR)


def test_a_real_palette_is_expanded(shared: Path) -> None:
    path = shared / "assets" / "textures" / "texture_rock_albedo.png"
    with Image.open(path) as image:
        assert image.mode == "P"
        expected = np.asarray(image.convert("RGB"))
    assert np.array_equal(np.rint(read_texture(path).rgb * 255), expected)


def test_real_grey_with_alpha_stays_so(shared: Path, tmp_path: Path) -> None:
    path = shared / "assets" / "textures" / "fire.png"
    texture = read_texture(path)
    assert texture.grey
    write_texture(texture, tmp_path / "a.png", file_format=".png")
    with Image.open(path) as before, Image.open(tmp_path / "a.png") as after:
        assert after.mode == "LA"
        assert np.array_equal(np.asarray(after), np.asarray(before.convert("LA")))


def test_values_above_1_and_below_0_survive_in_float_tiff_and_exr(tmp_path: Path) -> None:
    rgb = np.array([[[-0.5, 0.25, 12.0], [1000.0, 1.5, 0.0]]], np.float32)
    for extension, depth in ((".exr", BitDepth.HALF), (".exr", BitDepth.FLOAT), (".tif", BitDepth.FLOAT)):
        write_texture(Texture(rgb, bit_depth=depth), tmp_path / "a", file_format=extension)
        assert np.array_equal(read_texture(tmp_path / "a").rgb, rgb)


def test_both_libraries_refuse_what_is_above_the_limit_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_texture(ink(".tif", press_profile(), tmp_path))
    assert OpenImageIO.get_int_attribute("limits:imagesize_MB") == 4096
    path = tmp_path / "big.tif"
    Image.new("1", (20_000, 13_500)).save(path, compression="group4")
    with pytest.raises(Image.DecompressionBombError):
        Image.open(path)
    with pytest.raises(TextureReadError, match="limit"):
        read_texture(path)


def test_a_cmyk_picture_that_only_pillow_finds_too_large_is_not_its_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ink(".tif", press_profile(), tmp_path)
    monkeypatch.setattr(texture_formats, "MAX_PIXELS", 1000)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)  # it is set, and must be as it was
    assert not is_profiled_cmyk(path, press_profile())
