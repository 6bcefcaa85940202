"""A source that is renamed keeps what was made of it: the outputs move, and no network runs."""

import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image

from fake_clock import FakeClock
from fake_project import HereExaminer, PowerCutError, Project, pixels
from impasto_daemon import departures, publish
from impasto_daemon.commands.status import read_status
from impasto_daemon.ledger import Command, Ledger
from impasto_daemon.manifest import is_temp, sidecar_path
from impasto_daemon.service import Service
from impasto_daemon.survey import Survey
from impasto_daemon.watcher import FileChange

GRACE_SECONDS = departures._GRACE_SECONDS


def output_of(source: Path) -> Path:
    return source.with_name(f"{source.stem}.ink.png")


def assert_moved(project: Project, before: Path, source: Path) -> None:
    """All that is there is right, and nothing was sent to the worker."""
    assert project.orders == []
    assert project.is_ready(source)
    assert [made.file for made in project.variant(source).maps] == [output_of(source).name]
    assert np.array_equal(pixels(output_of(source)), 255 - pixels(source))
    assert not output_of(before).exists()
    if sidecar_path(before).exists():
        manifest = project.manifest(before)
        assert (manifest.variants, [gone.file for gone in manifest.retired]) == ((), [output_of(before).name])
    assert not [name for name in project.names() if is_temp(name)]


def rename(before: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    return before.rename(to)


class Daemon:
    """A daemon that is hinted at, at a time of the test's own."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.clock = FakeClock()
        self.service: Service = project.service(clock=self.clock)
        self.service.begin()
        self.run()

    def hint(self, *paths: Path) -> None:
        for path in paths:
            self.service.hint(FileChange(path))

    def run(self) -> None:
        while self.service.turn():
            pass

    def end(self) -> None:
        self.service.end()
        self.project.ledger.close()


@pytest.fixture
def daemon(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Daemon]]:
    monkeypatch.setattr(departures, "_GRACE_SECONDS", GRACE_SECONDS)
    begun: list[Daemon] = []

    def begin() -> Daemon:
        begun.append(Daemon(project))
        project.orders.clear()
        return begun[-1]

    yield begin
    for one in begun:
        one.end()


@pytest.mark.parametrize("name", ["stone.png", "walls/brick.png", "walls/deep/stone.png"])
def test_what_was_renamed_while_no_daemon_ran_keeps_its_output(project: Project, name: str) -> None:
    source = project.draw("brick.png")
    project.once()
    made = output_of(source).stat()
    to = rename(source, project.textures / name)
    assert project.once().done == 0
    assert_moved(project, source, to)
    assert (output_of(to).stat().st_ino, output_of(to).stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)
    assert [event.message for event in project.recorder.events if event.kind == "moved"] == [
        "moved from brick.ink.png"
    ]
    assert project.once().done == 0
    assert_moved(project, source, to)


@pytest.mark.parametrize("order", ["new first", "old first", "long after", "old alone", "new alone"])
def test_the_order_of_events_does_not_matter(
    project: Project, daemon: Callable[[], Daemon], order: str
) -> None:
    """What is not told at all is seen by the next scan, which is told of a folder here."""
    source = project.draw("brick.png")
    running = daemon()
    to = rename(source, project.textures / "stone.png")
    if order in ("new first", "new alone", "long after"):
        running.hint(to)
    else:
        running.hint(source)
    for _ in range(20 if order == "long after" else 3):
        running.service.turn()
    if order == "old alone":
        running.service.hint(FileChange(project.textures, is_folder=True))
    elif order != "new alone":
        running.hint(source, to)
    running.run()
    assert_moved(project, source, to)


def test_a_source_that_is_only_deleted_is_retired_within_two_seconds(
    project: Project, daemon: Callable[[], Daemon]
) -> None:
    source = project.draw("brick.png")
    running = daemon()
    source.unlink()
    running.hint(source)
    began = running.clock.monotonic()
    while output_of(source).exists():
        assert running.clock.monotonic() - began < 2.0
        running.service.turn()
    running.run()
    assert project.manifest(source).variants == ()


def test_a_source_is_retired_even_where_something_is_always_written(
    project: Project, daemon: Callable[[], Daemon]
) -> None:
    source, frame = project.draw("brick.png"), project.textures / "frame.png"
    running = daemon()
    source.unlink()
    running.hint(source)
    for size in range(1, 100):
        frame.write_bytes(bytes(size))
        running.hint(frame)
        running.service.turn()
        running.clock.pass_by(10.0)
        if not output_of(source).exists():
            break
    assert 60 <= size < 70
    frame.unlink()
    running.run()
    assert project.manifest(source).variants == ()


def test_a_source_that_comes_back_finds_its_output_there(
    project: Project, daemon: Callable[[], Daemon]
) -> None:
    source = project.draw("brick.png")
    running = daemon()
    away = rename(source, project.folder / "away.png")
    running.hint(source)
    began = running.clock.monotonic()
    while running.clock.monotonic() - began < 0.8:
        running.service.turn()
    assert project.ledger.source(source) is None
    away.rename(source)
    running.hint(source)
    running.run()
    assert project.orders == []
    assert project.is_ready(source)
    assert output_of(source).exists()


def test_a_move_does_not_wait_while_the_networks_are_paused(
    project: Project, daemon: Callable[[], Daemon]
) -> None:
    source = project.draw("brick.png")
    running = daemon()
    project.ledger.send(Command("pause", ""))
    to = rename(source, project.textures / "stone.png")
    running.hint(source, to)
    running.run()
    assert_moved(project, source, to)


def test_the_editors_notes_move_along_and_those_that_stand_there_stay(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    for suffix in (".meta", ".import"):
        Path(f"{output_of(source)}{suffix}").write_text("of the artist")
    to = project.textures / "walls" / "stone.png"
    rename(source, to)
    Path(f"{output_of(to)}.import").write_text("of another")
    project.once()
    assert_moved(project, source, to)
    assert Path(f"{output_of(to)}.meta").read_text() == "of the artist"
    assert Path(f"{output_of(to)}.import").read_text() == "of another"
    assert not Path(f"{output_of(source)}.meta").exists()


@pytest.mark.parametrize("with_all", [True, False])
def test_a_moved_folder_keeps_what_was_made_in_it(project: Project, with_all: bool) -> None:
    """With its sidecars and outputs, or as a tool does that knows the sources alone."""
    sources = [project.draw(f"walls/{name}.png", seed=ord(name[-1])) for name in ("a", "deep/b", "deep/c")]
    project.once()
    walls, there = project.textures / "walls", project.textures / "level" / "walls"
    there.parent.mkdir()
    moved = [there / source.relative_to(walls) for source in sources]
    if with_all:
        walls.rename(there)
    else:
        for source, to in zip(sources, moved, strict=True):
            rename(source, to)
    project.once()
    for source, to in zip(sources, moved, strict=True):
        assert_moved(project, source, to)


def test_a_source_moved_with_sidecar_and_output_file_by_file_is_as_it_was(
    project: Project, daemon: Callable[[], Daemon]
) -> None:
    source = project.draw("brick.png")
    (project.textures / "walls").mkdir()
    running = daemon()
    before = (source, output_of(source), sidecar_path(source))
    after = [path.rename(project.textures / "walls" / path.name) for path in before]
    running.hint(*before, *after)
    running.run()
    assert_moved(project, source, after[0])


def test_a_source_that_goes_to_another_watch_folder_takes_its_output_along(
    project: Project, daemon: Callable[[], Daemon]
) -> None:
    (project.folder / "more").mkdir()
    project.rewrite("  - folder: textures\n", "  - folder: textures\n  - folder: more\n")
    source = project.draw("brick.png")
    running = daemon()
    to = rename(source, project.folder / "more" / "stone.png")
    running.hint(to, source)
    running.run()
    assert_moved(project, source, to)


def refuse_other_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each folder were a file system of its own."""
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self.parent != Path(target).parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)


def test_an_output_moves_into_another_file_system(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    source = project.draw("brick.png")
    project.once()
    Path(f"{output_of(source)}.meta").write_text("guid")
    to = rename(source, project.textures / "walls" / "stone.png")
    refuse_other_folders(monkeypatch)
    project.once()
    assert_moved(project, source, to)
    assert Path(f"{output_of(to)}.meta").read_text() == "guid"
    assert not Path(f"{output_of(source)}.meta").exists()


STEPS = (
    (publish, "_replace"),
    (publish, "copy"),
    (publish, "_sync_folder"),
    (publish, "write_manifest"),
    (Ledger, "remember_output"),
    (Ledger, "forget_output"),
    (Ledger, "finish"),
    (Ledger, "drop_job"),
    (Ledger, "told"),
    (Ledger, "forget_source"),
    (Ledger, "put_job"),
)


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("is_after", [False, True])
def test_a_kill_between_any_two_steps_loses_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch, across: bool, is_after: bool
) -> None:
    """Killed before, or after, the first of these calls, the second and so on, until nothing is left to kill at."""
    if across:
        refuse_other_folders(monkeypatch)
    source = project.draw("0.png")
    project.once()
    Path(f"{output_of(source)}.meta").write_text("guid")
    kills = 0
    for number in range(1, 40):
        to = rename(source, project.textures / str(number) / f"{number}.png")
        with monkeypatch.context() as patch:
            is_killed = kill_at(kills, patch, is_after=is_after)
            try:
                project.once()
            except PowerCutError:
                project.ledger.close()
        orders = len(project.orders)
        project.once()
        assert orders == 0, f"a network ran after kill {kills}"
        assert_moved(project, source, to)
        assert Path(f"{output_of(to)}.meta").read_text() == "guid"
        if not is_killed():
            break
        source, kills = to, kills + 1
    assert kills >= 15, "it was not killed at all"


def kill_at(count: int, patch: pytest.MonkeyPatch, *, is_after: bool) -> Callable[[], bool]:
    """At the call of that number of all that leave something behind; whether it came so far."""
    calls = 0

    def watch(owner: object, name: str) -> None:
        original = getattr(owner, name)

        def step(*arguments: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls == count + 1 and not is_after:
                raise PowerCutError
            result = original(*arguments, **named)
            if calls == count + 1 and is_after:
                raise PowerCutError
            return result

        patch.setattr(owner, name, step)

    for owner, name in STEPS:
        watch(owner, name)
    return lambda: calls > count


def test_an_edited_output_stays_where_it_is(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    ours = project.paint_over("brick.ink.png")
    to = rename(source, project.textures / "stone.png")
    assert project.once().done == 1
    assert output_of(source).read_bytes() == ours
    assert read_status(project.config).edited == (str(output_of(source)),)
    assert np.array_equal(pixels(output_of(to)), 255 - pixels(to))


def test_a_foreign_file_in_the_new_place_is_kept(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    to = rename(source, project.textures / "stone.png")
    theirs = project.paint_over("stone.ink.png")
    project.once()
    assert output_of(to).read_bytes() == theirs
    assert "exists and is not impasto's" in (project.variant(to).error or "")
    assert to not in [order.source for order in project.orders]


def test_a_source_renamed_over_another_takes_its_output_along(project: Project) -> None:
    source, other = project.draw("brick.png", seed=1), project.draw("stone.png", seed=2)
    project.once()
    source.replace(other)
    project.once()
    assert_moved(project, source, other)


def test_an_output_whose_name_does_not_change_stays(project: Project) -> None:
    source = project.draw("brick.jpg")
    project.once()
    assert output_of(source).exists()
    to = rename(source, project.textures / "brick.jpeg")
    project.once()
    assert project.orders == []
    assert project.is_ready(to)
    assert output_of(to).exists()
    project.once()
    assert output_of(to).exists()


def test_another_source_with_the_output_of_one_that_is_gone_is_made_at_once(
    project: Project, daemon: Callable[[], Daemon]
) -> None:
    """Exported as PNG where a JPEG was before."""
    source = project.draw("brick.jpg", seed=1)
    running = daemon()
    source.unlink()
    to = project.draw("brick.png", seed=2)
    running.hint(to, source)
    running.run()
    assert project.is_ready(to)
    assert np.array_equal(pixels(output_of(to)), 255 - pixels(to))


@pytest.mark.parametrize("all_of_them", [True, False])
def test_a_set_of_tiles_keeps_its_outputs_where_all_of_it_is_renamed(
    project: Project, daemon: Callable[[], Daemon], all_of_them: bool
) -> None:
    """They share statistics: of a set that was torn apart, all are made again."""
    tiles = [project.draw(f"rock.100{number}.png", seed=number) for number in (1, 2, 3)]
    running = daemon()
    for tile in tiles if all_of_them else tiles[:1]:
        to = rename(tile, tile.with_name(tile.name.replace("rock", "stone")))
        running.hint(tile, to)
        running.service.turn()
    running.run()
    assert len(project.orders) == (0 if all_of_them else 3)
    for path in project.textures.glob("*.100?.png"):
        if ".ink." not in path.name:
            made = path.with_name(path.name.replace(".100", ".ink.100"))
            assert np.array_equal(pixels(made), 255 - pixels(path))


def test_what_the_new_name_says_is_told(project: Project) -> None:
    """A normal map by OpenGL's name for it, then by DirectX's: its pixels are the same."""
    flat = np.full((12, 16, 3), (128, 128, 255), np.uint8)
    source = project.textures / "wall_nor_gl.png"
    Image.fromarray(flat).save(source)
    project.once()
    assert project.variant(source).maps[0].normal_y == "+"
    to = rename(source, project.textures / "wall_nor_dx.png")
    project.once()
    assert project.orders == []
    assert project.variant(to).maps[0].normal_y == "-"


def test_many_that_are_renamed_at_once_all_keep_what_they_have_however_long_a_scan_takes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(departures, "_GRACE_SECONDS", GRACE_SECONDS)
    sources = [project.draw(f"a{number}.png", seed=number) for number in range(6)]
    project.once()
    project.orders.clear()
    renamed = [rename(source, source.with_name(f"b{source.stem}.png")) for source in sources]
    go_on = Event()

    class Slow(HereExaminer):
        def survey(self, path: Path) -> Survey:
            if path not in renamed[:2]:
                go_on.wait()
            return super().survey(path)

    monkeypatch.setattr("impasto_daemon.surveyor.Examiner", Slow)
    clock = FakeClock()
    clock.skew = time.time() - clock.wall()  # so that no file looks young
    service = project.service(clock=clock)
    service.begin()
    for _ in range(10):
        clock.pass_by(departures._LONGEST_SECONDS)
        service.turn()
    go_on.set()
    while service.turn():
        pass
    assert project.orders == []
    assert all(project.is_ready(source) for source in renamed)
    service.end()
    project.ledger.close()


def test_a_scan_tells_nobody_that_a_source_is_gone_before_that_is_clear(
    project: Project, daemon: Callable[[], Daemon]
) -> None:
    source = project.draw("brick.png")
    running = daemon()
    running.run()
    (job,) = project.ledger.jobs()
    running.service._journal.write_sidecar(source)
    source.unlink()
    project.ledger._owe_sidecar(job.id)  # as a variant that was dropped with it does
    running.service._intake._forget(source)
    running.service._scan()
    assert [one.id for one in project.manifest(source).variants] == ["ink"]
    running.run()
    assert project.manifest(source).variants == ()
