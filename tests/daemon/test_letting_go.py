"""What a daemon holds goes by what is there, not by all that ever was: it runs for months."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from fake_clock import FakeClock
from fake_project import Project
from impasto_daemon.manifest import sidecar_path
from impasto_daemon.service import Service

PAST_THE_NEXT_SCAN = 400.0


@dataclass
class Running:
    project: Project
    clock: FakeClock
    service: Service

    def scan(self) -> None:
        self.clock.pass_by(PAST_THE_NEXT_SCAN)
        while self.service.turn():
            pass

    def verdicts(self) -> int:
        """How many contents the ledger knows."""
        (count,) = self.project.ledger._connection.execute("SELECT count(*) FROM contents").fetchone()
        return int(count)


@pytest.fixture
def running(project: Project) -> Iterator[Running]:
    clock = FakeClock()
    service = project.service(clock=clock)
    service.begin()
    yield Running(project, clock, service)
    service.end()
    project.ledger.close()


def test_the_ledger_forgets_what_pixels_said_that_are_nobody_s_any_more(running: Running) -> None:
    for seed in range(10):
        source = running.project.draw("brick.png", seed=seed)
        running.scan()
    assert running.project.is_ready(source)
    running.scan()
    assert running.verdicts() == 1
    source.unlink()
    running.scan()
    running.scan()
    assert running.verdicts() == 0


def test_what_tells_of_outputs_that_are_gone_goes_after_thirty_days(running: Running) -> None:
    project = running.project
    source, kept = project.draw("brick.png"), project.draw("stone.png", seed=2)
    running.scan()
    assert project.is_ready(source)
    source.unlink()
    running.scan()
    running.scan()
    assert sidecar_path(source).exists()
    written = running.clock.wall() - 31 * 86400.0
    os.utime(sidecar_path(source), (written, written))
    running.scan()
    assert not sidecar_path(source).exists()
    assert project.is_ready(kept)


def test_a_verdict_that_a_second_source_needs_is_kept(running: Running) -> None:
    first = running.project.draw("brick.png", seed=1)
    running.project.draw("copy of it.png", seed=1)
    running.scan()
    first.unlink()
    running.scan()
    running.scan()
    assert running.verdicts() == 1


def test_nothing_is_held_of_names_that_are_gone(running: Running) -> None:
    running.project.draw("stays.png")
    for number in range(10):
        source = running.project.draw(f"{'abcdefghij'[number]}.png", seed=number)
        running.scan()
        source.unlink()
        running.scan()
    (index,) = running.service._plans.neighbourhood._folders.values()
    held = {path.name for paths in index.values() for path in paths}
    assert held == {"stays.png"}
    assert all(index.values())


def test_nothing_is_held_of_folders_that_are_gone(running: Running) -> None:
    running.project.draw("stays/brick.png")
    for number in range(5):
        folder = running.project.textures / f"goes {number}"
        running.project.draw(f"goes {number}/brick.png", seed=number)
        (folder / ".impasto.yaml").write_text("rules: []\n")
        (folder / ".impastoignore").write_text("*.tga\n")
        running.scan()
        shutil.rmtree(folder)
    running.scan()
    running.scan()
    rulebook = running.service._plans.rulebook
    there = {running.project.textures, running.project.textures / "stays"}
    assert rulebook._places.keys() - {running.project.textures.parent} == there
    assert not rulebook._overrides
    assert rulebook._ignores._folders.keys() == there
