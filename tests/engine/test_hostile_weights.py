"""A file under the name of known weights is hashed before it is opened: what it holds does not run."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from impasto_engine.encoder import encoder_names, find_encoder
from impasto_engine.errors import WeightsCorruptError
from impasto_engine.esrgan import load_esrgan
from impasto_engine.registry import find_stylizer, stylizer_names
from impasto_engine.upscaler import upscaler_names, upscaler_weights
from impasto_engine.weights import WeightsFile, WeightsStore

CPU = torch.device("cpu")


class Payload:
    """Touches a file where a careless reader unpickles it."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self._marker,))


def replaced(files: tuple[WeightsFile, ...], folder: Path) -> WeightsStore:
    """Every one of them holds the payload."""
    for file in files:
        torch.save(Payload(folder / "was run"), folder / file.name)
    return WeightsStore(folder)


def test_the_payload_would_run(tmp_path: Path) -> None:
    replaced(find_stylizer("microast").weights, tmp_path)
    torch.load(tmp_path / find_stylizer("microast").weights[0].name, weights_only=False)
    assert (tmp_path / "was run").exists()


LOADERS = [
    *((name, find_stylizer(name).weights, find_stylizer(name).load) for name in ("magenta", "microast")),
    *((name, (find_encoder(name).weights,), find_encoder(name).load) for name in encoder_names()),
    *(
        (name, upscaler_weights(name), partial(load_esrgan, name))
        for name in upscaler_names(Path("none"))
        if upscaler_weights(name)
    ),
]


@pytest.mark.parametrize(
    ("files", "load"), [loader[1:] for loader in LOADERS], ids=[one[0] for one in LOADERS]
)
def test_a_network_is_loaded_from_no_weights_but_its_own(
    tmp_path: Path, files: tuple[WeightsFile, ...], load: Callable[[WeightsStore, torch.device], object]
) -> None:
    with pytest.raises(WeightsCorruptError, match="expected"):
        load(replaced(files, tmp_path), CPU)
    assert not (tmp_path / "was run").exists()


def test_all_weights_are_among_those_that_are_tried() -> None:
    tried = {file.name for _, files, _ in LOADERS for file in files}
    for name in stylizer_names():
        assert {file.name for file in find_stylizer(name).weights} <= tried
