"""One daemon of a machine for a watch folder: a second is refused, or goes without it. And none for one whose
share is not mounted."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from fake_project import Project, Watching, invert, wait_until
from impasto_daemon.commands.status import read_status
from impasto_daemon.errors import LockedError
from impasto_daemon.ledger import JobState
from impasto_daemon.processing import Refused
from impasto_daemon.watcher import FileChange
from two_daemons import Daemon, daemon, leases


@pytest.fixture
def first(project: Project, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    return daemon(project, monkeypatch, "first")


@pytest.fixture
def second(project: Project, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    return daemon(project, monkeypatch, "second")


def test_a_second_config_with_the_folder_of_a_running_daemon_is_refused(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png")
    first.start()
    with pytest.raises(LockedError, match=r"game.textures \(pid \d+, config .*first.config\.yaml\)"):
        second.once()
    second.end()
    assert second.made == []
    first.end()
    second.once()
    assert project.is_ready(source)


def test_a_folder_that_an_edited_config_cannot_have_waits_and_the_others_go_on(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png")
    own = project.folder / "own"
    own.mkdir()
    second.project.rewrite("textures", "own")
    first.start()
    second.start()
    first.run_until_ready(source)
    tile = project.draw("../own/tile.png", seed=2)
    second.project.rewrite("- folder: ../game/own", "- folder: ../game/own\n  - folder: ../game/textures")
    second.run_until_ready(tile)
    (waiting,) = read_status(second.project.config).waiting
    assert waiting.startswith(f"{project.textures}: another impasto watches {project.textures} (pid ")
    assert second.made == ["tile.png"]
    first.end()
    assert not second.service._roots.may_write(project.textures / "fresh" / "late.png"), "it has no lock yet"
    late = project.draw("late.png", seed=3)
    second.run_until_ready(late)
    assert project.is_ready(source)
    assert second.made == ["tile.png", "late.png"], "what the first made is done"
    second.run(1.0)
    assert read_status(second.project.config).waiting == ()
    second.end()


def test_what_is_dropped_from_a_config_is_taken_back_while_it_is_ours_and_never_after(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png")
    (project.folder / "own").mkdir()
    first.start()
    first.run()
    assert project.is_ready(source)
    first.project.rewrite("textures", "own")
    first.run()
    assert project.names() == {"brick.png", "brick.png.impasto"}
    second.start()
    second.run()
    first.run(310.0)
    assert project.is_ready(source)
    first.end()
    second.end()


def test_a_folder_that_was_dropped_while_another_had_it_is_left_to_that_one(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png")
    (project.folder / "own").mkdir()
    first.once()
    second.start()
    second.run()
    first.project.rewrite("textures", "own")  # while it does not run
    first.start()
    first.run(310.0)
    assert project.is_ready(source)
    second.end()
    first.run(310.0)
    assert not project.is_ready(source), "nobody's, and the config that made it does not ask for it any more"
    first.end()


def test_what_another_config_made_meanwhile_is_not_taken_for_edited_by_hand(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png", seed=1)
    first.once()
    project.draw("brick.png", seed=2)
    second.once()
    project.draw("brick.png", seed=3)
    assert first.once() == frozenset()
    assert first.made == ["brick.png"] * 2
    assert project.is_ready(source)
    assert read_status(first.project.config).edited == ()


def test_a_folder_on_this_machine_has_no_lease(project: Project, first: Daemon) -> None:
    project.draw("brick.png")
    first.once()
    assert leases(project) == []


def test_a_folder_that_is_always_polled_counts_as_shared(project: Project, first: Daemon) -> None:
    first.project.rewrite("- folder: ../game/textures", "- { folder: ../game/textures, polling: always }")
    first.once()
    assert leases(project) == [".impasto.lease.1"]


@pytest.fixture
def mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder is a file system of its own."""
    monkeypatch.setattr("impasto_daemon.roots._place_of", lambda folder: (folder.stat().st_ino, 2))


@contextmanager
def unmounted(project: Project) -> Iterator[None]:
    """An empty folder stands where the textures were."""
    share = project.textures.rename(project.folder / "share")
    project.textures.mkdir()
    yield
    project.textures.rmdir()
    share.rename(project.textures)


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("is_shared", [False, True])
def test_what_a_share_holds_is_neither_forgotten_nor_made_again_while_it_is_not_mounted(
    project: Project, first: Daemon, monkeypatch: pytest.MonkeyPatch, *, is_shared: bool
) -> None:
    sources = [project.draw("brick.png"), project.draw("walls/stone.png", seed=2)]
    first.start()
    first.run()
    with monkeypatch.context() as patch, unmounted(project):
        patch.setattr("impasto_daemon.roots.is_network_mount", lambda _folder: is_shared)
        for source in sources:  # so says the poller
            first.service.hint(FileChange(source))
            first.service.hint(FileChange(source.with_name(f"{source.stem}.ink.png")))
        first.run(310.0)
        assert first.project.ledger.counts() == {JobState.DONE: 2}
        assert project.names() == set()
        (waiting,) = first.waiting
        assert waiting == f"{project.textures}: nothing is there of what was made; is its share mounted?"
    sources.append(project.draw("late.png", seed=3))
    first.run_until_ready(sources[2])
    assert all(project.is_ready(source) for source in sources)
    assert sorted(first.made) == ["brick.png", "late.png", "stone.png"]
    assert first.waiting == ()
    first.end()


@pytest.mark.usefixtures("mounts")
def test_a_share_keeps_its_lease_over_the_time_in_which_it_is_not_mounted(
    project: Project, first: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("impasto_daemon.roots.is_network_mount", lambda _folder: True)
    source = project.draw("brick.png")
    first.start()
    first.run()
    with unmounted(project):
        first.run()
        assert project.names() == set()
    first.run()
    assert leases(project) == [".impasto.lease.2"]
    assert project.is_ready(source)
    assert first.made == ["brick.png"]
    first.end()


@pytest.mark.usefixtures("mounts")
def test_a_share_that_is_mounted_late_is_looked_at_once_it_is_there(project: Project, first: Daemon) -> None:
    source = project.draw("brick.png")
    with unmounted(project):
        first.start()
        first.run()
        assert first.waiting == ()
    first.run()
    assert project.is_ready(source)
    first.end()


@pytest.mark.usefixtures("mounts")
def test_a_lease_that_was_taken_where_no_share_was_mounted_makes_the_place_no_share(
    project: Project, first: Daemon
) -> None:
    first.project.rewrite("textures\n", "textures\n    polling: always\n")
    source = project.draw("brick.png")
    with unmounted(project):
        first.start()
        first.run()
        assert leases(project) == [".impasto.lease.1"]
        (project.textures / ".impasto.lease.1").rename(project.folder / "kept")
    first.run()
    assert project.is_ready(source)
    with unmounted(project):
        (project.folder / "kept").rename(project.textures / ".impasto.lease.1")
        first.run(20.0)
        assert project.names() == {".impasto.lease.1"}
        assert "is its share mounted?" in first.waiting[0]
        (project.textures / ".impasto.lease.1").unlink()
    first.run()
    assert first.waiting == ()
    assert project.is_ready(source)
    assert first.made == ["brick.png"]
    first.end()


@pytest.mark.usefixtures("mounts")
def test_once_tells_by_its_exit_code_that_nothing_of_a_known_folder_is_there(
    project: Project, first: Daemon
) -> None:
    source = project.draw("brick.png")
    assert first.once() == frozenset()
    with unmounted(project):
        assert first.once() == {"missing"}
    assert first.once() == frozenset()
    assert project.is_ready(source)
    assert first.made == ["brick.png"]


@pytest.mark.usefixtures("mounts")
def test_a_share_that_goes_while_the_worker_writes_costs_no_attempt(project: Project, first: Daemon) -> None:
    first.behave = lambda _order: None
    source = project.draw("brick.png")
    project.draw("stone.png", seed=2)
    first.start()
    while first.project.ledger.counts() != {JobState.RUNNING: 2}:
        first.service.turn()
    with unmounted(project):
        written, crashed = first.project.orders
        first.project.answer(Refused(written.ticket, "write", "No such file or directory"))
        first.project.answer(Refused(crashed.ticket, "fault", "whatever the library made of it"))
        first.run()
        assert first.project.ledger.counts() == {JobState.QUEUED: 2}
    first.behave = invert
    first.run_until_ready(source)
    assert first.service._summary().failure_kinds == frozenset()
    first.end()


def test_a_folder_that_is_emptied_while_it_is_watched_is_forgotten(project: Project, first: Daemon) -> None:
    source = project.draw("brick.png")
    first.start()
    first.run()
    for name in project.names():
        (project.textures / name).unlink()
    first.service.hint(FileChange(source))
    first.run()
    assert first.project.ledger.counts() == {}
    assert first.waiting == ()
    first.end()


def test_folders_whose_numbers_do_not_last_are_watched_as_any_other(
    project: Project, first: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some network mounts."""
    numbers = count()
    monkeypatch.setattr("impasto_daemon.roots._place_of", lambda _folder: (1, next(numbers)))
    monkeypatch.setattr("impasto_daemon.roots.is_network_mount", lambda _folder: True)
    source = project.draw("brick.png")
    first.start()
    first.run(60.0)
    assert project.is_ready(source)
    assert first.service._journal.tally.scans == 1
    first.end()


def test_a_share_that_comes_back_with_the_config_on_it_is_watched_again(project: Project) -> None:
    source = project.draw("brick.png")
    with Watching(project) as daemon:
        wait_until(lambda: project.is_ready(source))
        share = project.folder.rename(project.folder.with_name("share"))
        wait_until(lambda: bool(daemon.service._roots.waiting))
        shutil.copytree(share, project.folder)  # other folders than those that are watched
        wait_until(lambda: not daemon.service._roots.waiting)
        late = project.draw("late.png", seed=2)
        wait_until(lambda: project.is_ready(late))
