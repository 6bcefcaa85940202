"""From hints and scans to jobs in the ledger: what is there, what should be there, and the difference."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path

from impasto_daemon.bookkeeping import Bookkeeping
from impasto_daemon.clock import Clock
from impasto_daemon.departures import Departures
from impasto_daemon.disk import discard
from impasto_daemon.errors import ConfigError, Problem
from impasto_daemon.gathering import Gathering
from impasto_daemon.journal import Journal
from impasto_daemon.judgement import Judgement
from impasto_daemon.ledger import Ledger
from impasto_daemon.manifest import sidecar_path
from impasto_daemon.moves import Moves
from impasto_daemon.neighbours import Tie
from impasto_daemon.plan import Plans
from impasto_daemon.reconcile import (
    Listing,
    difference,
    gone_with_their_folders,
    is_nameable,
    unknown_sidecars,
    walk,
)
from impasto_daemon.settle import Settle, is_older, may_change_unseen, signature_of, source_signature_of
from impasto_daemon.sheet_files import SHEET_SUFFIX, sheets_of
from impasto_daemon.survey import Survey
from impasto_daemon.surveyor import Surveyor
from impasto_daemon.watcher import FileChange
from impasto_engine import READABLE_EXTENSIONS

_QUIET_SECONDS = 2.0  # after which a UDIM set or sequence that is being exported counts as complete
_YOUNG_SECONDS = 2.0  # a file changed this recently may still be written to
_STALE_SECONDS = 300.0  # without a write: that temp file went astray with its folder
_GATHERING_SECONDS = 0.1  # between two looks at what waits for others
_CATCH_UP = 1000  # so few surveys wait when the rest of a flood is looked for
_CLOSED = "it is not there or may not be read: nothing below is touched"
_CONFIG_NAMES = (".impasto.yaml", ".impastoignore")


class Intake:
    """`on_survey` is called from a thread of its own; its Survey belongs in `take_survey`, in the loop's.

    is_writing: whether a worker of ours still has a temp file of that name.
    mistakes: what was wrong in overrides and ignore files when they were last looked at.
    """

    def __init__(  # noqa: PLR0913  the parts that it ties together
        self,
        ledger: Ledger,
        plans: Plans,
        journal: Journal,
        on_survey: Callable[[Survey], None],
        *,
        is_writing: Callable[[str], bool],
        clock: Clock,
    ) -> None:
        self._is_writing = is_writing
        self._clock = clock
        self._ledger = ledger
        self._plans = plans
        self._journal = journal
        self._books = Bookkeeping(ledger, journal)
        self._departures = Departures(ledger, journal, self._books, Moves(ledger, plans, journal))
        self._settle = Settle()
        self._gathering = Gathering(_QUIET_SECONDS)
        self._surveyor = Surveyor(on_survey)
        self._surveying: set[Path] = set()
        self._is_behind = False  # not all that differs is on its way: there was too much at once
        self.mistakes: str | None = None

    @property
    def is_idle(self) -> bool:
        return self._is_quiet and not len(self._departures)

    @property
    def _is_quiet(self) -> bool:
        return not (self._surveying or len(self._settle) or len(self._gathering) or self._is_behind)

    def close(self) -> None:
        self._surveyor.close()

    def hint(self, changes: Iterable[FileChange], some_lost: bool) -> None:
        """Something happened there; what, the disk will say once it is quiet."""
        for change in changes:
            self._hint(change)
        self._is_behind |= some_lost

    def _hint(self, change: FileChange) -> None:
        path = change.path
        if path in self._settle:  # what it is has been found out
            self._settle.touch(path, self._clock.monotonic(), is_closed=change.is_closed)
        elif not is_nameable(str(path)):
            return  # the scan warns of it
        elif path.name in _CONFIG_NAMES or change.is_folder:
            if path.name in _CONFIG_NAMES or not self._plans.rulebook.is_ignored(path, folder=True):
                self.touch(path)
        elif (output := self._ledger.output(path)) is not None:
            if signature_of(path) is None:
                self.touch(output.source)
        elif path.suffix.lower() in READABLE_EXTENSIONS and not self._plans.rulebook.is_ignored(path):
            self.touch(path, is_closed=change.is_closed)
        elif path.suffix == SHEET_SUFFIX:
            for source in sheets_of(path):
                if self._ledger.source(source) is not None:
                    self.touch(source)

    def touch(self, path: Path, *, is_closed: bool = False) -> None:
        now = self._clock.monotonic()
        self._settle.touch(path, now, is_closed=is_closed)
        if path.suffix.lower() in READABLE_EXTENSIONS:
            self._gathering.stir(self._expect(path), now)

    def look_at_settled(self) -> None:
        is_in_doubt = False  # a folder came, went or moved, or an override: anything below may differ
        for path in self._settle.due(self._clock.monotonic()):
            if not self._journal.may_write(path):
                self._gathering.arrived(path)  # a scan finds it once the folder is ours
            elif path.suffix.lower() in READABLE_EXTENSIONS and not path.is_dir():
                self.look_at(path)
            else:
                self._gathering.arrived(path)
                is_in_doubt = True
        if is_in_doubt or (self._is_behind and len(self._surveying) < _CATCH_UP):
            self.reconcile()
        is_scanning = self._is_behind or self._surveyor.has_scanned
        self._departures.end(self._clock.monotonic(), is_quiet=self._is_quiet, is_scanning=is_scanning)

    def next_due(self) -> float:
        """When `look_at_settled` or `plan_complete` may have something to do."""
        settle = self._settle.next_due()
        gathering = self._clock.monotonic() + _GATHERING_SECONDS if len(self._gathering) else math.inf
        departures = self._departures.next_due() if self._is_quiet else math.inf
        return min(math.inf if settle is None else settle, gathering, departures)

    def look_at(self, path: Path, *, is_scanned: bool = False) -> None:
        if path not in self._surveying:
            self._expect(path)
            self._surveying.add(path)
            given_up = self._surveyor.look_at(path, 0.0 if is_scanned else self._clock.wall())
            if given_up is not None:
                self._is_behind = True
                self._surveying.discard(given_up)
                self._gathering.arrived(given_up)

    def _expect(self, path: Path) -> tuple[Tie, ...]:
        ties = self._plans.neighbourhood.ties(path)
        self._gathering.expect(path, ties)
        return ties

    def reconcile(self, *, at_start: bool = False) -> None:
        """The truth: walk the disk, take over unknown sidecars, look at what differs, let go of what is gone.

        at_start: no worker of ours writes yet, so every temp file is one that a killed worker left.
        """
        self._journal.catch_up()
        self._is_behind = False
        walked: set[Path] = set()
        ours = [root for root in self._plans.watch_folders if self._journal.may_write(root)]
        closed = [root for root in self._plans.watch_folders if root not in ours]
        problems: dict[Problem, None] = {}
        gone: list[Path] = []
        for found in walk(ours, self._plans.rulebook):
            if found.is_closed:
                self._journal.warn(_CLOSED, str(found.folder))
            # the share is asked for each: a long scan must not cost a lease
            if found.is_closed or not self._journal.may_write(found.folder):
                closed.append(found.folder)
                continue
            walked.add(found.folder)
            if found.files:
                problems |= dict.fromkeys(self._plans.mistakes_in(found.folder))
            gone += self._reconcile_folder(found, at_start=at_start)
        for path in (*gone, *gone_with_their_folders(walked, closed, self._ledger)):
            self._forget(path)
        self.mistakes = str(ConfigError(problems)) if problems else None

    def _reconcile_folder(self, found: Listing, *, at_start: bool) -> tuple[Path, ...]:
        """The sources that are gone."""
        now = self._clock.wall()
        for name in found.unnameable:
            self._journal.warn("its name is not UTF-8: it is left alone", ascii(name))
        for temp in (found.folder / name for name in found.temps):
            if at_start or (not self._is_writing(temp.name) and is_older(temp, now - _STALE_SECONDS)):
                discard(temp)
        unknown = unknown_sidecars(found, self._ledger)
        telling = {sidecar for sidecar in unknown if self._books.adopt(sidecar, now=now)}
        if not self._surveyor.has_room:
            self._is_behind = True
            return ()
        what = difference(found, self._ledger, self._plans)
        for path in what.changed:
            if now - found.files[path.name][1] / 1e9 < _YOUNG_SECONDS:
                self.touch(path)
            else:
                self.look_at(path, is_scanned=True)
        for source in what.untold:
            self._journal.write_sidecar(source)
        for source in what.orphaned:
            if sidecar_path(source) in telling:
                self._journal.write_tombstone(source)
        return what.gone

    def take_survey(self, found: Survey) -> None:
        """Where an override above the file is broken, nothing is changed."""
        path = found.path
        self._surveyor.taken()
        self._surveying.discard(path)
        self._gathering.arrived(path)
        if source_signature_of(path) != found.signature:  # meanwhile it changed: what was found holds no more
            self.touch(path)
        elif found.signature is None or self._plans.rulebook.is_ignored(path):  # since it was asked about
            self._forget(path)
        elif found.content.made_by_impasto:
            outcome = "an output of impasto whose record was lost: not a source"
            self._books.remember(found, outcome, self._plans.digest_of(path))
            self._plans.forget(path)
            self._concern(self._plans.neighbourhood.concerned(path))
        else:
            try:
                judged = self._plans.judge(found)
            except ConfigError as error:
                self.mistakes = self.mistakes or str(error)
            else:
                self._gather(found, judged)

    def plan_complete(self) -> bool:
        """Plan what has been surveyed, each source as soon as all that its plan leans on is at rest; whether there
        was anything to plan."""
        complete = self._gathering.complete(self._clock.monotonic())
        if not complete:
            return False
        with self._ledger.transaction():  # one for all: each costs as much as the rest
            return self._plan(complete)

    def _plan(self, complete: list[Survey]) -> bool:
        has_planned = False
        for found in complete:
            if not (
                self._journal.may_write(found.path) and source_signature_of(found.path) == found.signature
            ):
                self.touch(found.path)
                continue
            digest = self._plans.digest_of(found.path)  # before the plan: what changes after it is then seen
            if may_change_unseen(found.signature, self._clock.wall()):
                digest = ""  # the next scan looks again
            try:
                plan = self._plans.of_survey(found)
            except ConfigError as error:
                self.mistakes = self.mistakes or str(error)
            else:
                self._books.align(found, plan, digest)
                has_planned = True
        return has_planned

    def is_held(self, source: Path) -> bool:
        """Whether the source is about to be planned anew, since something it leans on is on its way."""
        judged = self._plans.neighbourhood.judgement(source)
        ties = self._plans.neighbourhood.leans_on(judged) if judged else ()
        return source in self._gathering or not self._gathering.is_at_rest(ties, self._clock.monotonic())

    def _gather(self, found: Survey, judged: Judgement) -> None:
        """The source waits for its plan, and if it is news, so do those that lean on it."""
        path = found.path
        before = self._ledger.source(path)
        is_news = before is None or (before.sha256, before.digest) != (
            found.sha256,
            self._plans.digest_of(path),
        )
        with self._ledger.transaction():
            self._books.remember(found, judged.outcome, "")  # until it is planned: a restart looks again
            self._gathering.wait(found, self._plans.neighbourhood.leans_on(judged))
            if is_news:
                self._concern(self._plans.neighbourhood.concerned(path))

    def _concern(self, sources: set[Path]) -> None:
        """Plan these again, from what the ledger remembers of them."""
        for source in sources:
            if source in self._gathering:
                continue
            found = self._plans.recall(source)
            judged = self._plans.neighbourhood.judgement(source)
            if found is not None and judged is not None and judged.is_sound:
                self._ledger.doubt_source(source)
                self._gathering.wait(found, self._plans.neighbourhood.leans_on(judged))

    def _forget(self, source: Path) -> None:
        """The source is ignored, and its outputs go; or it is gone, and they go unless it was only renamed."""
        if not self._journal.may_write(source):
            return
        concerned = self._plans.neighbourhood.concerned(source)
        self._gathering.drop(source)
        with self._ledger.transaction():
            if not self._departures.keep(source, self._clock.monotonic()):
                self._books.strike(source)
            self._plans.forget(source)
            self._concern(concerned)
