"""File locks, which go when their holder dies: one daemon for a config, one for a watch folder."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from impasto_daemon.errors import LockedError
from impasto_daemon.state import folder_locks_path, lock_path

_PATIENCE = 0.5  # seconds: `status` holds the lock for a moment, to see whether a daemon does
_REGISTRY_PATIENCE = 30.0


def hold_lock(config: Path) -> FileLock:
    """The lock of the one daemon of this config, held until it is released. Raises LockedError."""
    path = lock_path(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=_PATIENCE)
    except Timeout as error:
        raise LockedError(f"{config}: another impasto is running with it (lock {path})") from error
    return lock


def is_running(config: Path) -> bool:
    """Whether a daemon holds the lock."""
    if not lock_path(config).parent.is_dir():
        return False
    try:
        hold_lock(config).release()
    except LockedError:
        return True
    return False


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a watch folder is, or was last."""

    folder: str
    pid: int
    config: str


class FolderLocks:
    """The watch folders that a daemon keeps from all others of this user and machine, with all above and below
    them: two that watch nested folders would both write into the inner one.

    Beside each lock lies a note that says whose it is. It outlives the lock, which alone counts.
    """

    def __init__(self, config: Path) -> None:
        self._config = config
        self._registry = folder_locks_path()
        self._held: dict[Path, FileLock] = {}

    @property
    def held(self) -> tuple[Path, ...]:
        return tuple(self._held)

    def take(self, folder: Path) -> bool:
        """Whether another config's daemon had it since this one's did. Raises LockedError."""
        note = self._registry / f"{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}.json"
        with self._alone():
            if holder := self._other_at(folder):
                told = f"pid {holder.pid}, config {holder.config}"
                raise LockedError(f"{folder}: another impasto watches {holder.folder} ({told})")
            lock = FileLock(note.with_suffix(".lock"))
            lock.acquire(timeout=_PATIENCE)
            self._held[folder] = lock
            last = _read(note)
            _write(note, Holder(str(folder), os.getpid(), str(self._config)))
        return last is not None and last.config != str(self._config)

    def release(self, folder: Path) -> None:
        self._held.pop(folder).release()

    def is_free(self, path: Path) -> bool:
        """Whether no other daemon watches a folder around it."""
        with self._alone():
            return self._other_at(path) is None

    @contextmanager
    def held_for_now(self, folders: Iterable[Path]) -> Iterator[None]:
        """Raises LockedError."""
        try:
            for folder in folders:
                self.take(folder)
            yield
        finally:
            for folder in self.held:
                self.release(folder)

    def _alone(self) -> FileLock:
        self._registry.mkdir(parents=True, exist_ok=True)
        return FileLock(self._registry / "registry.lock", timeout=_REGISTRY_PATIENCE)

    def _other_at(self, path: Path) -> Holder | None:
        for note in self._registry.glob("*.json"):
            holder = _read(note)
            if holder is None or Path(holder.folder) in self._held:
                continue
            if not (path.is_relative_to(holder.folder) or Path(holder.folder).is_relative_to(path)):
                continue
            lock = FileLock(note.with_suffix(".lock"))
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return holder
            lock.release()
        return None


def _read(note: Path) -> Holder | None:
    try:
        document = json.loads(note.read_text(encoding="utf-8"))
        return Holder(document["folder"], document["pid"], document["config"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _write(note: Path, holder: Holder) -> None:
    temp = note.with_suffix(".tmp")
    temp.write_text(json.dumps(asdict(holder)), encoding="utf-8")
    temp.replace(note)
