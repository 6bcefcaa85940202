"""A shared folder goes from one daemon to another: what the one was in the midst of, the other puts right."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from fake_project import PowerCutError, Project, pixels
from impasto_daemon import failpoints
from impasto_daemon import lease as lease_module
from impasto_daemon.commands.clean import clean_outputs
from impasto_daemon.errors import LockedError
from impasto_daemon.failpoints import Failpoint
from impasto_daemon.ledger import Command, JobState
from impasto_daemon.watcher import FileChange
from two_daemons import Daemon, daemon

DEAD = lease_module._BEAT_SECONDS * (lease_module._LOOKS + 2)


@pytest.fixture
def kiln(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Daemon:
    """One of two machines that share the textures; `own` is a folder that no other sees."""
    monkeypatch.setattr("impasto_daemon.roots.is_network_mount", lambda folder: folder.name != "own")
    return daemon(project, monkeypatch, "kiln", tmp_path / "state of kiln")


@pytest.fixture
def easel(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Daemon:
    return daemon(project, monkeypatch, "easel", tmp_path / "state of easel")


@pytest.mark.parametrize("is_first", [False, True])
def test_what_landed_just_before_a_kill_is_no_edit_to_the_next(
    project: Project, kiln: Daemon, easel: Daemon, monkeypatch: pytest.MonkeyPatch, *, is_first: bool
) -> None:
    source = project.draw("brick.png")
    if not is_first:
        kiln.once()
        project.draw("brick.png", seed=2)

    def die(failpoint: Failpoint) -> None:
        if failpoint == "renamed":
            raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(failpoints, "reach", die)
        kiln.start()
        with pytest.raises(PowerCutError):
            kiln.run()
    easel.start()
    easel.run(DEAD)
    assert easel.project.recorder.kinds().count("blocked") == 0
    assert project.is_ready(source)
    assert np.array_equal(pixels(project.textures / "brick.ink.png"), 255 - pixels(source))
    easel.end()


def test_an_output_that_was_edited_is_no_source_to_the_next(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    source = project.draw("brick.png")
    kiln.once()
    edited = project.paint_over("brick.ink.png")
    source.unlink()
    kiln.once()
    easel.once()
    assert easel.made == []
    assert (project.textures / "brick.ink.png").read_bytes() == edited


def test_nothing_moves_into_a_folder_that_another_has_by_now(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    own = project.folder / "own"
    own.mkdir()
    kiln.project.rewrite("- folder: ../game/textures", "- folder: ../game/own\n  - folder: ../game/textures")
    gone = project.draw("../own/brick.png").resolve()
    kiln.start()
    kiln.run()
    kiln.project.ledger.send(Command("pause", ""))
    kiln.run(2.0)
    asked = project.draw("brick too.png")
    kiln.service.hint(FileChange(asked, is_closed=True))
    kiln.run(2.0)
    easel.behave = lambda _order: None  # busy with it
    easel.start()
    easel.run(DEAD)
    gone.unlink()
    kiln.service.hint(FileChange(gone))
    for _ in range(10):
        easel.run(2.0)
        kiln.run(2.0)
    assert not (project.textures / "brick too.ink.png").exists()
    assert not (own / "brick.ink.png").exists()
    kiln.end()
    easel.end()


def test_what_is_planned_while_the_share_is_away_is_planned_again(
    project: Project, kiln: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.draw("brick.png")
    kiln.start()
    kiln.run()
    roots = kiln.service._roots
    with monkeypatch.context() as away:
        away.setattr(kiln.service._intake._journal, "may_write", lambda _path: False)
        kiln.project.rewrite("ink:", "new:")
        kiln.project.rewrite("style: ink", "style: new")
        kiln.run(5.0)
    assert roots.may_write(project.textures)
    kiln.service._scan()
    kiln.run()
    assert project.names() >= {"brick.new.png"}
    assert "brick.ink.png" not in project.names()
    kiln.end()


@pytest.mark.parametrize("is_same_machine", [False, True])
def test_clean_takes_nothing_back_while_a_daemon_of_another_machine_or_user_works(
    project: Project, kiln: Daemon, easel: Daemon, monkeypatch: pytest.MonkeyPatch, *, is_same_machine: bool
) -> None:
    source = project.draw("brick.png")
    kiln.start()
    kiln.run()
    monkeypatch.setenv("XDG_STATE_HOME", str(easel.state))
    if not is_same_machine:
        monkeypatch.setattr("socket.gethostname", lambda: "easel")
    with pytest.raises(
        LockedError, match=r"textures: another impasto has its lease \(host .*kiln.config\.yaml\)"
    ):
        list(clean_outputs(easel.project.config, dry_run=False))
    assert project.is_ready(source)
    kiln.end()
    half_written = project.textures / ".impasto.lease.2"
    half_written.touch()
    with pytest.raises(LockedError, match=r"has its lease \(who cannot be read"):
        list(clean_outputs(easel.project.config, dry_run=False))
    half_written.unlink()
    list(clean_outputs(easel.project.config, dry_run=False))
    assert project.names() == {"brick.png", ".impasto.lease.1"}


def test_no_copy_lands_in_a_folder_that_another_got_while_it_was_made(
    project: Project, kiln: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = project.draw("brick.png")
    kiln.start()
    kiln.run_until_ready(source)
    twin = shutil.copy(source, project.textures / "stone.png")

    def copy_slowly(file: Path, to: Path) -> None:
        shutil.copy(file, to)
        for lease in project.textures.glob(".impasto.lease.*"):
            lease.unlink()
        (project.textures / ".impasto.lease.7").write_text("another's")

    monkeypatch.setattr("impasto_daemon.moves.copy", copy_slowly)
    kiln.service.hint(FileChange(twin, is_closed=True))
    kiln.run()
    assert not (project.textures / "stone.ink.png").exists()
    assert kiln.project.ledger.counts() == {JobState.DONE: 1, JobState.QUEUED: 1}
    kiln.end()
