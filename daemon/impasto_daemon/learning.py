"""Styles that are being learned: what drafts wait for, one style at a time, and the drafts made final after it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from impasto_daemon.executors import Executor, WorkerDied
from impasto_daemon.journal import Journal
from impasto_daemon.ledger import Job, JobState, Ledger
from impasto_daemon.live import Event, EventKind, StyleLearning
from impasto_daemon.plan import PlannedVariant, Plans
from impasto_daemon.processing import Learned, LearnOrder, Refused, Step
from impasto_daemon.state import cache_folder
from impasto_engine import StyleRequest, missing_styles

_ATTEMPTS = 3
_SOURCES = 16
_USABLE = (JobState.QUEUED, JobState.RUNNING, JobState.DONE)
_STOCK_SECONDS = 0.5  # at the least, between two looks at all drafts
_POLL_SECONDS = 5.0  # after which a style may have been learned elsewhere

# images still to be learned, by hash, and with which settings
_Missing = frozenset[tuple[str, BaseModel | None]]


@dataclass(frozen=True, slots=True)
class _Draft:
    job: Job
    planned: PlannedVariant
    style: StyleRequest


@dataclass(slots=True)
class _Lesson:
    """What the worker learns now. wanted: what was missing when it began."""

    order: LearnOrder
    wanted: _Missing
    began: float
    done: int = 0
    total: int = 1


class Learning:
    """Goes by the ledger's drafts and the files in the cache, so that it does not matter who learned a style, nor
    when: an earlier run, or `impasto learn`."""

    def __init__(
        self,
        ledger: Ledger,
        plans: Plans,
        journal: Journal,
        executor: Executor,
        *,
        tickets: Iterator[int],
    ) -> None:
        self._ledger = ledger
        self._plans = plans
        self._journal = journal
        self._executor = executor
        self._tickets = tickets
        self._cache = cache_folder()
        self._lesson: _Lesson | None = None
        self._drafts: dict[_Missing, list[_Draft]] = {}
        self._attempts: dict[_Missing, int] = {}
        self._looked_at = -_POLL_SECONDS
        self._is_due = True

    @property
    def in_flight(self) -> bool:
        return self._lesson is not None

    @property
    def is_due(self) -> bool:
        """Whether `fill` has something to look at."""
        return self._is_due

    def owns(self, ticket: int) -> bool:
        return self._lesson is not None and self._lesson.order.ticket == ticket

    def now(self) -> StyleLearning | None:
        lesson = self._lesson
        if lesson is None:
            return None
        return StyleLearning(lesson.order.style.name, lesson.done, lesson.total, self._waiting(lesson))

    def look(self) -> None:
        """There may be drafts, or plans for them, that were not there before."""
        self._is_due = True

    def retry(self) -> None:
        """Styles that were given up are tried again."""
        self._attempts.clear()
        self._look_at_once()

    def fill(self) -> None:
        """Have drafts made final whose style is learned by now, and the worker learn the first of the others."""
        now = time.monotonic()
        pause = 0.0 if not self._drafts else _STOCK_SECONDS if self._is_due else _POLL_SECONDS
        if not (self._is_due or self._drafts) or now < self._looked_at + pause:
            return
        self._is_due = False
        self._looked_at = now
        self._drafts = self._take_stock()
        wanted = [missing for missing in self._drafts if self._attempts.get(missing, 0) < _ATTEMPTS]
        if not wanted or self._lesson is not None:
            return
        if self._ledger.has_suspects():  # they go alone, so that it shows who breaks the worker
            self._is_due = True
        else:
            self._begin(wanted[0])

    def take_report(self, report: Learned | Refused | Step) -> None:
        lesson = self._lesson
        if lesson is None:
            return
        if isinstance(report, Step):
            lesson.done, lesson.total = report.progress.done, report.progress.total
            return
        self._lesson = None
        self._look_at_once()
        missing = self._missing(lesson.order.style)
        if not missing:
            message = f"drafts that are made final now: {self._waiting(lesson)}"
            seconds = time.monotonic() - lesson.began
            self._tell("learned", lesson.order.style, message, seconds)
        elif isinstance(report, Learned):
            self._fail(missing, lesson.order.style, Refused(report.ticket, "write", "its file is not there"))
        elif report.kind != "stopped":
            self._fail(missing, lesson.order.style, report)

    def take_death(self, died: WorkerDied) -> None:
        ticket = self._lesson.order.ticket if self._lesson else None
        if ticket is not None and ticket in (*died.started, *died.waiting):
            kind = "fault" if ticket in died.suspects else "stopped"
            self.take_report(Refused(ticket, kind, died.message))

    def _look_at_once(self) -> None:
        self._is_due = True
        self._looked_at = -_POLL_SECONDS

    def _take_stock(self) -> dict[_Missing, list[_Draft]]:
        """The drafts by what they wait for; those that wait for nothing are queued again."""
        waiting: dict[_Missing, list[_Draft]] = {}
        for job in self._ledger.drafts():
            draft = self._draft_of(job)
            if draft is None:
                continue
            missing = self._missing(draft.style)
            if missing:
                waiting.setdefault(missing, []).append(draft)
            else:
                self._ledger.redo(job.id)
        return waiting

    def _draft_of(self, job: Job) -> _Draft | None:
        """None where the plan has changed, or is not known yet: the next look at its source tells."""
        planned = self._plans.variant(job.source, job.variant)
        style = planned.request.style if planned else None
        if planned is None or style is None or planned.record.fingerprint != job.fingerprint:
            return None
        return _Draft(job, planned, style)

    def _missing(self, style: StyleRequest) -> _Missing:
        return frozenset((image.sha256, style.settings) for image in missing_styles(self._cache, style))

    def _waiting(self, lesson: _Lesson) -> int:
        return sum(len(drafts) for missing, drafts in self._drafts.items() if missing & lesson.wanted)

    def _begin(self, wanted: _Missing) -> None:
        drafts = self._drafts[wanted]
        style = drafts[0].style
        order = LearnOrder(next(self._tickets), style, self._sources(drafts))
        self._lesson = _Lesson(order, wanted, time.monotonic())
        names = [self._plans.name(source) for source in order.sources]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        self._tell("learning", style, f"it is learned on {', '.join(names[:3])}{more}")
        self._executor.submit(order)

    def _sources(self, drafts: list[_Draft]) -> tuple[Path, ...]:
        """The drafts' own first, then others that are to be in this style."""
        found = {_painted(draft.planned, draft.job.source): None for draft in drafts}
        style = drafts[0].style
        for job in self._ledger.jobs_in_style(style.name, style.stylizer):
            if len(found) >= _SOURCES:
                break
            planned = self._plans.variant(job.source, job.variant) if job.state in _USABLE else None
            if planned is not None and planned.request.style == style:
                found[_painted(planned, job.source)] = None
        return tuple(found)[:_SOURCES]

    def _fail(self, missing: _Missing, style: StyleRequest, refused: Refused) -> None:
        """After a fault it is tried again; anything else would go wrong in the same way."""
        tried = self._attempts.get(missing, 0) + 1 if refused.kind == "fault" else _ATTEMPTS
        self._attempts[missing] = tried
        if tried < _ATTEMPTS:
            self._tell(
                "worker", style, f"attempt {tried} of {_ATTEMPTS} to learn it failed: {refused.message}"
            )
            return
        self._journal.failure_kinds.add(refused.kind)
        message = f"it cannot be learned, its drafts stay until `impasto retry`: {refused.message}"
        self._tell("warning", style, message)

    def _tell(self, kind: EventKind, style: StyleRequest, message: str, seconds: float | None = None) -> None:
        self._journal.observer.happened(
            Event(kind, variant=f"style {style.name}", message=message, seconds=seconds)
        )


def _painted(planned: PlannedVariant, source: Path) -> Path:
    """The texture that is painted for this variant: for a relief, that beside the source."""
    return planned.request.sibling.path if planned.request.sibling else source
