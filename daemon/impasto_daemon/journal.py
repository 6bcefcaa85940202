"""Tells what happened: to whoever watches, and to the sidecars."""

from collections.abc import Callable
from pathlib import Path

from impasto_daemon.errors import PublishError
from impasto_daemon.ledger import JobState, Ledger
from impasto_daemon.live import Event, EventKind, Observer
from impasto_daemon.manifest import SourceFile
from impasto_daemon.plan import Plans
from impasto_daemon.processing import Made
from impasto_daemon.publish import publish_manifest
from impasto_daemon.tally import read_tally


class Journal:
    """Counts what ended since the start. failure_kinds: "input", "weights", "device", "write" or "fault".

    tally: since the ledger began. may_write: whether the folder of a path is this daemon's to write into.
    """

    def __init__(
        self, ledger: Ledger, plans: Plans, observer: Observer, may_write: Callable[[Path], bool]
    ) -> None:
        self._ledger = ledger
        self._plans = plans
        self.observer = observer
        self.may_write = may_write
        self.done = 0
        self.failed = 0
        self.failure_kinds: set[str] = set()
        self.tally = read_tally(ledger.fact("tally"))

    def warn(self, message: str, file: str = "") -> None:
        self.observer.happened(Event("warning", file, message=message))

    def ready(self, source: Path, variant: str, made: Made) -> None:
        self.done += 1
        self.tally.add_job(made.seconds, made.retries)
        message = "; ".join(made.notes)
        self.observer.happened(Event("ready", self._plans.name(source), variant, message, made.seconds))
        self.write_sidecar(source)

    def copied(self, source: Path, variant: str, before: Path) -> None:
        self.done += 1
        message = f"a copy of {self._plans.name(before)}"
        self.observer.happened(Event("ready", self._plans.name(source), variant, message))
        self.write_sidecar(source)

    def moved(self, source: Path, variant: str, before: Path) -> None:
        message = f"moved from {self._plans.name(before)}"
        self.observer.happened(Event("moved", self._plans.name(source), variant, message))
        self.write_sidecar(source)

    def retired(self, source: Path, variant: str) -> None:
        self.observer.happened(Event("retired", self._plans.name(source), variant))

    def failure(self, source: Path, variant: str, state: JobState, kind: str, message: str) -> None:
        self.failed += 1
        self.tally.failures += 1
        self.failure_kinds.add(kind)
        event: EventKind = "blocked" if state is JobState.BLOCKED else "failed"
        self.observer.happened(Event(event, self._plans.name(source), variant, message))
        self.write_sidecar(source)

    def hang(self, now: float) -> None:
        """A worker was ended for getting no further. now: seconds since 1970."""
        self.tally.hangs += 1
        self._ledger.set_fact("hung", now)

    def write_sidecar(self, source: Path) -> None:
        self._publish(source, self._plans.facts(source))

    def write_tombstone(self, source: Path) -> None:
        """The sidecar of a source that is gone: it lists what is retired."""
        self._publish(source, None)

    def catch_up(self) -> None:
        """Write the sidecars that could not be written, or that an earlier run did not get to."""
        for source in self._ledger.untold():
            if self._ledger.source(source) is not None:
                self.write_sidecar(source)
            elif not self._ledger.jobs_of(source):  # else it may only have been renamed
                self.write_tombstone(source)

    def _publish(self, source: Path, facts: SourceFile | None) -> None:
        if not self.may_write(source):
            return  # the ledger knows that it owes this sidecar
        try:
            publish_manifest(source, facts, self._ledger)
        except PublishError as error:
            self.failed += 1
            self.failure_kinds.add("write")
            self.observer.happened(Event("blocked", self._plans.name(source), message=str(error)))
