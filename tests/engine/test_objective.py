"""An objective and its slope equal an independent reference, whole or window by window, at every kind of edge."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from impasto_engine.encoder import EncoderEntry, FeatureLayer, find_encoder
from impasto_engine.losses import FeatureMoments, GramTarget, StyleTarget, W2Target, moments_of
from impasto_engine.networks.vgg import VGG_CONVS, Vgg
from impasto_engine.objective import Aim, Objective, Region, View
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsStore

WRAPS = list(product((Wrap.REPEAT, Wrap.CLAMP), repeat=2))
WIDTHS = (3, 4, 5, 6, 6)
LAYERS = (
    FeatureLayer("1_1", style=0.5),
    FeatureLayer("2_1", style=1.0),
    FeatureLayer("3_1", style=2.0),
    FeatureLayer("4_1", style=1.0),
    FeatureLayer("4_2", content=0.7),
    FeatureLayer("5_1", style=1.5, content=0.3),
)
SIZE = (256, 320)
CONTENT_WEIGHT, SMOOTHNESS = 3.0, 40.0
WHOLE, SMALL = 10**12, 100 * 224 * 224  # bytes: the second sees about a third of the picture at once


@pytest.fixture(scope="module")
def vgg() -> Vgg:
    torch.manual_seed(5)
    return Vgg(WIDTHS, [layer.name for layer in LAYERS]).double().requires_grad_(False)


def drawn(seed: int, height: int, width: int, channels: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, channels, height, width, generator=generator, dtype=torch.float64)


def entry(vgg: Vgg) -> EncoderEntry:
    real = find_encoder("vgg19")
    return EncoderEntry(LAYERS, real.load, real.weights, bytes_per_pixel=100, stride=16, reach=real.reach)


def style_of(vgg: Vgg, seed: int) -> list[FeatureMoments]:
    return [moments_of(one) for one in vgg(drawn(seed, 96, 64) ** 2, WRAPS[3])]


def objective(vgg: Vgg, regions: Sequence[Region], wrap: tuple[Wrap, Wrap], memory: int) -> Objective:
    view = View(entry(vgg), vgg, regions)
    aim = Aim([view], drawn(1, *SIZE), CONTENT_WEIGHT, SMOOTHNESS, wrap, memory)
    return Objective(aim)


def edges(x: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> torch.Tensor:
    """One pixel more on each side, by torch's own padding."""
    across = "circular" if wrap[0] is Wrap.REPEAT else "reflect"
    down = "circular" if wrap[1] is Wrap.REPEAT else "reflect"
    return F.pad(F.pad(x, (1, 1, 0, 0), mode=across), (0, 0, 1, 1), mode=down)


def reference_features(vgg: Vgg, picture: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> dict[str, torch.Tensor]:
    x, found = F.conv2d(picture, vgg.normalize.weight, vgg.normalize.bias), {}
    for name in VGG_CONVS:
        if name in {"2_1", "3_1", "4_1", "5_1"}:
            x = F.max_pool2d(x, 2)
        conv = vgg.convs[name]
        x = F.conv2d(edges(x, wrap), conv.weight, conv.bias).relu()
        found[name] = x
    return found


def reference(
    vgg: Vgg, picture: torch.Tensor, wrap: tuple[Wrap, Wrap], style: list[FeatureMoments]
) -> torch.Tensor:
    """Relative Gram distances by einsum, content and roughness from their formulas, for torch's autograd."""
    found = reference_features(vgg, picture, wrap)
    wanted = reference_features(vgg, drawn(1, *SIZE), wrap)
    loss = picture.new_zeros(())
    for layer, moments in zip(LAYERS, style, strict=True):
        features, content = found[layer.name], wanted[layer.name]
        gram = torch.einsum("nihw,njhw->ij", features, features) / features[0, 0].numel()
        target = moments.second[0]
        loss = loss + layer.style * ((gram - target) ** 2).sum() / (target**2).sum()
        loss = loss + CONTENT_WEIGHT * layer.content * ((features - content) ** 2).sum() / (content**2).sum()
    for axis, one in ((3, wrap[0]), (2, wrap[1])):
        steps = picture.roll(-1, axis) - picture
        steps = steps if one is Wrap.REPEAT else steps.narrow(axis, 0, picture.shape[axis] - 1)
        loss = loss + SMOOTHNESS * (steps**2).mean()
    return loss


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("memory", [WHOLE, SMALL])
def test_loss_and_slope_equal_an_independent_reference(
    vgg: Vgg, wrap: tuple[Wrap, Wrap], memory: int
) -> None:
    style = style_of(vgg, 2)
    targets = [GramTarget(one, "relative") for one in style]
    loss, slope = objective(vgg, [Region(targets)], wrap, memory).evaluate(drawn(3, *SIZE))
    picture = drawn(3, *SIZE).requires_grad_()
    expected = reference(vgg, picture, wrap, style)
    (expected_slope,) = torch.autograd.grad(expected, picture)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-10)
    assert (slope - expected_slope).abs().max() <= 1e-10 * expected_slope.abs().max()


def halves(vgg: Vgg) -> list[Region]:
    """Two regions, each with a style and a loss of its own, and a soft border."""
    weight = drawn(4, *SIZE, channels=1)
    first: list[StyleTarget | None] = [W2Target.of(one, relative=True) for one in style_of(vgg, 6)]
    second: list[StyleTarget | None] = [GramTarget(one, "relative") for one in style_of(vgg, 7)]
    return [Region(first, weight), Region(second, 1 - weight)]


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("part_kept", [4, 10**9])
def test_windows_give_the_slope_of_the_whole_for_regions_and_covariances(
    vgg: Vgg, wrap: tuple[Wrap, Wrap], part_kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("impasto_engine.objective._KEPT", part_kept)
    picture = drawn(3, *SIZE)
    whole, slope = objective(vgg, halves(vgg), wrap, WHOLE).evaluate(picture)
    tiled, tiled_slope = objective(vgg, halves(vgg), wrap, SMALL).evaluate(picture)
    assert tiled.item() == pytest.approx(whole.item(), rel=1e-10)
    assert (tiled_slope - slope).abs().max() <= 1e-9 * slope.abs().max()


@pytest.mark.parametrize("memory", [WHOLE, SMALL])
def test_a_rolled_objective_gives_what_a_rolled_picture_would(vgg: Vgg, memory: int) -> None:
    wrap, picture = WRAPS[0], drawn(3, *SIZE)
    rolled = objective(vgg, halves(vgg), wrap, memory)
    rolled.roll((16, 32))  # whole strides: nothing changes for the encoder
    loss, slope = rolled.evaluate(picture)
    expected, expected_slope = objective(vgg, halves(vgg), wrap, memory).evaluate(picture)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-10)
    assert (slope - expected_slope).abs().max() <= 1e-9 * expected_slope.abs().max()


def test_pictures_side_by_side_have_the_losses_and_slopes_they_have_alone(vgg: Vgg) -> None:
    targets = [GramTarget(one, "relative") for one in style_of(vgg, 2)]
    contents, pictures = (torch.cat([drawn(seed, 64, 64), drawn(seed + 1, 64, 64)]) for seed in (10, 20))

    def found(which: slice) -> tuple[torch.Tensor, torch.Tensor]:
        view = View(entry(vgg), vgg, [Region(targets)])
        return Objective(Aim([view], contents[which], 3.0, 1.0, WRAPS[0], WHOLE)).evaluate(pictures[which])

    loss, slope = found(slice(0, 2))
    for index in range(2):
        alone, alone_slope = found(slice(index, index + 1))
        torch.testing.assert_close(loss[index : index + 1], alone)
        torch.testing.assert_close(slope[index : index + 1], alone_slope)


@pytest.mark.parametrize("name", ["efficientnet_lite0", "squeezenet"])
def test_the_packaged_encoders_see_no_farther_than_they_say(name: str, tmp_path: Path) -> None:
    packaged = find_encoder(name)
    encoder = packaged.load(WeightsStore(tmp_path), torch.device("cpu"))
    side, reach = 480, packaged.reach
    before = drawn(8, side, side).float()
    after = before.clone()
    after[:, :, : side // 2 - reach] = 1 - after[:, :, : side // 2 - reach]
    for one, other in zip(encoder(before, WRAPS[3]), encoder(after, WRAPS[3]), strict=True):
        half = one.shape[2] // 2
        assert torch.equal(one[:, :, half:], other[:, :, half:])
    flipped = zip(encoder(before.flip(2), WRAPS[3]), encoder(after.flip(2), WRAPS[3]), strict=True)
    for one, other in flipped:
        half = one.shape[2] // 2
        assert torch.equal(one[:, :, :half], other[:, :, :half])
