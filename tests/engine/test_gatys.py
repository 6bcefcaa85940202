"""The gatys stylizer takes on a style, keeps the content, tiles, and looks at each style once."""

from pathlib import Path

import pytest
import torch

from at_once import CLAMP, PLENTY, REPEAT, draw_paintings, picture, stylized
from impasto_engine import pastiche
from impasto_engine.descent import Objective, descend
from impasto_engine.device import inference_context
from impasto_engine.encoder import EncoderEntry, FeatureLayer, find_encoder
from impasto_engine.errors import RequestError
from impasto_engine.losses import moments_of
from impasto_engine.networks.feature_conv import FeatureConv, WrapPair, max_pool
from impasto_engine.pastiche import Effort
from impasto_engine.request import BuiltinStyle, StyleImage, StyleRequest
from impasto_engine.stylizer import Progress, Terms
from impasto_engine.stylizers.gatys import STYLIZER, Gatys, GatysSettings
from impasto_engine.weights import WeightsStore

CPU = torch.device("cpu")
SQUEEZENET = GatysSettings(encoder="squeezenet", quality="draft")


@pytest.fixture(autouse=True)
def little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pastiche.EFFORTS, "draft", Effort(64, 12, 6))


@pytest.fixture
def gatys(tmp_path: Path) -> Gatys:
    loaded = STYLIZER.load(WeightsStore(tmp_path / "models"), CPU)
    assert isinstance(loaded, Gatys)
    return loaded


@pytest.fixture
def paintings(tmp_path: Path) -> tuple[StyleImage, StyleImage]:
    return draw_paintings(tmp_path, 80)


def request(*images: StyleImage, strength: float = 1.0, settings: GatysSettings = SQUEEZENET) -> StyleRequest:
    return StyleRequest("s", "gatys", images=images, strength=strength, settings=settings)


class FewFeatures(torch.nn.Module):
    """An encoder of two layers that counts how often it looks without being asked for gradients."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = FeatureConv((3, 6), 3), FeatureConv((6, 8), 3, stride=2)
        self.requires_grad_(False)
        self.looks: list[tuple[int, int]] = []

    def forward(self, x: torch.Tensor, wrap: WrapPair) -> tuple[torch.Tensor, ...]:
        if not torch.is_grad_enabled():
            self.looks.append((x.shape[2], x.shape[3]))
        first = torch.relu(self.first(x, wrap))
        return first, torch.relu(self.second(max_pool(first, 2, wrap), wrap))


def fake_pastiche() -> tuple[pastiche.Pastiche, FewFeatures]:
    encoder = FewFeatures()
    entry = EncoderEntry(
        (FeatureLayer("first", style=1.0), FeatureLayer("second", style=1.0, content=1.0)),
        lambda weights, device: encoder,
        find_encoder("squeezenet").weights,
        bytes_per_pixel=100,
    )
    return pastiche.Pastiche(entry, encoder, CPU), encoder


def terms(notes: list[str], budget: int = PLENTY) -> Terms:
    return Terms(CLAMP, budget, lambda progress: None, note=notes.append)


def test_descent_goes_down_and_is_the_same_each_time(paintings: tuple[StyleImage, StyleImage]) -> None:
    encoder = FewFeatures()
    layers = [FeatureLayer("first", style=1.0), FeatureLayer("second", style=1.0, content=1.0)]
    style = [moments_of(one) for one in encoder(picture(40, 40) ** 3, CLAMP)]
    objective = Objective(
        encoder, layers, style, content_weight=0.1, smoothness=0.0, wrap=REPEAT, content=picture(32, 32)
    )
    results = []
    for _ in range(2):
        done: list[int] = []
        results.append(
            descend(
                objective,
                picture(32, 32),
                steps=40,
                rolls=torch.Generator().manual_seed(3),
                step_done=done.append,
            )
        )
        assert done == list(range(1, len(results[-1].losses) + 1))
    assert results[0].losses[-1] < 0.3 * results[0].losses[0]
    assert torch.equal(results[0].picture, results[1].picture)


def test_descent_stops_when_the_loss_has_settled() -> None:
    encoder = FewFeatures()
    layers = [FeatureLayer("first", style=1.0), FeatureLayer("second", content=1.0)]
    style = [moments_of(one) for one in encoder(picture(16, 16), CLAMP)]
    objective = Objective(
        encoder, layers, style, content_weight=1.0, smoothness=0.0, wrap=CLAMP, content=picture(16, 16)
    )
    rolls = torch.Generator().manual_seed(0)
    found = descend(objective, picture(16, 16), steps=2000, rolls=rolls, step_done=lambda step: None)
    assert len(found.losses) < 2000


@pytest.mark.parametrize("inside", [True, False])
def test_it_paints_in_a_stage_s_inference_mode_too(
    inside: bool, gatys: Gatys, paintings: tuple[StyleImage, StyleImage]
) -> None:
    content = picture(40, 56)
    with inference_context(CPU) if inside else torch.enable_grad():
        painted = stylized(gatys, content, request(paintings[0]), CLAMP)
    assert painted.shape == content.shape
    assert painted.dtype == torch.float32
    assert 0 <= painted.min() <= painted.max() <= 1
    colors = painted.mean((0, 2, 3))
    assert colors[0] > colors[1] > colors[2]  # warm


@pytest.mark.parametrize("size", [(1, 1), (3, 70), (45, 20)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT])
def test_every_size_comes_back_in_range(
    size: tuple[int, int],
    wrap: WrapPair,
    gatys: Gatys,
    paintings: tuple[StyleImage, StyleImage],
) -> None:
    painted = stylized(gatys, picture(*size), request(paintings[1]), wrap)
    assert painted.shape == (1, 3, *size)
    assert painted.isfinite().all()
    assert 0 <= painted.min() <= painted.max() <= 1


def test_a_style_is_looked_at_once_for_each_scale(paintings: tuple[StyleImage, StyleImage]) -> None:
    painter, encoder = fake_pastiche()
    plan = pastiche.Plan(request(*paintings), "draft")
    for seed in range(3):
        content = torch.rand(1, 3, 60, 60, generator=torch.Generator().manual_seed(seed))
        painter.paint(pastiche.Whole(content), plan, terms([]))
    of_styles = [size for size in encoder.looks if size != (60, 60)]
    assert len(of_styles) == len(paintings)


def test_the_weights_of_two_styles_mix_their_moments(paintings: tuple[StyleImage, StyleImage]) -> None:
    painter, _ = fake_pastiche()
    warm, cold = paintings
    content = pastiche.Whole(picture(32, 32))

    def blue(weight: float) -> float:
        mixed = request(warm, StyleImage(cold.path, cold.sha256, weight))
        return float(
            painter.paint(content, pastiche.Plan(mixed, "draft"), terms([])).rows(0, 32)[:, 2].mean()
        )

    assert blue(0.0) < blue(1.0) < blue(50.0)


def test_less_strength_stays_nearer_to_the_content(
    gatys: Gatys, paintings: tuple[StyleImage, StyleImage]
) -> None:
    content = picture(48, 48)

    def distance(strength: float) -> float:
        painted = stylized(gatys, content, request(paintings[0], strength=strength))
        return float((painted - content).square().mean())

    assert distance(0.0) == 0.0
    assert distance(0.05) < distance(1.0)


def test_what_the_budget_does_not_hold_is_painted_smaller_and_noted(
    paintings: tuple[StyleImage, StyleImage],
) -> None:
    painter, encoder = fake_pastiche()
    notes: list[str] = []
    content = picture(64, 48)
    painted = painter.paint(
        pastiche.Whole(content), pastiche.Plan(request(paintings[0]), "draft"), terms(notes, 32 * 24 * 100)
    )
    assert painted.rows(0, 64).shape == content.shape
    assert notes == ["painted at 24x32 for memory, and the change enlarged"]
    assert max(encoder.looks) <= (32, 32)


def test_auto_takes_what_a_fresh_machine_has_and_says_so(
    gatys: Gatys, paintings: tuple[StyleImage, StyleImage]
) -> None:
    used: list[str] = []
    asked = request(paintings[0], settings=GatysSettings(quality="draft"))
    stylized(gatys, picture(32, 32), asked, Terms(CLAMP, PLENTY, lambda _: None, used_encoder=used.append))
    assert used == ["efficientnet_lite0"]


def test_progress_ends_with_all_steps(gatys: Gatys, paintings: tuple[StyleImage, StyleImage]) -> None:
    seen: list[Progress] = []
    stylized(gatys, picture(32, 32), request(paintings[0]), Terms(CLAMP, PLENTY, seen.append))
    assert [(one.done, one.total) for one in seen] == [(5, 12), (10, 12)]


def test_only_images_are_a_style_for_it(gatys: Gatys) -> None:
    asked = StyleRequest("ink", "gatys", builtins=(BuiltinStyle(3),))
    with pytest.raises(RequestError, match="'ink': the stylizer gatys takes images only"):
        stylized(gatys, picture(32, 32), asked)


def test_wrong_layer_weights_are_told_which_layers_there_are(
    gatys: Gatys, paintings: tuple[StyleImage, StyleImage]
) -> None:
    wrong = GatysSettings(encoder="squeezenet", quality="draft", layer_weights=(1.0, 2.0))
    with pytest.raises(RequestError, match=r"must be 6 numbers .* conv1, fire2"):
        stylized(gatys, picture(32, 32), request(paintings[0], settings=wrong))
