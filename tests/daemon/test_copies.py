"""A copy of a source gets a copy of what was made of it: no network runs."""

import errno
import shutil
from pathlib import Path

import numpy as np
import pytest

from fake_clock import FakeClock
from fake_project import Project, pixels
from impasto_daemon.ledger import Command, JobState
from impasto_daemon.manifest import is_temp


def output_of(source: Path) -> Path:
    return source.with_name(f"{source.stem}.ink.png")


def test_a_copy_of_a_source_gets_a_copy_of_its_output(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    copy = shutil.copy(source, project.textures / "stone.png")
    assert project.once().done == 1
    assert project.orders == []
    assert [event.message for event in project.recorder.events] == ["a copy of brick.ink.png"]
    for one in (source, copy):
        assert project.is_ready(one)
        assert [made.file for made in project.variant(one).maps] == [output_of(one).name]
        assert np.array_equal(pixels(output_of(one)), 255 - pixels(source))
    project.paint_over("stone.ink.png")
    assert project.once().failed == 0
    assert np.array_equal(pixels(output_of(source)), 255 - pixels(source)), "it is a file of its own"


def test_of_copies_that_come_at_once_one_is_processed(project: Project) -> None:
    sources = [project.draw(f"{name}/brick.png") for name in "abcdefgh"]
    other = project.draw("stone.png", seed=2)
    assert project.once().done == 9
    assert sorted(order.source.name for order in project.orders) == ["brick.png", "stone.png"]
    assert all(project.is_ready(source) for source in (*sources, other))


def test_an_output_that_was_edited_is_not_what_a_copy_gets(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    project.paint_over("brick.ink.png")
    copy = shutil.copy(source, project.textures / "stone.png")
    project.once()
    assert [order.source for order in project.orders] == [copy]
    assert np.array_equal(pixels(output_of(copy)), 255 - pixels(source))


def test_a_copy_that_cannot_be_written_is_made_as_any_other(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = project.draw("brick.png")
    project.once()
    copy = shutil.copy(source, project.textures / "stone.png")

    def write_half(_file: Path, to: Path) -> None:
        to.write_bytes(b"half")
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("impasto_daemon.moves.copy", write_half)
    project.once()
    assert [order.source for order in project.orders] == [copy]
    assert project.is_ready(copy)
    assert not [name for name in project.names() if is_temp(name)]


def test_of_a_copy_that_is_deleted_nothing_is_left(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    copy = Path(shutil.copy(source, project.textures / "copy.png"))
    project.once()
    copy.unlink()
    project.once()
    assert project.orders == []
    assert project.is_ready(source)
    assert output_of(source).exists()
    assert not output_of(copy).exists()


def test_copies_do_not_keep_the_daemon_from_what_else_comes(project: Project) -> None:
    project.draw("brick.png")
    project.once()
    service = project.service(clock=FakeClock())
    copies = [
        Path(shutil.copy(project.textures / "brick.png", project.textures / f"{n} b.png")) for n in "abcdef"
    ]
    service.begin()
    ready = 0
    while ready < len(copies):
        service.turn()
        now = sum(project.is_ready(copy) for copy in copies)
        assert now <= ready + 1
        ready = now
    assert len(project.orders) == 1, "of the source"
    service.end()
    project.ledger.close()


def test_a_copy_that_changed_unseen_since_it_was_planned_is_made_as_it_is_now(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    copy = Path(shutil.copy(source, project.textures / "stone.png"))
    service = project.service(clock=FakeClock())
    project.ledger.send(Command("pause", ""))
    service.begin()
    while project.ledger.counts() != {JobState.DONE: 1, JobState.QUEUED: 1}:
        service.turn()
    project.draw("stone.png", seed=5)
    project.ledger.send(Command("resume", ""))
    while not project.is_ready(copy):
        service.turn()
    assert np.array_equal(pixels(output_of(copy)), 255 - pixels(copy))
    service.end()
    project.ledger.close()


def test_a_full_disk_gets_no_copies(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    source = project.draw("brick.png")
    project.once()
    copy = Path(shutil.copy(source, project.textures / "stone.png"))
    monkeypatch.setattr("impasto_daemon.dispatch.is_full", lambda _folder: True)
    clock = FakeClock()
    service = project.service(clock=clock)
    service.begin()
    while clock.monotonic() < 30.0:
        service.turn()
    assert project.ledger.counts() == {JobState.DONE: 1, JobState.QUEUED: 1}
    assert not output_of(copy).exists()
    service.end()
    project.ledger.close()
