"""A style is learned from textures of any kind, a little at a time, and always the same."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from at_once import CLAMP, REPEAT, draw_paintings, picture
from few_features import FewFeatures, entry_of
from impasto_engine.encoder import FeatureLayer
from impasto_engine.errors import OutOfMemoryError, RequestError, TextureReadError
from impasto_engine.eye import Eye
from impasto_engine.learned_style import LearnedStyle
from impasto_engine.networks.feature_conv import WrapPair
from impasto_engine.networks.transform_body import BodyShape, StyledBody, TransformBody
from impasto_engine.request import StyleImage
from impasto_engine.rows import Rows, Whole
from impasto_engine.texture import Texture
from impasto_engine.texture_io import write_texture
from impasto_engine.training import crops, style_fit
from impasto_engine.training.crops import Crops, Open, cut, open_file
from impasto_engine.training.learner import Learner, Pupil
from impasto_engine.training.style_fit import StyleFit

CPU = torch.device("cpu")
SIDE = 32
LAYERS = (FeatureLayer("first", style=1.0), FeatureLayer("second", style=1.0, content=0.1))


@pytest.fixture(autouse=True)
def little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "SIDE", SIDE)
    monkeypatch.setattr(style_fit, "STEPS", 12)


def eye() -> Eye:
    encoder = FewFeatures()
    return Eye("few", replace(entry_of(encoder), layers=LAYERS), encoder, CPU)


def starts(_image: StyleImage | None = None) -> list[StyledBody]:
    """Of a small body: one that inverts, one that is dull."""
    torch.manual_seed(1)
    body = TransformBody(BodyShape((4, 6, 8), residuals=1, expand=(6, 4, 3), contract_norm=True))
    body.requires_grad_(False)
    channels = sum(body.norm_channels)
    return [StyledBody(body, torch.ones(1, channels) * size, torch.zeros(1, channels)) for size in (1.0, 0.1)]


def given(content: torch.Tensor, wrap: WrapPair) -> tuple[Rows, WrapPair]:
    return Whole(content), wrap


def texture(height: int = 64, width: int = 48, wrap: WrapPair = CLAMP) -> Open:
    return partial(given, picture(height, width), wrap)


def all_crops(*textures: Open) -> Crops:
    work = cut(textures, torch.Generator().manual_seed(0))
    while True:
        try:
            next(work)
        except StopIteration as stop:
            found: Crops = stop.value
            return found


def learned(images: tuple[StyleImage, ...], *textures: Open) -> tuple[Learner, list[LearnedStyle]]:
    kept: list[LearnedStyle] = []
    pupil = Pupil("multistyle", starts, eye())
    return Learner(CPU, lambda: pupil, images, textures, lambda _, style: kept.append(style)), kept


@pytest.fixture
def paintings(tmp_path: Path) -> tuple[StyleImage, StyleImage]:
    return draw_paintings(tmp_path, 60)


@pytest.mark.parametrize("wrap", [CLAMP, REPEAT])
@pytest.mark.parametrize("size", [(1, 1), (7, 90), (32, 32), (100, 40)])
def test_a_texture_of_any_size_gives_crops_of_its_own_pixels(size: tuple[int, int], wrap: WrapPair) -> None:
    content = picture(*size)
    found = all_crops(partial(given, content, wrap))
    own = {tuple(pixel) for pixel in content[0].flatten(1).T.tolist()}
    for square in found.squares[:4]:
        assert square.shape == (1, 3, SIDE, SIDE)
        assert {tuple(pixel) for pixel in square[0].flatten(1).T.tolist()} <= own
    assert found.pixels == size[0] * size[1]


def test_crops_go_around_the_circle_of_what_repeats() -> None:
    columns = torch.arange(40.0).expand(1, 3, 40, 40)
    found = all_crops(partial(given, columns, REPEAT))
    steps = torch.cat([square[0, 0, 0].diff() for square in found.squares])
    assert set(steps.tolist()) == {1.0, -39.0}


def test_every_texture_has_its_part_and_what_cannot_be_read_none(tmp_path: Path) -> None:
    write_texture(Texture(np.full((40, 40, 3), 0.5, np.float32)), tmp_path / "a.png", file_format=".png")
    invisible = Texture(np.ones((40, 40, 3), np.float32), np.zeros((40, 40), np.float32))
    write_texture(invisible, tmp_path / "b.png", file_format=".png")
    files = [partial(open_file, tmp_path / name) for name in ("a.png", "b.png", "none.png")]
    found = all_crops(*files, partial(given, torch.zeros(1, 3, 40, 40), CLAMP))
    values = {round(float(square.mean()), 1) for square in found.squares}
    assert values == {0.5, 0.0}
    with pytest.raises(
        RequestError, match=r"no texture to learn on: .*b\.png: nothing of it is visible; .*none"
    ):
        all_crops(*files[1:])


def test_a_learned_style_is_nearer_to_its_painting(paintings: tuple[StyleImage, StyleImage]) -> None:
    fit = StyleFit(eye(), starts(), picture(40, 40) ** 3, all_crops(texture()))
    for _ in fit.steps(0):
        pass
    assert len(fit.losses) == 12
    assert sum(fit.losses[-3:]) < 0.8 * sum(fit.losses[:3])


def test_it_begins_with_the_nearest_style() -> None:
    dull = torch.full((1, 3, 40, 40), 0.5)
    for painting, expected in ((dull, 0.1), (starts()[0].paint(picture(64, 64), CLAMP), 1.0)):
        fit = StyleFit(eye(), starts(), painting, all_crops(texture()))
        work = fit.steps(0)
        while not fit.losses:
            chosen = fit.styled
            next(work)
        assert float(chosen.gamma[0, 0]) == pytest.approx(expected)


def test_a_painting_is_brought_to_the_pixels_of_the_textures_but_never_enlarged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    looking = eye()
    monkeypatch.setattr(
        FewFeatures,
        "forward",
        lambda self, x, wrap: seen.append(tuple(x.shape[2:])) or (x, x),
    )
    for side in (200, 20):
        StyleFit(looking, starts(), picture(side, side), all_crops(texture(80, 20)))
    assert seen == [(40, 40), (20, 20)]


def test_learning_twice_gives_the_same(paintings: tuple[StyleImage, StyleImage]) -> None:
    found = []
    for seconds in (0.0, 60.0):
        learner, kept = learned(paintings[:1], texture(), texture(20, 20, REPEAT))
        while not learner.advance(seconds):
            pass
        found += kept
    first, second = found
    assert np.array_equal(first.gamma, second.gamma)
    assert np.array_equal(first.beta, second.beta)
    assert (first.encoder, first.image, first.image_sha256, first.steps) == ("few", "warm.png", "warm", 12)


def test_it_goes_on_where_it_stopped_until_all_are_kept(paintings: tuple[StyleImage, StyleImage]) -> None:
    learner, kept = learned(paintings, texture())
    assert (learner.done, learner.total) == (0, 24)
    done = []
    while not learner.advance(0.0):
        done.append(learner.done)
        assert len(kept) in (learner.done // 12, learner.done // 12 - 1)
    assert done == sorted(done)
    assert set(done) == set(range(25))
    assert [style.image for style in kept] == ["warm.png", "cold.png"]
    assert learner.advance(1.0)


def test_nothing_to_learn_is_done_at_once() -> None:
    learner, _ = learned(())
    assert learner.advance(0.0)
    assert learner.total == 0


def test_a_painting_that_is_gone_is_refused(tmp_path: Path) -> None:
    learner, _ = learned((StyleImage(tmp_path / "gone.png", "gone"),), texture())
    with pytest.raises(TextureReadError, match=r"gone\.png"):
        learner.advance(60.0)


def test_a_device_that_runs_out_is_told_so(paintings: tuple[StyleImage, StyleImage]) -> None:
    def small() -> Pupil:
        raise torch.OutOfMemoryError("CUDA out of memory")

    learner = Learner(CPU, small, paintings, [texture()], lambda image, style: None)
    with pytest.raises(OutOfMemoryError, match="cpu has no memory to learn a style in: close"):
        learner.advance(60.0)


def test_a_painting_of_one_colour_can_be_learned() -> None:
    fit = StyleFit(eye(), starts(), torch.full((1, 3, 30, 40), 0.25), all_crops(texture()))
    for _ in fit.steps(0):
        pass
    assert all(np.isfinite(fit.losses))
    assert fit.styled.gamma.isfinite().all()
    assert fit.styled.beta.isfinite().all()
