"""A pickle gives arrays or is refused: it never runs what it names."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from impasto_engine.array_pickle import read_array_pickle
from impasto_engine.errors import WeightsRefusedError


class Spiteful:
    def __init__(self, flag: Path) -> None:
        self.flag = flag

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return os.mkdir, (self.flag,)


def write(path: Path, content: object) -> Path:
    path.write_bytes(pickle.dumps(content, protocol=3))
    return path


def test_named_arrays_come_back(tmp_path: Path) -> None:
    arrays = [np.arange(6, dtype=np.float32).reshape(2, 3), np.ones(3, np.float32)]
    found = read_array_pickle(write(tmp_path / "a.pkl", {"conv": arrays}))
    assert list(found) == ["conv"]
    for one, other in zip(found["conv"], arrays, strict=True):
        np.testing.assert_array_equal(one, other)


def test_code_in_a_pickle_does_not_run(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pkl", {"conv": [Spiteful(tmp_path / "ran")]})
    with pytest.raises(WeightsRefusedError, match=r"asks for posix.mkdir|asks for nt.mkdir"):
        read_array_pickle(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content", [[1, 2], {"conv": 3}, {"conv": ["a"]}, {"conv": [np.ones(3)]}, {"conv": [np.array([None])]}]
)
def test_anything_but_named_float_arrays_is_refused(content: object, tmp_path: Path) -> None:
    with pytest.raises(WeightsRefusedError):
        read_array_pickle(write(tmp_path / "a.pkl", content))


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pkl", {"conv": [np.ones(300, np.float32)]})
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(WeightsRefusedError):
        read_array_pickle(path)
