"""MicroAST equals its published network, written out here from its state and torch's functions alone."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from at_once import CLAMP, stylized, terms
from impasto_engine.request import StyleImage, StyleRequest
from impasto_engine.stylizers.microast import STYLIZER, Microast
from impasto_engine.weights import WeightsStore

State = Mapping[str, torch.Tensor]
Pair = tuple[torch.Tensor, torch.Tensor]
CPU = torch.device("cpu")


def conv(x: torch.Tensor, state: State, name: str, stride: int = 1, groups: int = 1) -> torch.Tensor:
    weight, bias = state[f"{name}.conv_layer.weight"], state[f"{name}.conv_layer.bias"]
    side = weight.shape[-1] // 2
    return F.conv2d(F.pad(x, (side,) * 4, mode="reflect"), weight, bias, stride, groups=groups)


def plain_residual(x: torch.Tensor, state: State, name: str) -> torch.Tensor:
    return x + conv(F.relu(conv(x, state, f"{name}.conv1")), state, f"{name}.conv2")


def modulated_residual(x: torch.Tensor, state: State, name: str, by: Pair) -> torch.Tensor:
    inner = F.relu(by[0] * conv(x, state, f"{name}.conv1") + by[1] * x)
    return x + by[0] * conv(inner, state, f"{name}.conv2") + by[1] * inner


def encode(x: torch.Tensor, state: State) -> Pair:
    for name, stride, groups in (
        ("enc1.0", 1, 1),
        ("enc1.2", 2, 16),
        ("enc1.4", 1, 1),
        ("enc1.6", 2, 32),
        ("enc1.8", 1, 1),
    ):
        x = F.relu(conv(x, state, name, stride, groups))
    first = plain_residual(x, state, "enc1.10")
    return first, plain_residual(first, state, "enc2.0")


def spread(x: torch.Tensor) -> Pair:
    flat = x.flatten(2)
    return flat.mean(2)[..., None, None], (flat.var(2) + 1e-5).sqrt()[..., None, None]


def normalized_as(x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    (mean, deviation), (style_mean, style_deviation) = spread(x), spread(style)
    return (x - mean) / deviation * style_deviation + style_mean


def published(states: Mapping[str, State], content: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    """content, style: (1, 3, H, W) in [0, 1], sides multiples of 4; not held to [0, 1]."""
    features, (shallow, deep) = (
        encode(content, states["content_encoder"])[1],
        encode(style, states["style_encoder"]),
    )

    def filters(x: torch.Tensor, level: int) -> Pair:
        weight, bias = (
            conv(x, states["modulator"], f"{kind}{level}.0", groups=64).mean((2, 3), keepdim=True)
            for kind in ("weight", "bias")
        )
        return weight, bias

    state = states["decoder"]
    x = modulated_residual(normalized_as(features, deep), state, "dec1", filters(deep, 2))
    x = modulated_residual(normalized_as(x, shallow), state, "dec2", filters(shallow, 1))
    for spread_name, mix_name, groups in (("dec3.1", "dec3.3", 32), ("dec3.6", "dec3.8", 16)):
        x = F.interpolate(x, scale_factor=2, mode="bilinear")
        x = F.relu(conv(F.relu(conv(x, state, spread_name, groups=groups)), state, mix_name))
    return conv(x, state, "dec3.10")


@pytest.fixture(scope="module")
def weights(shared: Path) -> Path:
    return shared / "weights" / "microast"


@pytest.fixture(scope="module")
def states(weights: Path) -> dict[str, State]:
    parts = ("content_encoder", "style_encoder", "modulator", "decoder")
    return {part: torch.load(weights / f"{part}_iter_160000.pth.tar", weights_only=True) for part in parts}


@pytest.fixture(scope="module")
def microast(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Microast:
    store = WeightsStore(tmp_path_factory.mktemp("models"))
    for path in weights.iterdir():
        store.import_file(path, STYLIZER.weights)
    loaded = STYLIZER.load(store, CPU)
    assert isinstance(loaded, Microast)
    return loaded


def pixels(path: Path, size: tuple[int, int]) -> torch.Tensor:
    """(1, 3, height, width): the top left of a picture."""
    with Image.open(path) as image:
        part = image.convert("RGB").crop((0, 0, size[1], size[0]))
    return torch.from_numpy(np.asarray(part, dtype=np.float32).transpose(2, 0, 1)[None] / 255)


@pytest.mark.parametrize(
    "case",
    [
        ("texture_bricks.jpg", "starry_night"),
        ("sand_albedo.jpg", "the_scream"),
        ("texture_rock_albedo.png", "shipwreck"),
        ("fabric_pattern_07_col_1_1k.jpg", "painting_babel"),
    ],
)
def test_microast_equals_its_published_network(
    case: tuple[str, str], shared: Path, states: dict[str, State], microast: Microast, tmp_path: Path
) -> None:
    texture, style = case
    content = pixels(shared / "assets" / "textures" / texture, (156, 192))
    seen = pixels(shared / "assets" / "styles" / f"{style}.jpg", (240, 320))
    painting = tmp_path / "style.png"
    Image.fromarray((seen[0].permute(1, 2, 0) * 255).round().byte().numpy()).save(painting)
    request = StyleRequest("s", images=(StyleImage(painting, texture),))
    with torch.inference_mode():
        original = published(states, content, seen).clamp(0, 1)
    for budget in (8 << 30, 1):
        ours = stylized(microast, content, request, terms(CLAMP, budget))
        assert (ours - original).abs().max() < 1e-4
