"""What is no texture, or no longer one, and what cannot be written: each is an error that names the file."""

import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from impasto_engine.errors import TextureReadError, TextureWriteError
from impasto_engine.texture import Texture
from impasto_engine.texture_io import (
    WRITABLE_EXTENSIONS,
    probe_texture,
    read_texture,
    write_texture,
)
from impasto_engine.texture_traits import READABLE_EXTENSIONS, BitDepth
from noise import noise


@pytest.mark.parametrize("extension", [".png", ".jpg", ".tga", ".tif", ".exr", ".webp", ".bmp"])
def test_damaged_bytes_raise_nothing_but_read_errors(tmp_path: Path, extension: str) -> None:
    rng = np.random.default_rng(3)
    depth = BitDepth.HALF if extension == ".exr" else BitDepth.UINT8
    path = tmp_path / f"a{extension}"
    write_texture(noise(depth, alpha=False), path, file_format=extension)
    sound = path.read_bytes()
    for _ in range(40):
        damaged = bytearray(sound)
        for place in rng.integers(0, min(len(sound), 400), 4):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        with suppress(TextureReadError):
            read_texture(path, max_pixels=10**6)


@pytest.mark.parametrize("extension", [".png", ".jpg", ".tga", ".tif", ".exr", ".webp", ".bmp"])
@pytest.mark.parametrize("kept", [0.8, 0.5, 0.02])
def test_truncated_file_is_named(tmp_path: Path, extension: str, kept: float) -> None:
    depth = BitDepth.HALF if extension == ".exr" else BitDepth.UINT8
    path = tmp_path / f"cut{extension}"
    write_texture(noise(depth, alpha=False), path, file_format=extension)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(TextureReadError, match=f"cut{extension}"):
        read_texture(path)


def test_flipped_byte_in_a_png_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "bad.png"
    write_texture(noise(BitDepth.UINT8, alpha=False), path, file_format=".png")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(TextureReadError, match=r"bad\.png: damaged"):
        read_texture(path)


@pytest.mark.parametrize("extension", sorted(READABLE_EXTENSIONS))
def test_text_empty_and_missing_files_are_named(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"a{extension}"
    with pytest.raises(TextureReadError, match=rf"a\{extension}.*No such file"):
        read_texture(path)
    path.write_bytes(b"")
    with pytest.raises(TextureReadError, match=rf"a\{extension}.*empty"):
        probe_texture(path)
    path.write_text("this is a shopping list\n" * 40)
    with pytest.raises(TextureReadError, match=rf"a\{extension}"):
        read_texture(path)


def test_a_folder_is_no_texture(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(TextureReadError, match=r"folder\.png"):
        read_texture(tmp_path / "folder.png")


def test_content_beats_the_extension(tmp_path: Path) -> None:
    path = tmp_path / "really_a_png.jpg"
    write_texture(noise(BitDepth.UINT8, alpha=True), path, file_format=".png")
    assert probe_texture(path).format == "png"


def test_a_gif_in_disguise_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png", format="GIF")
    with pytest.raises(TextureReadError, match=r"a\.png.*png"):
        read_texture(tmp_path / "a.png")


def test_an_animation_is_refused(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), (shade, 0, 0)) for shade in (0, 100, 200)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:])
    with pytest.raises(TextureReadError, match=r"a\.webp.*animation"):
        read_texture(tmp_path / "a.webp")


def test_decompression_bomb_is_refused_from_its_header(tmp_path: Path) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    side = 17000
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(side * (side // 8 + 1)), 9)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    with pytest.raises(TextureReadError, match=r"bomb\.png: 17000 x 17000 .* 268435456"):
        read_texture(path)


def test_the_limit_is_the_callers(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_texture(noise(BitDepth.UINT8, alpha=False), path, file_format=".png")
    with pytest.raises(TextureReadError, match="limit of 100"):
        probe_texture(path, max_pixels=100)


@pytest.mark.parametrize("name", ["a?b.png", "a#1.png", "a%20b %04d.png", "ü 漢字.png", "a<UDIM>.png"])
def test_odd_names_are_plain_names(tmp_path: Path, name: str) -> None:
    texture = noise(BitDepth.UINT8, alpha=True)
    try:
        (tmp_path / name).touch()
    except OSError:
        pytest.skip("this file system has no such name")
    write_texture(texture, tmp_path / name, file_format=".png")
    assert np.array_equal(read_texture(tmp_path / name).rgb, texture.rgb)


@pytest.mark.parametrize(
    ("file_format", "texture", "words"),
    [
        (".psd", noise(BitDepth.UINT8, alpha=False), "valid are"),
        (".png", noise(BitDepth.HALF, alpha=False), "does not hold half"),
        (".exr", noise(BitDepth.UINT8, alpha=False), "does not hold uint8"),
        (".jpg", noise(BitDepth.UINT8, alpha=True), "no alpha"),
        (".webp", Texture(np.zeros((1, 16384, 3), np.float32)), "16383"),
        (".png", Texture(np.full((2, 2, 3), np.nan, np.float32)), "NaN"),
    ],
)
def test_what_a_format_cannot_hold_is_said(
    tmp_path: Path, file_format: str, texture: Texture, words: str
) -> None:
    with pytest.raises(TextureWriteError, match=words):
        write_texture(texture, tmp_path / "a.tmp", file_format=file_format)
    assert not (tmp_path / "a.tmp").exists()


@pytest.mark.parametrize("file_format", sorted(WRITABLE_EXTENSIONS))
def test_a_missing_folder_is_named(tmp_path: Path, file_format: str) -> None:
    depth = BitDepth.HALF if file_format == ".exr" else BitDepth.UINT8
    with pytest.raises(TextureWriteError, match="nowhere"):
        write_texture(noise(depth, alpha=False), tmp_path / "nowhere" / "a", file_format=file_format)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("file_format", sorted(WRITABLE_EXTENSIONS))
def test_a_full_disk_is_an_error(file_format: str) -> None:
    depth = BitDepth.HALF if file_format == ".exr" else BitDepth.UINT8
    with pytest.raises(TextureWriteError, match="full"):
        write_texture(noise(depth, alpha=False), Path("/dev/full"), file_format=file_format)
