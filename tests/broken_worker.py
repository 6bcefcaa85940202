"""A real worker process that inverts colours, but breaks where a texture's name says so.

`stuck.png` hangs: while it does, a file beside it says so, named after the process. `begin.png` and `bands.png`
lose the device, at once or on the way, and with it all that this process would still compute. What is begun is a
line in the file `begun` beside the sources.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

import psutil

from impasto_daemon.lanes import Lanes, serve
from impasto_daemon.processing import InHand, Order
from impasto_engine import Band, EngineOptions, ProgressCallback, Texture
from quick_daemon import Inverted, QuickWorkshop


class BrokenWorkshop(QuickWorkshop):
    def __init__(self) -> None:
        self._is_lost = False

    def begin(self, order: Order, source: Texture, progress: ProgressCallback) -> InHand:
        with order.source.with_name("begun").open("a") as file:
            file.write(f"{order.source.stem}\n")
        match order.source.stem:
            case "stuck":
                order.source.with_name(f"{os.getpid()}.hangs").touch()
                Event().wait()
            case "begin":
                self._lose_device()
            case "bands":
                stream = replace(source.stream(), bands=self._lose_device_later())
                return InHand(order, source, Inverted(stream))  # type: ignore[arg-type]  # it has all that is asked
        if self._is_lost:
            self._lose_device()
        return super().begin(order, source, progress)

    def _lose_device_later(self) -> Iterator[Band]:
        self._lose_device()
        yield from ()

    def _lose_device(self) -> None:
        self._is_lost = True
        raise RuntimeError("CUDA error: device-side assert triggered")


def work_until_broken(connection: Connection, _options: EngineOptions) -> None:
    serve(connection, Lanes(connection, BrokenWorkshop))  # type: ignore[arg-type]  # nothing is learned here


def is_stuck(folder: Path) -> bool:
    """Whether a worker hangs now."""
    return any(psutil.pid_exists(int(path.stem)) for path in folder.glob("*.hangs"))
