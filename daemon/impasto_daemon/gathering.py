"""Sources wait here for those they lean on, so that each is planned once: the clock is the caller's."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.neighbours import Tie
from impasto_daemon.survey import Survey


@dataclass(frozen=True, slots=True)
class _Waiting:
    found: Survey
    ties: frozenset[Tie]


class Gathering:
    """A tie is at rest when no file that has it is on its way from disk to survey.

    Where statistics are shared, files come one after another: such a tie must have been quiet for `quiet` seconds.
    """

    def __init__(self, quiet: float = 2.0) -> None:
        self._quiet = quiet
        self._coming: dict[Path, tuple[Tie, ...]] = {}
        self._busy: Counter[Tie] = Counter()
        self._stirred: dict[Tie, float] = {}
        self._waiting: dict[Path, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, path: Path) -> bool:
        return path in self._waiting

    def expect(self, path: Path, ties: tuple[Tie, ...]) -> None:
        """The file is about to be surveyed."""
        if path not in self._coming:
            self._coming[path] = ties
            self._busy.update(ties)

    def stir(self, ties: Iterable[Tie], now: float) -> None:
        """Something happens to a file that has these ties."""
        self._stirred |= {tie: now for tie in ties if tie.kind != "material"}

    def arrived(self, path: Path) -> None:
        """It has been surveyed, or is gone."""
        for tie in self._coming.pop(path, ()):
            self._busy[tie] -= 1
            if not self._busy[tie]:
                del self._busy[tie]

    def wait(self, found: Survey, ties: frozenset[Tie]) -> None:
        """Hold the source back until the ties that its plan leans on are at rest."""
        self._waiting[found.path] = _Waiting(found, ties)

    def drop(self, path: Path) -> None:
        self._waiting.pop(path, None)

    def is_at_rest(self, ties: Iterable[Tie], now: float) -> bool:
        return not any(
            tie in self._busy or now - self._stirred.get(tie, -math.inf) < self._quiet for tie in ties
        )

    def complete(self, now: float) -> list[Survey]:
        """Those that may be planned now; each is given once."""
        self._stirred = {tie: then for tie, then in self._stirred.items() if now - then < self._quiet}
        ready = [one.found for one in self._waiting.values() if self.is_at_rest(one.ties, now)]
        for found in ready:
            del self._waiting[found.path]
        return ready
