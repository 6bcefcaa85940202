"""The only watchdog import: its events are hints that mark a path dirty."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import (
    EVENT_TYPE_CLOSED,
    EVENT_TYPE_CLOSED_NO_WRITE,
    EVENT_TYPE_MODIFIED,
    EVENT_TYPE_OPENED,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from impasto_daemon.config import WatchFolder
from impasto_daemon.mounts import is_network_mount

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileChange:
    """Something happened at `path`: it may be new, changed or gone. A folder stands for all within it.

    is_closed: whoever wrote the file has closed it.
    """

    path: Path
    is_folder: bool = False
    is_closed: bool = False


class Watcher:
    """Watches folders recursively and hands each change to `on_change`, from a thread of its own."""

    def __init__(self, on_change: Callable[[FileChange], None], poll_seconds: float = 2.0) -> None:
        self._on_change = on_change
        self._poll_seconds = poll_seconds
        self._observers: list[BaseObserver] = []

    def watch(self, folders: Sequence[WatchFolder]) -> None:
        """Watch these folders instead of those before. A network share is polled: it sends no events."""
        self.stop()
        for folder in folders:
            poll = folder.polling == "always" or (
                folder.polling == "auto" and is_network_mount(folder.folder)
            )
            if folder.folder.is_dir():
                self._observers.append(self._observe(folder.folder, poll=poll))

    def _observe(self, folder: Path, *, poll: bool) -> BaseObserver:
        observer: BaseObserver = PollingObserver(timeout=self._poll_seconds) if poll else Observer()
        observer.schedule(_Hints(self._on_change), str(folder), recursive=True)
        try:
            observer.start()
        except OSError as error:
            if poll:
                raise
            _log.warning("%s: cannot be watched (%s): polled every %g s", folder, error, self._poll_seconds)
            return self._observe(folder, poll=True)
        return observer

    def stop(self) -> None:
        for observer in self._observers:
            observer.stop()
        for observer in self._observers:
            observer.join(timeout=5.0)
        self._observers.clear()


class _Hints(FileSystemEventHandler):
    def __init__(self, on_change: Callable[[FileChange], None]) -> None:
        self._on_change = on_change

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in (EVENT_TYPE_OPENED, EVENT_TYPE_CLOSED_NO_WRITE):
            return
        if event.is_directory and event.event_type == EVENT_TYPE_MODIFIED:
            return  # sent for its folder with every file's event, which says more
        for path in (event.src_path, event.dest_path):
            if path:
                is_closed = event.event_type == EVENT_TYPE_CLOSED
                self._on_change(FileChange(Path(os.fsdecode(path)), event.is_directory, is_closed))
