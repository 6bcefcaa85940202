"""VGG-19 at a quarter of its width, distilled (arXiv:2003.08436): a judge that no other encoder was fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasto_engine.encoder import Encoder, EncoderEntry, FeatureLayer
from impasto_engine.weights import UrlSource, WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

_AT = "MingSun-Tse/Collaborative-Distillation/4a269dc90020721ef9b279b2926c62f5bcd6d209"
_URL = f"https://raw.githubusercontent.com/{_AT}/trained_models/wct_se_16x_new/20191109-211322_E20.pth"
_WEIGHTS = WeightsFile(
    "e5_wct_se_16x.pth",
    "9417c34d0d8d621bc6af78be745f1b8d30f5f210efa01e50655c60eb3770816b",
    3862288,
    "MIT",
    "MingSun-Tse/Collaborative-Distillation (arXiv:2003.08436)",
    (UrlSource(_URL),),
)
_LAYERS = (
    FeatureLayer("1_1", style=1.0),
    FeatureLayer("2_1", style=1.0),
    FeatureLayer("3_1", style=1.0),
    FeatureLayer("4_1", style=1.0),
    FeatureLayer("4_2", content=1.0),
    FeatureLayer("5_1", style=1.0),
)


def load(weights: WeightsStore, device: torch.device) -> Encoder:
    """Raises WeightsMissingError or WeightsCorruptError."""
    import torch

    from impasto_engine.networks.vgg import VGG_CONVS, VGG_WIDTHS, Vgg

    network = Vgg([width // 4 for width in VGG_WIDTHS], [layer.name for layer in _LAYERS])
    theirs = torch.load(weights.find(_WEIGHTS), weights_only=True, map_location="cpu")["model"]
    names = {"normalize": "conv0", **{f"convs.{name}": f"conv{name.replace('_', '')}" for name in VGG_CONVS}}
    network.load_state_dict(
        {
            f"{ours}.{part}": theirs[f"{one}.{part}"]
            for ours, one in names.items()
            for part in ("weight", "bias")
        }
    )
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last).to(device)


ENCODER = EncoderEntry(_LAYERS, load, _WEIGHTS, bytes_per_pixel=1200, stride=16, reach=70, bfloat16=True)
