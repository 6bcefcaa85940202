"""Settling, with the test's own clock."""

from pathlib import Path

import pytest

from impasto_daemon.settle import Settle, Signature, may_change_unseen


def test_a_file_settles_once_it_is_quiet(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"1")
    settle = Settle(quiet=1.0)
    settle.touch(path, now=0.0)
    assert settle.due(now=0.5) == []
    assert settle.due(now=1.0) == [path]
    assert settle.due(now=9.0) == []


def test_a_file_that_still_grows_waits_without_a_new_event(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"1")
    settle = Settle(quiet=1.0)
    settle.touch(path, now=0.0)
    path.write_bytes(b"12")
    assert settle.due(now=1.0) == []
    assert settle.due(now=1.5) == []
    assert settle.due(now=2.0) == [path]


def test_a_file_that_vanished_settles_too(tmp_path: Path) -> None:
    settle = Settle(quiet=1.0)
    settle.touch(tmp_path / "gone.png", now=0.0)
    assert settle.due(now=1.0) == [tmp_path / "gone.png"]
    assert len(settle) == 0


def test_each_event_starts_the_wait_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"1")
    settle = Settle(quiet=1.0)
    settle.touch(path, now=0.0)
    settle.touch(path, now=0.9)
    assert settle.due(now=1.5) == []
    assert settle.due(now=2.0) == [path]


def test_a_file_that_was_closed_settles_sooner(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"1")
    settle = Settle(quiet=1.0, closed=0.1)
    settle.touch(path, now=0.0)
    settle.touch(path, now=0.2, is_closed=True)
    assert settle.next_due() is not None
    assert settle.due(now=0.29) == []
    assert settle.due(now=0.31) == [path]
    assert (len(settle), settle.due(now=9.0)) == (0, [])


def test_a_file_that_is_written_to_after_it_was_closed_waits_again(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"1")
    settle = Settle(quiet=1.0, closed=0.1)
    settle.touch(path, now=0.0, is_closed=True)
    path.write_bytes(b"12")
    assert settle.due(now=0.2) == []
    assert settle.due(now=1.1) == []
    assert settle.due(now=1.3) == [path]


@pytest.mark.parametrize(
    ("signature", "may_change"),
    [
        ((9, 100_000_000_000, 50_000_000_000), True),
        ((9, 50_000_000_000, 100_000_000_000), True),
        ((9, 100_000_000_001, 100_000_000_001), False),
        ((9, 50_000_000_000, 50_000_000_000), False),
        (None, False),
    ],
)
def test_right_after_a_change_that_was_stamped_in_whole_seconds_another_would_not_be_seen(
    signature: Signature | None, may_change: bool
) -> None:
    assert may_change_unseen(signature, now=101.5) is may_change
