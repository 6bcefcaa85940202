"""What was made of a picture is not made again: an output follows its source to another name or place, and goes to
a copy of the source as a copy."""

from contextlib import suppress
from pathlib import Path

from impasto_daemon import failpoints
from impasto_daemon.disk import discard
from impasto_daemon.edits import differs, is_edited
from impasto_daemon.errors import PublishError
from impasto_daemon.journal import Journal
from impasto_daemon.ledger import Job, JobState, Ledger
from impasto_daemon.manifest import MapFile, Variant, temp_path
from impasto_daemon.plan import PlannedVariant, Plans
from impasto_daemon.publish import check_may_write, copy, move, publish_image, retire
from impasto_daemon.settle import signature_of, source_signature_of

_EDITORS_NOTES = (".meta", ".import")  # Unity's and Godot's, beside each file: its id, its import settings


class Moves:
    """Killed at any point, the same move is made to its end when it is asked for again."""

    def __init__(self, ledger: Ledger, plans: Plans, journal: Journal) -> None:
        self._ledger = ledger
        self._plans = plans
        self._journal = journal

    def serve(self, job: Job, planned: PlannedVariant) -> bool:
        """Give the job what was made for a source that is gone; False where there is nothing like it."""
        return any(
            self._hand_over(made, job, planned)
            for made in self._ledger.jobs_with(job.fingerprint, JobState.DONE)
            if source_signature_of(made.source) is None
        )

    def copy(self, job: Job, planned: PlannedVariant) -> bool:
        """Give the job a copy of what was made for a source like its own; False where there is nothing like it."""
        made = self._ledger.jobs_with(job.fingerprint, JobState.DONE)
        return any(self._copy(one, job, planned) for one in made)

    def bequeath(self, source: Path) -> None:
        """Give what was made for a source that is gone to jobs that wait for the same."""
        for made in self._ledger.jobs_of(source):
            if made.state is not JobState.DONE or not made.fingerprint:
                continue
            for job in self._ledger.jobs_with(made.fingerprint, JobState.QUEUED):
                planned = self._plans.variant(job.source, job.variant)
                is_asked = planned is not None and planned.record.fingerprint == job.fingerprint
                if planned is not None and is_asked and self._hand_over(made, job, planned):
                    break

    def _hand_over(self, made: Job, job: Job, planned: PlannedVariant) -> bool:
        record = made.record
        if record.draft or not record.maps:
            return False
        if not (self._journal.may_write(made.output) and self._journal.may_write(job.output)):
            return False
        file = record.maps[0]
        try:
            check_may_write(job.output, job.source, self._ledger)
            if self._has_landed(job, file):
                publish_image(job.output, job.output, job.source, file.sha256, self._ledger)
            elif self._is_intact(made, file):
                self._move_notes(made.output, job.output)
                publish_image(made.output, job.output, job.source, file.sha256, self._ledger)
            else:
                return False
        except PublishError:
            return False  # that of the job itself will tell
        if made.output != job.output:
            self._let_go(made)
        with self._ledger.transaction():
            self._ledger.finish(job.id, JobState.DONE, _as_planned(planned, record, file))
            self._ledger.drop_job(made.id)
        failpoints.reach("done")
        self._journal.moved(job.source, job.variant, made.output)
        self._journal.write_tombstone(made.source)
        return True

    def _copy(self, made: Job, job: Job, planned: PlannedVariant) -> bool:
        record = made.record
        if record.draft or not record.maps or not self._is_intact(made, record.maps[0]):
            return False
        file, temp = record.maps[0], temp_path(job.output)
        try:
            copy(made.output, temp)
            if differs(temp, file.sha256) or not self._journal.may_write(job.output):
                return False
            publish_image(temp, job.output, job.source, file.sha256, self._ledger)
        except (OSError, PublishError):
            return False  # as above
        finally:
            discard(temp)
        self._ledger.finish(job.id, JobState.DONE, _as_planned(planned, record, file))
        failpoints.reach("done")
        self._journal.copied(job.source, job.variant, made.output)
        return True

    def _has_landed(self, job: Job, file: MapFile) -> bool:
        """Whether an earlier run was killed after it had moved the file."""
        known = self._ledger.output(job.output)
        is_his = known is not None and known.source == job.source
        return is_his and not differs(job.output, file.sha256)

    def _is_intact(self, made: Job, file: MapFile) -> bool:
        known = self._ledger.output(made.output)
        if known is None or signature_of(made.output) is None or is_edited(known):
            return False
        return (known.source, known.sha256, known.incoming) == (made.source, file.sha256, None)

    def _move_notes(self, before: Path, output: Path) -> None:
        """First, so that no editor sees the file without them; those that stand at the new place stay."""
        for suffix in _EDITORS_NOTES:
            notes, place = before.with_name(before.name + suffix), output.with_name(output.name + suffix)
            if notes.is_file() and not place.exists():
                with suppress(OSError):
                    move(notes, place)

    def _let_go(self, made: Job) -> None:
        """Of the place that it was moved from: across file systems a kill may have left it there as well."""
        known = self._ledger.output(made.output)
        if known is not None and known.source == made.source:
            with suppress(OSError):
                retire(known, self._ledger)


def _as_planned(planned: PlannedVariant, made: Variant, file: MapFile) -> Variant:
    """What was asked for as the new name has it, what was made as it was."""
    channels = planned.packing or file.channels
    name, normal_y = planned.output.name, planned.normal_y
    moved = file.model_copy(update={"file": name, "normal_y": normal_y, "channels": channels})
    kept = {name: getattr(made, name) for name in ("encoder", "upscaler", "notes", "device", "seconds")}
    return planned.record.model_copy(update={**kept, "status": "ready", "error": None, "maps": (moved,)})
