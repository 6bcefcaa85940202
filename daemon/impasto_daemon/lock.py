"""One daemon for one config: a file lock, which the system lets go of when its holder dies."""

from pathlib import Path

from filelock import FileLock, Timeout

from impasto_daemon.errors import LockedError
from impasto_daemon.state import lock_path

_PATIENCE = 0.5  # seconds: `status` holds the lock for a moment, to see whether a daemon does


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
