"""The ledger's record of a source, brought in line with its plan: what is remembered, queued and retired."""

from pathlib import Path

from impasto_daemon.disk import discard
from impasto_daemon.errors import ManifestError, PublishError
from impasto_daemon.journal import Journal
from impasto_daemon.ledger import Job, JobState, Ledger, SeenSource
from impasto_daemon.manifest import read_manifest, sidecar_path
from impasto_daemon.plan import Plan, PlannedVariant
from impasto_daemon.publish import check_may_write, retire
from impasto_daemon.reconcile import adopt
from impasto_daemon.settle import is_older
from impasto_daemon.survey import Survey

_TOMBSTONE_SECONDS = 30 * 86400.0


class Bookkeeping:
    def __init__(self, ledger: Ledger, journal: Journal) -> None:
        self._ledger = ledger
        self._journal = journal

    def align(self, found: Survey, plan: Plan, digest: str) -> None:
        """Bring the ledger's jobs of this source in line with the plan. digest: of what the plan goes by."""
        source = found.path
        if not self._ledger.jobs_of(source) and sidecar_path(source).exists():  # both were moved here
            self.adopt(sidecar_path(source))
        standing = {job.variant: job for job in self._ledger.jobs_of(source)}
        refused: list[tuple[str, JobState, str]] = []
        with self._ledger.transaction():
            self._remember_source(found, plan.outcome, digest)
            for planned in plan.variants:
                job = standing.pop(planned.record.id, None)
                if job is None or not self._is_settled(job, planned):
                    refused += self._enqueue(found, planned, job)
            for job in standing.values():
                self.retire(job)
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
        self, found: Survey, planned: PlannedVariant, before: Job | None
    ) -> list[tuple[str, JobState, str]]:
        """Put the job in the ledger; what is wrong with it already, if anything."""
        record = planned.record
        if before is not None and before.output == planned.output:
            record = record.with_maps_of(before.record)
        state, error = JobState.QUEUED, planned.error
        if error is not None:
            state = JobState.FAILED
        else:
            try:
                check_may_write(planned.output, found.path, self._ledger, fingerprint=record.fingerprint)
            except PublishError as problem:
                state, error = JobState.BLOCKED, str(problem)
        if error is not None:
            record = record.model_copy(update={"status": "failed", "error": error})
        self._ledger.put_job(found.path, record, planned.output, state, arrived=found.arrived)
        return [(record.id, state, error)] if error is not None else []

    def remember(self, found: Survey, outcome: str, digest: str) -> None:
        self._remember_source(found, outcome, digest)
        if found.signature is not None:
            self._ledger.remember_content(found.sha256, found.content.model_dump_json())

    def _remember_source(self, found: Survey, outcome: str, digest: str) -> None:
        if found.signature is not None:
            seen = SeenSource(found.path, *found.signature, found.sha256, digest, outcome)
            self._ledger.remember_source(seen)

    def adopt(self, sidecar: Path, *, now: float = 0.0) -> bool:
        """Take it for the record of what was made, where there is none; whether it is more than a tombstone.

        now: seconds since 1970. An old tombstone has been read by every editor, and goes.
        """
        try:
            manifest = read_manifest(sidecar)
        except ManifestError as error:
            self._journal.warn(str(error), sidecar.name)
            return False
        with self._ledger.transaction():
            adopt(manifest, sidecar, self._ledger)
        is_needed = manifest.variants or self._ledger.outputs_of(sidecar.parent / manifest.source.file)
        if not is_needed and is_older(sidecar, now - _TOMBSTONE_SECONDS):
            discard(sidecar)
        return bool(manifest.variants)

    def strike(self, source: Path) -> None:
        """Forget a source and let its jobs and outputs go; the sidecar says so."""
        with self._ledger.transaction():
            jobs = self._ledger.jobs_of(source)
            for job in jobs:
                self.retire(job)
            self._retire_outputs(source, set())
            self._ledger.forget_source(source)
        if jobs:
            self._journal.write_tombstone(source)

    def retire(self, job: Job) -> None:
        self._ledger.drop_job(job.id)
        self._journal.retired(job.source, job.variant)

    def _retire_outputs(self, source: Path, wanted: set[Path]) -> None:
        for output in self._ledger.outputs_of(source):
            if output.path in wanted or not self._journal.may_write(output.path):
                continue
            try:
                retire(output, self._ledger)
            except OSError as error:
                self._journal.warn(f"cannot be deleted: {error.strerror}", output.path.name)
