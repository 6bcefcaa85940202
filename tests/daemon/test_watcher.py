"""The file system's hints, from the real observer: wherever a file comes from, its path is told."""

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from impasto_daemon import watcher as watcher_module
from impasto_daemon.config import WatchFolder
from impasto_daemon.watcher import FileChange, Watcher
from impasto_engine import Profile


def watch_folder(folder: Path, polling: str = "never") -> WatchFolder:
    return WatchFolder(folder=folder, ignore=(), profile=Profile.NEUTRAL, polling=polling)  # type: ignore[arg-type]  # one of its three words


class Hints:
    """What the watcher told; `wait_for` takes until the path came."""

    def __init__(self) -> None:
        self.queue: queue.Queue[FileChange] = queue.Queue()

    def wait_for(self, path: Path) -> list[FileChange]:
        seen = []
        while not seen or seen[-1].path != path:
            seen.append(self.queue.get(timeout=15))
        return seen


@pytest.fixture(params=["never", "always"])
def hints(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hints]:
    """By events, and by polling as on a network share."""
    hints = Hints()
    watched = tmp_path / "watched"
    watched.mkdir()
    (watched / "old.png").write_bytes(b"old")
    watcher = Watcher(hints.queue.put, poll_seconds=0.1)
    watcher.watch([watch_folder(watched, request.param)])
    yield hints
    watcher.stop()


def test_a_new_file_is_told(hints: Hints, tmp_path: Path) -> None:
    (tmp_path / "watched" / "a.png").write_bytes(b"1")
    hints.wait_for(tmp_path / "watched" / "a.png")


def test_a_save_by_temp_and_rename_is_told(hints: Hints, tmp_path: Path) -> None:
    temp = tmp_path / "watched" / "old.png.part"
    temp.write_bytes(b"newer")
    temp.replace(tmp_path / "watched" / "old.png")
    hints.wait_for(tmp_path / "watched" / "old.png")


def test_a_file_moved_in_from_elsewhere_is_told(hints: Hints, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.png").write_bytes(b"1")
    (tmp_path / "elsewhere.png").rename(tmp_path / "watched" / "moved.png")
    hints.wait_for(tmp_path / "watched" / "moved.png")


def test_a_deleted_file_is_told(hints: Hints, tmp_path: Path) -> None:
    (tmp_path / "watched" / "old.png").unlink()
    hints.wait_for(tmp_path / "watched" / "old.png")


def test_a_new_folder_is_told_even_where_its_files_are_not(hints: Hints, tmp_path: Path) -> None:
    """Files written before the new folder is watched have no event: the folder's own has to do."""
    folder = tmp_path / "watched" / "new"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"1")
    told = hints.wait_for(folder)
    assert told[-1].is_folder


def test_reading_a_file_is_no_news(tmp_path: Path) -> None:
    hints = Hints()
    (tmp_path / "a.png").write_bytes(b"1")
    watcher = Watcher(hints.queue.put)
    watcher.watch([watch_folder(tmp_path)])
    (tmp_path / "a.png").read_bytes()
    list(tmp_path.iterdir())
    (tmp_path / "end.png").write_bytes(b"1")
    told = hints.wait_for(tmp_path / "end.png")
    watcher.stop()
    assert {change.path.name for change in told} == {"end.png"}


def test_where_events_cannot_be_had_the_folder_is_polled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoWatches:
        def schedule(self, *arguments: object, recursive: bool) -> None:
            """Accepted, as inotify does until it starts."""

        def start(self) -> None:
            raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watcher_module, "Observer", NoWatches)
    hints = Hints()
    watcher = Watcher(hints.queue.put, poll_seconds=0.1)
    watcher.watch([watch_folder(tmp_path)])
    (tmp_path / "a.png").write_bytes(b"1")
    hints.wait_for(tmp_path / "a.png")
    watcher.stop()


def test_a_network_share_is_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    polling = watcher_module.PollingObserver
    monkeypatch.setattr(watcher_module, "is_network_mount", lambda folder: True)
    monkeypatch.setattr(
        watcher_module, "PollingObserver", lambda timeout: made.append(timeout) or polling(timeout=timeout)
    )
    watcher = Watcher(lambda change: None, poll_seconds=0.2)
    watcher.watch([watch_folder(tmp_path, "auto")])
    watcher.stop()
    assert made == [0.2]
