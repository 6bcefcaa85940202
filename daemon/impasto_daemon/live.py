"""What the daemon tells while it runs: events as they happen, and a picture of the moment."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from impasto_daemon.half_blocks import HalfBlocks
from impasto_engine import Preview

EventKind = Literal[
    "ready",
    "failed",
    "blocked",
    "moved",
    "retired",
    "skipped",
    "learning",
    "learned",
    "config",
    "worker",
    "paused",
    "warning",
]
_COLORS: dict[EventKind, str] = {
    "ready": "green",
    "failed": "red",
    "blocked": "yellow",
    "moved": "blue",
    "retired": "blue",
    "skipped": "dim",
    "learning": "cyan",
    "learned": "green",
    "config": "cyan",
    "worker": "magenta",
    "paused": "cyan",
    "warning": "yellow",
}
_OTHER_ROWS = 8  # jobs in the worker, the line below them, and some events above


@dataclass(frozen=True, slots=True)
class Event:
    """Something that ended or changed; file is relative to its watch folder, seconds what the job took."""

    kind: EventKind
    file: str = ""
    variant: str = ""
    message: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Running:
    file: str
    variant: str
    stage: str
    done: int
    total: int
    preview: Preview | None = None


@dataclass(frozen=True, slots=True)
class StyleLearning:
    """drafts: how many wait for the style."""

    style: str
    done: int
    total: int
    drafts: int


@dataclass(frozen=True, slots=True)
class Moment:
    """eta: seconds until the queue is empty at the pace so far, None while nothing is known.

    waiting: a sentence for each folder that is not processed, since it is another daemon's.
    """

    queued: int
    running: tuple[Running, ...]
    done: int
    failed: int
    paused: bool
    eta: float | None
    learning: StyleLearning | None = None
    waiting: tuple[str, ...] = ()

    def as_fact(self) -> dict[str, object]:
        """For the ledger, where previews would only weigh."""
        fact = asdict(self)
        for running in fact["running"]:
            del running["preview"]
        return fact


@dataclass(frozen=True, slots=True)
class Summary:
    """failed: jobs that stand failed now, from this run or before. failure_kinds: those of Refused,
    "locked" or "config"."""

    done: int
    failed: int
    failure_kinds: frozenset[str]


class Observer(Protocol):
    def happened(self, event: Event) -> None: ...

    def moment(self, moment: Moment) -> None: ...


class JsonLines:
    """One JSON object a line, for logs and pipes."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def happened(self, event: Event) -> None:
        told = {key: value for key, value in asdict(event).items() if value not in ("", None)}
        self._write(json.dumps({"time": round(time.time(), 3), **told}, ensure_ascii=False))

    def moment(self, moment: Moment) -> None:
        """A log holds what happened; `impasto status` shows the moment."""


class LiveTable:
    """Events scroll by above a table of the moment, drawn anew with each. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._picture: HalfBlocks | None = None
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> "LiveTable":
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def happened(self, event: Event) -> None:
        line = Text(f"{event.kind:>8}  ", style=_COLORS[event.kind])
        line.append(" → ".join(part for part in (event.file, event.variant) if part), style="bold")
        if event.seconds is not None:
            line.append(f"  {event.seconds:.1f} s", style="dim")
        if event.message:
            line.append(f"  {event.message}", style="default")
        self._console.print(line)

    def moment(self, moment: Moment) -> None:
        table = Table.grid(padding=(0, 2))
        for running in moment.running:
            what = f"{running.file} → {running.variant}"
            table.add_row(f"{running.stage:>8}", what, *_progress(running.done, running.total))
        learning = moment.learning
        if learning is not None:
            what = f"style {learning.style}, drafts that wait: {learning.drafts}"
            table.add_row(f"{'learn':>8}", what, *_progress(learning.done, learning.total))
        state = Text("paused  ", style="cyan") if moment.paused else Text("")
        state.append(f"{moment.queued} queued, {moment.done} done", style="bold")
        if moment.failed:
            state.append(f", {moment.failed} failed", style="red")
        if moment.eta is not None and moment.queued + len(moment.running):
            state.append(f", about {_duration(moment.eta)} left", style="dim")
        for wait in moment.waiting:
            state.append(f"\nwaits: {wait}", style="yellow")
        self._look_at(next((one.preview for one in moment.running if one.preview is not None), None))
        picture = [] if self._picture is None else [self._picture]
        self._live.update(Group(table, *picture, state), refresh=True)

    def _look_at(self, preview: Preview | None) -> None:
        """Only where there are colours, and room for it: of a live view that is too high the end is cut off."""
        if preview is None or self._console.color_system is None:
            self._picture = None
        elif self._picture is None or self._picture.preview != preview:
            picture, size = HalfBlocks(preview), self._console.size
            has_room = picture.rows + _OTHER_ROWS <= size.height and preview.width <= size.width
            self._picture = picture if has_room else None


def _progress(done: int, total: int) -> tuple[ProgressBar, str]:
    bar = ProgressBar(total=max(1, total), completed=done, width=24)
    return bar, f"{done}/{total}" if total > 1 else ""


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
