"""A learned style's file holds what was put in, and nothing else is taken for one."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from impasto_engine.errors import RequestError, TextureWriteError, WeightsRefusedError
from impasto_engine.learned_style import CHANNELS, LearnedStyle, read_learned, write_learned
from impasto_engine.networks.multistyle import MultiStyle
from impasto_engine.networks.style_transform import StyleTransform
from impasto_engine.texture import FloatArray

METADATA = {
    "schema": "impasto.learned/1.0",
    "network": "multistyle",
    "network_sha256": "0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e",
}


def drawn(channels: int = CHANNELS["multistyle"]) -> FloatArray:
    return np.random.default_rng(0).normal(size=channels).astype(np.float32)


STYLE = LearnedStyle("multistyle", drawn(), drawn() * 2, "squeezenet", "night.jpg", "a" * 64, 250)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "learned" / "night.safetensors"
    write_learned(path, STYLE)
    found = read_learned(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    for field in fields(LearnedStyle):
        assert np.array_equal(getattr(found, field.name), getattr(STYLE, field.name))


def test_a_later_minor_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    tensors = {"gamma": drawn(), "beta": drawn(), "delta": drawn()}
    save_file(tensors, path, {**METADATA, "schema": "impasto.learned/1.7"})
    assert np.array_equal(read_learned(path).gamma, drawn())


def test_the_networks_have_as_many_channels() -> None:
    assert sum(MultiStyle().body.norm_channels) == CHANNELS["multistyle"]
    assert sum(StyleTransform().body.norm_channels) == CHANNELS["arbitrary"]


@pytest.mark.parametrize(
    ("metadata", "tensors", "said"),
    [
        ({"schema": "somebody.else/1.0"}, {}, "its schema is somebody.else/1.0, not impasto.learned/1.0"),
        ({"schema": "impasto.learned/2.0"}, {}, "its schema is impasto.learned/2.0"),
        ({"network": "vgg"}, {}, "its network is vgg, not multistyle or arbitrary"),
        ({"network": "arbitrary"}, {}, "its network_sha256 is 0a2a0c.*, not 866c80c3"),
        ({"network_sha256": "0"}, {}, "its network_sha256 is 0, not 0a2a0c94"),
        ({"steps": "many"}, {}, "its steps is many, not a whole number"),
        ({}, {"gamma": drawn(7)}, r"its gamma is float32 \[7\], not float32 \[495\]"),
        ({}, {"beta": drawn().astype(np.float16)}, r"its beta is float16 \[495\], not float32"),
        ({}, {"beta": drawn() * np.nan}, "its beta is numbers that are not finite"),
    ],
)
def test_what_is_wrong_is_refused_with_what_would_be_right(
    metadata: dict[str, str], tensors: dict[str, FloatArray], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.safetensors"
    save_file({"gamma": drawn(), "beta": drawn(), **tensors}, path, {**METADATA, **metadata})
    with pytest.raises(WeightsRefusedError, match=rf"wrong\.safetensors: is not a learned style: {said}"):
        read_learned(path)


def test_a_missing_row_is_refused(tmp_path: Path) -> None:
    save_file({"gamma": drawn()}, tmp_path / "a.safetensors", METADATA)
    with pytest.raises(WeightsRefusedError, match=r"its beta is None, not float32 \[495\]"):
        read_learned(tmp_path / "a.safetensors")


@pytest.mark.parametrize("content", [b"", b"no tensors", b"\xff" * 64])
def test_another_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(WeightsRefusedError, match=r"a\.safetensors: is not a learned style"):
        read_learned(tmp_path / "a.safetensors")


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_learned(path, STYLE)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsRefusedError):
        read_learned(path)


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"none\.safetensors: there is no such learned style"):
        read_learned(tmp_path / "none.safetensors")


def test_a_folder_that_cannot_be_written_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "learned").write_text("a file where the folder should be")
    with pytest.raises(TextureWriteError, match="the learned style cannot be written"):
        write_learned(tmp_path / "learned" / "a.safetensors", STYLE)


def test_the_licence_of_the_network_is_named(tmp_path: Path) -> None:
    from safetensors import safe_open

    write_learned(tmp_path / "a.safetensors", replace(STYLE, image="a.png"))
    with safe_open(tmp_path / "a.safetensors", framework="numpy") as file:
        assert "Apache-2.0" in file.metadata()["licence"]
    assert set(load_file(tmp_path / "a.safetensors")) == {"gamma", "beta"}
