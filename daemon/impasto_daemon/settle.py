"""Waits until a file stops changing; the clock is the caller's."""

import heapq
import os
from dataclasses import dataclass
from pathlib import Path

Signature = tuple[
    int, int, int
]  # size in bytes; in ns, when its content and when the file itself was changed
_COARSE_SECONDS = 2.0  # the steps of a time stamp on the coarsest file systems


@dataclass(frozen=True, slots=True)
class _Pending:
    signature: Signature | None
    due: float


class Settle:
    """A dirty path is settled once its size and times have stayed the same for `quiet` seconds, or for `closed`
    seconds after whoever wrote it has closed it.

    A path that vanished settles too: its absence is news.
    """

    def __init__(self, quiet: float = 0.3, closed: float = 0.05) -> None:
        self._quiet = quiet
        self._closed = closed
        self._pending: dict[Path, _Pending] = {}
        self._queue: list[tuple[float, Path]] = []  # some of them out of date: `_pending` knows

    def touch(self, path: Path, now: float, *, is_closed: bool = False) -> None:
        self._wait(path, now + (self._closed if is_closed else self._quiet))

    def due(self, now: float) -> list[Path]:
        """The paths that have settled by `now`; each is given once."""
        settled = []
        while self._queue and self._queue[0][0] <= now:
            due, path = heapq.heappop(self._queue)
            pending = self._pending.get(path)
            if pending is None or pending.due != due:
                continue
            if signature_of(path) == pending.signature:
                del self._pending[path]
                settled.append(path)
            else:
                self._wait(path, now + self._quiet)
        return settled

    def next_due(self) -> float | None:
        """When there may be something to settle; None while nothing waits."""
        return self._queue[0][0] if self._queue else None

    def _wait(self, path: Path, due: float) -> None:
        self._pending[path] = _Pending(signature_of(path), due)
        heapq.heappush(self._queue, (due, path))

    def __len__(self) -> int:
        return len(self._pending)

    def __contains__(self, path: Path) -> bool:
        return path in self._pending


def signature_of(path: Path) -> Signature | None:
    """None where there is no such file."""
    try:
        status = os.stat(path, follow_symlinks=False)  # noqa: PTH116  Path.stat costs twice as much in a scan
    except OSError:
        return None
    return signature_in(status)


def signature_in(status: os.stat_result) -> Signature:
    """Textures from one archive often have the same size and time: that one of them took the place of another shows
    in the last of the three alone (on Windows, when the file was made)."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_older(path: Path, moment: float) -> bool:
    """Whether it is there, and was last written to before then, in seconds since 1970."""
    signature = signature_of(path)
    return signature is not None and signature[1] / 1e9 < moment


def source_signature_of(path: Path) -> Signature | None:
    """None for what stands behind a link as well: it could lie outside of the watch folder."""
    place = str(path)
    while (above := os.path.dirname(place)) != place:  # noqa: PTH120  a Path for each costs twice as much
        if os.path.islink(place):  # noqa: PTH114  as above
            return None
        place = above
    return signature_of(path)


def may_change_unseen(signature: Signature | None, now: float) -> bool:
    """Whether another write could leave the file with the signature that it has: on a file system that counts in
    seconds, right after the last. now: in seconds since 1970."""
    times = _coarse_times(signature)
    return any(abs(now - time / 1e9) < _COARSE_SECONDS for time in times)


def is_coarse(signature: Signature | None) -> bool:
    """Whether it may come from a file system that counts in seconds."""
    return bool(_coarse_times(signature))


def _coarse_times(signature: Signature | None) -> list[int]:
    times = signature[1:] if signature is not None else ()
    return [time for time in times if not time % 1_000_000_000]
