"""Where changes are heard of: watchdog's events are hints that mark a path dirty."""

import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from impasto_daemon.config import WatchFolder
from impasto_daemon.mounts import is_network_mount

_log = logging.getLogger(__name__)
_MOST_POLLED = 8
# not that a file was opened or read, which we do ourselves, nor that a folder changed with each file in it
_NEWS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]


@dataclass(frozen=True, slots=True)
class FileChange:
    """Something happened at `path`: it may be new, changed or gone. A folder stands for all within it.

    is_closed: whoever wrote the file has closed it. is_overflow: it stands for changes that were not told.
    """

    path: Path
    is_folder: bool = False
    is_closed: bool = False
    is_overflow: bool = False


class Watcher:
    """Watches folders recursively and hands each change to `on_change`, from a thread of its own.

    What cannot be watched by events is polled: a network share sends none, and the system has a limit.
    """

    def __init__(self, on_change: Callable[[FileChange], None], poll_seconds: float = 2.0) -> None:
        self._on_change = on_change
        self._poll_seconds = poll_seconds
        self._observers: list[BaseObserver] = []
        self._polled: list[Path] = []

    def watch(self, folders: Sequence[WatchFolder]) -> None:
        """Watch these folders instead of those before."""
        self.stop()
        for folder in folders:
            poll = folder.polling == "always" or (
                folder.polling == "auto" and is_network_mount(folder.folder)
            )
            if not folder.folder.is_dir():
                continue
            if poll:
                self._poll(folder.folder)
            else:
                self._observe(folder.folder)

    def stop(self) -> None:
        for observer in self._observers:
            observer.stop()
        for observer in self._observers:
            observer.join(timeout=5.0)
        self._observers.clear()
        self._polled.clear()

    def _observe(self, folder: Path) -> None:
        observer: BaseObserver | None = None
        try:
            observer = self._system_observer(folder)
            observer.schedule(_Hints(self._on_change), str(folder), recursive=True, event_filter=_NEWS)
            observer.start()
        except OSError as error:
            if observer is not None:
                observer.stop()
            self._poll_unwatched(folder, folder, str(error))
        else:
            self._observers.append(observer)

    def _system_observer(self, root: Path) -> BaseObserver:
        if sys.platform != "linux":
            return Observer()
        from impasto_daemon.inotify import InotifyObserver  # nothing of it exists elsewhere

        return InotifyObserver(
            on_lost=lambda: self._tell_lost(root),
            on_unwatched=lambda folder: self._poll_unwatched(folder, root, "the watch limit is reached"),
        )

    def _tell_lost(self, root: Path) -> None:
        _log.warning("%s: too much at once, some changes were not told: all is looked at", root)
        self._on_change(FileChange(root, is_folder=True, is_overflow=True))

    def _poll_unwatched(self, folder: Path, root: Path, why: str) -> None:
        """Each polled folder has a thread: many of them are polled as one."""
        if any(folder.is_relative_to(polled) for polled in self._polled):
            return
        if sum(polled.is_relative_to(root) for polled in self._polled) >= _MOST_POLLED:
            folder = root
        _log.warning("%s: cannot be watched (%s): polled every %g s", folder, why, self._poll_seconds)
        self._poll(folder)
        self._on_change(FileChange(folder, is_folder=True))  # what came before is not told by polling

    def _poll(self, folder: Path) -> None:
        self._polled.append(folder)
        observer = PollingObserver(timeout=self._poll_seconds)
        observer.schedule(_Hints(self._on_change), str(folder), recursive=True, event_filter=_NEWS)
        observer.start()
        self._observers.append(observer)


class _Hints(FileSystemEventHandler):
    def __init__(self, on_change: Callable[[FileChange], None]) -> None:
        self._on_change = on_change

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                is_closed = isinstance(event, FileClosedEvent)
                self._on_change(FileChange(Path(os.fsdecode(path)), event.is_directory, is_closed))
