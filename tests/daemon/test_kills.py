"""kill -9 of daemon and worker at every named point: when it is quiet again nothing is lost, nothing left over."""

from collections.abc import Iterator
from typing import get_args

import pytest

from fake_project import Project, wait_until
from impasto_daemon.failpoints import Failpoint
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
    assert sum(supervised.inferences().values()) <= len(sources) + 3, "only what was in flight ran again"


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
