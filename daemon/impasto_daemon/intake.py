"""From hints and scans to jobs in the ledger: what is there, what should be there, and the difference."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from impasto_daemon.errors import ConfigError, ManifestError, PublishError
from impasto_daemon.journal import Journal
from impasto_daemon.ledger import Job, JobState, Ledger, SeenSource
from impasto_daemon.manifest import SIDECAR_SUFFIX, read_manifest, sidecar_path
from impasto_daemon.plan import Plan, PlannedVariant, Plans
from impasto_daemon.publish import check_may_write, retire
from impasto_daemon.reconcile import Scan, adopt, difference, is_nameable, scan
from impasto_daemon.settle import Settle, signature_of
from impasto_daemon.sheet_files import SHEET_SUFFIX, sheets_of
from impasto_daemon.survey import SourceContent, Survey, survey
from impasto_daemon.watcher import FileChange
from impasto_engine import READABLE_EXTENSIONS

_YOUNG_SECONDS = 2.0  # a file changed this recently may still be written to
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
        self._settle = Settle()
        self._pool = ThreadPoolExecutor(1, "survey")
        self._surveying: set[Path] = set()
        self.mistakes: str | None = None

    @property
    def is_idle(self) -> bool:
        return not self._surveying and not len(self._settle)

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
        self._settle.touch(path, time.monotonic())

    def look_at_settled(self) -> None:
        for path in self._settle.due(time.monotonic()):
            if path.suffix.lower() in READABLE_EXTENSIONS and not path.is_dir():
                self.look_at(path)
            else:  # a folder that came, went or moved, or an override: anything below may differ
                self.reconcile()

    def look_at(self, path: Path) -> None:
        if path not in self._surveying:
            self._surveying.add(path)
            self._pool.submit(self._survey, path)

    def _survey(self, path: Path) -> None:
        try:
            found = survey(path)
        except Exception as error:  # noqa: BLE001  one bad file never stops the rest, whatever a decoder throws
            message = f"{path}: {type(error).__name__}: {error}"
            found = Survey(path, signature_of(path), "", SourceContent(error=message))
        self._on_survey(found)

    def sweep_temps(self) -> None:
        """Delete what a killed worker left; only at the start, under the lock."""
        for temp in self._scan().temps:
            temp.unlink(missing_ok=True)

    def reconcile(self) -> None:
        """The truth: scan the disk, take over unknown sidecars, look at what differs, let go of what is gone."""
        found = self._scan()
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
        self._surveying.discard(found.path)
        if signature_of(found.path) != found.signature:  # meanwhile it changed: what was found holds no more
            self.touch(found.path)
        elif found.signature is None:
            self._forget(found.path)
        elif found.content.made_by_impasto:
            outcome = "an output of impasto whose record was lost: not a source"
            self._remember(found, outcome, self._plans.digest_of(found.path))
        else:
            digest = self._plans.digest_of(found.path)  # before the plan: what changes after it is then seen
            try:
                plan = self._plans.of_survey(found)
            except ConfigError as error:
                self.mistakes = self.mistakes or str(error)
            else:
                self._apply(found, plan, digest)

    def _scan(self) -> Scan:
        return scan(self._plans.watch_folders, self._plans.rulebook)

    def _adopt(self, sidecar: Path) -> None:
        try:
            adopt(read_manifest(sidecar), sidecar, self._ledger)
        except ManifestError as error:
            self._journal.warn(str(error), sidecar.name)

    def _apply(self, found: Survey, plan: Plan, digest: str) -> None:
        """Bring the ledger's jobs of this source in line with the plan."""
        source = found.path
        standing = {job.variant: job for job in self._ledger.jobs_of(source)}
        refused: list[tuple[str, JobState, str]] = []
        with self._ledger.transaction():
            self._remember(found, plan.outcome, digest)
            for planned in plan.variants:
                job = standing.pop(planned.record.id, None)
                if job is None or not self._is_settled(job, planned):
                    refused += self._enqueue(source, planned, job)
            for job in standing.values():
                self._retire(job)
            self._retire_outputs(source, {planned.output for planned in plan.variants})
        for variant, state, message in refused:
            kind = "write" if state is JobState.BLOCKED else "input"
            self._journal.failure(source, variant, state, kind, message)
        if standing and not refused:
            self._journal.write_sidecar(source)

    def _is_settled(self, job: Job, planned: PlannedVariant) -> bool:
        if job.fingerprint != planned.record.fingerprint or job.output != planned.output:
            return False
        if planned.error is not None and planned.error != job.error:
            return False
        return job.state is not JobState.DONE or job.output.exists()

    def _enqueue(
        self, source: Path, planned: PlannedVariant, before: Job | None
    ) -> list[tuple[str, JobState, str]]:
        """Put the job in the ledger; what is wrong with it already, if anything."""
        record = planned.record
        if before is not None and before.output == planned.output:
            record = record.model_copy(update={"maps": before.record.maps})
        state, error = JobState.QUEUED, planned.error
        if error is not None:
            state = JobState.FAILED
        else:
            try:
                check_may_write(planned.output, source, self._ledger)
            except PublishError as problem:
                state, error = JobState.BLOCKED, str(problem)
        if error is not None:
            record = record.model_copy(update={"status": "failed", "error": error})
        self._ledger.put_job(source, record, planned.output, state)
        return [(record.id, state, error)] if error is not None else []

    def _forget(self, source: Path) -> None:
        """The source is gone or ignored: its outputs go, and the sidecar says so."""
        jobs = self._ledger.jobs_of(source)
        facts = self._plans.facts(source)
        with self._ledger.transaction():
            for job in jobs:
                self._retire(job)
            self._retire_outputs(source, set())
            self._ledger.forget_source(source)
        self._plans.forget(source)
        if jobs:
            self._journal.write_tombstone(source, facts)

    def _retire(self, job: Job) -> None:
        self._ledger.drop_job(job.id)
        self._journal.retired(job.source, job.variant)

    def _retire_outputs(self, source: Path, wanted: set[Path]) -> None:
        for output in self._ledger.outputs_of(source):
            if output.path in wanted:
                continue
            try:
                retire(output, self._ledger)
            except OSError as error:
                self._journal.warn(f"cannot be deleted: {error.strerror}", output.path.name)

    def _remember(self, found: Survey, outcome: str, digest: str) -> None:
        if found.signature is None:
            return
        self._ledger.remember_source(SeenSource(found.path, *found.signature, found.sha256, digest, outcome))
        self._ledger.remember_content(found.sha256, found.content.model_dump_json())
