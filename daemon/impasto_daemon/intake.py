"""From hints and scans to jobs in the ledger: what is there, what should be there, and the difference."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from impasto_daemon.bookkeeping import Bookkeeping
from impasto_daemon.errors import ConfigError, ManifestError
from impasto_daemon.gathering import Gathering
from impasto_daemon.journal import Journal
from impasto_daemon.judgement import Judgement
from impasto_daemon.ledger import Ledger
from impasto_daemon.manifest import SIDECAR_SUFFIX, read_manifest, sidecar_path
from impasto_daemon.neighbours import Tie
from impasto_daemon.plan import Plans
from impasto_daemon.reconcile import Scan, adopt, difference, is_nameable, scan
from impasto_daemon.settle import Settle, signature_of
from impasto_daemon.sheet_files import SHEET_SUFFIX, sheets_of
from impasto_daemon.survey import SourceContent, Survey, survey
from impasto_daemon.watcher import FileChange
from impasto_engine import READABLE_EXTENSIONS

_QUIET_SECONDS = 2.0  # after which a UDIM set or sequence that is being exported counts as complete
_YOUNG_SECONDS = 2.0  # a file changed this recently may still be written to
_STALE_SECONDS = 86400.0  # no order takes as long: whoever wrote that temp file is no more
_CONFIG_NAMES = (".impasto.yaml", ".impastoignore")


class Intake:
    """`on_survey` is called from a thread of its own; its Survey belongs in `take_survey`, in the loop's.

    mistakes: what was wrong in overrides and ignore files when they were last looked at.
    """

    def __init__(
        self, ledger: Ledger, plans: Plans, journal: Journal, on_survey: Callable[[Survey], None]
    ) -> None:
        self._ledger = ledger
        self._plans = plans
        self._journal = journal
        self._on_survey = on_survey
        self._books = Bookkeeping(ledger, journal)
        self._settle = Settle()
        self._gathering = Gathering(_QUIET_SECONDS)
        self._pool = ThreadPoolExecutor(1, "survey")
        self._surveying: set[Path] = set()
        self.mistakes: str | None = None

    @property
    def is_idle(self) -> bool:
        return not (self._surveying or len(self._settle) or len(self._gathering))

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def hint(self, change: FileChange) -> None:
        """Something happened there; what, the disk will say once it is quiet."""
        path = change.path
        if not is_nameable(path):
            return  # the scan warns of it
        if path.name in _CONFIG_NAMES or change.is_folder:
            if path.name in _CONFIG_NAMES or not self._plans.rulebook.is_ignored(path, folder=True):
                self.touch(path)
        elif (output := self._ledger.output(path)) is not None:
            if signature_of(path) is None:
                self.touch(output.source)
        elif path.suffix.lower() in READABLE_EXTENSIONS and not self._plans.rulebook.is_ignored(path):
            self.touch(path)
        elif path.suffix == SHEET_SUFFIX:
            for source in sheets_of(path):
                if self._ledger.source(source) is not None:
                    self.touch(source)

    def touch(self, path: Path) -> None:
        now = time.monotonic()
        self._settle.touch(path, now)
        if path.suffix.lower() in READABLE_EXTENSIONS:
            self._gathering.stir(self._expect(path), now)

    def look_at_settled(self) -> None:
        for path in self._settle.due(time.monotonic()):
            if path.suffix.lower() in READABLE_EXTENSIONS and not path.is_dir():
                self.look_at(path)
            else:  # a folder that came, went or moved, or an override: anything below may differ
                self._gathering.arrived(path)
                self.reconcile()

    def look_at(self, path: Path) -> None:
        if path not in self._surveying:
            self._expect(path)
            self._surveying.add(path)
            self._pool.submit(self._survey, path)

    def _expect(self, path: Path) -> tuple[Tie, ...]:
        ties = self._plans.neighbourhood.ties(path)
        self._gathering.expect(path, ties)
        return ties

    def _survey(self, path: Path) -> None:
        try:
            found = survey(path)
        except Exception as error:  # noqa: BLE001  one bad file never stops the rest, whatever a decoder throws
            message = f"{path}: {type(error).__name__}: {error}"
            found = Survey(path, signature_of(path), "", SourceContent(error=message))
        self._on_survey(found)

    def reconcile(self, *, at_start: bool = False) -> None:
        """The truth: scan the disk, take over unknown sidecars, look at what differs, let go of what is gone.

        at_start: no worker of ours writes yet, so every temp file is one that a killed worker left.
        """
        found = self._scan()
        for temp in found.temps:
            if at_start or time.time() - temp.lstat().st_mtime > _STALE_SECONDS:
                temp.unlink(missing_ok=True)
        self._journal.catch_up()
        self.mistakes = self._plans.mistakes_above(found.files)
        for folder in found.closed:
            self._journal.warn("it is not there or may not be read: nothing below is touched", str(folder))
        for path in found.unnameable:
            self._journal.warn("its name is not UTF-8: it is left alone", ascii(path.name))
        known = {output.source for output in self._ledger.outputs().values()}
        with self._ledger.transaction():
            for sidecar in found.sidecars:
                if sidecar.with_name(sidecar.name.removesuffix(SIDECAR_SUFFIX)) not in known:
                    self._adopt(sidecar)
        what = difference(found, self._ledger.sources(), self._ledger.outputs(), self._plans.digest_of)
        for path in what.changed:
            if time.time() - found.files[path][1] / 1e9 < _YOUNG_SECONDS:
                self.touch(path)
            else:
                self.look_at(path)
        for path in what.gone:
            self._forget(path)
        present = set(found.sidecars)
        for source in {job.source for job in self._ledger.jobs()}:
            if source in found.files and sidecar_path(source) not in present:
                self._journal.write_sidecar(source)

    def take_survey(self, found: Survey) -> None:
        """Where an override above the file is broken, nothing is changed."""
        path = found.path
        self._surveying.discard(path)
        self._gathering.arrived(path)
        if signature_of(path) != found.signature:  # meanwhile it changed: what was found holds no more
            self.touch(path)
        elif found.signature is None:
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
        has_planned = False
        for found in self._gathering.complete(time.monotonic()):
            if signature_of(found.path) != found.signature:
                self.touch(found.path)
                continue
            digest = self._plans.digest_of(found.path)  # before the plan: what changes after it is then seen
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
        return source in self._gathering or not self._gathering.is_at_rest(ties, time.monotonic())

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

    def _scan(self) -> Scan:
        return scan(self._plans.watch_folders, self._plans.rulebook)

    def _adopt(self, sidecar: Path) -> None:
        try:
            adopt(read_manifest(sidecar), sidecar, self._ledger)
        except ManifestError as error:
            self._journal.warn(str(error), sidecar.name)

    def _forget(self, source: Path) -> None:
        """The source is gone or ignored: its outputs go, and the sidecar says so."""
        concerned = self._plans.neighbourhood.concerned(source)
        self._gathering.drop(source)
        with self._ledger.transaction():
            had_jobs = self._books.strike(source)
            self._plans.forget(source)
            self._concern(concerned)
        if had_jobs:
            self._journal.write_tombstone(source)
