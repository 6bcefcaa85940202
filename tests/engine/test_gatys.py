"""The gatys stylizer takes on a style, keeps the content, tiles, and looks at each style once."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from at_once import CLAMP, PLENTY, REPEAT, draw_paintings, picture, stylized
from few_features import FewFeatures, entry_of
from impasto_engine import pastiche
from impasto_engine.device import inference_context
from impasto_engine.errors import RequestError
from impasto_engine.eye import Eye
from impasto_engine.networks.feature_conv import WrapPair
from impasto_engine.pastiche import Effort
from impasto_engine.request import BuiltinStyle, StyleImage, StyleRequest
from impasto_engine.rows import Whole
from impasto_engine.stylizer import Progress, Region, Terms
from impasto_engine.stylizers.gatys import STYLIZER, Gatys, GatysSettings
from impasto_engine.weights import WeightsStore

CPU = torch.device("cpu")
LITTLE = Effort(64, 12, 6)
SQUEEZENET = GatysSettings(encoder="squeezenet", quality="draft")


@pytest.fixture(autouse=True)
def little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pastiche.EFFORTS, "draft", LITTLE)


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


def fake_pastiche(bytes_per_pixel: int = 100) -> tuple[pastiche.Pastiche, FewFeatures]:
    encoder = FewFeatures()
    eye = Eye("few", entry_of(encoder, bytes_per_pixel), encoder, CPU)
    return pastiche.Pastiche([eye]), encoder


def plan(*images: StyleImage, effort: Effort = LITTLE) -> pastiche.Plan:
    return pastiche.Plan(request(*images), effort)


def terms(notes: list[str], budget: int = PLENTY) -> Terms:
    return Terms(CLAMP, budget, lambda progress: None, note=notes.append)


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


def test_a_style_is_looked_at_once_for_each_scale_whatever_the_number_of_targets(
    paintings: tuple[StyleImage, StyleImage],
) -> None:
    painter, encoder = fake_pastiche()
    for seed in range(3):
        content = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(seed))
        painter.paint([Whole(content)], plan(paintings[0], effort=Effort(256, 1, 1)), terms([]))
    of_styles = [size for size in encoder.looks if size[0] != size[1] or size[0] == 80]
    assert len(of_styles) == 3  # the scales of 256; never enlarged beyond its own 80 pixels


def test_pictures_of_one_size_are_painted_side_by_side_as_each_alone(
    paintings: tuple[StyleImage, StyleImage],
) -> None:
    painter, _ = fake_pastiche()
    contents = [Whole(picture(48, 32)), Whole(picture(48, 32) ** 2)]
    together = painter.paint(contents, plan(paintings[0]), terms([]))
    for content, painted in zip(contents, together, strict=True):
        alone = painter.paint([content], plan(paintings[0]), terms([]))[0]
        torch.testing.assert_close(painted.rows(0, 48), alone.rows(0, 48), atol=1e-3, rtol=0)


def test_pictures_of_two_sizes_are_not_painted_together(paintings: tuple[StyleImage, StyleImage]) -> None:
    painter, _ = fake_pastiche()
    with pytest.raises(RequestError, match="painted together have one size"):
        painter.paint([Whole(picture(32, 32)), Whole(picture(32, 48))], plan(paintings[0]), terms([]))


def test_the_weights_of_two_styles_mix_their_moments(paintings: tuple[StyleImage, StyleImage]) -> None:
    painter, _ = fake_pastiche()
    warm, cold = paintings

    def blue(weight: float) -> float:
        mixed = plan(warm, StyleImage(cold.path, cold.sha256, weight))
        return float(painter.paint([Whole(picture(32, 32))], mixed, terms([]))[0].rows(0, 32)[:, 2].mean())

    assert blue(0.0) < blue(1.0) < blue(50.0)


@pytest.mark.parametrize("which", [0, 1])
def test_w2_takes_styles_with_far_fewer_places_than_the_encoder_has_channels(
    which: int, gatys: Gatys, paintings: tuple[StyleImage, StyleImage]
) -> None:
    settings = GatysSettings(encoder="squeezenet", quality="draft", loss="w2")
    painted = stylized(gatys, picture(64, 64), request(paintings[which], settings=settings))
    assert painted.isfinite().all()
    assert (painted.mean((0, 2, 3)).argmax() == 0) == (which == 0)  # the warm one is red


def test_several_encoders_vote_together(gatys: Gatys, paintings: tuple[StyleImage, StyleImage]) -> None:
    used: list[str] = []
    both = GatysSettings(encoder=("efficientnet_lite0", "squeezenet"), quality="draft")
    how = Terms(CLAMP, PLENTY, lambda _: None, used_encoder=used.append)
    content = picture(32, 32)
    together = stylized(gatys, content, request(paintings[0], settings=both), how)
    alone = stylized(gatys, content, request(paintings[0]), how)
    assert used == ["efficientnet_lite0+squeezenet", "squeezenet"]
    assert not torch.equal(together, alone)


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
    budget = 32 * 24 * pastiche.PICTURES
    painted = painter.paint([Whole(content)], plan(paintings[0]), terms(notes, budget))[0]
    assert painted.rows(0, 64).shape == content.shape
    assert notes[0] == "painted at 24x32 for memory, and the change enlarged"
    assert notes[1:] == ["painted by Adam from a scale on, for memory: L-BFGS has no room for its history"]
    assert max(encoder.looks) <= (32, 32)


def test_a_budget_for_the_pictures_but_not_for_the_encoder_paints_in_windows(
    paintings: tuple[StyleImage, StyleImage],
) -> None:
    notes: list[str] = []
    results = []
    for bytes_per_pixel in (100, 20_000):
        painter, encoder = fake_pastiche(bytes_per_pixel)
        asked = plan(paintings[0], effort=Effort(256, 3, 3))
        results.append(painter.paint([Whole(picture(256, 256))], asked, terms(notes))[0].rows(0, 256))
    assert not notes
    assert (256, 256) not in encoder.looks
    # sums in another order, after nine steps
    torch.testing.assert_close(*results, atol=2e-3, rtol=0)


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
    assert [(one.done, one.total) for one in seen] == [(step, 12) for step in range(1, 13)]


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


def test_each_region_is_painted_in_its_own_style(
    gatys: Gatys, paintings: tuple[StyleImage, StyleImage]
) -> None:
    content = picture(48, 64)
    left = torch.zeros(1, 3, 48, 64)
    left[..., :32] = 1.0
    regions = [
        Region(Whole(share), request(one)) for share, one in zip((left, 1 - left), paintings, strict=True)
    ]
    how = Terms(CLAMP, PLENTY, lambda _: None, regions=regions)
    painted = stylized(gatys, content, request(paintings[0]), how)
    warmth = painted[:, 0] - painted[:, 2]
    assert warmth[..., :24].mean() > 0.1 + warmth[..., 40:].mean()


class Kept:
    """Checkpoints in memory."""

    def __init__(self) -> None:
        self.saved: list[tuple[int, dict[str, torch.Tensor]]] = []

    def load(self) -> tuple[int, dict[str, torch.Tensor]] | None:
        return self.saved[-1] if self.saved else None

    def save(self, scale: int, tensors: Mapping[str, torch.Tensor]) -> None:
        self.saved.append((scale, dict(tensors)))


def test_a_painting_goes_on_at_the_last_scale_and_never_looks_at_those_before(
    paintings: tuple[StyleImage, StyleImage],
) -> None:
    kept, content = Kept(), Whole(picture(256, 256))
    asked = plan(paintings[0], effort=Effort(256, 4, 3))

    def painted(how: Terms) -> tuple[torch.Tensor, set[tuple[int, int]]]:
        painter, encoder = fake_pastiche()
        return painter.paint([content], asked, how)[0].rows(0, 256), set(encoder.looks)

    whole, _ = painted(Terms(REPEAT, PLENTY, lambda _: None, checkpoints=kept))
    assert [scale for scale, _ in kept.saved] == [0, 1]
    resumed, looks = painted(Terms(REPEAT, PLENTY, lambda _: None, checkpoints=kept))
    assert (128, 128) not in looks
    assert (resumed - whole).abs().mean() < 0.1


@pytest.mark.parametrize("tensors", [{}, {"painted": torch.zeros(1, 3, 9, 9), "rolls": torch.zeros(1)}])
def test_what_is_of_another_size_is_not_gone_on_from(
    tensors: dict[str, torch.Tensor], paintings: tuple[StyleImage, StyleImage]
) -> None:
    kept = Kept()
    kept.save(0, tensors)
    painter, _ = fake_pastiche()
    how = Terms(CLAMP, PLENTY, lambda _: None, checkpoints=kept)
    painted = painter.paint([Whole(picture(32, 32))], plan(paintings[0]), how)[0].rows(0, 32)
    alone = painter.paint([Whole(picture(32, 32))], plan(paintings[0]), terms([]))[0].rows(0, 32)
    assert torch.equal(painted, alone)


def test_it_shows_what_it_has_so_far(gatys: Gatys, paintings: tuple[StyleImage, StyleImage]) -> None:
    seen: list[Progress] = []
    stylized(gatys, picture(32, 64), request(paintings[0]), Terms(CLAMP, PLENTY, seen.append))
    first = seen[0].preview
    assert first is not None
    assert (first.width, first.height) == (48, 24)
