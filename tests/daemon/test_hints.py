"""Hints between two threads: none twice, and of too many the newest."""

from pathlib import Path

import pytest

from impasto_daemon import hints as hints_module
from impasto_daemon.hints import Hints
from impasto_daemon.watcher import FileChange

A, B, C = (FileChange(Path(f"/w/{name}.png")) for name in "abc")


def test_the_last_of_each_path_is_taken_in_the_order_they_came() -> None:
    hints = Hints()
    closed = FileChange(A.path, is_closed=True)
    assert [hints.put(change) for change in (A, B, closed)] == [True, False, False]
    assert hints.take() == ([B, closed], False)
    assert hints.take() == ([], False)
    assert hints.put(C)


def test_of_a_flood_the_oldest_give_way_and_that_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints_module, "_MOST", 2)
    hints = Hints()
    for change in (A, B, C):
        hints.put(change)
    assert hints.take() == ([B, C], True)
    hints.put(A)
    assert hints.take() == ([A], False)
