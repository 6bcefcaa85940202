"""From queued jobs to published outputs: orders to the worker, its reports to disk and ledger."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon import failpoints
from impasto_daemon.clock import Clock
from impasto_daemon.disk import discard, is_full
from impasto_daemon.errors import PublishError
from impasto_daemon.executors import Executor, WorkerDied
from impasto_daemon.journal import Journal
from impasto_daemon.ledger import Job, JobState, Ledger
from impasto_daemon.live import Event, Running
from impasto_daemon.manifest import temp_path
from impasto_daemon.moves import Moves
from impasto_daemon.plan import PlannedVariant, Plans
from impasto_daemon.processing import Made, Order, Refused, Step
from impasto_daemon.publish import check_may_write, publish_image, ready_record
from impasto_daemon.settle import signature_of
from impasto_daemon.survey import FINGERPRINT_KEY
from impasto_engine import Preview, Progress

_ATTEMPTS = 3
_BACKOFF_SECONDS = 5.0
_HOLD_SECONDS = 0.5
_SETTLE_SECONDS = 2.0  # after which the source has been looked at again, and the job replaced if it changed
_BEGINNING = Progress("decode", 0, 1)
_STATES = {"fault": JobState.DEAD, "weights": JobState.BLOCKED, "device": JobState.BLOCKED}


@dataclass(slots=True)
class _Flight:
    """A job in the worker."""

    job: Job
    planned: PlannedVariant
    order: Order
    progress: Progress = _BEGINNING
    preview: Preview | None = None
    is_cancelled: bool = False


class Dispatch:
    """`take_report` gives back a file that has to be looked at again, since it changed meanwhile."""

    def __init__(  # noqa: PLR0913  the parts that it ties together
        self,
        ledger: Ledger,
        plans: Plans,
        journal: Journal,
        executor: Executor,
        *,
        tickets: Iterator[int],
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._ledger = ledger
        self._plans = plans
        self._journal = journal
        self._executor = executor
        self._moves = Moves(ledger, plans, journal)
        self._flights: dict[int, _Flight] = {}
        self._tickets = tickets
        self._full: Path | None = None  # a folder on a disk without room

    @property
    def in_flight(self) -> int:
        return len(self._flights)

    def is_writing(self, temp: str) -> bool:
        """Whether that is the name of a temp file of a job in the worker."""
        return any(flight.order.temp.name == temp for flight in self._flights.values())

    def running(self) -> tuple[Running, ...]:
        return tuple(
            Running(
                self._plans.name(flight.job.source),
                flight.job.variant,
                flight.progress.stage,
                flight.progress.done,
                flight.progress.total,
                flight.preview,
            )
            for flight in self._flights.values()
        )

    def recover(self) -> None:
        """What an earlier run, or the worker in this one, did not finish goes back to the queue, uncounted."""
        for flight in self._flights.values():
            discard(flight.order.temp)
        self._flights.clear()
        self._ledger.recover()

    def fill(self, is_held: Callable[[Path], bool]) -> bool:
        """Send the worker as many due jobs as it takes; one that may have broken it goes alone, to be sure. Whether
        there may be more to do right now.

        One that is made but not published yet counts as well: were the daemon killed now, it would be made again.
        is_held: whether a source is about to be planned anew, so that its job would run for nothing.
        """
        if self._is_full():
            return False
        while len(self._flights) < self._executor.capacity and not self._has_suspect():
            job = self._ledger.claim(self._clock.monotonic())
            if job is None:
                return False
            failpoints.reach("claim")
            if not self._journal.may_write(job.source):
                self._ledger.requeue(job.id, math.inf, refund=True)  # until the folder is ours again
                continue
            if is_held(job.source):
                self._ledger.requeue(job.id, self._clock.monotonic() + _HOLD_SECONDS, refund=True)
                continue
            if job.attempts > 1 and self._executor.is_learning:
                self._ledger.requeue(job.id, self._clock.monotonic() + _HOLD_SECONDS, refund=True)
                continue
            if job.attempts > 1 and self._flights:
                self._ledger.requeue(job.id, refund=True)
                return False
            planned = self._plans.variant(job.source, job.variant)
            seen = self._ledger.source(job.source)
            if planned is None or seen is None or planned.record.fingerprint != job.fingerprint:
                # the plan changed, or is not known while an override is broken: a new look queues what is due
                self._ledger.drop_job(job.id)
                self._ledger.doubt_source(job.source)
                continue
            if not self._may_begin(job, planned) or self._moves.serve(job, planned):
                continue
            if is_full(job.output.parent):
                self._ledger.requeue(job.id, refund=True)
                self._wait_for_room(job.output.parent)
                return False
            if not self._has_changed(job.source) and self._moves.copy(job, planned):
                return True  # of thousands, say
            order = Order(
                ticket=next(self._tickets),
                source=job.source,
                sha256=seen.sha256,
                request=planned.request,
                temp=temp_path(job.output),
                file_format=job.output.suffix.lower(),
                linear=planned.linear,
                metadata={FINGERPRINT_KEY: job.fingerprint},
                may_draft=True,
            )
            self._flights[order.ticket] = _Flight(job, planned, order)
            self._executor.submit(order)
        return False

    def _has_suspect(self) -> bool:
        """Whether what is in the worker may have broken one before."""
        return any(flight.job.attempts > 1 for flight in self._flights.values())

    def cancel_unwanted(self) -> None:
        """Have the worker let go of what the plan does not ask for any more, so that it gets to what it does."""
        for flight in self._flights.values():
            if not flight.is_cancelled and not self._is_wanted(flight):
                flight.is_cancelled = True
                self._executor.cancel(flight.order.ticket)

    def _wait_for_room(self, folder: Path) -> None:
        self._full = folder
        message = f"the disk is full: nothing is begun until there is room in {folder}"
        self._journal.observer.happened(Event("paused", message=message))

    def _is_full(self) -> bool:
        if self._full is None:
            return False
        if is_full(self._full):
            return True
        self._full = None
        self._journal.observer.happened(Event("paused", message="resumed: there is room on the disk again"))
        return False

    def _may_begin(self, job: Job, planned: PlannedVariant) -> bool:
        """Checked before the network runs for nothing; said only when it is news."""
        state, kind, problem = JobState.FAILED, "input", planned.error
        if job.fingerprint:  # without one there is nothing to make, and the plan says why
            state, kind, problem = JobState.BLOCKED, "write", self._cannot_write(job)
        if problem is None:
            return True
        self._ledger.finish(job.id, state, planned.record.failed(problem, job.record))
        if job.error != problem:
            self._journal.failure(job.source, job.variant, state, kind, problem)
        return False

    def _cannot_write(self, job: Job) -> str | None:
        try:
            check_may_write(job.output, job.source, self._ledger, fingerprint=job.fingerprint)
        except PublishError as error:
            return str(error)
        return None

    def take_report(self, report: Made | Refused | Step) -> Path | None:
        if isinstance(report, Step):
            flight = self._flights.get(report.ticket)
            if flight is not None:
                flight.progress = report.progress
                flight.preview = report.progress.preview or flight.preview
            return None
        flight = self._flights.pop(report.ticket)
        return self._land(flight, report) if isinstance(report, Made) else self._refuse(flight, report)

    def take_death(self, died: WorkerDied) -> None:
        """Jobs that may be at fault count an attempt, all others do not."""
        self._journal.observer.happened(Event("worker", message=f"{died.message}; a new one is started"))
        if died.hung:
            self._journal.hang(self._clock.wall())
        for ticket in (*died.waiting, *died.started):
            flight = self._flights.pop(ticket, None)
            if flight is None:  # it is learned, not made
                continue
            if ticket in died.suspects:
                self._refuse(flight, Refused(ticket, "fault", died.message))
                continue
            discard(flight.order.temp)
            if self._is_wanted(flight):
                self._ledger.requeue(flight.job.id, refund=True)

    def _land(self, flight: _Flight, made: Made) -> Path | None:
        job, temp = flight.job, flight.order.temp
        if not self._is_wanted(flight):
            discard(temp)
            return None
        if not self._journal.may_write(job.output):
            discard(temp)
            self._ledger.requeue(job.id, math.inf, refund=True)
            return None
        if self._has_changed(job.source):
            discard(temp)
            self._ledger.requeue(job.id, self._clock.monotonic() + _SETTLE_SECONDS, refund=True)
            return job.source
        try:
            publish_image(temp, job.output, job.source, made.sha256, self._ledger)
        except PublishError as error:
            discard(temp)
            self._cannot_land(flight, str(error))
            return None
        record = ready_record(made, flight.planned, job.output.name)
        self._ledger.finish(job.id, JobState.DONE, record)
        failpoints.reach("done")
        self._journal.ready(job.source, job.variant, made)
        return None

    def _refuse(self, flight: _Flight, refused: Refused) -> Path | None:
        job = flight.job
        discard(flight.order.temp)
        if refused.kind == "cancelled" or not self._is_wanted(flight):  # what replaced it is queued since
            return None
        if refused.kind in ("write", "fault") and not self._journal.may_write(job.output):
            self._ledger.requeue(job.id, math.inf, refund=True)  # its share went
            return None
        if refused.kind == "changed" or (refused.kind == "input" and self._has_changed(job.source)):
            self._ledger.requeue(job.id, self._clock.monotonic() + _SETTLE_SECONDS, refund=True)
            return refused.changed or job.source
        if refused.kind == "fault" and job.attempts < _ATTEMPTS:
            self._ledger.requeue(job.id, self._clock.monotonic() + _BACKOFF_SECONDS * job.attempts)
            message = f"attempt {job.attempts} of {_ATTEMPTS} failed: {refused.message}"
            self._journal.observer.happened(
                Event("worker", self._plans.name(job.source), job.variant, message)
            )
            return None
        if refused.kind == "write":
            self._cannot_land(flight, refused.message)
        else:
            self._fail(flight, _STATES.get(refused.kind, JobState.FAILED), refused.kind, refused.message)
        return None

    def _has_changed(self, source: Path) -> bool:
        seen = self._ledger.source(source)
        return seen is None or signature_of(source) != seen.signature

    def _cannot_land(self, flight: _Flight, message: str) -> None:
        """On a full disk the job waits with all others; else it is blocked until the next scan, or `retry`."""
        if not is_full(flight.job.output.parent):
            self._fail(flight, JobState.BLOCKED, "write", message)
            return
        self._ledger.requeue(flight.job.id, refund=True)
        if self._full is None:
            self._wait_for_room(flight.job.output.parent)

    def _is_wanted(self, flight: _Flight) -> bool:
        """False once the plan has changed: the new job is queued, or in flight beside this one."""
        job, current = flight.job, self._ledger.job(flight.job.id)
        return current is not None and (current.fingerprint, current.output) == (job.fingerprint, job.output)

    def _fail(self, flight: _Flight, state: JobState, kind: str, message: str) -> None:
        job = flight.job
        self._ledger.finish(job.id, state, flight.planned.record.failed(message, job.record))
        self._journal.failure(job.source, job.variant, state, kind, message)
