"""The stages of a picture's way that are more than a network: memory guarded, colours kept, channels apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch

from impasto_engine.color import with_color_of
from impasto_engine.device import inference_context, is_out_of_memory, release_memory
from impasto_engine.errors import OutOfMemoryError
from impasto_engine.resample import Size
from impasto_engine.rows import Rows, Whole, of_array, to_array


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stage runs, and how many bytes of memory it may take there at once."""

    device: torch.device
    budget: int


_Found = TypeVar("_Found")
_LEAST_BUDGET = 64 << 20  # bytes: with less, no network's tiles and bands get any smaller


class Guarded:
    """A stage that may run out of memory: then it is made anew with half the budget, as long as that makes a
    difference, and at last on the CPU.

    budget: of a device. notes: grows by what was done otherwise than asked. size: of the picture it begins with,
    for people. retries: how many times it was made anew. Raises OutOfMemoryError when nothing is left to try.
    """

    def __init__(  # noqa: PLR0913  what to make, where, and what to say of it
        self,
        make: Callable[[Place], Rows],
        budget: Callable[[torch.device], int],
        device: torch.device,
        notes: list[str],
        *,
        size: Size,
        cpu_fallback: bool,
    ) -> None:
        self.device = device
        self.retries = 0
        self._size = size
        self._make = make
        self._budget_of = budget
        self._budget = budget(device)
        self._notes = notes
        self._cpu_fallback = cpu_fallback
        self._made: Rows | None = None
        self.height, self.width, self.band = self._attempt(lambda made: (made.height, made.width, made.band))

    def rows(self, start: int, stop: int) -> torch.Tensor:
        return self._attempt(lambda made: made.rows(start, stop))

    def _attempt(self, use: Callable[[Rows], _Found]) -> _Found:
        while True:
            try:
                with inference_context(self.device):
                    if self._made is None:
                        self._made = self._make(Place(self.device, self._budget))
                    return use(self._made)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self._made = None
                self._give_way(error)

    def _give_way(self, error: Exception) -> None:
        release_memory(self.device)
        if self._budget > _LEAST_BUDGET:
            self._budget //= 2
            self._note(f"{self.device} ran out of memory: done in smaller parts")
        elif self.device.type == "cpu" or not self._cpu_fallback:
            width, height = self._size
            raise OutOfMemoryError(
                f"{self.device} has no memory for {width}x{height} pixels, not even in the smallest parts: close "
                f"what else uses it, or give a smaller texture ({error})"
            ) from error
        else:
            self._note(f"{self.device} ran out of memory: done on the CPU")
            self.device = torch.device("cpu")
            self._budget = self._budget_of(self.device)
        self.retries += 1

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


class Recolored:
    """The luminance of one picture with the chroma of another of its size."""

    def __init__(self, painted: Rows, content: Rows) -> None:
        self.height, self.width, self.band = painted.height, painted.width, painted.band
        self._painted = painted
        self._content = content

    def rows(self, start: int, stop: int) -> torch.Tensor:
        painted, content = (to_array(one.rows(start, stop)) for one in (self._painted, self._content))
        return of_array(with_color_of(painted, content)).picture


class Apart:
    """Three channels, each the grey of a picture of its own: none has a part in the others."""

    def __init__(self, channels: Sequence[Rows]) -> None:
        first = channels[0]
        self.height, self.width, self.band = first.height, first.width, first.band
        self._channels = channels

    def rows(self, start: int, stop: int) -> torch.Tensor:
        return torch.cat([one.rows(start, stop).mean(dim=1, keepdim=True) for one in self._channels], dim=1)


def held(picture: Rows) -> Whole:
    """All rows, in memory: for a stage that asks for its neighbourhood many times over."""
    if isinstance(picture, Whole):
        return picture
    whole = torch.empty(1, 3, picture.height, picture.width, memory_format=torch.channels_last)
    for start in range(0, picture.height, picture.band):
        stop = min(picture.height, start + picture.band)
        whole[:, :, start:stop] = picture.rows(start, stop)
    return Whole(whole)
