"""Every encoder gives its layers' features, of any size, shifted with the picture where that tiles."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from impasto_engine.encoder import Encoder, encoder_names, find_encoder
from impasto_engine.encoders.vgg19 import of_state
from impasto_engine.errors import RequestError, WeightsMissingError
from impasto_engine.networks.vgg import VGG_CONVS
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import PackageSource, WeightsStore

CPU = torch.device("cpu")
CLAMP, REPEAT = (Wrap.CLAMP, Wrap.CLAMP), (Wrap.REPEAT, Wrap.REPEAT)
INSTALLED = ("efficientnet_lite0", "squeezenet")


def picture(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


def loaded(name: str, folder: Path) -> Encoder:
    return find_encoder(name).load(WeightsStore(folder), CPU)


def vgg_state(divisor: int) -> dict[str, torch.Tensor]:
    """Random weights as torchvision names them, of the true shapes for divisor 1."""
    generator = torch.Generator().manual_seed(0)
    widths = {"1": 64, "2": 128, "3": 256, "4": 512, "5": 512}
    state, before = {}, 3
    for name, place in zip(VGG_CONVS, (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28), strict=True):
        width = widths[name[0]] // divisor
        state[f"features.{place}.weight"] = torch.randn(width, before, 3, 3, generator=generator) / before
        state[f"features.{place}.bias"] = torch.randn(width, generator=generator) / 10
        before = width
    return state


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize("size", [(32, 32), (33, 47)])
def test_each_layer_has_its_features(name: str, size: tuple[int, int], tmp_path: Path) -> None:
    entry = find_encoder(name)
    features = loaded(name, tmp_path)(picture(*size), CLAMP)
    assert len(features) == len(entry.layers)
    assert all(one.isfinite().all() and one.std() > 0 for one in features)


@pytest.mark.parametrize("name", INSTALLED)
def test_a_shifted_tiling_picture_has_shifted_features(name: str, tmp_path: Path) -> None:
    encoder, whole = loaded(name, tmp_path), picture(64, 64)
    straight, shifted = encoder(whole, REPEAT), encoder(whole.roll((32, 16), (2, 3)), REPEAT)
    for one, other in zip(straight, shifted, strict=True):
        stride = 64 // one.shape[2]
        rolled = one.roll((32 // stride, 16 // stride), (2, 3))
        torch.testing.assert_close(other, rolled, rtol=1e-3, atol=1e-4 * float(one.abs().max()))


def test_vgg19_is_torchvision_s_but_for_the_edges() -> None:
    state = vgg_state(1)
    whole = picture(96, 96)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (whole - mean.view(3, 1, 1)) / deviation.view(3, 1, 1)
    expected = {}
    for name, place in zip(VGG_CONVS, (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28), strict=True):
        if name in ("2_1", "3_1", "4_1", "5_1"):
            x = F.max_pool2d(x, 2, 2)
        weight, bias = state[f"features.{place}.weight"], state[f"features.{place}.bias"]
        expected[name] = x = F.relu(F.conv2d(x, weight, bias, padding=1))
    features = of_state(state, CPU)(whole, REPEAT)
    for layer, found in zip(find_encoder("vgg19").layers, features, strict=True):
        inner = found.shape[2] // 2 - 1
        center = (..., slice(inner, inner + 1), slice(inner, inner + 1))
        if layer.name in ("1_1", "2_1", "3_1", "4_1"):  # deeper ones see the edges from everywhere
            torch.testing.assert_close(found[center], expected[layer.name][center], rtol=1e-4, atol=1e-4)


def test_the_quarter_width_vgg_loads_as_published(shared: Path) -> None:
    folder = shared / "weights" / "vgg19_quarter"
    features = loaded("vgg19_quarter", folder)(picture(32, 32), CLAMP)
    assert [one.shape[1] for one in features] == [16, 32, 64, 128, 128, 128]


def test_a_fresh_machine_has_encoders(tmp_path: Path) -> None:
    packaged = [
        name
        for name in encoder_names()
        if any(isinstance(source, PackageSource) for source in find_encoder(name).weights.sources)
    ]
    assert tuple(packaged) == INSTALLED
    for name in packaged:
        assert WeightsStore(tmp_path).find(find_encoder(name).weights).is_file()


def test_vgg19_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"impasto weights fetch vgg19-dcbb9e9d.pth"):
        loaded("vgg19", tmp_path)


def test_an_unknown_encoder_is_named_with_those_there_are() -> None:
    with pytest.raises(RequestError, match="'vgg'; there are: efficientnet_lite0, squeezenet, vgg19"):
        find_encoder("vgg")


def test_only_what_a_fresh_machine_lacks_is_for_those_who_fetch_it() -> None:
    lacking = [name for name in encoder_names() if not find_encoder(name).weights.is_packaged]
    assert lacking == ["vgg19", "vgg19_quarter"]
