"""What a run reached when: losses against seconds, without the time that looking at it takes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

Loss = Callable[[torch.Tensor], torch.Tensor]  # of (1, 3, H, W) sRGB, about [0, 1]


@dataclass(frozen=True, slots=True)
class Point:
    """wall, cpu: seconds since the start."""

    wall: float
    cpu: float
    loss: float


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    points: tuple[Point, ...]

    @property
    def best(self) -> float:
        return min(point.loss for point in self.points)

    def reaching(self, loss: float) -> Point | None:
        return next((point for point in self.points if point.loss <= loss), None)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)) + "\n")

    @classmethod
    def read(cls, path: Path) -> Curve:
        found = json.loads(path.read_text())
        return cls(found["name"], tuple(Point(**point) for point in found["points"]))


class Track:
    """A stopwatch, and what was reached by it; it starts when it is made."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._points: list[Point] = []
        self.restart()

    def restart(self) -> None:
        self._points.clear()
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def reached(self, loss: float) -> None:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        self._points.append(Point(wall, cpu, loss))

    def look(self, loss: Loss, picture: torch.Tensor) -> None:
        """Its loss, taken off the clock."""
        with self.paused(), torch.no_grad():
            value = float(loss(picture))
        self.reached(value)

    @contextmanager
    def paused(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self._wall += time.perf_counter() - wall
        self._cpu += time.process_time() - cpu

    def curve(self) -> Curve:
        return Curve(self._name, tuple(self._points))
