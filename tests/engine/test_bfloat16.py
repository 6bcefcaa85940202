"""Encoders that may be looked through in bfloat16 keep their loss and slope there; the others stay as they are."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from few_features import FewFeatures, entry_of
from impasto_engine import device as device_module
from impasto_engine.descent import in_colors_of
from impasto_engine.device import computes_in_bfloat16
from impasto_engine.display import display_of
from impasto_engine.encoder import Encoder, EncoderEntry, encoder_names, find_encoder
from impasto_engine.fitting import Resampled
from impasto_engine.losses import GramTarget, moments_of
from impasto_engine.objective import Aim, Objective, Region, View
from impasto_engine.rows import of_array
from impasto_engine.stages import held
from impasto_engine.texture_io import read_texture
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsStore

CPU = torch.device("cpu")
CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
Found = tuple[torch.Tensor, torch.Tensor]  # loss and slope


def evaluated(
    entry: EncoderEntry,
    encoder: Encoder,
    content: torch.Tensor,
    style: torch.Tensor,
    *,
    memory: int = 1 << 40,
) -> Found:
    """Of the content in the style's colours, as a descent begins."""
    seen = zip(entry.layers, encoder(style, CLAMP), strict=True)
    targets = [GramTarget(moments_of(one), "relative") if layer.style else None for layer, one in seen]
    aim = Aim([View(entry, encoder, [Region(targets)])], content, 1.5, 5.0, CLAMP, memory)
    return Objective(aim).evaluate(in_colors_of(content, moments_of(style)))


def on_a_device_with_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU in its place: autocast does the same there, only slowly."""
    monkeypatch.setattr(device_module, "computes_in_bfloat16", lambda device: True)


def cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(one.flatten(), other.flatten(), dim=0))


def read(path: Path, side: int) -> torch.Tensor:
    return held(Resampled(of_array(display_of(read_texture(path)).rgb), (side, side), CLAMP)).picture.float()


@pytest.mark.parametrize(
    ("content", "style"), [("texture_bricks", "starry_night"), ("sand_albedo", "the_scream")]
)
@pytest.mark.parametrize("name", [name for name in encoder_names() if name != "vgg19"])
def test_a_real_encoder_keeps_its_loss_and_slope(
    name: str, content: str, style: str, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = find_encoder(name)
    encoder = entry.load(WeightsStore(shared / "weights" / "vgg19_quarter"), CPU)
    pictures = (
        read(shared / "assets" / "textures" / f"{content}.jpg", 128),
        read(shared / "assets" / "styles" / f"{style}.jpg", 128),
    )
    expected, expected_slope = evaluated(entry, encoder, *pictures)
    on_a_device_with_bfloat16(monkeypatch)
    loss, slope = evaluated(entry, encoder, *pictures)
    assert slope.dtype == torch.float32
    assert torch.equal(slope, expected_slope) == (not entry.bfloat16)
    assert loss.item() == pytest.approx(expected.item(), rel=0.02)
    assert cosine(slope, expected_slope) > 0.98


def few(*, bfloat16: bool, dtype: torch.dtype, memory: int = 1 << 40) -> Found:
    encoder = FewFeatures().to(dtype)
    generator = torch.Generator().manual_seed(1)
    content, style = (torch.rand(1, 3, 160, 160, generator=generator).to(dtype) for _ in range(2))
    entry = replace(entry_of(encoder), bfloat16=bfloat16)
    return evaluated(entry, encoder, content, style**2, memory=memory)


def test_float64_is_never_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = few(bfloat16=False, dtype=torch.float64)
    on_a_device_with_bfloat16(monkeypatch)
    for one, other in zip(few(bfloat16=True, dtype=torch.float64), expected, strict=True):
        assert torch.equal(one, other)


def test_windows_are_looked_through_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    expected, expected_slope = few(bfloat16=False, dtype=torch.float32)
    on_a_device_with_bfloat16(monkeypatch)
    loss, slope = few(bfloat16=True, dtype=torch.float32, memory=100 * 96 * 96)
    assert not math.isclose(loss.item(), expected.item(), rel_tol=1e-5)  # it was bfloat16
    assert loss.item() == pytest.approx(expected.item(), rel=0.02)
    assert cosine(slope, expected_slope) > 0.98


@pytest.mark.parametrize("native", [True, False])
def test_only_cuda_with_circuits_for_it_is_asked(native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation: native or including_emulation
    )
    assert computes_in_bfloat16(torch.device("cuda")) == native
    assert not computes_in_bfloat16(torch.device("mps"))
    assert not computes_in_bfloat16(CPU)
