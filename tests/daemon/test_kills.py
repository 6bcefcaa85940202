"""kill -9 of daemon and worker at every named point: when it is quiet again nothing is lost, nothing left over."""

from collections.abc import Iterator
from typing import get_args

import pytest

from fake_clock import FakeClock
from fake_project import Project, invert, wait_until
from impasto_daemon.failpoints import Failpoint
from impasto_daemon.ledger import JobState
from impasto_daemon.processing import Order, Report
from supervised import Supervised, is_quiet, losses

FAILPOINTS: tuple[Failpoint, ...] = get_args(Failpoint)


@pytest.fixture
def supervised(project: Project) -> Iterator[Supervised]:
    supervised = Supervised(project)
    yield supervised
    supervised.end()


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_kill_at_a_failpoint_loses_nothing(
    project: Project, supervised: Supervised, failpoint: str
) -> None:
    sources = [project.draw(f"{name}.png", seed=ord(name)) for name in "abcd"]
    supervised.arm(failpoint)

    def is_over() -> bool:
        supervised.keep_alive()
        return not supervised.is_armed(failpoint) and is_quiet(project, len(sources))

    wait_until(is_over, seconds=60)
    supervised.end()
    assert losses(project, sources) == []
    inferences = supervised.inferences()
    assert sum(inferences.values()) <= len(sources) + 3, "only what was in flight ran again"
    assert max(inferences.values()) <= 2


def test_no_more_jobs_are_begun_than_a_kill_may_have_made_again(project: Project) -> None:
    """Those of which a report lies ready are still among them: here the worker is always faster than the daemon."""
    kept: list[Order] = []

    def behave(order: Order) -> Report | None:
        if len(kept) == 3:
            return invert(order)
        kept.append(order)
        return None

    for seed in range(8):
        project.draw(f"{seed}.png", seed=seed)
    service = project.service(behave, FakeClock())
    service.begin()

    def counts() -> tuple[int, int]:
        counts = project.ledger.counts()
        return counts.get(JobState.RUNNING, 0), counts.get(JobState.QUEUED, 0)

    for _ in range(10_000):
        service.turn()
        if counts() == (3, 5):
            break
    for order in kept:
        project.answer(invert(order))
    service.turn()
    assert counts() == (3, 2)
    while service.turn():
        assert counts()[0] <= 3
    service.end()
    assert len(project.orders) == 8


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_kill_at_a_failpoint_of_a_rerun_loses_nothing(
    project: Project, supervised: Supervised, failpoint: str
) -> None:
    """Here an output and a sidecar of before are in the way of being taken for those of now."""
    source = project.draw("brick.png", seed=1)
    supervised.keep_alive()
    wait_until(lambda: is_quiet(project, 1), seconds=60)
    supervised.arm(failpoint)
    project.draw("brick.png", seed=2)

    def is_over() -> bool:
        supervised.keep_alive()
        return not supervised.is_armed(failpoint) and is_quiet(project, 1) and not losses(project, [source])

    wait_until(is_over, seconds=60)
    supervised.end()
    assert losses(project, [source]) == []
