"""More at once than is held: every file gets its outputs all the same, and the last does not wait for all."""

import pytest

from fake_project import Project, Watching, invert, wait_until
from impasto_daemon import hints, intake, surveyor
from impasto_daemon.ledger import Ledger
from impasto_daemon.processing import Order, Report
from impasto_daemon.state import ledger_path

_FILES = 120


def names() -> list[str]:
    return [f"{chr(97 + number // 26)}{chr(97 + number % 26)} stone" for number in range(_FILES)]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveyor, "_MOST_WAITING", 10)
    monkeypatch.setattr(surveyor, "_MOST_UNTAKEN", 2)
    monkeypatch.setattr(intake, "_CATCH_UP", 3)


@pytest.mark.usefixtures("narrow")
def test_a_start_with_more_files_than_are_held_makes_all(project: Project) -> None:
    sources = [project.draw(f"{name[0]}/{name}.png", seed=number) for number, name in enumerate(names())]
    assert project.once().done == _FILES
    assert sorted(order.source for order in project.orders) == sorted(sources)


@pytest.mark.usefixtures("narrow")
def test_a_flood_of_more_hints_than_are_held_makes_all(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "_MOST", 7)
    with Watching(project):
        sources = [project.draw(f"{name}.png", seed=number) for number, name in enumerate(names())]
        wait_until(lambda: all(project.is_ready(source) for source in sources), seconds=60)
    assert len(project.orders) == _FILES


def test_a_file_dropped_after_a_flood_is_among_the_next_jobs(project: Project) -> None:
    """A worker that makes nothing until the flood and the file are in the ledger."""
    held: list[Order] = []

    def keep(order: Order) -> Report | None:
        if len(held) < 3:
            held.append(order)
            return None
        return invert(order)

    ledger = Ledger(ledger_path(project.config))
    with Watching(project, keep):
        for number, name in enumerate(names()):
            project.draw(f"{name}.png", seed=number)
        wait_until(lambda: sum(ledger.counts().values()) == _FILES, seconds=60)
        last = project.draw("by hand.png", seed=999)
        wait_until(lambda: sum(ledger.counts().values()) == _FILES + 1)
        for order in list(held):
            project.answer(invert(order))
        wait_until(lambda: project.is_ready(last))
    assert [order.source for order in project.orders].index(last) < 10
    ledger.close()
