"""What a stylizer is: one picture in, one restyled picture of the same size out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel

from impasto_engine.request import StyleRequest, StyleSource
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

    from impasto_engine.rows import Rows


PREVIEW_SIDE = 48


@dataclass(frozen=True, slots=True)
class Preview:
    """How a painting looks so far, PREVIEW_SIDE pixels a side at most. rgb: sRGB bytes, row by row."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """stage: "decode", "learn", "stylize", "upscale" or "encode"; done of total steps (tiles) in it.

    preview: None where there is no new one.
    """

    stage: str
    done: int
    total: int
    preview: Preview | None = None


ProgressCallback = Callable[[Progress], None]
Say = Callable[[str], None]


def _unheard(_text: str) -> None:
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Pictures that are restyled as if they were one: frames, UDIM tiles, a level's textures.

    key: of the same pictures, the same. open: each picture, sRGB in [0, 1], and its wrap along u, v.
    """

    key: str
    open: Callable[[], Sequence[tuple[Rows, tuple[Wrap, Wrap]]]]


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A part of a picture with a style of its own. share: of each pixel, in [0, 1], a grey picture of its size."""

    share: Rows
    style: StyleRequest


class Checkpoints(Protocol):
    """What there is so far of one painting, for a stylization of minutes: all of it outlives the process.

    What is loaded may come from another device or budget: check that its sizes are those of the scale. Whoever
    asks for the painting clears it.
    """

    def load(self) -> tuple[int, dict[str, torch.Tensor]] | None:
        """The last scale that was saved, and its tensors, on the CPU; None where there is nothing to go on from."""
        ...

    def save(self, scale: int, tensors: Mapping[str, torch.Tensor]) -> None:
        """In place of what was saved before. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """How a picture is to be worked on.

    wrap: along u, v; `repeat` treats that axis as a circle, so that what tiled still tiles. budget: bytes of
    the device's memory that may be taken at once. group: whose statistics count, in place of the picture's own.
    note: takes what was done otherwise than asked. used_encoder: takes the encoder's name, where there is one.
    cache: a folder for what is found once and worth keeping. regions: for a guided stylizer, see StylizerEntry.
    checkpoints: of this painting; None where nothing is kept. drafted: takes that what is painted is a draft;
    None where it must not be.
    """

    wrap: tuple[Wrap, Wrap]
    budget: int
    progress: ProgressCallback
    group: Group | None = None
    note: Say = _unheard
    used_encoder: Say = _unheard
    cache: Path | None = None
    regions: Sequence[Region] = ()
    checkpoints: Checkpoints | None = None
    drafted: Callable[[], None] | None = None


class Stylizer(Protocol):
    def stylize(self, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        """Restyle `content`, sRGB in [0, 1]; the same size and range out. The rows may be computed when asked for.

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
    guided: it paints all regions of a mask at once, each in the style that is there in place of the request's;
    for others each style is painted by itself over the whole picture. What has no region may come out anyhow.
    takes: what its styles may be given as.
    """

    settings: type[BaseModel]
    load: StylizerLoader
    weights: tuple[WeightsFile, ...]
    version: int
    summary: str
    guided: bool = False
    takes: tuple[StyleSource, ...] = ("images",)
