"""Waits until a file stops changing; the clock is the caller's."""

import os
from dataclasses import dataclass
from pathlib import Path

Signature = tuple[int, int]


@dataclass(slots=True)
class _Pending:
    signature: Signature | None
    quiet_since: float


class Settle:
    """A dirty path is settled once its size and time have stayed the same for `quiet` seconds.

    A path that vanished settles too: its absence is news.
    """

    def __init__(self, quiet: float = 0.3) -> None:
        self._quiet = quiet
        self._pending: dict[Path, _Pending] = {}

    def touch(self, path: Path, now: float) -> None:
        self._pending[path] = _Pending(signature_of(path), now)

    def due(self, now: float) -> list[Path]:
        """The paths that have settled by `now`; each is given once."""
        settled = []
        for path, pending in list(self._pending.items()):
            if now - pending.quiet_since < self._quiet:
                continue
            signature = signature_of(path)
            if signature == pending.signature:
                del self._pending[path]
                settled.append(path)
            else:
                self._pending[path] = _Pending(signature, now)
        return settled

    def __len__(self) -> int:
        return len(self._pending)


def signature_of(path: Path) -> Signature | None:
    """(size in bytes, modification time in ns), None where there is no such file."""
    try:
        status = os.stat(path, follow_symlinks=False)  # noqa: PTH116  Path.stat costs twice as much in a scan
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
