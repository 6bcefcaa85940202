"""What an encoder is: pictures to features, and which of its layers say style and which content."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Protocol, TypeVar

from impasto_engine import encoders
from impasto_engine.errors import RequestError, WeightsMissingError
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

_Name = TypeVar("_Name", bound=str)


class Encoder(Protocol):
    def __call__(self, picture: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> tuple[torch.Tensor, ...]:
        """(N, 3, H, W) sRGB in [0, 1] to one (N, C, h, w) for each of the entry's layers; gradients flow."""
        ...


@dataclass(frozen=True, slots=True)
class FeatureLayer:
    """How much a layer's statistics count for the style, and its values for the content."""

    name: str
    style: float = 0.0
    content: float = 0.0


@dataclass(frozen=True, slots=True)
class EncoderEntry:
    """What a module of encoders/ offers; its module name is its name in YAML.

    bytes_per_pixel: of the picture, at the peak of a forward and a backward pass in float32. stride: pixels from
    one place of the coarsest layer to the next. reach: how many pixels to each side a feature sees. bfloat16:
    whether it may be looked through in that: slopes of the others go astray in its eight bits.
    """

    layers: tuple[FeatureLayer, ...]
    load: Callable[[WeightsStore, torch.device], Encoder]
    weights: WeightsFile
    bytes_per_pixel: int
    stride: int
    reach: int
    bfloat16: bool = False


def encoder_names() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in iter_modules(encoders.__path__)))


def find_encoder(name: str) -> EncoderEntry:
    """Raises RequestError for a name that no module has."""
    if name not in encoder_names():
        raise RequestError(f"unknown encoder {name!r}; there are: {', '.join(encoder_names())}")
    entry = import_module(f"{encoders.__name__}.{name}").ENCODER
    if not isinstance(entry, EncoderEntry):
        raise TypeError(f"encoders/{name}.py: ENCODER is not an EncoderEntry")
    return entry


def first_installed(names: Iterable[_Name], weights: WeightsStore) -> _Name:
    """Raises WeightsMissingError where none is."""
    tried = []
    for name in names:
        try:
            weights.find(find_encoder(name).weights)
        except WeightsMissingError:
            tried.append(name)
            continue
        return name
    raise WeightsMissingError(
        f"no encoder is installed, one is needed of: {', '.join(tried)}; see `impasto weights list`"
    )
