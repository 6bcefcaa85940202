"""A job in the worker that nobody wants any more ends, and what replaces it is made."""

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image

from fake_project import Project, Watching, invert, pixels, wait_until
from impasto_daemon.hashing import hash_file
from impasto_daemon.lanes import Lanes
from impasto_daemon.processing import InHand, Made, Order, Refused, Report, Step
from impasto_engine import (
    Band,
    MapRole,
    Progress,
    ProgressCallback,
    RestyleRequest,
    Texture,
    TextureStream,
    Wrap,
)


class KeepsTheFirst:
    """Makes all but the first order, which goes on for long."""

    def __init__(self) -> None:
        self.kept: list[Order] = []

    def __call__(self, order: Order) -> Report | None:
        if self.kept:
            return invert(order)
        self.kept.append(order)
        order.temp.write_bytes(b"half of it")
        return None


def repaint(project: Project) -> None:
    project.draw("brick.png", seed=2)


def ask_otherwise(project: Project) -> None:
    project.rewrite("{ style: ink }", "{ style: ink, strength: 0.5 }")


@pytest.mark.parametrize("change", [repaint, ask_otherwise])
def test_a_job_whose_source_or_rule_changes_is_cancelled_and_its_replacement_made(
    project: Project, change: Callable[[Project], None]
) -> None:
    source, worker = project.draw("brick.png", seed=1), KeepsTheFirst()
    with Watching(project, worker):
        wait_until(lambda: bool(worker.kept))
        change(project)
        wait_until(lambda: project.cancelled == [worker.kept[0].ticket])
        wait_until(lambda: project.is_ready(source))
        made = project.variant(source)
        project.answer(Refused(worker.kept[0].ticket, "cancelled", "it was no longer wanted"))
        project.draw("other.png", seed=3)
        wait_until(lambda: project.is_ready(project.textures / "other.png"))
        assert project.variant(source) == made
    assert len(project.orders) == 3
    assert made.fingerprint == project.orders[1].metadata["impasto:fingerprint"]
    assert np.array_equal(pixels(project.textures / "brick.ink.png"), 255 - pixels(source))
    assert not {"failed", "blocked", "worker"} & set(project.recorder.kinds())
    assert not [name for name in project.names() if name.endswith(".tmp")]


def test_a_job_whose_source_is_deleted_is_cancelled(project: Project) -> None:
    source, worker = project.draw("brick.png"), KeepsTheFirst()
    with Watching(project, worker):
        wait_until(lambda: bool(worker.kept))
        source.unlink()
        wait_until(lambda: project.cancelled == [worker.kept[0].ticket])
        project.answer(Refused(worker.kept[0].ticket, "cancelled", "it was no longer wanted"))
        wait_until(lambda: not [name for name in project.names() if name.endswith(".tmp")])
    assert not {name for name in project.names() if name.startswith("brick.ink")}


def test_a_job_whose_output_gets_another_name_is_made_under_that_name_alone(project: Project) -> None:
    """The pixels are the same, and so is the fingerprint."""
    source, worker = project.draw("brick.png"), KeepsTheFirst()
    with Watching(project, worker):
        wait_until(lambda: bool(worker.kept))
        project.rewrite("{ style: ink }", "{ style: ink, output: '{stem}_{variant}{ext}' }")
        wait_until(lambda: project.is_ready(source))
        project.answer(invert(worker.kept[0]))
    assert project.cancelled == [worker.kept[0].ticket]
    assert [made.file for made in project.variant(source).maps] == ["brick_ink.png"]
    assert project.names() == {"brick.png", "brick_ink.png", "brick.png.impasto"}


def test_a_job_that_is_wanted_is_left_alone(project: Project) -> None:
    source, worker = project.draw("brick.png"), KeepsTheFirst()
    with Watching(project, worker):
        wait_until(lambda: bool(worker.kept))
        source.touch()
        other = project.draw("other.png", seed=3)
        wait_until(lambda: project.is_ready(other))
        project.answer(invert(worker.kept[0]))
        wait_until(lambda: project.is_ready(source))
    assert project.cancelled == []


@dataclass
class _Restyled:
    """As the engine's, with pixels that are as they were."""

    texture: TextureStream
    wrap: tuple[Wrap, Wrap] = (Wrap.CLAMP, Wrap.CLAMP)
    device: str = "fake"
    upscaler: str | None = None
    encoder: str | None = None
    draft: bool = False
    notes: tuple[str, ...] = ()
    retries: int = 0


class _Workshop:
    """Never ends what is called long.png: where it is, it tells again and again."""

    def __init__(self, *, before_bands: bool) -> None:
        self._before_bands = before_bands
        self.told = Event()

    def begin(self, order: Order, source: Texture, progress: ProgressCallback) -> InHand:
        is_long = order.source.name == "long.png"
        if is_long and self._before_bands:
            self._go_on(progress)
        stream = source.stream()
        bands = self._endless(progress) if is_long else stream.bands
        return InHand(order, source, _Restyled(replace(stream, bands=bands)))

    def _endless(self, progress: ProgressCallback) -> Iterator[Band]:
        yield Band(np.zeros((1, 32, 3), np.float32), None)
        self._go_on(progress)

    def _go_on(self, progress: ProgressCallback) -> None:
        while True:
            progress(Progress("stylize", 1, 2))
            self.told.set()


class _Connection:
    def __init__(self) -> None:
        self.ends: queue.Queue[Report] = queue.Queue()

    def send(self, report: Report) -> None:
        if not isinstance(report, Step):
            self.ends.put(report)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("before_bands", [True, False])
def test_a_cancelled_order_ends_at_its_next_progress_and_the_next_begins(
    tmp_path: Path, before_bands: bool
) -> None:
    connection, workshop = _Connection(), _Workshop(before_bands=before_bands)
    lanes = Lanes(connection, lambda: workshop)
    orders = []
    for ticket, name in ((1, "long.png"), (2, "short.png"), (3, "late.png")):
        Image.new("RGB", (32, 32), (ticket * 20, 90, 200)).save(tmp_path / name)
        source, request = tmp_path / name, RestyleRequest(MapRole.BASE_COLOR)
        temp = tmp_path / f".{ticket}.tmp"
        orders.append(
            Order(ticket, source, hash_file(source), request, temp, ".png", linear=False, metadata={})
        )
    lanes.take(orders[0])
    lanes.take(orders[1])
    lanes.take(orders[2])
    assert workshop.told.wait(30)
    lanes.cancel(3)  # before it begins
    lanes.cancel(1)
    ends = {report.ticket: report for report in (connection.ends.get(timeout=30) for _ in orders)}
    lanes.drain()
    assert ends[1] == Refused(1, "cancelled", "it was no longer wanted")
    assert ends[3] == Refused(3, "cancelled", "it was no longer wanted")
    assert isinstance(ends[2], Made)
    assert [path.name for path in tmp_path.glob(".*.tmp")] == [".2.tmp"]
