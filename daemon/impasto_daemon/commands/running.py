"""`watch` and `once`: one daemon, its lock, its signals, and what the terminal shows of it."""

import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from impasto_daemon.config import load_config
from impasto_daemon.disk import is_full
from impasto_daemon.errors import LedgerError
from impasto_daemon.ledger import Ledger
from impasto_daemon.live import JsonLines, LiveTable, Observer, Summary
from impasto_daemon.lock import hold_lock
from impasto_daemon.log_file import LogFile
from impasto_daemon.service import Service
from impasto_daemon.state import ledger_path, state_folder

_log = logging.getLogger(__name__)
_FULL_SECONDS = 5.0  # between two looks whether there is room again


def run_watch(config: Path, log: Path | None = None) -> frozenset[str]:
    """Run until a signal; which kinds of failure there were does not matter to the exit code of a daemon.

    log: where to tell what happens, instead of the terminal. Where the ledger's disk fills up, it begins again once
    there is room. Raises LedgerError.
    """
    with _watch_observer(log) as told:
        while True:
            try:
                with _service(config, told) as service:
                    service.watch()
                return frozenset()
            except LedgerError as error:
                if not is_full(state_folder(config)):
                    raise
                _log.error("%s: it goes on once there is room on the disk", error)
            while is_full(state_folder(config)):
                time.sleep(_FULL_SECONDS)


def run_once(config: Path) -> frozenset[str]:
    """The kinds of failure, for the exit code."""
    with observer(Console(stderr=True)) as told, _service(config, told) as service:
        summary = service.once()
    sys.stderr.write(tell(summary) + "\n")
    return summary.failure_kinds


def tell(summary: Summary) -> str:
    failed = f", {summary.failed} failed (`impasto status` says why)" if summary.failed else ""
    return f"{summary.done} done{failed}"


@contextmanager
def _service(path: Path, told: Observer) -> Iterator[Service]:
    config = load_config(path)
    with hold_lock(path):
        ledger = Ledger(ledger_path(path))
        try:
            service = Service(config, ledger, told)
            with _signals(service, has_terminal=isinstance(told, LiveTable)):
                yield service
        finally:
            ledger.close()


@contextmanager
def _watch_observer(log: Path | None) -> Iterator[Observer]:
    if log is None:
        with observer(Console(stderr=True)) as told:
            yield told
    else:
        with LogFile(log) as file:
            yield JsonLines(file.write)


@contextmanager
def observer(console: Console) -> Iterator[Observer]:
    """A live table where a terminal is, JSON lines where none is."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    if console.is_terminal:
        with LiveTable(console) as table:
            yield table
    else:
        yield JsonLines(_write_line)


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def _signals(service: Service, *, has_terminal: bool) -> Iterator[None]:
    """SIGTERM and Ctrl-C drain: nothing new is begun, what runs is finished. So does a terminal that is closed;
    without one, SIGHUP reloads. Where it is ignored already (nohup), it stays so."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        service.stop()

    def reload(_number: int, _frame: FrameType | None) -> None:
        service.reload()

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop}
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        handlers[signal.SIGHUP] = stop if has_terminal else reload
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
