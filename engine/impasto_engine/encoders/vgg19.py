"""VGG-19, ImageNet: what Gatys et al. (arXiv:1508.06576) looked through. To be fetched or imported first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasto_engine.encoder import Encoder, EncoderEntry, FeatureLayer
from impasto_engine.weights import UrlSource, WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

_WEIGHTS = WeightsFile(
    "vgg19-dcbb9e9d.pth",
    "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
    574673361,
    "BSD-3-Clause",
    "torchvision's VGG19_Weights.IMAGENET1K_V1; trained on ImageNet, whose terms may hold too",
    (UrlSource("https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"),),
)
_LAYERS = (
    FeatureLayer("1_1", style=1.0),
    FeatureLayer("2_1", style=1.0),
    FeatureLayer("3_1", style=1.0),
    FeatureLayer("4_1", style=1.0),
    FeatureLayer("4_2", content=1.0),
    FeatureLayer("5_1", style=1.0),
)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# the places of the convolutions up to conv5_1 among the layers of torchvision's `features`
_PLACES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28)


def load(weights: WeightsStore, device: torch.device) -> Encoder:
    """Raises WeightsMissingError or WeightsCorruptError."""
    import torch

    theirs = torch.load(weights.find(_WEIGHTS), weights_only=True, map_location="cpu", mmap=True)
    return of_state(theirs, device)


def of_state(theirs: dict[str, torch.Tensor], device: torch.device) -> Encoder:
    """theirs: as torchvision names them."""
    import torch

    from impasto_engine.networks.vgg import VGG_CONVS, VGG_WIDTHS, Vgg

    network = Vgg(VGG_WIDTHS, [layer.name for layer in _LAYERS])
    deviation = torch.tensor(_DEVIATION)
    state = {
        "normalize.weight": torch.diag(1 / deviation)[:, :, None, None],
        "normalize.bias": -torch.tensor(_MEAN) / deviation,
    }
    for name, place in zip(VGG_CONVS, _PLACES, strict=True):
        for part in ("weight", "bias"):
            state[f"convs.{name}.{part}"] = theirs[f"features.{place}.{part}"]
    network.load_state_dict(state)
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last).to(device)


ENCODER = EncoderEntry(_LAYERS, load, _WEIGHTS, bytes_per_pixel=2600, stride=16, reach=70, bfloat16=True)
