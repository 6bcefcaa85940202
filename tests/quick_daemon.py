"""A real daemon with a real worker process whose network inverts colours: `python quick_daemon.py CONFIG`.

Each inference is a line in the file that IMPASTO_INFERENCES names: when, and of which fingerprint.
"""

import os
import sys
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from impasto_daemon import dispatch
from impasto_daemon.commands import running
from impasto_daemon.config import Config
from impasto_daemon.executors.local import LocalExecutor
from impasto_daemon.lanes import Lanes, serve
from impasto_daemon.ledger import Ledger
from impasto_daemon.live import Observer
from impasto_daemon.processing import InHand, Order
from impasto_daemon.service import Service
from impasto_daemon.survey import FINGERPRINT_KEY
from impasto_engine import EngineOptions, ProgressCallback, Texture, TextureStream, Wrap

LOG_VARIABLE = "IMPASTO_INFERENCES"
SECONDS_VARIABLE = "IMPASTO_INFERENCE_SECONDS"


@dataclass(frozen=True, slots=True)
class Inverted:
    """What the engine says of a restyled texture."""

    texture: TextureStream
    wrap: tuple[Wrap, Wrap] = (Wrap.REPEAT, Wrap.REPEAT)
    device: str = "fake"
    encoder: str | None = None
    upscaler: str | None = None
    notes: tuple[str, ...] = ()
    draft: bool = False
    retries: int = 0


class QuickWorkshop:
    def begin(self, order: Order, source: Texture, _progress: ProgressCallback) -> InHand:
        if log := os.environ.get(LOG_VARIABLE):
            with Path(log).open("a") as file:
                file.write(f"{time.time()} {order.metadata[FINGERPRINT_KEY]}\n")
        time.sleep(float(os.environ.get(SECONDS_VARIABLE, "0")))
        inverted = Inverted(replace(source, rgb=1 - source.rgb).stream())
        return InHand(order, source, inverted)  # type: ignore[arg-type]  # it has all that is asked of Restyled


def work_quickly(connection: Connection, _options: EngineOptions) -> None:
    serve(connection, Lanes(connection, QuickWorkshop))  # type: ignore[arg-type]  # nothing is learned here


def quick_service(config: Config, ledger: Ledger, observer: Observer) -> Service:
    return Service(
        config, ledger, observer, lambda options, report: LocalExecutor(options, report, work_quickly)
    )


if __name__ == "__main__":
    dispatch._BACKOFF_SECONDS = 0.0
    running.Service = quick_service  # type: ignore[assignment,misc]  # all else is as in `impasto watch`
    running.run_watch(Path(sys.argv[1]))
