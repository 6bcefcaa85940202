"""The learned stylizer paints what was learned, learns what was not, and drafts where that will do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import BaseModel, ValidationError

from at_once import CLAMP, PLENTY, REPEAT, all_rows, draw_paintings, ignore, picture, stylized, terms
from impasto_engine.device import inference_context
from impasto_engine.errors import RequestError, WeightsMissingError, WeightsRefusedError
from impasto_engine.learned_style import CHANNELS, LearnedStyle, Network, read_learned, write_learned
from impasto_engine.registry import find_stylizer
from impasto_engine.request import (
    BuiltinStyle,
    EngineOptions,
    RestyleRequest,
    SourceRef,
    StyleImage,
    StyleModel,
    StyleRequest,
)
from impasto_engine.restyle import Restyler
from impasto_engine.role_names import MapRole
from impasto_engine.rows import Whole
from impasto_engine.stylizer import Group, Progress, Terms
from impasto_engine.stylizers.learned import (
    DRAFT,
    STYLIZER,
    Learned,
    LearnedSettings,
    learned_path,
    missing_styles,
)
from impasto_engine.texture import Texture
from impasto_engine.texture_io import read_texture, write_texture
from impasto_engine.texture_traits import Wrap
from impasto_engine.training import crops, style_fit
from impasto_engine.weights import WeightsStore

CPU = torch.device("cpu")
SQUEEZENET = LearnedSettings(encoder="squeezenet")


@pytest.fixture(autouse=True)
def little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "SIDE", 64)
    monkeypatch.setattr(style_fit, "STEPS", 3)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WeightsStore:
    return WeightsStore(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def learned(store: WeightsStore) -> Learned:
    loaded = STYLIZER.load(store, CPU)
    assert isinstance(loaded, Learned)
    return loaded


@pytest.fixture
def paintings(tmp_path: Path) -> tuple[StyleImage, StyleImage]:
    return draw_paintings(tmp_path, 80)


def drawn(seed: int, network: Network = "multistyle") -> LearnedStyle:
    noise = np.random.default_rng(seed).normal(size=(2, CHANNELS[network])).astype(np.float32)
    return LearnedStyle(network, 1 + noise[0] / 4, noise[1] / 4, "squeezenet", "a.png", str(seed), 3)


def model(folder: Path, style: LearnedStyle) -> StyleRequest:
    path = folder / f"{style.network}{style.image_sha256}.safetensors"
    write_learned(path, style)
    return StyleRequest("ours", "learned", model=StyleModel(path, path.name))


def asked(*images: StyleImage, settings: LearnedSettings = SQUEEZENET) -> StyleRequest:
    return StyleRequest("night", "learned", images=images, settings=settings)


@pytest.mark.parametrize("network", ["multistyle", "arbitrary"])
@pytest.mark.parametrize("size", [(301, 243), (77, 300)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT, (Wrap.REPEAT, Wrap.CLAMP)])
def test_bands_of_any_height_give_the_pixels_of_the_whole(
    network: Network, size: tuple[int, int], wrap: tuple[Wrap, Wrap], learned: Learned, tmp_path: Path
) -> None:
    request, content = model(tmp_path, drawn(1, network)), picture(*size)
    whole = stylized(learned, content, request, wrap)
    banded = learned.stylize(Whole(content), request, terms(wrap, 4_000_000))
    assert banded.band < size[0]
    assert (all_rows(banded) - whole).abs().max() < 1e-4


def test_what_tiles_still_tiles(learned: Learned, tmp_path: Path) -> None:
    request, content = model(tmp_path, drawn(2)), picture(64, 96)
    rolled = stylized(learned, content.roll((12, 36), (2, 3)), request, REPEAT)
    straight = stylized(learned, content, request, REPEAT)
    assert (rolled - straight.roll((12, 36), (2, 3))).abs().max() <= 1 / 255


@pytest.mark.parametrize("size", [(1, 1), (3, 70), (45, 20)])
def test_every_size_comes_back_in_range(size: tuple[int, int], learned: Learned, tmp_path: Path) -> None:
    for stroke in (0.5, 4.0):
        painted = stylized(learned, picture(*size), replace(model(tmp_path, drawn(3)), stroke=stroke), REPEAT)
        assert painted.shape == (1, 3, *size)
        assert 0 <= painted.min() <= painted.max() <= 1


def test_the_network_in_a_style_of_its_own_paints_as_magenta_does(
    store: WeightsStore, learned: Learned, tmp_path: Path
) -> None:
    magenta = find_stylizer("magenta").load(store, CPU)
    network = learned._magenta.multistyle
    own = replace(drawn(0), gamma=network.gamma[19].numpy(), beta=network.beta[19].numpy())
    builtin = StyleRequest("ink", builtins=(BuiltinStyle(19),), strength=0.6, stroke=1.5)
    request = replace(model(tmp_path, own), strength=0.6, stroke=1.5)
    content = picture(60, 52)
    assert (stylized(learned, content, request) - stylized(magenta, content, builtin)).abs().max() < 1e-5


def test_strength_goes_from_the_content_to_the_style(learned: Learned, tmp_path: Path) -> None:
    request, content = model(tmp_path, drawn(4)), picture(32, 32)
    assert torch.equal(stylized(learned, content, replace(request, strength=0.0)), content)
    half, full = (stylized(learned, content, replace(request, strength=one)) for one in (0.5, 1.0))
    assert 0 < (half - content).abs().mean() < (full - content).abs().mean()


def test_styles_mix_by_weight(
    learned: Learned, paintings: tuple[StyleImage, StyleImage], tmp_path: Path
) -> None:
    warm, cold = paintings
    first, second = drawn(5), drawn(6)
    for image, style in ((warm, first), (cold, second)):
        write_learned(learned_path(tmp_path, image, SQUEEZENET), style)
    half = replace(
        first,
        gamma=0.75 * first.gamma + 0.25 * second.gamma,
        beta=0.75 * first.beta + 0.25 * second.beta,
        image_sha256="both",
    )
    how = Terms(CLAMP, PLENTY, ignore, cache=tmp_path)
    content = picture(32, 32)
    mixed = stylized(learned, content, asked(replace(warm, weight=3.0), cold), how)
    assert torch.allclose(mixed, stylized(learned, content, model(tmp_path, half)), atol=1e-5)
    alone = stylized(learned, content, asked(warm, replace(cold, weight=0.0)), how)
    assert torch.allclose(alone, stylized(learned, content, model(tmp_path, first)), atol=1e-5)


@pytest.mark.parametrize("network", ["multistyle", "arbitrary"])
@pytest.mark.parametrize("inside", [True, False])
def test_what_is_missing_is_learned_there_and_then(
    inside: bool, network: Network, learned: Learned, paintings: tuple[StyleImage, StyleImage], tmp_path: Path
) -> None:
    settings = LearnedSettings(network=network, encoder="squeezenet")
    seen: list[Progress] = []
    used: list[str] = []
    how = Terms(CLAMP, PLENTY, seen.append, used_encoder=used.append, cache=tmp_path / "cache")
    request = asked(paintings[0], settings=settings)
    with inference_context(CPU) if inside else torch.enable_grad():
        painted = stylized(learned, picture(50, 40), request, how)
    assert painted.shape == (1, 3, 50, 40)
    assert not painted.requires_grad
    assert seen[0] == Progress("learn", 0, 3)
    assert used == ["squeezenet"]
    assert missing_styles(tmp_path / "cache", request) == ()
    found = read_learned(learned_path(tmp_path / "cache", paintings[0], settings))
    assert (found.network, found.steps, found.image) == (network, 3, "warm.png")
    before = len(seen)
    again = stylized(learned, picture(50, 40), request, how)
    assert torch.equal(again, painted)
    assert "learn" not in {progress.stage for progress in seen[before:]}


def test_without_a_cache_it_is_learned_once_and_kept(
    store: WeightsStore, paintings: tuple[StyleImage, StyleImage]
) -> None:
    stylizer = STYLIZER.load(store, CPU)
    stages: list[set[str]] = []
    for _ in range(2):
        seen: list[Progress] = []
        how = Terms(CLAMP, PLENTY, seen.append)
        stylized(stylizer, picture(40, 40), asked(paintings[0]), how)
        stages.append({progress.stage for progress in seen})
    assert stages == [{"learn", "stylize"}, {"stylize"}]


def test_a_draft_is_said_and_is_magenta_s(
    store: WeightsStore, learned: Learned, paintings: tuple[StyleImage, StyleImage], tmp_path: Path
) -> None:
    said: list[str] = []
    how = Terms(
        CLAMP, PLENTY, ignore, note=said.append, cache=tmp_path, drafted=lambda: said.append("drafted")
    )
    request = replace(asked(*paintings), strength=0.7, stroke=1.3)
    content = picture(48, 64)
    draft = stylized(learned, content, request, how)
    assert sorted(said) == [DRAFT, "drafted"]
    magenta = find_stylizer("magenta").load(store, CPU)
    theirs = replace(request, stylizer="magenta", settings=None)
    assert torch.equal(draft, stylized(magenta, content, theirs))
    assert len(missing_styles(tmp_path, request)) == 2


def test_a_group_shares_its_statistics(learned: Learned, tmp_path: Path) -> None:
    request = model(tmp_path, drawn(7))
    dark, bright = picture(32, 32) * 0.4, picture(32, 32) * 0.4 + 0.6
    group = Group("both", lambda: [(Whole(one), CLAMP) for one in (dark, bright)])
    how = Terms(CLAMP, PLENTY, ignore, group)
    together = [stylized(learned, one, request, how).mean() for one in (dark, bright)]
    apart = [stylized(learned, one, request).mean() for one in (dark, bright)]
    assert abs(together[0] - together[1]) > 4 * abs(apart[0] - apart[1])


def test_a_file_that_is_replaced_is_read_again(learned: Learned, tmp_path: Path) -> None:
    content, request = picture(32, 32), model(tmp_path, drawn(8))
    first = stylized(learned, content, request)
    assert request.model is not None
    write_learned(request.model.path, replace(drawn(9), image="another.png"))
    assert not torch.equal(stylized(learned, content, request), first)


def test_a_file_that_is_no_style_is_refused(learned: Learned, tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"no")
    request = StyleRequest("ours", "learned", model=StyleModel(tmp_path / "a.safetensors", "a"))
    with pytest.raises(WeightsRefusedError, match=r"a\.safetensors"):
        stylized(learned, picture(16, 16), request)


def test_a_built_in_style_is_refused(learned: Learned) -> None:
    request = StyleRequest("ink", "learned", builtins=(BuiltinStyle(3),))
    with pytest.raises(RequestError, match="'ink': the stylizer learned takes images or a model"):
        stylized(learned, picture(16, 16), request)


def test_another_stylizer_s_settings_are_refused(
    learned: Learned, paintings: tuple[StyleImage, StyleImage]
) -> None:
    class Others(BaseModel):
        pass

    with pytest.raises(RequestError, match="'night': learned's settings are not"):
        stylized(learned, picture(16, 16), replace(asked(paintings[0]), settings=Others()))


def test_an_encoder_that_is_not_installed_is_told_how_to_get(
    learned: Learned, paintings: tuple[StyleImage, StyleImage], tmp_path: Path
) -> None:
    request = asked(paintings[0], settings=LearnedSettings(encoder="vgg19_quarter"))
    with pytest.raises(WeightsMissingError, match="weights"):
        stylized(learned, picture(16, 16), request)


def test_the_key_of_a_style_is_its_content_and_its_settings(tmp_path: Path) -> None:
    here, there = StyleImage(Path("a.png"), "a", 0.5), StyleImage(Path("b.png"), "a")
    other = StyleImage(Path("a.png"), "c")
    plain = learned_path(tmp_path, here, LearnedSettings())
    assert plain == learned_path(tmp_path, there, LearnedSettings())
    assert plain.parent == tmp_path / "learned"
    paths = {
        plain,
        learned_path(tmp_path, other, LearnedSettings()),
        learned_path(tmp_path, here, SQUEEZENET),
        learned_path(tmp_path, here, LearnedSettings(network="arbitrary")),
    }
    assert len(paths) == 4


def test_only_images_of_the_stylizer_learned_are_missing(tmp_path: Path) -> None:
    images = (StyleImage(Path("a.png"), "a"), StyleImage(Path("b.png"), "b"), StyleImage(Path("c.png"), "a"))
    style = StyleRequest("s", "learned", images=images)
    assert [image.sha256 for image in missing_styles(tmp_path, style)] == ["a", "b"]
    write_learned(learned_path(tmp_path, images[0], LearnedSettings()), drawn(0))
    assert [image.sha256 for image in missing_styles(tmp_path, style)] == ["b"]
    assert missing_styles(tmp_path, replace(style, stylizer="magenta")) == ()
    assert missing_styles(tmp_path, StyleRequest("m", "learned", model=StyleModel(Path("m"), "m"))) == ()


def test_a_mistyped_setting_is_refused() -> None:
    for wrong in ({"network": "vgg"}, {"encoder": "vgg"}, {"netwrok": "multistyle"}):
        with pytest.raises(ValidationError):
            LearnedSettings.model_validate(wrong)


def restyler(cache: Path) -> Restyler:
    return Restyler(EngineOptions(cache / "models", "cpu", cache=cache))


def test_a_restyle_says_that_it_is_a_draft_until_the_style_is_learned(
    paintings: tuple[StyleImage, StyleImage], tmp_path: Path
) -> None:
    texture = Texture(np.random.default_rng(0).random((40, 40, 3), np.float32))
    write_texture(texture, tmp_path / "source.png", file_format=".png")
    style = asked(paintings[0])
    request = RestyleRequest(MapRole.BASE_COLOR, style, wrap=("clamp", "clamp"))
    engine = restyler(tmp_path)

    def made() -> tuple[bool, tuple[str, ...], str | None]:
        restyled = engine.restyle(texture, request, ignore, may_draft=True)
        restyled.texture.collect()
        return restyled.draft, restyled.notes, restyled.encoder

    assert made() == (True, (DRAFT,), None)
    learner = engine.learner(style, [tmp_path / "source.png"])
    while not learner.advance(0.0):
        assert learner.total == 3
    assert made() == (False, (), "squeezenet")


def test_only_the_stylizer_learned_learns(tmp_path: Path) -> None:
    style = StyleRequest("night", images=(StyleImage(tmp_path / "a.png", "a"),))
    with pytest.raises(RequestError, match="'night': magenta learns nothing"):
        restyler(tmp_path).learner(style, [])


def test_what_stands_still_in_a_sequence_is_no_draft_once_the_style_is_learned(
    paintings: tuple[StyleImage, StyleImage], tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).random((3, 32, 32, 3), np.float32)
    refs = []
    for index, frame in enumerate(noise):
        path = tmp_path / f"walk_00{index}.png"
        write_texture(Texture(frame * 0.1 + noise[0] * 0.9), path, file_format=".png")
        refs.append(SourceRef(path, str(index)))
    request = RestyleRequest(
        MapRole.BASE_COLOR,
        asked(paintings[0]),
        wrap=("clamp", "clamp"),
        group=tuple(refs),
        is_sequence=True,
    )
    texture = read_texture(refs[1].path)
    engine = restyler(tmp_path)
    drafted = engine.restyle(texture, request, ignore, may_draft=True)
    drafted.texture.collect()
    assert drafted.draft
    while not engine.learner(asked(paintings[0]), [ref.path for ref in refs]).advance(60.0):
        pass
    found, fresh = (
        one.restyle(texture, request, ignore, may_draft=True) for one in (engine, restyler(tmp_path))
    )
    assert not found.draft
    assert np.array_equal(found.texture.collect().rgb, fresh.texture.collect().rgb)
