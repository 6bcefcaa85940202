"""Room on the disk: nothing is begun that could not be written."""

import shutil
from contextlib import suppress
from pathlib import Path

_LEAST_FREE = 64 << 20


def is_full(folder: Path) -> bool:
    """Whether the disk that holds the folder has next to no room; False where that cannot be told."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_FREE
    except OSError:
        return False


def discard(path: Path) -> None:
    """Delete a file of ours, there or not. Where the folder may not be written to, a later sweep does it."""
    with suppress(OSError):
        path.unlink()
