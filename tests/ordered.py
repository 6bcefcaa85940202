"""What a fake project's worker was asked for, for tests of sources that lean on each other."""

from collections import Counter
from pathlib import Path

from fake_project import Project
from impasto_daemon.hashing import hash_file
from impasto_engine import RestyleRequest, SourceRef


def refs(*paths: Path) -> tuple[SourceRef, ...]:
    return tuple(SourceRef(path, hash_file(path)) for path in paths)


def requests(project: Project) -> dict[str, RestyleRequest]:
    """Of the last run, in which no source was done twice."""
    assert all(count == 1 for count in done(project).values())
    return {order.source.name: order.request for order in project.orders}


def done(project: Project) -> Counter[str]:
    return Counter(order.source.name for order in project.orders)


def names(*paths: Path) -> set[str]:
    return {path.name for path in paths}
