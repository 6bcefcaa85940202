"""A worker process on this machine, started again when it dies."""

import logging
import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Lock, Thread

from impasto_daemon.clock import Clock, SystemClock
from impasto_daemon.executors import WorkerDied
from impasto_daemon.executors.silence import TURN_SECONDS, Silence
from impasto_daemon.lanes import work
from impasto_daemon.processing import Cancel, Learned, LearnOrder, Made, Refused, Report, Step, Task
from impasto_engine import EngineOptions

_log = logging.getLogger(__name__)
_CAPACITY = 3  # one being decoded, one in the network, one being encoded


class LocalExecutor:
    """Keeps one worker warm. `on_report` is called from a thread of its own; `run` is all that the worker does."""

    def __init__(
        self,
        options: EngineOptions,
        on_report: Callable[[Report | WorkerDied], None],
        run: Callable[[Connection, EngineOptions], None] = work,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._run = run
        self._options = options
        self._on_report = on_report
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._listener: Thread | None = None
        self._waiting: set[int] = set()
        self._started: set[int] = set()
        self._learning: set[int] = set()  # those of both that are to learn
        self._stopping = False
        self._changing = Lock()  # the listener's thread clears what submit fills

    @property
    def capacity(self) -> int:
        return _CAPACITY

    @property
    def is_learning(self) -> bool:
        return bool(self._learning)

    def submit(self, task: Task) -> None:
        """Starts the worker with the first task: a daemon with nothing to do holds no torch."""
        with self._changing:
            connection = self._connection or self._start()
            self._waiting.add(task.ticket)
            if isinstance(task, LearnOrder):
                self._learning.add(task.ticket)
        try:
            connection.send(task)
        except OSError:  # the listener tells of the death, and of this task with it
            _log.warning("the worker is gone: order %d goes back", task.ticket)

    def cancel(self, ticket: int) -> None:
        connection = self._connection
        if connection is not None:
            with suppress(OSError):  # the listener tells of the death
                connection.send(Cancel(ticket))

    def configure(self, options: EngineOptions) -> None:
        """The next worker runs with these; the present one ends once it is idle."""
        if options != self._options:
            self._options = options
            self.stop()
            self._stopping = False

    def stop(self, timeout: float = 60.0) -> None:
        """Let the worker finish what it has, for so many seconds, then end it."""
        self._stopping = True
        if self._connection is not None:
            try:
                self._connection.send(None)
            except OSError:
                _log.info("the worker was gone already")
        if self._process is not None:
            self._process.join(timeout)
            if self._process.is_alive():
                self._process.kill()  # one that was stopped would not end otherwise
                self._process.join(5.0)
        if self._listener is not None:
            self._listener.join(5.0)
        self._process = self._connection = self._listener = None

    def _start(self) -> Connection:
        # not fork: it would copy locks that the watcher's threads hold
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(
            target=self._run, args=(theirs, self._options), name="impasto-worker", daemon=True
        )
        self._process.start()
        theirs.close()
        self._connection = ours
        self._listener = Thread(
            target=self._listen, args=(ours, self._process), name="worker-reports", daemon=True
        )
        self._listener.start()
        return ours

    def _listen(self, connection: Connection, process: multiprocessing.process.BaseProcess) -> None:
        silence, hung = Silence(self._clock.monotonic()), False
        while not hung:
            try:
                report: Report | None = (
                    connection.recv() if self._clock.hear(connection, TURN_SECONDS) else None
                )
            except (EOFError, OSError):
                break
            with self._changing:
                if report is not None:
                    self._note(report)
                hung = silence.is_too_long(
                    self._clock.monotonic(),
                    None if report is None else report.ticket,
                    orders=self._started - self._learning,
                    idle=not (self._waiting or self._started),
                )
            if report is not None:
                self._on_report(report)
        if hung:
            _log.error("the worker gets no further: it is ended")
            process.kill()
        process.join(5.0)
        with self._changing:
            if self._stopping and not (self._waiting or self._started):
                return
            died = WorkerDied(process.exitcode, tuple(self._started), tuple(self._waiting), hung)
            for tickets in (self._waiting, self._started, self._learning):
                tickets.clear()
            self._connection = None
        self._on_report(died)

    def _note(self, report: Report) -> None:
        """What has begun, and what has ended."""
        if isinstance(report, Step) and report.ticket in self._waiting:
            self._waiting.discard(report.ticket)
            self._started.add(report.ticket)
        elif isinstance(report, Made | Learned | Refused):
            for tickets in (self._waiting, self._started, self._learning):
                tickets.discard(report.ticket)
