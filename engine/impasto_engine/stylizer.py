"""What a stylizer is: one picture in, one restyled picture of the same size out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel

from impasto_engine.request import StyleRequest
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch


@dataclass(frozen=True, slots=True)
class Progress:
    """stage: "decode", "stylize", "upscale" or "encode"; done of total steps (tiles) in it."""

    stage: str
    done: int
    total: int


ProgressCallback = Callable[[Progress], None]


class Stylizer(Protocol):
    def stylize(
        self,
        content: torch.Tensor,
        request: StyleRequest,
        wrap: tuple[Wrap, Wrap],
        progress: ProgressCallback,
    ) -> torch.Tensor:
        """Restyle `content` (1, 3, H, W), sRGB in [0, 1], on the stylizer's device; same shape and range out.

        wrap: along u, v; `repeat` treats that axis as a circle, so that what tiled still tiles.
        Strength and stroke are the stylizer's to honour; preserve_color is done by the caller.
        Raises torch.OutOfMemoryError where the device runs out.
        """
        ...


class StylizerLoader(Protocol):
    def __call__(self, weights: WeightsStore, device: torch.device) -> Stylizer: ...


@dataclass(frozen=True, slots=True)
class StylizerEntry:
    """What a stylizer's module offers; its module name is its name in YAML.

    version: raised when the same request gives other pixels. settings: the class of `stylizer_settings:`.
    """

    settings: type[BaseModel]
    load: StylizerLoader
    weights: tuple[WeightsFile, ...]
    version: int
    summary: str
