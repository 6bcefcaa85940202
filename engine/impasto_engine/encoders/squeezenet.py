"""SqueezeNet 1.1, ImageNet: small and quick, with a painter's colours and strokes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasto_engine.encoder import Encoder, EncoderEntry, FeatureLayer
from impasto_engine.weights import PackageSource, WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

_WEIGHTS = WeightsFile(
    "squeezenet_weights.pkl",
    "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1",
    4945361,
    "MIT",
    "SqueezeNet 1.1 (forresti/SqueezeNet, BSD-2-Clause) by way of Keras, in the package ndf",
    (PackageSource("ndf", "ndf", "example_models/weights/squeezenet_weights.pkl"),),
)
_LAYERS = (
    FeatureLayer("conv1", style=1.0),
    FeatureLayer("fire2", style=1.0),
    FeatureLayer("fire3", style=1.0),
    FeatureLayer("fire5", style=1.0, content=0.5),
    FeatureLayer("fire7", style=1.0, content=0.5),
    FeatureLayer("fire9", style=1.0),
)


def load(weights: WeightsStore, device: torch.device) -> Encoder:
    """Raises WeightsMissingError, WeightsCorruptError or WeightsRefusedError."""
    import torch

    from impasto_engine.array_pickle import read_array_pickle
    from impasto_engine.networks.squeezenet import SqueezeNet

    network = SqueezeNet(tuple(layer.name for layer in _LAYERS))
    state = {}
    for name, (kernel, bias) in read_array_pickle(weights.find(_WEIGHTS)).items():
        if name == "conv10":  # the classifier
            continue
        ours = name if name == "conv1" else f"fires.{name.replace('/', '.')}"
        state[f"{ours}.weight"] = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
        state[f"{ours}.bias"] = torch.from_numpy(bias.copy())
    network.load_state_dict(state)
    return network.eval().requires_grad_(False).to(device)


ENCODER = EncoderEntry(_LAYERS, load, _WEIGHTS, bytes_per_pixel=1200, stride=16, reach=103)
