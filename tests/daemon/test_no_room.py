"""A full disk, a read-only folder: what stands is kept, nothing spins, and it goes on once it can."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from fake_clock import FakeClock
from fake_project import FakeExecutor, Project, invert
from impasto_daemon.commands import running as running_command
from impasto_daemon.config import load_config
from impasto_daemon.errors import LedgerError
from impasto_daemon.ledger import JobState, Ledger
from impasto_daemon.manifest import sidecar_path
from impasto_daemon.processing import Order, Refused, Report
from impasto_daemon.service import Service
from impasto_daemon.state import ledger_path


class Running:
    """A daemon that is driven by hand. refuse: what the worker says of its orders, None where it makes them."""

    def __init__(self, project: Project) -> None:
        self.clock = FakeClock()
        self.refuse: str | None = None
        self.work: Callable[[Order], Report] = self.make
        self.ledger = Ledger(ledger_path(project.config))
        self.service = Service(
            load_config(project.config),
            self.ledger,
            project.recorder,
            lambda _options, report: FakeExecutor(report, project, self.behave),
            clock=self.clock,
        )
        self.service.begin()

    def behave(self, order: Order) -> Report:
        return self.work(order)

    def make(self, order: Order) -> Report:
        return Refused(order.ticket, "write", self.refuse) if self.refuse else invert(order)

    def go_on(self, turns: int = 100) -> None:
        for _ in range(turns):
            self.service.turn()

    def scan(self) -> None:
        self.clock.pass_by(400.0)
        self.go_on()


@pytest.fixture
def running(project: Project) -> Iterator[Running]:
    for number, name in enumerate(("brick", "stone", "wood")):
        project.draw(f"{name}.png", seed=number)
    running = Running(project)
    yield running
    running.service.end()
    running.ledger.close()


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What the disk says it has left."""
    left = {"bytes": 10 << 30}
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=left["bytes"]))
    return left


def told(project: Project, kind: str) -> list[str]:
    return [event.message.split(":")[0] for event in project.recorder.events if event.kind == kind]


def test_a_full_disk_pauses_and_room_resumes_by_itself(
    project: Project, running: Running, free: dict[str, int]
) -> None:
    running.go_on()
    before = {path.name: path.read_bytes() for path in project.textures.iterdir()}
    project.orders.clear()
    for number, name in enumerate(("brick", "stone", "wood")):
        project.draw(f"{name}.png", seed=10 + number)
    free["bytes"], running.refuse = 1 << 20, "No space left on device"
    running.scan()
    assert project.orders == []  # no network runs for what could not be written
    assert told(project, "paused") == ["the disk is full"]
    assert all(path.read_bytes() == before[path.name] for path in project.textures.glob("*.ink.png"))
    assert running.ledger.counts() == {JobState.QUEUED: 3}
    free["bytes"], running.refuse = 10 << 30, None
    running.go_on(turns=20)
    assert told(project, "paused") == ["the disk is full", "resumed"]
    assert all(project.is_ready(project.textures / f"{name}.png") for name in ("brick", "stone", "wood"))


def test_a_disk_that_fills_up_meanwhile_loses_no_job(
    project: Project, running: Running, free: dict[str, int]
) -> None:
    def fill_up(order: Order) -> Report:
        free["bytes"] = 1 << 20
        return Refused(order.ticket, "write", "No space left on device")

    running.work = fill_up
    running.go_on()
    assert told(project, "blocked") == []
    assert running.ledger.counts() == {JobState.QUEUED: 3}


def test_a_folder_that_may_not_be_written_to_blocks_and_does_not_spin(
    project: Project, running: Running, free: dict[str, int]
) -> None:
    running.refuse = "Permission denied"
    running.go_on()
    assert len(project.orders) == 3
    assert told(project, "blocked") == ["Permission denied"] * 3
    running.go_on(turns=200)
    assert len(project.orders) == 3  # not until the next scan
    running.refuse = None
    running.scan()
    assert len(project.orders) == 6
    assert project.is_ready(project.textures / "brick.png")


def test_on_a_read_only_disk_the_daemon_goes_on(
    project: Project, running: Running, free: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There even deleting what is not there is an error; simulated, since root may write everywhere."""

    def refuse(self: Path, *_arguments: object, **_options: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    with monkeypatch.context() as read_only:
        read_only.setattr(Path, "unlink", refuse)
        read_only.setattr(Path, "replace", refuse)
        running.go_on()
        assert running.ledger.counts() == {JobState.BLOCKED: 3}
        running.scan()
        assert running.ledger.counts() == {JobState.BLOCKED: 3}
        assert not sidecar_path(project.textures / "brick.png").exists()
    running.scan()
    assert running.ledger.counts() == {JobState.DONE: 3}
    assert all(project.is_ready(project.textures / f"{name}.png") for name in ("brick", "stone", "wood"))


def test_a_ledger_without_room_ends_the_run_and_another_begins_once_there_is(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runs: list[str] = []
    fullness = iter([True, True, True, False])

    class FullOnce:
        def __init__(self, *_parts: object) -> None:
            pass

        def watch(self) -> None:
            runs.append("run")
            if len(runs) == 1:
                raise LedgerError("the ledger cannot be used: database or disk is full")

    monkeypatch.setattr(running_command, "Service", FullOnce)
    monkeypatch.setattr(running_command, "is_full", lambda _folder: next(fullness))
    monkeypatch.setattr(running_command, "_FULL_SECONDS", 0.0)
    assert running_command.run_watch(project.config) == frozenset()
    assert (len(runs), list(fullness)) == (2, [])
    assert "it goes on once there is room" in caplog.text


def test_a_ledger_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger._connection.execute("PRAGMA query_only=1")
    with pytest.raises(LedgerError, match="the ledger cannot be used"):
        ledger.set_fact("name", 1)
