"""ONNX initializers are read by name, and quantized ones as the graph would dequantize them."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from impasto_engine.errors import WeightsRefusedError
from impasto_engine.onnx_weights import read_onnx_weights


def write_graph(path: Path, nodes: list[onnx.NodeProto], **initializers: np.ndarray) -> Path:
    graph = helper.make_graph(
        nodes, "g", [], [], [numpy_helper.from_array(array, name) for name, array in initializers.items()]
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), str(path))
    return path


def test_float_initializers_are_read_and_shapes_left_out(tmp_path: Path) -> None:
    weight = np.arange(6, dtype=np.float32).reshape(2, 3)
    path = write_graph(tmp_path / "a.onnx", [], weight=weight, shape=np.array([1, 2], np.int64))
    read = read_onnx_weights(path)
    assert list(read) == ["weight"]
    assert np.array_equal(read["weight"], weight)


def test_int8_is_dequantized_along_its_axis(tmp_path: Path) -> None:
    node = helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["w"], axis=0)
    path = write_graph(
        tmp_path / "a.onnx",
        [node],
        q=np.array([[-128, 127], [0, 10]], np.int8),
        scale=np.array([0.5, 0.25], np.float32),
        zero=np.array([0, 2], np.int8),
    )
    read = read_onnx_weights(path)
    assert list(read) == ["q"]
    assert read["q"].dtype == np.float32
    assert read["q"].tolist() == [[-64.0, 63.5], [-0.5, 2.0]]


def test_int32_bias_with_one_scale_and_no_zero_point_is_dequantized(tmp_path: Path) -> None:
    node = helper.make_node("DequantizeLinear", ["bias", "scale"], ["b"])
    path = write_graph(
        tmp_path / "a.onnx", [node], bias=np.array([100000, -3], np.int32), scale=np.array(0.5, np.float32)
    )
    assert read_onnx_weights(path)["bias"].tolist() == [50000.0, -1.5]


def test_scales_of_activations_are_not_weights(tmp_path: Path) -> None:
    node = helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["y"])
    path = write_graph(
        tmp_path / "a.onnx", [node], scale=np.array(0.5, np.float32), zero=np.array(0, np.int8)
    )
    assert read_onnx_weights(path) == {}


def test_an_initializer_dequantized_in_two_ways_is_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("DequantizeLinear", ["q", scale], [f"out_{scale}"]) for scale in ("s", "t")]
    path = write_graph(
        tmp_path / "a.onnx",
        nodes,
        q=np.array([1], np.int8),
        s=np.array(0.5, np.float32),
        t=np.array(0.25, np.float32),
    )
    with pytest.raises(WeightsRefusedError, match="two ways"):
        read_onnx_weights(path)
