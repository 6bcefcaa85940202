"""A real worker process: warm, supervised, started again when it dies."""

import queue
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from broken_worker import is_stuck, work_until_broken
from fake_clock import HeldClock
from impasto_daemon.executors import WorkerDied
from impasto_daemon.executors.local import LocalExecutor
from impasto_daemon.hashing import hash_file
from impasto_daemon.processing import LearnOrder, Made, Order, Refused, Report, Step
from impasto_engine import (
    BuiltinStyle,
    EngineOptions,
    MapRole,
    RestyleRequest,
    StyleImage,
    StyleRequest,
    read_metadata,
)
from quick_daemon import work_quickly

INK = RestyleRequest(MapRole.BASE_COLOR, StyleRequest("ink", builtins=(BuiltinStyle(19),)))


@pytest.fixture
def reports() -> "queue.Queue[Report | WorkerDied]":
    return queue.Queue()


@pytest.fixture
def executor(tmp_path: Path, reports: "queue.Queue[Report | WorkerDied]") -> Iterator[LocalExecutor]:
    options = EngineOptions(tmp_path / "models", "cpu", cache=tmp_path / "cache")
    executor = LocalExecutor(options, reports.put)
    yield executor
    executor.stop()


def order(folder: Path, ticket: int, name: str = "a.png", sha256: str | None = None) -> Order:
    source = folder / name
    if not source.exists():
        Image.new("RGB", (32, 32), (ticket * 20, 90, 200)).save(source)
    return Order(
        ticket=ticket,
        source=source,
        sha256=sha256 or hash_file(source),
        request=INK,
        temp=folder / f".{ticket}.tmp",
        file_format=".png",
        linear=False,
        metadata={"impasto:fingerprint": f"print {ticket}"},
    )


def ends(reports: "queue.Queue[Report | WorkerDied]", count: int) -> list[Report | WorkerDied]:
    """The next reports that end something, without the steps between."""
    found: list[Report | WorkerDied] = []
    while len(found) < count:
        report = reports.get(timeout=60)
        if not isinstance(report, Step):
            found.append(report)
    return found


def workers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


@pytest.mark.timeout(180)
def test_one_warm_worker_makes_temp_files_and_refuses_what_is_bad(
    executor: LocalExecutor, reports: "queue.Queue[Report | WorkerDied]", tmp_path: Path
) -> None:
    assert workers() == []  # nothing to do, so no torch in memory
    (tmp_path / "text.png").write_text("no picture")
    executor.submit(order(tmp_path, 1))
    executor.submit(order(tmp_path, 2, "text.png"))
    executor.submit(order(tmp_path, 3, "b.png", sha256="another by now"))
    found = {report.ticket: report for report in ends(reports, 3) if not isinstance(report, WorkerDied)}
    made, text, changed = found[1], found[2], found[3]
    assert isinstance(made, Made)
    assert (made.width, made.height, made.device) == (32, 32, "cpu")
    assert made.sha256 == hash_file(tmp_path / ".1.tmp")
    assert read_metadata(tmp_path / ".1.tmp") == {"impasto:fingerprint": "print 1"}
    assert isinstance(text, Refused)
    assert (text.kind, "text.png" in text.message) == ("input", True)
    assert isinstance(changed, Refused)
    assert changed.kind == "changed"
    (process,) = workers()
    executor.submit(order(tmp_path, 4))
    (again,) = ends(reports, 1)
    assert isinstance(again, Made)
    assert again.sha256 != "", "the same worker goes on"
    assert [worker.pid for worker in workers()] == [process.pid]


@pytest.mark.timeout(180)
def test_a_killed_worker_is_told_of_and_started_again(
    executor: LocalExecutor, reports: "queue.Queue[Report | WorkerDied]", tmp_path: Path
) -> None:
    executor.submit(order(tmp_path, 1))
    ends(reports, 1)
    (process,) = workers()
    process.suspend()  # so that the next order is still on its way when it dies
    executor.submit(order(tmp_path, 2))
    process.kill()
    (died,) = ends(reports, 1)
    assert died == WorkerDied(-9, (), (2,))
    executor.submit(order(tmp_path, 3))
    (made,) = ends(reports, 1)
    assert isinstance(made, Made)
    assert [worker.pid for worker in workers()] != [process.pid]


@pytest.mark.timeout(180)
def test_a_worker_that_was_stopped_is_ended_and_started_again(
    reports: "queue.Queue[Report | WorkerDied]", tmp_path: Path
) -> None:
    suspended: list[psutil.Process] = []
    clock = HeldClock(lambda: bool(suspended))
    executor = LocalExecutor(
        EngineOptions(tmp_path / "models", "cpu"), reports.put, work_quickly, clock=clock
    )
    executor.submit(order(tmp_path, 1))
    ends(reports, 1)
    (process,) = workers()
    process.suspend()
    executor.submit(order(tmp_path, 2))
    suspended.append(process)
    (died,) = ends(reports, 1)
    assert died == WorkerDied(-9, (), (2,), hung=True)
    suspended.clear()
    executor.submit(order(tmp_path, 3))
    (made,) = ends(reports, 1)
    assert isinstance(made, Made)
    executor.stop()


@pytest.mark.timeout(180)
def test_an_order_that_hangs_is_told_apart_from_those_behind_it(
    reports: "queue.Queue[Report | WorkerDied]", tmp_path: Path
) -> None:
    """Its process lives and answers: only that nothing comes of the order shows that it hangs."""
    clock = HeldClock(lambda: is_stuck(tmp_path))
    options = EngineOptions(tmp_path / "models", "cpu")
    executor = LocalExecutor(options, reports.put, work_until_broken, clock=clock)
    executor.submit(order(tmp_path, 1, "stuck.png"))
    executor.submit(order(tmp_path, 2))
    (died,) = ends(reports, 1)
    assert died == WorkerDied(-9, (1,), (2,), hung=True)
    executor.submit(order(tmp_path, 3))
    (made,) = ends(reports, 1)
    assert isinstance(made, Made)
    executor.stop()


@pytest.mark.timeout(180)
def test_a_worker_that_was_stopped_does_not_keep_the_daemon_from_its_end(
    reports: "queue.Queue[Report | WorkerDied]", tmp_path: Path
) -> None:
    executor = LocalExecutor(EngineOptions(tmp_path / "models", "cpu"), reports.put, work_quickly)
    executor.submit(order(tmp_path, 1))
    ends(reports, 1)
    (process,) = workers()
    process.suspend()
    executor.submit(order(tmp_path, 2))
    executor.stop(0.1)
    assert workers() == []


def lesson(folder: Path, ticket: int) -> LearnOrder:
    """One that goes on for far longer than any test."""
    picture, texture = folder / "night.png", folder / "brick.png"
    for path in (picture, texture):
        Image.effect_noise((96, 96), 60).convert("RGB").save(path)
    style = StyleRequest("night", "learned", images=(StyleImage(picture, hash_file(picture)),))
    return LearnOrder(ticket, style, (texture,))


def wait_for_a_slice(reports: "queue.Queue[Report | WorkerDied]") -> None:
    while True:
        report = reports.get(timeout=60)
        if isinstance(report, Step) and report.progress.stage == "learn" and report.progress.total > 1:
            return


@pytest.mark.timeout(180)
def test_learning_stands_behind_orders_and_is_given_back_at_the_end(
    executor: LocalExecutor, reports: "queue.Queue[Report | WorkerDied]", tmp_path: Path
) -> None:
    executor.submit(lesson(tmp_path, 1))
    wait_for_a_slice(reports)
    assert executor.is_learning
    executor.submit(order(tmp_path, 2))
    (made,) = ends(reports, 1)
    assert isinstance(made, Made)
    assert executor.is_learning
    executor.stop()
    (refused,) = ends(reports, 1)
    assert isinstance(refused, Refused)
    assert (refused.ticket, refused.kind) == (1, "stopped")
    assert not executor.is_learning


@pytest.mark.timeout(180)
def test_a_worker_killed_while_it_learns_is_told_of_with_its_lesson(
    executor: LocalExecutor, reports: "queue.Queue[Report | WorkerDied]", tmp_path: Path
) -> None:
    executor.submit(lesson(tmp_path, 1))
    wait_for_a_slice(reports)
    (process,) = workers()
    process.kill()
    (died,) = ends(reports, 1)
    assert died == WorkerDied(-9, (1,), ())
    assert not executor.is_learning


@pytest.mark.timeout(180)
def test_ctrl_c_in_the_terminal_is_not_the_worker_s_to_answer(
    executor: LocalExecutor, reports: "queue.Queue[Report | WorkerDied]", tmp_path: Path
) -> None:
    executor.submit(order(tmp_path, 1))
    ends(reports, 1)
    (worker,) = workers()
    worker.send_signal(signal.SIGINT)
    worker.send_signal(signal.SIGHUP)
    executor.submit(order(tmp_path, 2))
    (made,) = ends(reports, 1)
    assert isinstance(made, Made)
    assert workers() == [worker]
