"""`status`: the queue, what runs, what failed and why, and outputs that were edited by hand."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from impasto_daemon.edits import is_edited
from impasto_daemon.ledger import JobState, Ledger
from impasto_daemon.lock import is_running
from impasto_daemon.state import ledger_path
from impasto_daemon.tally import Tally, read_tally

_BAD = (JobState.FAILED, JobState.BLOCKED, JobState.DEAD)
_LONG_SECONDS = 600.0
_HANG_MATTERS_SECONDS = 86_400.0  # what hung once in a while is tried again, and no news after a day


@dataclass(frozen=True, slots=True)
class Trouble:
    source: str
    variant: str
    state: str
    error: str


@dataclass(frozen=True, slots=True)
class Status:
    """drafts: jobs done with a style that had still to be learned. moment: what the daemon last told of itself,
    as its ledger has it. waiting: why folders are not processed. oldest: seconds that the oldest queued job has
    waited. hung: seconds since a worker last hung. health: what is wrong; empty where all is well."""

    config: str
    running: bool
    paused: bool
    config_error: str | None
    sources: int
    jobs: dict[str, int]
    drafts: int
    troubles: tuple[Trouble, ...]
    edited: tuple[str, ...]
    moment: object
    waiting: tuple[str, ...]
    oldest: float
    hung: float | None
    tally: Tally

    @property
    def health(self) -> tuple[str, ...]:
        return tuple(_complaints(self))


def show_status(config: Path, *, as_json: bool) -> None:
    status = read_status(config)
    if as_json:
        document = {
            "config": status.config,
            "running": status.running,
            "paused": status.paused,
            "config_error": status.config_error,
            "sources": status.sources,
            "jobs": status.jobs,
            "drafts": status.drafts,
            "troubles": [
                {"source": one.source, "variant": one.variant, "state": one.state, "error": one.error}
                for one in status.troubles
            ],
            "edited": list(status.edited),
            "moment": status.moment,
            "oldest": status.oldest,
            "hung": status.hung,
            "health": list(status.health),
        }
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        _print(status, Console())


def read_status(config: Path) -> Status:
    """Raises LedgerError."""
    ledger = Ledger(ledger_path(config))
    try:
        error, arrived, hung = ledger.fact("config_error"), ledger.oldest_arrival(), ledger.fact("hung")
        moment = ledger.fact("moment")
        return Status(
            config=str(config),
            running=is_running(config),
            paused=bool(ledger.fact("paused")),
            config_error=error if isinstance(error, str) else None,
            sources=len(ledger.sources()),
            jobs={str(state): number for state, number in ledger.counts().items()},
            drafts=len(ledger.drafts()),
            troubles=tuple(
                Trouble(str(job.source), job.variant, str(job.state), job.error or "")
                for state in _BAD
                for job in ledger.jobs(state)
            ),
            edited=tuple(str(output.path) for output in ledger.outputs().values() if is_edited(output)),
            moment=moment,
            waiting=tuple(moment.get("waiting", ())) if isinstance(moment, dict) else (),
            oldest=_seconds_since(arrived) if arrived is not None else 0.0,
            hung=_seconds_since(hung) if isinstance(hung, float) else None,
            tally=read_tally(ledger.fact("tally")),
        )
    finally:
        ledger.close()


def _seconds_since(moment: float) -> float:
    return max(0.0, round(time.time() - moment, 1))


def _complaints(status: Status) -> Iterator[str]:
    queued, running = (status.jobs.get(state, 0) for state in (JobState.QUEUED, JobState.RUNNING))
    if status.config_error:
        yield "the config is broken"
    for state in reversed(_BAD):
        if number := status.jobs.get(state, 0):
            yield f"{number} {state}"
    if status.hung is not None and status.hung < _HANG_MATTERS_SECONDS:
        yield f"a worker hung {status.hung / 60:.0f} min ago, and was ended"
    if queued and not status.running:
        yield f"{queued} queued and no daemon is running"
    elif queued and not (status.paused or status.waiting or running) and status.oldest > _LONG_SECONDS:
        yield f"{queued} queued, the oldest for {status.oldest / 60:.0f} min, and none is running"


def _print(status: Status, console: Console) -> None:
    daemon = "running" if status.running else "not running"
    console.print(f"daemon {daemon}{', paused' if status.paused else ''}, {status.sources} sources seen")
    console.print(f"health: {'; '.join(status.health) or 'well'}")
    if status.config_error:
        console.print(
            f"the config is broken, the last good one is in force:\n{status.config_error}",
            style="red",
            markup=False,
        )
    for wait in status.waiting if status.running else ():
        console.print(f"waits: {wait}", style="yellow", markup=False)
    counts = ", ".join(f"{number} {state}" for state, number in sorted(status.jobs.items()))
    console.print(f"jobs: {counts or 'none'}")
    if status.drafts:
        console.print(f"drafts that wait for their style to be learned: {status.drafts}")
    learning = status.moment.get("learning") if isinstance(status.moment, dict) else None
    if learning and status.running:
        console.print(f"learning style {learning['style']}: {learning['done']} of {learning['total']} steps")
    if status.troubles:
        table = Table("source", "variant", "state", "why", show_edge=False)
        for one in status.troubles:
            table.add_row(
                *(Text(cell) for cell in (Path(one.source).name, one.variant, one.state, one.error))
            )
        console.print(table)
    for path in status.edited:
        console.print(f"edited by hand, kept as it is: {path}", style="yellow", markup=False)
