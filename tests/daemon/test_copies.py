"""A copy of a source gets a copy of what was made of it: no network runs."""

import errno
import shutil
from pathlib import Path

import numpy as np
import pytest

from fake_project import Project, pixels
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
