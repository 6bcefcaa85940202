"""Reads ncnn's .param and .bin files into the state dicts of RRDBNet and SRVGGNetCompact.

Format: https://github.com/Tencent/ncnn/wiki/param-and-model-file-structure
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from impasto_engine.errors import WeightsCorruptError
from impasto_engine.texture import FloatArray

PARAM_MAGIC = "7767517"
HALF_TAG = 0x01306B47
FLOAT_TAG = 0
WEIGHTLESS = frozenset(
    {"Input", "Split", "Concat", "Eltwise", "BinaryOp", "Interp", "PixelShuffle"},
)
RRDB_HEAD, RRDB_TAIL = "conv_first", ("conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last")


@dataclass(frozen=True, slots=True, eq=False)
class NcnnLayer:
    """arrays: weight (out, in, k, k) and bias (out,) of a Convolution; slopes (channels,) of a PReLU."""

    name: str
    kind: str
    arrays: tuple[FloatArray, ...]


def read_ncnn(param: Path, weights: Path) -> tuple[NcnnLayer, ...]:
    """The layers that have weights, in the file's order, as float32.

    Raises WeightsCorruptError where the two files do not agree to the last byte.
    """
    reader = _Reader(weights)
    layers = tuple(
        _read_layer(name, kind, options, reader)
        for name, kind, options in _param_lines(param)
        if kind not in WEIGHTLESS
    )
    reader.finish()
    return layers


def compact_state(
    layers: tuple[NcnnLayer, ...], convolutions: int, channels: int = 64
) -> dict[str, FloatArray]:
    """The state dict of SRVGGNetCompact with `convolutions` in its body and PReLU between (Real-ESRGAN)."""
    expected = ["Convolution", "PReLU"] * (convolutions + 1) + ["Convolution"]
    kinds = [layer.kind for layer in layers]
    if kinds != expected:
        raise WeightsCorruptError(f"expected {len(expected)} alternating layers, found {len(kinds)}: {kinds}")
    state = _named((f"body.{index}", layer) for index, layer in enumerate(layers))
    _check_shape(state, "body.0.weight", (channels, 3, 3, 3))
    for index in range(2, 2 * convolutions + 2, 2):
        _check_shape(state, f"body.{index}.weight", (channels, channels, 3, 3))
    for index in range(1, 2 * convolutions + 2, 2):
        _check_shape(state, f"body.{index}.weight", (channels,))
    _check_shape(state, f"body.{2 * convolutions + 2}.weight", (48, channels, 3, 3))
    return state


def rrdb_state(layers: tuple[NcnnLayer, ...], blocks: int, channels: int = 64) -> dict[str, FloatArray]:
    """The state dict of the x4 RRDBNet with `blocks` residual-in-residual dense blocks (ESRGAN)."""
    names = [
        RRDB_HEAD,
        *(
            f"body.{block}.rdb{dense}.conv{conv}"
            for block in range(blocks)
            for dense in (1, 2, 3)
            for conv in (1, 2, 3, 4, 5)
        ),
        *RRDB_TAIL,
    ]
    if len(layers) != len(names) or any(layer.kind != "Convolution" for layer in layers):
        raise WeightsCorruptError(f"expected {len(names)} convolutions, found {len(layers)} layers")
    state = _named(zip(names, layers, strict=True))
    growth = channels // 2
    for name in names:
        inputs, outputs = channels, channels
        if ".conv" in name:
            conv = int(name[-1])
            inputs, outputs = channels + (conv - 1) * growth, channels if conv == 5 else growth
        inputs = 3 if name == RRDB_HEAD else inputs
        outputs = 3 if name == RRDB_TAIL[-1] else outputs
        _check_shape(state, f"{name}.weight", (outputs, inputs, 3, 3))
    return state


class _Reader:
    """Walks a .bin file, and says where it is when something is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content = path.read_bytes()
        self._offset = 0

    def take(self, count: int, dtype: str, layer: str) -> NDArray[np.generic]:
        size = count * np.dtype(dtype).itemsize
        if self._offset + size > len(self._content):
            raise WeightsCorruptError(
                f"{self._path.name} ends at byte {len(self._content)} inside layer {layer}, "
                f"which needs {size} bytes from {self._offset}"
            )
        array = np.frombuffer(self._content, dtype, count, self._offset)
        self._offset += size + -size % 4  # ncnn aligns to 4 bytes
        return array

    def floats(self, count: int, layer: str) -> FloatArray:
        return self._finite(self.take(count, "<f4", layer), layer)

    def tagged_floats(self, count: int, layer: str) -> FloatArray:
        tag = int(self.take(1, "<u4", layer).item())
        if tag not in (HALF_TAG, FLOAT_TAG):
            raise WeightsCorruptError(
                f"{self._path.name}, layer {layer}: storage tag 0x{tag:08X} is neither fp16 nor fp32"
            )
        return self._finite(self.take(count, "<f2" if tag == HALF_TAG else "<f4", layer), layer)

    def finish(self) -> None:
        trailing = len(self._content) - self._offset
        if trailing:
            raise WeightsCorruptError(f"{self._path.name}: {trailing} bytes after the last layer")

    def _finite(self, stored: NDArray[np.generic], layer: str) -> FloatArray:
        array = stored.astype(np.float32)
        if not np.isfinite(array).all():
            raise WeightsCorruptError(f"{self._path.name}, layer {layer}: weights that are not finite")
        return array


def _param_lines(path: Path) -> Iterator[tuple[str, str, dict[int, str]]]:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        if lines[0].strip() != PARAM_MAGIC:
            raise WeightsCorruptError(f"{path.name} does not start with ncnn's {PARAM_MAGIC}: {lines[0]!r}")
        count = int(lines[1].split()[0])
    except (UnicodeDecodeError, IndexError, ValueError) as error:
        raise WeightsCorruptError(f"{path.name} is not an ncnn .param file: {error}") from error
    if len(lines) != count + 2:
        raise WeightsCorruptError(f"{path.name} declares {count} layers and has {len(lines) - 2}")
    for number, line in enumerate(lines[2:], start=3):
        try:
            kind, name, inputs, outputs, *rest = line.split()
            pairs = [option.split("=", 1) for option in rest[int(inputs) + int(outputs) :]]
            options = {int(key): value for key, value in pairs}
        except ValueError as error:
            raise WeightsCorruptError(f"{path.name}:{number}: not a layer: {line!r}") from error
        yield name, kind, options


def _read_layer(name: str, kind: str, options: dict[int, str], reader: _Reader) -> NcnnLayer:
    try:
        outputs = int(options[0])
        if kind == "PReLU":
            return NcnnLayer(name, kind, (reader.floats(outputs, name),))
        if kind == "Convolution":
            side, count, biased = int(options[1]), int(options[6]), options.get(5) == "1"
            shape = (outputs, count // (outputs * side * side), side, side)
            if not biased or min(shape) < 1 or count != int(np.prod(shape)):
                raise ValueError(f"{count} weights, {outputs} outputs, a {side} x {side} kernel, {biased=}")
            weight = reader.tagged_floats(count, name).reshape(shape)
            return NcnnLayer(name, kind, (weight, reader.floats(outputs, name)))
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise WeightsCorruptError(f"layer {name}: unusable {kind} options {options}: {error}") from error
    raise WeightsCorruptError(f"layer {name}: {kind} is not one of the layers these networks have")


def _named(pairs: Iterator[tuple[str, NcnnLayer]]) -> dict[str, FloatArray]:
    return {
        f"{prefix}.{part}": array
        for prefix, layer in pairs
        for part, array in zip(("weight", "bias"), layer.arrays, strict=False)
    }


def _check_shape(state: dict[str, FloatArray], key: str, expected: tuple[int, ...]) -> None:
    if state[key].shape != expected:
        raise WeightsCorruptError(f"{key} is {state[key].shape}, not {expected}")
