"""Linux's own events, with what watchdog keeps to itself: that some were lost, and folders it could not watch."""

import errno
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyEmitter
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

# said of a folder that was moved out and in again, of whose first watch watchdog knows nothing any more
warnings.filterwarnings("ignore", "Callback with id .* already exists", RuntimeWarning)

_MOST_WAITING = 4_000  # events in watchdog's queue, each of half a kilobyte


class InotifyObserver(BaseObserver):
    """on_lost: the kernel's queue ran over. on_unwatched: the folder, where the limit of watches is reached. Both
    are called from a thread of its own."""

    def __init__(self, on_lost: Callable[[], None], on_unwatched: Callable[[Path], None]) -> None:
        self._inotify = _Inotify(on_lost, on_unwatched, waiting=self._events_waiting)
        self._inotify.start()
        super().__init__(InotifyEmitter, inotify_fd=self._inotify)

    def _events_waiting(self) -> int:
        return self.event_queue.qsize()

    def on_thread_stop(self) -> None:
        super().on_thread_stop()
        self._inotify.stop()
        self._inotify.join()


class _Inotify(InotifyFD):
    """In a flood it reads no faster than events are dealt with: watchdog would hold them all, and the kernel holds
    a few, then says that some were lost."""

    def __init__(
        self,
        on_lost: Callable[[], None],
        on_unwatched: Callable[[Path], None],
        *,
        waiting: Callable[[], int],
    ) -> None:
        super().__init__()
        self._waiting = waiting
        self._on_lost = on_lost
        self._on_unwatched = on_unwatched

    def handle_event(self, event: InotifyEvent) -> None:
        while self.should_keep_running() and self._waiting() > _MOST_WAITING:
            time.sleep(0.005)
        super().handle_event(event)
        if event.is_queue_overflow:
            self._on_lost()

    def add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        try:
            return super().add_callback(path, mask, callback, id_)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                self._on_unwatched(Path(os.fsdecode(path)))
            raise
