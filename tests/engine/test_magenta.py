"""The magenta stylizer honours what a style asks for, at every size."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import BaseModel, ValidationError

from at_once import CLAMP, PLENTY, REPEAT, all_rows, draw_paintings, ignore, picture, stylized, terms
from impasto_engine.errors import RequestError, WeightsMissingError
from impasto_engine.registry import find_stylizer
from impasto_engine.request import BuiltinStyle, StyleImage, StyleModel, StyleRequest
from impasto_engine.rows import Whole
from impasto_engine.stylizer import Group, Progress, Terms
from impasto_engine.stylizers.magenta import STYLIZER, Magenta, MagentaSettings
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsStore

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WeightsStore:
    return WeightsStore(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def magenta(store: WeightsStore) -> Magenta:
    """One for the module: loading is most of a small test."""
    loaded = STYLIZER.load(store, CPU)
    assert isinstance(loaded, Magenta)
    return loaded


@pytest.fixture
def paintings(tmp_path: Path) -> tuple[StyleImage, StyleImage]:
    return draw_paintings(tmp_path, 300)


@pytest.mark.parametrize("builtin", [True, False])
def test_what_tiles_still_tiles(builtin: bool, shared: Path, magenta: Magenta) -> None:
    with Image.open(shared / "assets" / "textures" / "sand_albedo.jpg") as sand:
        pixels = np.asarray(sand.crop((0, 0, 128, 128)), dtype=np.float32) / 255
    content = torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())
    scream = StyleImage(shared / "assets" / "styles" / "the_scream.jpg", "scream")
    request = (
        StyleRequest("s", builtins=(BuiltinStyle(19),)) if builtin else StyleRequest("s", images=(scream,))
    )
    shift = (36, 64)
    rolled = stylized(magenta, content.roll(shift, (2, 3)), request, REPEAT)
    straight = stylized(magenta, content, request, REPEAT)
    assert (rolled - straight.roll(shift, (2, 3))).abs().max() <= 1 / 255


@pytest.mark.parametrize("builtin", [True, False])
@pytest.mark.parametrize("size", [(301, 243), (256, 320), (77, 700)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT, (Wrap.REPEAT, Wrap.CLAMP)])
def test_bands_of_any_height_give_the_pixels_of_the_whole(
    builtin: bool,
    size: tuple[int, int],
    wrap: tuple[Wrap, Wrap],
    magenta: Magenta,
    paintings: tuple[StyleImage, StyleImage],
) -> None:
    request = (
        StyleRequest("s", builtins=(BuiltinStyle(19),)) if builtin else StyleRequest("s", images=paintings)
    )
    content = picture(*size)
    whole = stylized(magenta, content, request, wrap)
    bands = set()
    for budget in (1, 12_000_000, 150_000_000):
        painted = magenta.stylize(Whole(content), request, terms(wrap, budget))
        bands.add(painted.band)
        assert (all_rows(painted) - whole).abs().max() < 1e-4
    assert len(bands) > 1


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (37, 50), (301, 3), (64, 65)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT, (Wrap.REPEAT, Wrap.CLAMP)])
def test_every_size_comes_back_in_range(
    size: tuple[int, int], wrap: tuple[Wrap, Wrap], magenta: Magenta
) -> None:
    for stroke in (0.5, 1.0, 4.0):
        request = StyleRequest("s", builtins=(BuiltinStyle(3),), stroke=stroke)
        result = stylized(magenta, picture(*size), request, wrap)
        assert result.shape == (1, 3, *size)
        assert result.dtype == torch.float32
        assert result.isfinite().all()
        assert 0 <= result.min() <= result.max() <= 1


def test_a_single_pixel_takes_a_style_image(
    magenta: Magenta, paintings: tuple[StyleImage, StyleImage]
) -> None:
    request = StyleRequest("s", images=(paintings[0],), strength=0.5)
    assert stylized(magenta, picture(1, 1), request, REPEAT).isfinite().all()


def test_strength_of_a_builtin_goes_from_the_content_to_the_style_in_linear_light(magenta: Magenta) -> None:
    content = picture(32, 32)

    def at(strength: float) -> torch.Tensor:
        request = StyleRequest("s", builtins=(BuiltinStyle(7),), strength=strength)
        return stylized(magenta, content, request, CLAMP)

    assert torch.equal(at(0.0), content)
    decoded = [((one + 0.055) / 1.055) ** 2.4 for one in (content, at(0.5), at(1.0))]
    bright = (content > 0.1) & (at(1.0) > 0.1)  # where sRGB is a power and not a line
    assert torch.allclose(decoded[1][bright], ((decoded[0] + decoded[2]) / 2)[bright], atol=1e-4)


def test_strength_of_an_image_mixes_its_vector_with_the_contents_own(
    magenta: Magenta, paintings: tuple[StyleImage, StyleImage], tmp_path: Path
) -> None:
    content = (picture(256, 256) * 255).round() / 255
    Image.fromarray((content[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)).save(
        tmp_path / "own.png"
    )
    own, style = StyleImage(tmp_path / "own.png", "own", weight=3.0), paintings[0]
    mixed = StyleRequest("mixed", images=(own, style))
    weaker = StyleRequest("weaker", images=(style,), strength=0.25)
    expected = stylized(magenta, content, mixed, CLAMP)
    result = stylized(magenta, content, weaker, CLAMP)
    full = stylized(magenta, content, StyleRequest("full", images=(style,)), CLAMP)
    assert (result - expected).abs().max() < 1e-3
    assert (result - full).abs().mean() > 0.01


def test_weights_are_relative_and_one_alone_is_that_style(
    magenta: Magenta, paintings: tuple[StyleImage, StyleImage]
) -> None:
    content, (warm, cold) = picture(32, 48), paintings

    def painted(*weights: float) -> torch.Tensor:
        images = tuple(
            StyleImage(one.path, one.sha256, weight)
            for one, weight in zip((warm, cold), weights, strict=True)
        )
        return stylized(magenta, content, StyleRequest("s", images=images), CLAMP)

    alone = stylized(magenta, content, StyleRequest("s", images=(warm,)), CLAMP)
    assert torch.allclose(painted(2.0, 0.0), alone, atol=1e-5)
    assert torch.allclose(painted(0.7, 0.3), painted(7.0, 3.0), atol=1e-5)
    assert (painted(1.0, 1.0) - alone).abs().mean() > 0.005


def test_each_style_image_is_seen_once_for_its_hash_and_settings(
    store: WeightsStore, paintings: tuple[StyleImage, StyleImage]
) -> None:
    fresh = STYLIZER.load(store, CPU)
    assert isinstance(fresh, Magenta)
    seen: list[int] = []
    fresh.predictor.register_forward_hook(lambda *_: seen.append(1))
    for _ in range(2):
        stylized(fresh, picture(16, 16), StyleRequest("s", images=paintings), CLAMP)
    assert len(seen) == 2
    whole = StyleRequest("s", images=paintings[:1], settings=MagentaSettings(style_crop="whole"))
    stylized(fresh, picture(16, 16), whole, CLAMP)
    assert len(seen) == 3


def test_pictures_of_a_group_are_painted_as_parts_of_one(magenta: Magenta) -> None:
    """Alone, the norms bring a light and a dark picture to one brightness; together, they keep them apart."""
    light, dark = picture(64, 64) * 0.3 + 0.7, picture(64, 64) * 0.3
    request = StyleRequest("s", builtins=(BuiltinStyle(19),))
    opened: list[int] = []

    def members() -> list[tuple[Whole, tuple[Wrap, Wrap]]]:
        opened.append(1)
        return [(Whole(light), CLAMP), (Whole(dark), CLAMP)]

    how = Terms(CLAMP, PLENTY, ignore, Group("a pair", members))
    together = [stylized(magenta, one, request, how).mean() for one in (light, dark)]
    apart = [stylized(magenta, one, request, CLAMP).mean() for one in (light, dark)]
    assert opened == [1]
    assert together[0] - together[1] > 0.1 + 3 * (apart[0] - apart[1]).abs()


def test_a_group_of_one_is_that_picture(magenta: Magenta) -> None:
    content, request = picture(64, 96), StyleRequest("s", builtins=(BuiltinStyle(3),))
    how = Terms(REPEAT, PLENTY, ignore, Group("alone", lambda: [(Whole(content), REPEAT)]))
    assert (
        stylized(magenta, content, request, how) - stylized(magenta, content, request, REPEAT)
    ).abs().max() < 1e-4


def test_statistics_stay_float32_under_autocast(magenta: Magenta) -> None:
    content = picture(64, 64)
    request = StyleRequest("s", builtins=(BuiltinStyle(0),))
    exact = stylized(magenta, content, request, CLAMP)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = stylized(magenta, content, request, CLAMP)
    assert rounded.dtype == torch.float32
    assert (rounded - exact).abs().mean() < 0.02


def test_the_start_is_reported(magenta: Magenta) -> None:
    seen: list[Progress] = []
    request = StyleRequest("s", builtins=(BuiltinStyle(0),))
    stylized(magenta, picture(16, 16), request, terms(CLAMP, progress=seen.append))
    assert seen == [Progress("stylize", 0, 1)]


@pytest.mark.parametrize("index", [-1, 26])
def test_unknown_builtin_says_which_there_are(index: int, magenta: Magenta) -> None:
    request = StyleRequest("ink", builtins=(BuiltinStyle(index),))
    with pytest.raises(RequestError, match=f"'ink'.*{index}.*0 to 25"):
        stylized(magenta, picture(16, 16), request, CLAMP)


class OtherSettings(BaseModel):
    pass


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (StyleRequest("ours", model=StyleModel(Path("ours.safetensors"), "0")), "images or builtins"),
        (StyleRequest("none"), "images or builtins"),
        (StyleRequest("zero", builtins=(BuiltinStyle(1, 0.0),)), "weights"),
        (StyleRequest("less", builtins=(BuiltinStyle(1, 2.0), BuiltinStyle(2, -1.0))), "weights"),
        (
            StyleRequest("odd", images=(StyleImage(Path("x"), "x"),), settings=OtherSettings()),
            "OtherSettings",
        ),
    ],
)
def test_what_magenta_cannot_do_is_refused_by_name(
    request_: StyleRequest, message: str, magenta: Magenta
) -> None:
    with pytest.raises(RequestError, match=f"'{request_.name}'.*{message}"):
        stylized(magenta, picture(16, 16), request_, CLAMP)


def test_a_mistyped_setting_is_refused() -> None:
    with pytest.raises(ValidationError, match="style_crp"):
        MagentaSettings.model_validate({"style_crp": "whole"})


def test_the_registry_offers_it_and_its_weights_are_installed(store: WeightsStore) -> None:
    assert find_stylizer("magenta") is STYLIZER
    try:
        paths = [store.find(file) for file in STYLIZER.weights]
    except WeightsMissingError as error:
        pytest.fail(str(error))
    assert [path.stat().st_size for path in paths] == [file.bytes for file in STYLIZER.weights]


def test_the_registry_entry_loads_without_torch() -> None:
    code = (
        "import sys; from impasto_engine.registry import find_stylizer; find_stylizer('magenta'); "
        "sys.exit(', '.join({'torch', 'onnx', 'OpenImageIO'} & sys.modules.keys()) or 0)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
