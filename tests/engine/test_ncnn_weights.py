"""ncnn's files: read to the last byte, refused when anything does not agree."""

from pathlib import Path

import numpy as np
import pytest

from impasto_engine.errors import WeightsCorruptError
from impasto_engine.ncnn_weights import compact_state, read_ncnn, rrdb_state
from impasto_engine.upscaler import upscaler_names, upscaler_weights
from impasto_engine.weights import WeightsStore

PARAM = """7767517
4 4
Input in 0 1 data
Convolution c1 1 1 data a 0=2 1=3 4=1 5=1 6=54
PReLU p1 1 1 a b 0=2
Convolution c2 1 1 b out 0=3 1=1 5=1 6=6
"""


def tagged(tag: int, array: np.ndarray) -> bytes:
    stored = array.tobytes()
    return np.uint32(tag).tobytes() + stored + b"\0" * (-len(stored) % 4)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A network of a half-precision 3 x 3 convolution, PReLU, and a single-precision 1 x 1 convolution."""
    param, weights = tmp_path / "net.param", tmp_path / "net.bin"
    param.write_text(PARAM)
    weights.write_bytes(
        tagged(0x01306B47, np.arange(54, dtype="<f2"))
        + np.array([0.5, -0.5], "<f4").tobytes()
        + np.array([0.1, 0.2], "<f4").tobytes()
        + tagged(0, np.arange(6, dtype="<f4"))
        + np.array([1, 2, 3], "<f4").tobytes()
    )
    return param, weights


def test_layers_come_in_order_with_their_arrays(files: tuple[Path, Path]) -> None:
    first, slopes, last = read_ncnn(*files)
    assert (first.name, first.kind, first.arrays[0].shape) == ("c1", "Convolution", (2, 3, 3, 3))
    assert first.arrays[0].ravel().tolist() == list(range(54))
    assert first.arrays[1].tolist() == [0.5, -0.5]
    assert slopes.arrays[0] == pytest.approx([0.1, 0.2])
    assert last.arrays[0].shape == (3, 2, 1, 1)
    assert all(array.dtype == np.float32 for layer in (first, slopes, last) for array in layer.arrays)


@pytest.mark.parametrize("cut", [1, 3, 12, 40, 100])
def test_a_truncated_file_names_the_layer(files: tuple[Path, Path], cut: int) -> None:
    files[1].write_bytes(files[1].read_bytes()[:-cut])
    with pytest.raises(WeightsCorruptError, match="inside layer"):
        read_ncnn(*files)


def test_bytes_after_the_last_layer_are_refused(files: tuple[Path, Path]) -> None:
    files[1].write_bytes(files[1].read_bytes() + b"\0\0\0\0")
    with pytest.raises(WeightsCorruptError, match="4 bytes after the last layer"):
        read_ncnn(*files)


def test_an_unknown_storage_tag_is_refused(files: tuple[Path, Path]) -> None:
    files[1].write_bytes(b"\1\2\3\4" + files[1].read_bytes()[4:])
    with pytest.raises(WeightsCorruptError, match="0x04030201"):
        read_ncnn(*files)


def test_weights_that_are_not_finite_are_refused(files: tuple[Path, Path]) -> None:
    content = files[1].read_bytes()
    files[1].write_bytes(content[:-4] + np.float32("nan").tobytes())
    with pytest.raises(WeightsCorruptError, match="not finite"):
        read_ncnn(*files)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7767517", "7767518"),
        ("4 4\n", "5 4\n"),
        ("4 4\n", "x\n"),
        ("PReLU p1", "LSTM p1"),
        ("0=2 1=3", "0=2 1=4"),
        ("6=54", "6=55"),
        ("6=54", "6=fifty"),
        ("5=1 6=54", "6=54"),
        ("0=2 1=3", "0=0 1=3"),
        ("1 1 a b", "one 1 a b"),
        (PARAM, ""),
    ],
)
def test_a_damaged_param_file_is_refused(files: tuple[Path, Path], old: str, new: str) -> None:
    files[0].write_text(PARAM.replace(old, new))
    with pytest.raises(WeightsCorruptError):
        read_ncnn(*files)


def test_layers_of_another_network_are_refused(files: tuple[Path, Path]) -> None:
    layers = read_ncnn(*files)
    with pytest.raises(WeightsCorruptError, match="alternating"):
        compact_state(layers, 16)
    with pytest.raises(WeightsCorruptError, match="351 convolutions"):
        rrdb_state(layers, 23)
    with pytest.raises(WeightsCorruptError, match=r"body\.0\.weight is \(2, 3, 3, 3\)"):
        compact_state(layers, 0)


@pytest.mark.parametrize(
    ("name", "depth", "parameters"),
    [("realesr-animevideov3", 16, 621_424), ("realesrgan-x4plus-anime", 6, 4_467_779)],
)
def test_packaged_weights_read_whole(tmp_path: Path, name: str, depth: int, parameters: int) -> None:
    assert name in upscaler_names(tmp_path)
    param, weights = (WeightsStore(tmp_path).find(file) for file in upscaler_weights(name))
    build = compact_state if depth == 16 else rrdb_state
    assert sum(array.size for array in build(read_ncnn(param, weights), depth).values()) == parameters
