"""The file system's hints, from the real observer: wherever a file comes from, its path is told."""

import os
import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, InotifyFD

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


def test_the_end_of_a_write_is_told_as_such(tmp_path: Path) -> None:
    """By events only: a poll cannot know."""
    hints = Hints()
    watcher = Watcher(hints.queue.put)
    watcher.watch([watch_folder(tmp_path)])
    with (tmp_path / "a.png").open("wb") as file:
        file.write(b"1")
        file.flush()
        assert not hints.wait_for(tmp_path / "a.png")[-1].is_closed
    while not hints.wait_for(tmp_path / "a.png")[-1].is_closed:
        pass
    watcher.stop()


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limit_watches(monkeypatch, lambda path: True)
    hints = Hints()
    watcher = Watcher(hints.queue.put, poll_seconds=0.1)
    watcher.watch([watch_folder(tmp_path)])
    (tmp_path / "a.png").write_bytes(b"1")
    hints.wait_for(tmp_path / "a.png")
    watcher.stop()
    assert [record.message.split(" (")[0] for record in caplog.records] == [f"{tmp_path}: cannot be watched"]


def limit_watches(monkeypatch: pytest.MonkeyPatch, refuses: Callable[[Path], bool]) -> None:
    """As where the system's limit of watches is reached."""
    add = InotifyFD.add_callback

    def add_callback(self: InotifyFD, path: bytes, *arguments: object) -> object:
        if refuses(Path(os.fsdecode(path))):
            raise OSError(28, "inotify watch limit reached")
        return add(self, path, *arguments)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(InotifyFD, "add_callback", add_callback)


def test_a_subfolder_beyond_the_limit_of_watches_is_polled_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "few").mkdir()
    (tmp_path / "many" / "below").mkdir(parents=True)
    limit_watches(monkeypatch, lambda path: path.is_relative_to(tmp_path / "many"))
    hints = Hints()
    watcher = Watcher(hints.queue.put, poll_seconds=0.1)
    watcher.watch([watch_folder(tmp_path)])
    assert hints.wait_for(tmp_path / "many")[-1].is_folder  # what came before it was polled
    for folder in ("few", "many", "many/below"):
        (tmp_path / folder / "a.png").write_bytes(b"1")
        hints.wait_for(tmp_path / folder / "a.png")
    (tmp_path / "many" / "new").mkdir()
    (tmp_path / "many" / "new" / "b.png").write_bytes(b"1")
    hints.wait_for(tmp_path / "many" / "new" / "b.png")
    watcher.stop()
    (warning,) = caplog.messages
    assert (
        warning == f"{tmp_path / 'many'}: cannot be watched (the watch limit is reached): polled every 0.1 s"
    )


def test_many_folders_beyond_the_limit_are_polled_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(30):
        (tmp_path / f"{number}").mkdir()
    limit_watches(monkeypatch, lambda path: path != tmp_path)
    hints = Hints()
    watcher = Watcher(hints.queue.put, poll_seconds=0.1)
    watcher.watch([watch_folder(tmp_path)])
    for number in range(30):
        (tmp_path / f"{number}" / "a.png").write_bytes(b"1")
        hints.wait_for(tmp_path / f"{number}" / "a.png")
    watcher.stop()
    assert len(caplog.messages) == 9
    assert caplog.messages[-1].startswith(f"{tmp_path}: cannot be watched")


def test_events_that_were_lost_are_told_as_a_change_of_the_whole_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The kernel's own word for it; `bench/overflow.py` has it from the kernel."""
    hints = Hints()
    watcher = Watcher(hints.queue.put)
    watcher.watch([watch_folder(tmp_path)])
    (observer,) = watcher._observers
    observer._inotify.handle_event(InotifyEvent(-1, InotifyConstants.IN_Q_OVERFLOW, 0, b""))  # type: ignore[attr-defined]  # it is Linux's
    told = hints.wait_for(tmp_path)[-1]
    assert (told.is_folder, told.is_overflow) == (True, True)
    (tmp_path / "later.png").write_bytes(b"1")
    hints.wait_for(tmp_path / "later.png")
    watcher.stop()
    assert any("some changes were not told" in message for message in caplog.messages)


@pytest.mark.filterwarnings("ignore:Callback with id")
def test_a_folder_that_was_moved_out_and_in_is_watched_where_it_is_now(tmp_path: Path) -> None:
    watched, outside = tmp_path / "watched", tmp_path / "outside"
    (watched / "walls" / "deep").mkdir(parents=True)
    hints = Hints()
    watcher = Watcher(hints.queue.put)
    watcher.watch([watch_folder(watched)])
    (watched / "walls").rename(outside)
    hints.wait_for(watched / "walls")
    (outside / "deep" / "unseen.png").write_bytes(b"1")
    outside.rename(watched / "floors")
    hints.wait_for(watched / "floors")
    for folder in ("floors", "floors/deep"):
        (watched / folder / "new.png").write_bytes(b"1")
        hints.wait_for(watched / folder / "new.png")
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


def test_a_flood_is_read_no_faster_than_it_is_dealt_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all of it is held: the kernel holds a few, and says when it loses some."""
    hints, waiting, slept = Hints(), [9_000, 9_000, 0], Event()
    watcher = Watcher(hints.queue.put)
    watcher.watch([watch_folder(tmp_path)])
    (observer,) = watcher._observers
    monkeypatch.setattr(observer._inotify, "_waiting", lambda: waiting[0])  # type: ignore[attr-defined]  # it is Linux's
    monkeypatch.setattr("impasto_daemon.inotify.time.sleep", lambda _seconds: slept.set() or waiting.pop(0))
    (tmp_path / "a.png").write_bytes(b"1")
    hints.wait_for(tmp_path / "a.png")
    assert slept.is_set()
    assert waiting == [0]
    watcher.stop()


def test_a_watcher_in_the_midst_of_a_flood_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher(Hints().queue.put)
    watcher.watch([watch_folder(tmp_path)])
    (observer,) = watcher._observers
    asked = Event()
    monkeypatch.setattr(observer._inotify, "_waiting", lambda: asked.set() or 9_000)  # type: ignore[attr-defined]  # it is Linux's
    (tmp_path / "a.png").write_bytes(b"1")
    assert asked.wait(10.0)
    watcher.stop()
    assert not observer.is_alive()
