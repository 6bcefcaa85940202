"""Sources that are gone: what was made of them stays until it is clear that they were not only renamed."""

import math
from pathlib import Path

from impasto_daemon.bookkeeping import Bookkeeping
from impasto_daemon.journal import Journal
from impasto_daemon.ledger import JobState, Ledger
from impasto_daemon.moves import Moves
from impasto_daemon.settle import source_signature_of

_GRACE_SECONDS = 1.0  # two watch folders tell of a file that goes and comes one after the other
_LONGEST_SECONDS = 600.0  # where something is always being written


class Departures:
    """The clock is the caller's. After a restart the scan finds them again."""

    def __init__(self, ledger: Ledger, journal: Journal, books: Bookkeeping, moves: Moves) -> None:
        self._ledger = ledger
        self._journal = journal
        self._books = books
        self._moves = moves
        self._since: dict[Path, float] = {}

    def __len__(self) -> int:
        return len(self._since)

    def keep(self, source: Path, now: float) -> bool:
        """Forget the source, but not what was made of it; False where nothing was, or where it is still there."""
        jobs = self._ledger.jobs_of(source)
        if source_signature_of(source) is not None or all(job.state is not JobState.DONE for job in jobs):
            return False
        for job in jobs:
            if job.state is not JobState.DONE:
                self._books.retire(job)
        self._ledger.forget_source(source)
        self._since.setdefault(source, now)
        return True

    def end(self, now: float, *, is_quiet: bool, is_scanning: bool) -> None:
        """Retire what nobody has claimed. is_quiet: all that may be a new name of these has been planned.
        is_scanning: what a scan found has not all been looked at: until then no time counts.
        """
        if is_scanning:
            self._since = dict.fromkeys(self._since, now)
            return
        wait = _GRACE_SECONDS if is_quiet else _LONGEST_SECONDS
        for source in [source for source, since in self._since.items() if since + wait <= now]:
            del self._since[source]
            is_gone = source_signature_of(source) is None  # else it came back
            if is_gone and self._journal.may_write(source):
                self._moves.bequeath(source)
                self._books.strike(source)

    def next_due(self) -> float:
        """When `end` has something to do, if it is quiet."""
        return min(self._since.values(), default=math.inf) + _GRACE_SECONDS
