"""Real textures that tile, through every stylizer and upscaler: they tile as well as before."""

from pathlib import Path

import numpy as np
import pytest

from at_once import ignore
from impasto_engine.request import (
    BuiltinStyle,
    EngineOptions,
    RestyleRequest,
    StyleImage,
    StyleRequest,
    UpscaleRequest,
    WrapChoice,
)
from impasto_engine.resample import resample_map
from impasto_engine.restyle import Restyler
from impasto_engine.role_names import MapRole
from impasto_engine.seams import seam_ratio
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_io import read_texture
from impasto_engine.texture_traits import Wrap

TEXTURES = ("texture_bricks.jpg", "sand_albedo.jpg", "fabric_pattern_07_col_1_1k.jpg")
REPEAT: tuple[WrapChoice, WrapChoice] = ("repeat", "repeat")
STYLES = ("builtin 19", "builtin 11", "starry_night", "the_scream")
UPSCALERS = {"realesr-animevideov3": 256, "realesrgan-x4plus-anime": 96, "realesrgan-x4plus": 64, "auto": 128}


@pytest.fixture(scope="module")
def restyler(tmp_path_factory: pytest.TempPathFactory) -> Restyler:
    return Restyler(EngineOptions(tmp_path_factory.mktemp("models"), "cpu"))


def texture(shared: Path, name: str, side: int) -> FloatArray:
    """A whole texture, shrunk around its circle."""
    rgb = read_texture(shared / "assets" / "textures" / name).rgb
    return resample_map(rgb, (side, side), MapRole.BASE_COLOR, (Wrap.REPEAT, Wrap.REPEAT))


def style(shared: Path, name: str) -> StyleRequest:
    if name.startswith("builtin"):
        return StyleRequest(name, builtins=(BuiltinStyle(int(name.split()[1])),))
    return StyleRequest(name, images=(StyleImage(shared / "assets" / "styles" / f"{name}.jpg", name),))


def rendered(restyler: Restyler, rgb: FloatArray, request: RestyleRequest) -> FloatArray:
    return restyler.restyle(Texture(rgb), request, ignore).texture.collect().rgb


def seams_are_no_worse(result: FloatArray, source: FloatArray) -> None:
    for after, before in zip(seam_ratio(result), seam_ratio(source), strict=True):
        assert after <= 1.3 * max(1.0, before)


@pytest.mark.parametrize("name", TEXTURES)
@pytest.mark.parametrize("style_name", STYLES)
def test_a_style_keeps_what_tiles_tiling(
    shared: Path, restyler: Restyler, name: str, style_name: str
) -> None:
    source = texture(shared, name, 512)
    request = RestyleRequest(MapRole.BASE_COLOR, style(shared, style_name), None, REPEAT)
    result = rendered(restyler, source, request)
    rolled = rendered(restyler, np.roll(source, (132, -60), (0, 1)), request)
    assert np.abs(rolled - np.roll(result, (132, -60), (0, 1))).max() <= 1 / 255
    seams_are_no_worse(result, source)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", TEXTURES)
@pytest.mark.parametrize("model", UPSCALERS)
def test_an_upscaler_keeps_what_tiles_tiling(shared: Path, restyler: Restyler, name: str, model: str) -> None:
    source = texture(shared, name, UPSCALERS[model])
    request = RestyleRequest(MapRole.BASE_COLOR, None, UpscaleRequest(model, 4), REPEAT)
    result = rendered(restyler, source, request)
    rolled = rendered(restyler, np.roll(source, (17, -29), (0, 1)), request)
    assert np.abs(rolled - np.roll(result, (68, -116), (0, 1))).max() <= 1 / 255
    for axis in (0, 1):
        assert steps_ratio(result, 4, axis) <= 1.3 * max(1.0, steps_ratio(source, 1, axis))


def steps_ratio(rgb: FloatArray, step: int, axis: int) -> float:
    """The seam ratio over `step` pixels, as many as one of the source has become: a sharp edge at the wrap, such as
    the end of a row of bricks, is one pixel wide at every scale, and the rest is smoother the larger it is."""
    moved = np.abs(np.roll(rgb, -step, axis) - rgb).swapaxes(0, axis)
    return float(moved[-step:].mean() / moved[:-step].mean())
