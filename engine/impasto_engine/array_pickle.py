"""Reads pickles of numpy arrays, and nothing else that a pickle could do."""

import pickle  # restricted below to what rebuilds arrays
from pathlib import Path
from typing import Any

import numpy as np

from impasto_engine.errors import WeightsRefusedError
from impasto_engine.texture import FloatArray


def read_array_pickle(path: Path) -> dict[str, tuple[FloatArray, ...]]:
    """A dictionary of lists of float arrays by name. Raises WeightsRefusedError for any other pickle."""
    try:
        with path.open("rb") as stream:
            found = _ArraysOnly(stream, encoding="latin1").load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError) as error:
        raise WeightsRefusedError(f"{path}: is not a pickle of numpy arrays: {error}") from error
    if not isinstance(found, dict) or not all(map(_is_named_arrays, found.items())):
        raise WeightsRefusedError(f"{path}: is not a dictionary of lists of float arrays")
    return {name: tuple(arrays) for name, arrays in found.items()}


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        match module, name:
            case ("numpy", "ndarray"):
                return np.ndarray
            case ("numpy", "dtype"):
                return _dtype
            case ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct"):
                return _reconstruct
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def _reconstruct(kind: object, _shape: object, _code: object) -> FloatArray:
    """As numpy's own, but of plain arrays only; what the pickle says next fills it."""
    if kind is not np.ndarray:
        raise pickle.UnpicklingError("it asks for another kind of array")
    return np.ndarray.__new__(np.ndarray, (0,), np.float32)


def _dtype(code: object, *_flags: object) -> np.dtype[np.float32]:
    if code != "f4":
        raise pickle.UnpicklingError(f"it has numbers of type {code!r}, not f4")
    return np.dtype(np.float32)


def _is_named_arrays(item: tuple[object, object]) -> bool:
    name, arrays = item
    return (
        isinstance(name, str)
        and isinstance(arrays, list)
        and all(isinstance(one, np.ndarray) and one.dtype == np.float32 for one in arrays)
    )
