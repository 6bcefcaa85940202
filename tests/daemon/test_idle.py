"""A daemon with nothing to do hardly does anything, and still listens."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_clock import FakeClock
from fake_project import Project
from impasto_daemon import followed_config
from impasto_daemon.config import load_config
from impasto_daemon.followed_config import signatures_of
from impasto_daemon.hashing import hash_file
from impasto_daemon.ledger import Command, Ledger
from impasto_daemon.service import Service
from impasto_daemon.state import ledger_path
from impasto_daemon.tally import read_tally
from impasto_daemon.watcher import Watcher

CHANGES = "PRAGMA data_version"


class Idle:
    """A daemon that has done all there was to do."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.clock = FakeClock()
        self.service: Service = project.service(clock=self.clock)
        self.service.begin()
        while self.service.turn():
            pass
        self.service._watcher = Watcher(self.service.hint)  # as it goes on in `watch`, though nobody hints
        self.wait(3.0)

    def statements(self, seconds: float) -> list[str]:
        """What the ledger is asked in so many seconds."""
        asked: list[str] = []
        connection = self.project.ledger._connection
        connection.set_trace_callback(asked.append)
        self.wait(seconds)
        connection.set_trace_callback(None)
        return asked

    def wait(self, seconds: float) -> None:
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            self.service.turn()

    def send(self, name: str) -> None:
        """From another process, as it were."""
        other = Ledger(ledger_path(self.project.config))
        other.send(Command(name, ""))
        other.close()


@pytest.fixture
def idle(project: Project) -> Iterator[Idle]:
    for seed in range(20):
        project.draw(f"{'abcdefghijklmnopqrst'[seed]}.png", seed=seed)
    found = Idle(project)
    assert len(project.orders) == 20
    yield found
    found.service.end()
    project.ledger.close()


def test_a_daemon_with_nothing_to_do_asks_the_ledger_twice_a_second_at_the_most(idle: Idle) -> None:
    asked = idle.statements(60.0)
    assert len(asked) <= 2 * 61
    assert {statement.split()[0] for statement in asked} == {"PRAGMA", "SELECT"}


def test_a_paused_daemon_only_asks_whether_there_is_news(idle: Idle) -> None:
    idle.send("pause")
    idle.wait(1.0)
    idle.project.draw("late.png", seed=99)
    idle.service.reload()
    idle.wait(5.0)
    assert sum(idle.project.ledger.counts().values()) == 21
    assert len(idle.project.orders) == 20
    asked = idle.statements(60.0)
    assert set(asked) == {CHANGES}
    assert len(asked) <= 61


def test_a_command_is_obeyed_within_a_second_however_long_nothing_happened(idle: Idle) -> None:
    idle.wait(100.0)
    idle.send("pause")
    idle.wait(1.0)
    assert idle.project.ledger.fact("paused") is True
    idle.wait(30.0)
    idle.send("resume")
    idle.wait(1.0)
    assert idle.project.ledger.fact("paused") is False


def test_an_edited_config_is_followed_within_a_second_however_long_nothing_happened(idle: Idle) -> None:
    idle.wait(100.0)
    idle.project.rewrite("style: ink", "style: ink, strength: 0.5")
    idle.wait(1.0)
    assert "reloaded" in [event.message for event in idle.project.recorder.events]
    idle.wait(5.0)
    assert len(idle.project.orders) == 40


def test_what_waits_for_another_s_folder_makes_no_news(idle: Idle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle.service._journal, "may_write", lambda _path: False)
    (job, *_) = idle.project.ledger.jobs()
    idle.project.ledger.requeue(job.id, math.inf)
    idle.wait(3.0)
    assert not [one for one in idle.statements(10.0) if not one.startswith(("PRAGMA", "SELECT"))]


def test_a_scan_that_finds_nothing_is_counted(idle: Idle) -> None:
    before = read_tally(idle.project.ledger.fact("tally")).scans
    idle.wait(1000.0)
    assert read_tally(idle.project.ledger.fact("tally")).scans == before + 3


def test_a_config_that_nobody_touched_is_not_read_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def count(path: Path) -> str:
        read.append(path)
        return hash_file(path)

    monkeypatch.setattr(followed_config, "hash_file", count)
    stamps = [10**18 + 1]
    monkeypatch.setattr(followed_config, "signature_of", lambda _path: (9, stamps[-1], stamps[-1]))
    config = load_config(project.config)
    first = [signatures_of(config) for _ in range(5)]
    assert len(read) == 1
    project.rewrite("style: ink", "style: INK")
    stamps.append(10**18 + 2)
    assert signatures_of(config) not in first


def test_a_second_save_within_one_tick_of_the_clock_is_noticed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns() | 1
    monkeypatch.setattr(followed_config, "signature_of", lambda path: (path.stat().st_size, now, now))
    config = load_config(project.config)
    before = signatures_of(config)
    project.rewrite("style: ink", "style: INK")
    assert signatures_of(config) != before


def test_a_second_save_in_the_same_second_is_noticed_where_time_stamps_are_in_seconds(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed_config, "signature_of", lambda path: (path.stat().st_size, 10**18, 10**18))
    config = load_config(project.config)
    before = signatures_of(config)
    project.rewrite("style: ink", "style: INK")
    assert signatures_of(config) != before
