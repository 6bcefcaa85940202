"""What an examiner's process would do if its decoder had holes: a file's name says through which it falls."""

import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from impasto_daemon.examiner import serve
from impasto_daemon.survey import Survey, survey


def serve_leakily(connection: Connection, most_memory: int) -> None:
    serve(connection, most_memory, _look)


def _look(path: Path) -> Survey:
    trigger = path.with_suffix(".trigger")
    match path.stem:
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "endless":
            signal.pause()
        case "unlucky" if trigger.exists():
            trigger.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        case "greedy":
            bytearray(2 << 30)
        case "writes":
            path.with_suffix(".out").write_bytes(b"x")
    return survey(path)
