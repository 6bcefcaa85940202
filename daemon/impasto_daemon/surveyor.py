"""Looks at settled sources one after another, in a thread of its own."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread

from impasto_daemon.settle import signature_of
from impasto_daemon.survey import SourceContent, Survey, survey

_NEWEST_EVERY = 4


class Surveyor:
    """The oldest first, but every fourth the newest: a file dropped in after thousands does not wait for them all.

    `on_survey` is called from the thread.
    """

    def __init__(self, on_survey: Callable[[Survey], None]) -> None:
        self._on_survey = on_survey
        self._waiting: deque[Path] = deque()
        self._changed = Condition()
        self._closed = False
        self._thread: Thread | None = None

    def look_at(self, path: Path) -> None:
        with self._changed:
            self._waiting.append(path)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="survey", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """What still waits is not looked at any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        turn = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting) or self._closed)
                if self._closed:
                    return
                turn += 1
                path = self._waiting.pop() if turn % _NEWEST_EVERY == 0 else self._waiting.popleft()
            self._on_survey(_survey(path))


def _survey(path: Path) -> Survey:
    try:
        return survey(path)
    except Exception as error:  # noqa: BLE001  one bad file never stops the rest, whatever a decoder throws
        message = f"{path}: {type(error).__name__}: {error}"
        return Survey(path, signature_of(path), "", SourceContent(error=message))
