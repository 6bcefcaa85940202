"""A small game project, and a daemon whose networks are a fake that inverts colours."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import numpy as np
from PIL import Image

from impasto_daemon import survey
from impasto_daemon.clock import Clock
from impasto_daemon.config import load_config
from impasto_daemon.examiner import Examiner
from impasto_daemon.executors import WorkerDied
from impasto_daemon.ledger import Ledger
from impasto_daemon.live import Event, Moment, Summary
from impasto_daemon.manifest import Manifest, Variant, read_manifest, sidecar_path
from impasto_daemon.processing import Learned, LearnOrder, Made, Order, Report, Step, Task, decode, refusal
from impasto_daemon.service import Service
from impasto_daemon.state import cache_folder, ledger_path
from impasto_daemon.survey import Survey
from impasto_engine import (
    EngineOptions,
    LearnedSettings,
    Progress,
    StyleRequest,
    Texture,
    Wrap,
    learned_path,
    missing_styles,
    write_texture,
)

CONFIG = """\
watch:
  - folder: textures
styles:
  ink: { builtin: 19 }
rules:
  - name: colour
    match: ["*"]
    variants: [{ style: ink }]
  - name: maps
    match: ["*"]
    roles: [normal, roughness]
    variants: [{ upscale: { scale: 2 } }]
"""

Behaviour = Callable[[Order], Report | WorkerDied | None]
Teacher = Callable[[LearnOrder], Report | WorkerDied | None]


class PowerCutError(BaseException):
    """The daemon's process is no more."""


def invert(order: Order) -> Made:
    """What the worker would do, with a network that inverts colours; a draft keeps them."""
    texture = decode(order)
    style = order.request.style
    draft = style is not None and bool(missing_styles(cache_folder(), style)) and order.may_draft
    result = Texture(
        texture.rgb if draft else 1 - texture.rgb,
        texture.alpha,
        bit_depth=texture.bit_depth,
        grey=texture.grey,
    )
    written = write_texture(result, order.temp, file_format=order.file_format, metadata=order.metadata)
    return Made(
        ticket=order.ticket,
        sha256=written.sha256,
        bytes=written.bytes,
        width=result.width,
        height=result.height,
        source_width=texture.width,
        source_height=texture.height,
        bit_depth=result.bit_depth,
        alpha_mode=result.alpha_mode,
        grey=result.grey,
        wrap=(Wrap.REPEAT, Wrap.CLAMP),
        device="fake",
        upscaler=None,
        notes=(),
        seconds=0.1,
        draft=draft,
    )


def learn(style: StyleRequest) -> None:
    """Put into the cache what would have been learned of it."""
    for image in style.images:
        path = learned_path(cache_folder(), image, LearnedSettings())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def teach(order: LearnOrder) -> Learned:
    learn(order.style)
    return Learned(order.ticket)


class FakeExecutor:
    """An Executor that answers at once. behave, teach: give the report of a task, or None to keep it."""

    def __init__(
        self, on_report: Callable[[Report | WorkerDied], None], project: "Project", behave: Behaviour
    ) -> None:
        self._on_report = on_report
        self._project = project
        self._behave = behave
        self._learning: set[int] = set()

    @property
    def capacity(self) -> int:
        return 3

    @property
    def is_learning(self) -> bool:
        return bool(self._learning)

    def submit(self, task: Task) -> None:
        report: Report | WorkerDied | None
        if isinstance(task, LearnOrder):
            self._project.lessons.append(task)
            stage = "learn"
            report = self._project.teach(task)
            if report is None:
                self._learning.add(task.ticket)
        else:
            self._project.orders.append(task)
            stage = "stylize"
            try:
                report = self._behave(task)
            except Exception as error:  # noqa: BLE001  as in the worker
                report = refusal(task.ticket, error)
        if report is not None:
            self._on_report(Step(task.ticket, Progress(stage, 0, 1)))
            self._on_report(report)

    def answer(self, report: Report | WorkerDied) -> None:
        """What becomes, late, of tasks that were kept."""
        if not isinstance(report, Step):
            ended = {*report.started, *report.waiting} if isinstance(report, WorkerDied) else {report.ticket}
            self._learning -= ended
        self._on_report(report)

    def cancel(self, ticket: int) -> None:
        """Its answer is the test's to give."""
        self._project.cancelled.append(ticket)

    def configure(self, options: EngineOptions) -> None:
        """A fake runs alike on every device."""

    def stop(self, timeout: float) -> None:
        """It holds nothing."""


class HereExaminer(Examiner):
    """Looks in the daemon's own process: a test is not to wait for another to start."""

    def survey(self, path: Path) -> Survey:
        return survey.survey(path)


class Recorder:
    """An Observer that keeps what it is told; of the moments, the last."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.last: Moment | None = None

    def happened(self, event: Event) -> None:
        self.events.append(event)

    def moment(self, moment: Moment) -> None:
        self.last = moment

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


@dataclass
class Project:
    """A folder with config and textures. orders, lessons: all that any daemon of this project sent to the worker.

    cancelled: the tickets of those that it was told to let go of. teach: what becomes of its lessons.
    """

    folder: Path
    orders: list[Order] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    lessons: list[LearnOrder] = field(default_factory=list)
    teach: Teacher = teach
    recorder: Recorder = field(default_factory=Recorder)

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def textures(self) -> Path:
        return self.folder / "textures"

    def draw(self, name: str, seed: int = 0, size: tuple[int, int] = (16, 12)) -> Path:
        """A colourful picture, another for each seed."""
        path = self.textures / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    def service(self, behave: Behaviour = invert, clock: Clock | None = None) -> Service:
        self.ledger = Ledger(ledger_path(self.config))
        return Service(
            load_config(self.config),
            self.ledger,
            self.recorder,
            lambda options, on_report: self._executor(on_report, behave),
            clock=clock,
        )

    def _executor(self, on_report: Callable[[Report | WorkerDied], None], behave: Behaviour) -> FakeExecutor:
        executor = FakeExecutor(on_report, self, behave)
        self.answer = executor.answer
        return executor

    def once(self, behave: Behaviour = invert) -> Summary:
        """Run to the end; `orders` and `recorder` hold what this run did."""
        self.orders.clear()
        self.lessons.clear()
        self.recorder.events.clear()
        summary = self.service(behave).once()
        self.ledger.close()
        return summary

    def manifest(self, source: Path) -> Manifest:
        return read_manifest(sidecar_path(source))

    def variant(self, source: Path) -> Variant:
        (variant,) = self.manifest(source).variants
        return variant

    def is_ready(self, source: Path) -> bool:
        return sidecar_path(source).exists() and [one.status for one in self.manifest(source).variants] == [
            "ready"
        ]

    def rewrite(self, before: str, after: str) -> None:
        """Edit the config."""
        text = self.config.read_text()
        assert before in text
        self.config.write_text(text.replace(before, after))

    def paint_over(self, name: str) -> bytes:
        """Someone edits an output by hand."""
        return self.draw(name, seed=1234).read_bytes()

    def names(self) -> set[str]:
        """All file names below the textures folder."""
        return {path.name for path in self.textures.rglob("*") if path.is_file()}


class Watching:
    """A daemon in a thread of its own."""

    def __init__(self, project: Project, behave: Behaviour = invert) -> None:
        self.project = project
        self.behave = behave
        self.thread = Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.service = self.project.service(self.behave)
        self.service.watch()
        self.project.ledger.close()

    def __enter__(self) -> "Watching":
        self.thread.start()
        wait_until(lambda: any("watching" in event.message for event in self.project.recorder.events))
        return self

    def __exit__(self, *error: object) -> None:
        self.service.stop()
        self.thread.join(timeout=20)
        assert not self.thread.is_alive()


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """For what other threads and processes do."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
