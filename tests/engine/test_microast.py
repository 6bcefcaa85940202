"""The microast stylizer honours what a style asks for, at every size."""

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
from impasto_engine.stylizer import Group, Terms
from impasto_engine.stylizers.microast import STYLIZER, Microast, MicroastSettings
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsStore

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def microast(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Microast:
    store = WeightsStore(tmp_path_factory.mktemp("models"))
    for path in (shared / "weights" / "microast").iterdir():
        store.import_file(path, STYLIZER.weights)
    loaded = STYLIZER.load(store, CPU)
    assert isinstance(loaded, Microast)
    return loaded


@pytest.fixture
def paintings(tmp_path: Path) -> tuple[StyleImage, StyleImage]:
    return draw_paintings(tmp_path, 150)


def test_what_tiles_still_tiles(shared: Path, microast: Microast) -> None:
    with Image.open(shared / "assets" / "textures" / "sand_albedo.jpg") as sand:
        pixels = np.asarray(sand.resize((128, 128)), dtype=np.float32) / 255
    content = torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())
    request = StyleRequest(
        "s", images=(StyleImage(shared / "assets" / "styles" / "the_scream.jpg", "scream"),)
    )
    straight = stylized(microast, content, request, REPEAT)
    shift = (36, 64)
    rolled = stylized(microast, content.roll(shift, (2, 3)), request, REPEAT)
    assert (rolled - straight.roll(shift, (2, 3))).abs().max() <= 1 / 255
    for axis in (2, 3):
        steps = (straight - straight.roll(1, axis)).abs().mean((0, 1, 5 - axis))
        assert steps[0] < 1.5 * steps[1:].mean()


@pytest.mark.parametrize("size", [(301, 243), (77, 500)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT, (Wrap.REPEAT, Wrap.CLAMP)])
def test_bands_of_any_height_give_the_pixels_of_the_whole(
    size: tuple[int, int],
    wrap: tuple[Wrap, Wrap],
    microast: Microast,
    paintings: tuple[StyleImage, StyleImage],
) -> None:
    request = StyleRequest("s", images=paintings)
    content = picture(*size)
    whole = stylized(microast, content, request, wrap)
    bands = set()
    for budget in (1, 40_000_000, 100_000_000):
        painted = microast.stylize(Whole(content), request, terms(wrap, budget))
        bands.add(painted.band)
        assert (all_rows(painted) - whole).abs().max() < 1e-3
    assert len(bands) == 3


def test_any_rows_may_be_asked_for(microast: Microast, paintings: tuple[StyleImage, StyleImage]) -> None:
    content, request = picture(64, 40), StyleRequest("s", images=paintings[:1])
    for wrap in (CLAMP, REPEAT):
        painted = microast.stylize(Whole(content), request, terms(wrap, 1))
        whole = all_rows(painted)
        for start, stop in ((0, 1), (3, 6), (17, 64), (63, 64), (0, 64)):
            assert torch.allclose(painted.rows(start, stop), whole[:, :, start:stop], atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (37, 50), (301, 3), (64, 65)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT, (Wrap.REPEAT, Wrap.CLAMP)])
def test_every_size_comes_back_in_range(
    size: tuple[int, int],
    wrap: tuple[Wrap, Wrap],
    microast: Microast,
    paintings: tuple[StyleImage, StyleImage],
) -> None:
    for stroke in (0.5, 4.0):
        request = StyleRequest("s", images=paintings[:1], stroke=stroke)
        result = stylized(microast, picture(*size), request, wrap)
        assert result.shape == (1, 3, *size)
        assert result.dtype == torch.float32
        assert 0 <= result.min() <= result.max() <= 1


def test_less_strength_is_nearer_to_the_content(
    shared: Path, microast: Microast, paintings: tuple[StyleImage, StyleImage]
) -> None:
    with Image.open(shared / "assets" / "textures" / "texture_bricks.jpg") as bricks:
        pixels = np.asarray(bricks.convert("RGB").crop((0, 0, 128, 128)), dtype=np.float32) / 255
    content = torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())
    apart = [
        (stylized(microast, content, StyleRequest("s", images=paintings[1:], strength=one)) - content)
        .abs()
        .mean()
        for one in (0.0, 0.5, 1.0)
    ]
    assert apart[0] < apart[1] < apart[2]


def test_weights_are_relative_and_one_alone_is_that_style(
    microast: Microast, paintings: tuple[StyleImage, StyleImage]
) -> None:
    content, (warm, cold) = picture(32, 48), paintings

    def painted(*weights: float) -> torch.Tensor:
        images = tuple(
            StyleImage(one.path, one.sha256, weight)
            for one, weight in zip((warm, cold), weights, strict=True)
        )
        return stylized(microast, content, StyleRequest("s", images=images))

    alone = stylized(microast, content, StyleRequest("s", images=(warm,)))
    assert torch.allclose(painted(2.0, 0.0), alone, atol=1e-5)
    assert torch.allclose(painted(0.7, 0.3), painted(7.0, 3.0), atol=1e-5)
    assert (painted(1.0, 1.0) - alone).abs().mean() > 0.005


def test_each_style_image_is_seen_once_for_its_hash_and_settings(
    microast: Microast, paintings: tuple[StyleImage, StyleImage]
) -> None:
    seen: list[int] = []
    hook = microast.style_encoder.first.register_forward_hook(lambda *_: seen.append(1))
    once = tuple(StyleImage(one.path, f"once {one.sha256}") for one in paintings)
    for _ in range(2):
        stylized(microast, picture(16, 16), StyleRequest("s", images=once))
    assert len(seen) == 2
    small = StyleRequest("s", images=once[:1], settings=MicroastSettings(style_size=64))
    stylized(microast, picture(16, 16), small)
    hook.remove()
    assert len(seen) == 3


def test_pictures_of_a_group_are_painted_as_parts_of_one(
    microast: Microast, paintings: tuple[StyleImage, StyleImage]
) -> None:
    """Alone, the norms bring a light and a dark picture to one brightness; together, they keep them apart."""
    light, dark = picture(64, 64) * 0.3 + 0.7, picture(64, 64) * 0.3
    request = StyleRequest("s", images=paintings[:1])
    opened: list[int] = []

    def members() -> list[tuple[Whole, tuple[Wrap, Wrap]]]:
        opened.append(1)
        return [(Whole(light), CLAMP), (Whole(dark), CLAMP)]

    how = Terms(CLAMP, PLENTY, ignore, Group("a pair", members))
    together = [stylized(microast, one, request, how).mean() for one in (light, dark)]
    apart = [stylized(microast, one, request).mean() for one in (light, dark)]
    assert opened == [1]
    assert (together[0] - together[1]).abs() > 0.05 + 2 * (apart[0] - apart[1]).abs()


def test_a_group_of_one_is_that_picture(microast: Microast, paintings: tuple[StyleImage, StyleImage]) -> None:
    content, request = picture(64, 96), StyleRequest("s", images=paintings)
    how = Terms(REPEAT, PLENTY, ignore, Group("alone", lambda: [(Whole(content), REPEAT)]))
    alone = stylized(microast, content, request, REPEAT)
    assert (stylized(microast, content, request, how) - alone).abs().max() < 1e-4


def test_statistics_stay_float32_under_autocast(
    microast: Microast, paintings: tuple[StyleImage, StyleImage]
) -> None:
    content, request = picture(64, 64), StyleRequest("s", images=paintings[:1])
    exact = stylized(microast, content, request)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = stylized(microast, content, request)
    assert rounded.dtype == torch.float32
    assert (rounded - exact).abs().mean() < 0.02


class OtherSettings(BaseModel):
    pass


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (StyleRequest("ours", model=StyleModel(Path("ours.safetensors"), "0")), "takes images"),
        (StyleRequest("ink", builtins=(BuiltinStyle(1),)), "takes images"),
        (StyleRequest("none"), "takes images"),
        (StyleRequest("zero", images=(StyleImage(Path("x"), "x", 0.0),)), "weights"),
        (
            StyleRequest("odd", images=(StyleImage(Path("x"), "x"),), settings=OtherSettings()),
            "OtherSettings",
        ),
    ],
)
def test_what_microast_cannot_do_is_refused_by_name(
    request_: StyleRequest, message: str, microast: Microast
) -> None:
    with pytest.raises(RequestError, match=f"'{request_.name}'.*{message}"):
        stylized(microast, picture(16, 16), request_)


@pytest.mark.parametrize("settings", [{"style_sise": 512}, {"style_size": 8}])
def test_a_mistyped_setting_is_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="style_si"):
        MicroastSettings.model_validate(settings)


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    assert find_stylizer("microast") is STYLIZER
    with pytest.raises(
        WeightsMissingError, match=r"impasto weights fetch microast_content_encoder\.pth\.tar"
    ):
        STYLIZER.load(WeightsStore(tmp_path), CPU)


def test_the_registry_entry_loads_without_torch() -> None:
    code = (
        "import sys; from impasto_engine.registry import find_stylizer; find_stylizer('microast'); "
        "sys.exit(', '.join({'torch', 'onnx', 'OpenImageIO'} & sys.modules.keys()) or 0)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
