"""Looks at settled sources one after another, in a thread of its own."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Condition, Thread

from impasto_daemon.examiner import Examiner
from impasto_daemon.settle import source_signature_of
from impasto_daemon.survey import SourceContent, Survey

_NEWEST_EVERY = 4
_MOST_WAITING = 5_000  # of a flood the rest is found by a later scan: each that waits takes memory
_MOST_UNTAKEN = 64


class Surveyor:
    """The oldest first, but every fourth the newest: a file dropped in after thousands does not wait for them all.

    `on_survey` is called from the thread.
    """

    def __init__(self, on_survey: Callable[[Survey], None]) -> None:
        self._on_survey = on_survey
        self._waiting: deque[tuple[Path, float]] = deque()
        self._scanned: deque[tuple[Path, float]] = deque()
        self._changed = Condition()
        self._closed = False
        self._untaken = 0
        self._thread: Thread | None = None
        self._examiner = Examiner()

    @property
    def has_room(self) -> bool:
        return len(self._waiting) + len(self._scanned) < _MOST_WAITING

    @property
    def has_scanned(self) -> bool:
        """Whether any file that a scan found waits still."""
        return bool(self._scanned)

    def look_at(self, path: Path, now: float) -> Path | None:
        """The path that had to give way, if any: the one that had waited longest. now: 0.0 where a scan found the
        path, and nobody knows when it came."""
        with self._changed:
            given_up = None if self.has_room else (self._scanned or self._waiting).popleft()[0]
            (self._waiting if now else self._scanned).append((path, now))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="survey", daemon=True)
                self._thread.start()
            self._changed.notify()
            return given_up

    def taken(self) -> None:
        """A survey has been dealt with: only a few lie ready."""
        with self._changed:
            self._untaken -= 1
            self._changed.notify()

    def close(self) -> None:
        """What still waits is not looked at any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._examiner.close()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        turn = 0
        while True:
            with self._changed:
                self._changed.wait_for(self._may_go_on)
                if self._closed:
                    return
                turn += 1
                self._untaken += 1
                path, arrived = self._next(turn)
            try:
                found = self._examiner.survey(path)
            except Exception as error:  # noqa: BLE001  one bad file never stops the rest
                message = f"{path}: {type(error).__name__}: {error}"
                found = Survey(path, source_signature_of(path), "", SourceContent(error=message))
            self._on_survey(replace(found, arrived=arrived))

    def _may_go_on(self) -> bool:
        return self._closed or (bool(self._waiting or self._scanned) and self._untaken < _MOST_UNTAKEN)

    def _next(self, turn: int) -> tuple[Path, float]:
        if self._waiting and turn % _NEWEST_EVERY == 0:
            return self._waiting.pop()
        first, second = (self._scanned, self._waiting) if turn % 2 else (self._waiting, self._scanned)
        return (first or second).popleft()
