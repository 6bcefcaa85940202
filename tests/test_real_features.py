"""What only games ask for, through the whole loop with the real networks: `impasto once` on real textures."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from impasto_daemon.manifest import MapFile, read_manifest, sidecar_path
from impasto_engine import BitDepth, ColorSpace, Texture, read_texture, write_texture
from walk_cycle import FRAME, flicker, walk_cycle

CONFIG = """
watch: [{ folder: textures }]
styles:
  ink: { builtin: 19 }
  night: { image: styles/starry_night.jpg }
rules:
  - name: sheets
    match: ["walk.png"]
    variants: [{ style: ink, layout: frames, grid: 64x64 }]
  - name: strokes in the light
    match: ["*"]
    roles: [normal]
    variants: [{ style: ink, relief: 0.6 }]
  - name: dusk
    match: ["bricks*"]
    variants: [{ id: dusk, style: night, palette: dusk.hex }]
  - name: rest
    match: ["*"]
    variants: [{ style: ink, upscale: { scale: 2 } }]
"""


@pytest.fixture(scope="module")
def textures(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder after one run."""
    root = tmp_path_factory.mktemp("features")
    folder = root / "game" / "textures"
    (root / "game" / "styles").mkdir(parents=True)
    folder.mkdir()
    assets = shared / "assets"
    for source, name in {
        "texture_bricks.jpg": "bricks_albedo.jpg",
        "texture_bricks_normal.jpg": "bricks_normal.jpg",
        "tree_alpha_16bit.png": "tree.png",
    }.items():
        shutil.copyfile(assets / "textures" / source, folder / name)
    shutil.copyfile(assets / "styles" / "starry_night.jpg", root / "game" / "styles" / "starry_night.jpg")
    (root / "game" / "dusk.hex").write_text("1a1c2c\n5d275d\nb13e53\nef7d57\nffcd75\n")
    (root / "game" / "config.yaml").write_text(CONFIG)
    lamp = read_texture(folder / "bricks_albedo.jpg").rgb[:128, :128] * 0.5
    lamp[40:80, 40:80] = (9.0, 5.0, 2.0)
    light = Texture(lamp, color_space=ColorSpace.LINEAR, bit_depth=BitDepth.HALF)
    write_texture(light, folder / "lamp_basecolor.exr", file_format=".exr")
    write_texture(walk_cycle(), folder / "walk.png", file_format=".png")
    for index, shade in enumerate((0.4, 1.0)):
        tile = Texture(read_texture(folder / "bricks_albedo.jpg").rgb[:256, index * 256 :][:, :256] * shade)
        write_texture(tile, folder / f"ground_albedo.{1001 + index}.png", file_format=".png")
    roots = [str(Path(__file__).parents[1] / one) for one in ("daemon", "engine")]
    subprocess.run(
        [sys.executable, "-m", "impasto_daemon.cli", "once", "--config", str(root / "game" / "config.yaml")],
        check=True,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(roots),
            "XDG_STATE_HOME": str(root / "state"),
            "XDG_DATA_HOME": str(root / "data"),
            "XDG_CACHE_HOME": str(root / "cache"),
        },
    )
    return folder


def made(textures: Path, name: str) -> MapFile:
    (variant,) = read_manifest(sidecar_path(textures / name)).variants
    assert (variant.status, variant.error, variant.notes) == ("ready", None, ())
    return variant.maps[0]


@pytest.mark.timeout(600)
def test_sixteen_bits_stay_sixteen_bits(textures: Path) -> None:
    tree = made(textures, "tree.png")
    assert tree.bit_depth is BitDepth.UINT16
    result = read_texture(textures / tree.file)
    assert result.alpha is not None
    for plane in (*np.moveaxis(result.rgb, 2, 0), result.alpha):
        assert len(np.unique(np.rint(plane * 65535))) > 256


def test_light_stays_light(textures: Path) -> None:
    lamp = made(textures, "lamp_basecolor.exr")
    assert (lamp.bit_depth, lamp.color_space, lamp.file) == (
        BitDepth.HALF,
        ColorSpace.LINEAR,
        "lamp_basecolor.ink.exr",
    )
    result = read_texture(textures / lamp.file).rgb
    assert result[90:150, 90:150].max() > 3.0
    assert result[:60].max() <= 1.0


def test_frames_stand_still(textures: Path) -> None:
    result = read_texture(textures / made(textures, "walk.png").file)
    assert flicker(result.rgb) <= 1.2 * flicker(walk_cycle().rgb)
    assert (result.width, result.height) == (4 * FRAME, 2 * FRAME)


def test_strokes_are_pressed_into_the_normal_map(textures: Path) -> None:
    pressed = made(textures, "bricks_normal.jpg")
    before = read_texture(textures / "bricks_normal.jpg").rgb * 2 - 1
    after = read_texture(textures / pressed.file).rgb * 2 - 1
    assert np.abs(np.linalg.norm(after, axis=2) - 1).max() <= 1 / 127
    before /= np.linalg.norm(before, axis=2, keepdims=True)
    turned = np.degrees(np.arccos((before * after).sum(axis=2).clip(-1, 1)))
    assert 3 < turned.mean() < 20


def test_a_palette_s_colours_are_all_there_are(textures: Path) -> None:
    """Between the darkest and the lightest of them, and nowhere near the painting's blue."""
    result = read_texture(textures / made(textures, "bricks_albedo.jpg").file).rgb
    assert result.min() >= 0x1A / 255 - 0.02
    assert (result[..., 2] < result[..., 0] + 0.15).mean() > 0.99


def test_tiles_of_a_set_keep_their_differences(textures: Path) -> None:
    dark, light = (
        read_texture(textures / made(textures, f"ground_albedo.{number}.png").file).rgb.mean()
        for number in (1001, 1002)
    )
    assert (textures / "ground_albedo.ink.1001.png").is_file()
    assert light - dark > 0.08
