"""Changes on their way from the watcher's threads to the loop."""

from pathlib import Path
from threading import Lock

from impasto_daemon.watcher import FileChange

_MOST = 5_000


class Hints:
    """One for each path, the last that came. Of a flood the oldest give way: a scan finds what they told of."""

    def __init__(self) -> None:
        self._changes: dict[Path, FileChange] = {}
        self._lost = False
        self._changing = Lock()

    def put(self, change: FileChange) -> bool:
        """Whether it is the first since they were last taken."""
        with self._changing:
            is_first = not self._changes
            self._changes.pop(change.path, None)
            self._changes[change.path] = change
            if len(self._changes) > _MOST:
                del self._changes[next(iter(self._changes))]
                self._lost = True
            return is_first

    def take(self) -> tuple[list[FileChange], bool]:
        """All of them, and whether some were lost."""
        with self._changing:
            taken = list(self._changes.values()), self._lost
            self._changes, self._lost = {}, False
            return taken
