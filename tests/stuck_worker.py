"""A real worker process whose network hangs on what is called `stuck.png`, and inverts the colours of all else.

While it hangs, a file beside the source says so; its name is the process's number.
"""

import os
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

import psutil

from impasto_daemon.lanes import Lanes, serve
from impasto_daemon.processing import InHand, Order
from impasto_engine import EngineOptions, ProgressCallback, Texture
from quick_daemon import QuickWorkshop


class StuckWorkshop(QuickWorkshop):
    def begin(self, order: Order, source: Texture, progress: ProgressCallback) -> InHand:
        if order.source.name == "stuck.png":
            order.source.with_name(f"{os.getpid()}.hangs").touch()
            Event().wait()
        return super().begin(order, source, progress)


def work_until_stuck(connection: Connection, _options: EngineOptions) -> None:
    serve(connection, Lanes(connection, StuckWorkshop))  # type: ignore[arg-type]  # nothing is learned here


def is_stuck(folder: Path) -> bool:
    """Whether a worker hangs now."""
    return any(psutil.pid_exists(int(path.stem)) for path in folder.glob("*.hangs"))
