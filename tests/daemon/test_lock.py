"""One daemon of this machine for a watch folder, with all above it and below."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from impasto_daemon.errors import LockedError
from impasto_daemon.lock import FolderLocks
from impasto_daemon.state import folder_locks_path

HOLD = """
import sys
from pathlib import Path
from impasto_daemon.lock import FolderLocks

locks = FolderLocks(Path("/other/config.yaml"))
locks.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""
FOLDER = Path("/game/textures")


@pytest.fixture
def mine(state: Path) -> FolderLocks:
    del state
    return FolderLocks(Path("/mine/config.yaml"))


@pytest.fixture
def theirs(state: Path) -> FolderLocks:
    del state
    return FolderLocks(Path("/theirs/config.yaml"))


@pytest.mark.parametrize("other", [FOLDER, FOLDER.parent, FOLDER / "ui" / "icons"])
def test_a_folder_is_refused_while_another_daemon_has_it_or_one_around_or_in_it(
    mine: FolderLocks, theirs: FolderLocks, other: Path
) -> None:
    mine.take(FOLDER)
    with pytest.raises(LockedError) as refusal:
        theirs.take(other)
    assert f"{other}: another impasto watches {FOLDER}" in str(refusal.value)
    assert f"pid {os.getpid()}, config /mine/config.yaml" in str(refusal.value)
    mine.release(FOLDER)
    theirs.take(other)


def test_folders_beside_each_other_do_not_matter_to_each_other(
    mine: FolderLocks, theirs: FolderLocks
) -> None:
    mine.take(FOLDER)
    theirs.take(FOLDER.with_name("textures2"))
    theirs.take(FOLDER.with_name("text"))


def test_one_daemon_may_have_several_and_pass_from_an_outer_to_an_inner_one(mine: FolderLocks) -> None:
    mine.take(FOLDER)
    mine.take(FOLDER / "ui")
    mine.release(FOLDER)
    assert mine.held == (FOLDER / "ui",)


def test_a_folder_is_free_as_soon_as_its_daemon_is_killed(mine: FolderLocks) -> None:
    daemon = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(FOLDER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=rf"pid {daemon.pid}, config /other/config\.yaml"):
            mine.take(FOLDER)
        daemon.kill()
        daemon.wait()
        assert mine.take(FOLDER), "another config's daemon had it"


def test_it_is_told_whether_another_config_had_the_folder_since(
    mine: FolderLocks, theirs: FolderLocks
) -> None:
    had = []
    for locks in (mine, mine, theirs, mine):
        had.append(locks.take(FOLDER))
        locks.release(FOLDER)
    assert had == [False, False, True, True]


def test_what_no_other_daemon_watches_is_free(mine: FolderLocks, theirs: FolderLocks) -> None:
    theirs.take(FOLDER)
    assert not mine.is_free(FOLDER / "brick.png")
    assert theirs.is_free(FOLDER / "brick.png")
    assert mine.is_free(FOLDER.with_name("brick.png"))


def test_a_note_that_cannot_be_read_hinders_nobody(mine: FolderLocks) -> None:
    mine.take(FOLDER)
    mine.release(FOLDER)
    (note,) = folder_locks_path().glob("*.json")
    for garbage in ("", "[]", '{"folder": 1}', "{"):
        note.write_text(garbage)
        assert not mine.take(FOLDER)
        mine.release(FOLDER)
