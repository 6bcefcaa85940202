"""Reads the trained numbers out of an ONNX file, as float32 by name; the graph itself is not run."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from impasto_engine.errors import WeightsRefusedError
from impasto_engine.texture import FloatArray


def read_onnx_weights(path: Path) -> dict[str, FloatArray]:
    """Every float initializer, and every quantized one that a DequantizeLinear node reads, as it reads it.

    Keys are the initializers' names; those that are not weights (shapes, scales, zero points) are left out.
    Follows ONNX's DequantizeLinear: (x - zero_point) * scale, both scalar or along `axis` (default 1). Raises
    WeightsRefusedError when two nodes dequantize one initializer to different numbers, or in blocks.
    """
    graph = onnx.load(str(path)).graph
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "DequantizeLinear" and node.input[0] in stored]
    scales = {node.input[1] for node in graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear")}
    weights: dict[str, FloatArray] = {
        name: array.astype(np.float32)
        for name, array in stored.items()
        if np.issubdtype(array.dtype, np.floating) and name not in scales
    }
    for node in nodes:
        name = node.input[0]
        parameters = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        if parameters.get("block_size", 0):
            raise WeightsRefusedError(
                f"{path}: {name} is quantized in blocks; only per tensor or axis is read"
            )
        zero_point = stored[node.input[2]] if len(node.input) > 2 else np.zeros(1, np.int32)
        axis = parameters.get("axis", 1)
        value = _dequantize(stored[name], stored[node.input[1]], zero_point, axis)
        if name in weights and not np.array_equal(weights[name], value):
            raise WeightsRefusedError(f"{path}: {name} is dequantized in two ways; which is meant is unclear")
        weights[name] = value
    return weights


def _dequantize(values: NDArray[Any], scale: NDArray[Any], zero_point: NDArray[Any], axis: int) -> FloatArray:
    shape = [1] * values.ndim
    if scale.size > 1:
        shape[axis] = scale.size
    offset = zero_point.astype(np.int32).reshape(shape if zero_point.size > 1 else [1] * values.ndim)
    dequantized = (values.astype(np.int32) - offset) * scale.astype(np.float32).reshape(shape)
    return np.asarray(dequantized, dtype=np.float32)
