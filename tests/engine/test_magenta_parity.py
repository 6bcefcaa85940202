"""The magenta stylizer's networks equal their ONNX originals on real pictures."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import helper
from PIL import Image

from at_once import CLAMP, stylized
from impasto_engine.magenta_networks import MULTISTYLE, PREDICTOR, TRANSFORM
from impasto_engine.request import BuiltinStyle, StyleRequest
from impasto_engine.stylizers.magenta import STYLIZER, Magenta
from impasto_engine.texture import FloatArray
from impasto_engine.weights import WeightsStore

ort = pytest.importorskip("onnxruntime", reason="the originals run in onnxruntime, which is not installed")

TEXTURES = ("texture_bricks.jpg", "sand_albedo.jpg", "texture_rock_albedo.png")
STYLES = ("painting_babel", "shipwreck", "starry_night", "the_scream")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WeightsStore:
    return WeightsStore(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def magenta(store: WeightsStore) -> Magenta:
    """One for the module: loading is most of a small test."""
    loaded = STYLIZER.load(store, CPU)
    assert isinstance(loaded, Magenta)
    return loaded


def texture(path: Path, side: int) -> FloatArray:
    """(1, 3, side, side) in [0, 1], the top left of a real texture."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB").crop((0, 0, side, side)), dtype=np.float32) / 255
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def style_square(path: Path) -> FloatArray:
    """(1, 256, 256, 3) in [0, 1], the center of a style image, as the original networks take it."""
    with Image.open(path) as image:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        square = (
            image.convert("RGB").crop((left, top, left + side, top + side)).resize((256, 256), Image.BICUBIC)
        )
    return np.asarray(square, dtype=np.float32)[None] / 255


def session(model: str | bytes) -> "ort.InferenceSession":
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def without_activation_rounding(path: Path) -> bytes:
    """The same graph, its weights dequantized as before, but its activations never quantized."""
    model = onnx.load(str(path))
    stored = {one.name for one in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        rounds = node.op_type == "QuantizeLinear" or (
            node.op_type == "DequantizeLinear" and node.input[0] not in stored
        )
        nodes.append(
            helper.make_node("Identity", [node.input[0]], list(node.output), node.name) if rounds else node
        )
    del model.graph.node[:]
    del model.graph.value_info[:]  # types of int8 tensors that are float now
    model.graph.node.extend(nodes)
    serialized: bytes = model.SerializeToString()
    return serialized


@pytest.mark.parametrize("name", TEXTURES)
def test_multistyle_equals_its_original(
    name: str, shared: Path, magenta: Magenta, store: WeightsStore
) -> None:
    content = texture(shared / "assets" / "textures" / name, 512)
    weights = np.zeros(26, np.float32)
    weights[[7, 19]] = 0.75, 0.25
    original = session(str(store.find(MULTISTYLE))).run(None, {"image": content, "style_weights": weights})[0]
    request = StyleRequest("mixed", builtins=(BuiltinStyle(7, 3.0), BuiltinStyle(19, 1.0)))
    ours = stylized(magenta, torch.from_numpy(content), request, CLAMP)
    assert np.abs(ours.numpy() - original).max() < 1e-3


@pytest.mark.parametrize("name", TEXTURES)
def test_transform_equals_its_original_without_rounding(
    name: str, shared: Path, magenta: Magenta, store: WeightsStore
) -> None:
    content = texture(shared / "assets" / "textures" / name, 384)
    style = shared / "assets" / "styles" / "starry_night.jpg"
    predictor = session(without_activation_rounding(store.find(PREDICTOR)))
    vector = predictor.run(None, {"style_image": style_square(style)})[0]
    transform = session(without_activation_rounding(store.find(TRANSFORM)))
    original = transform.run(
        None, {"content_image": content.transpose(0, 2, 3, 1), "mobilenet_conv/Conv/BiasAdd": vector}
    )[0].transpose(0, 3, 1, 2)
    with torch.inference_mode():
        ours = magenta.transform(torch.from_numpy(content), torch.from_numpy(vector.reshape(1, 100)), CLAMP)
    assert np.abs(ours.numpy() - original).max() < 1e-3


@pytest.mark.parametrize("name", STYLES)
def test_predicted_vector_agrees_with_the_quantized_original(
    name: str, shared: Path, magenta: Magenta, store: WeightsStore
) -> None:
    """Measured: babel 0.974, shipwreck 0.974, starry_night 0.978, scream 0.979; the rest is int8 rounding."""
    square = style_square(shared / "assets" / "styles" / f"{name}.jpg")
    quantized = session(str(store.find(PREDICTOR))).run(None, {"style_image": square})[0].ravel()
    rounded_off = session(without_activation_rounding(store.find(PREDICTOR)))
    original = rounded_off.run(None, {"style_image": square})[0].ravel()
    with torch.inference_mode():
        ours = magenta.predictor(torch.from_numpy(square.transpose(0, 3, 1, 2).copy())).numpy().ravel()
    assert np.corrcoef(ours, quantized)[0, 1] >= 0.97
    assert np.abs(ours - original).max() < 1e-3
