"""The worker's lanes with a fake workshop: a style is learned in slices, and no order waits for its end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from fake_project import invert, wait_until
from impasto_daemon.hashing import hash_file
from impasto_daemon.lanes import Lanes
from impasto_daemon.processing import Learned, LearnOrder, Made, Order, Refused, Report, Step
from impasto_engine import Band, EngineError, MapRole, Progress, RestyleRequest, StyleRequest


class Bench:
    """Workshop, connection and lessons at once. did: what the network was used for, in order. slices: how many
    each style takes. on_slice: what happens in one.
    """

    def __init__(self) -> None:
        self.did: list[str] = []
        self.reports: list[Report] = []
        self.slices: dict[str, int] = {}
        self.on_slice: Callable[[str], None] = lambda _done: None

    def send(self, report: Report) -> None:
        self.reports.append(report)

    def begin(self, order: Order, _source: object, _progress: object) -> "FakeInHand":
        self.did.append(order.source.stem)
        return FakeInHand(order)

    def learn(self, order: LearnOrder) -> "FakeLesson":
        return FakeLesson(self, order.style.name)

    def ends(self) -> list[Report]:
        return [report for report in self.reports if not isinstance(report, Step)]


class FakeInHand:
    def __init__(self, order: Order) -> None:
        self._order = order
        self.bands: Iterator[Band] = iter(())

    def finish(self, bands: Iterator[Band], _seconds: float) -> Made:
        assert not list(bands)
        return invert(self._order)


class FakeLesson:
    def __init__(self, bench: Bench, name: str) -> None:
        self._bench = bench
        self._name = name
        self._done = 0

    @property
    def progress(self) -> Progress:
        return Progress("learn", self._done, self._bench.slices[self._name])

    def advance(self, seconds: float) -> bool:
        assert seconds <= 0.5
        self._done += 1
        did = f"{self._name} {self._done}"
        self._bench.did.append(did)
        self._bench.on_slice(did)
        return self._done == self._bench.slices[self._name]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def worker(bench: Bench) -> Iterator[Lanes]:
    worker = Lanes(bench, lambda: bench)  # type: ignore[arg-type,return-value]  a fake is no Connection, no Workshop
    yield worker
    worker.drain()


def lesson(ticket: int, name: str) -> LearnOrder:
    return LearnOrder(ticket, StyleRequest(name, "learned"), ())


def order(folder: Path, ticket: int) -> Order:
    source = folder / "brick.png"
    Image.new("RGB", (8, 8), "red").save(source)
    request = RestyleRequest(MapRole.BASE_COLOR)
    return Order(
        ticket, source, hash_file(source), request, folder / ".temp", ".png", linear=False, metadata={}
    )


def test_an_order_that_comes_while_a_style_is_learned_is_next(
    bench: Bench, worker: Lanes, tmp_path: Path
) -> None:
    bench.slices = {"night": 4}
    asked = order(tmp_path, 2)
    bench.on_slice = lambda did: worker.take(asked) if did == "night 2" else None
    worker.take(lesson(1, "night"))
    wait_until(lambda: len(bench.ends()) == 2)
    assert bench.did == ["night 1", "night 2", "brick", "night 3", "night 4"]
    assert {type(report) for report in bench.ends()} == {Made, Learned}


def test_progress_is_told_after_each_slice(bench: Bench, worker: Lanes) -> None:
    bench.slices = {"night": 3}
    worker.take(lesson(1, "night"))
    wait_until(lambda: Learned(1) in bench.reports)
    told = [report.progress for report in bench.reports if isinstance(report, Step)]
    assert [(one.stage, one.done, one.total) for one in told] == [
        ("learn", 0, 1),
        ("learn", 1, 3),
        ("learn", 2, 3),
        ("learn", 3, 3),
    ]


def test_a_second_style_waits_for_the_first(bench: Bench, worker: Lanes) -> None:
    bench.slices = {"night": 2, "dusk": 1}
    bench.on_slice = lambda did: worker.take(lesson(2, "dusk")) if did == "night 1" else None
    worker.take(lesson(1, "night"))
    wait_until(lambda: len(bench.ends()) == 2)
    assert bench.did == ["night 1", "night 2", "dusk 1"]
    assert bench.ends() == [Learned(1), Learned(2)]


def test_a_style_that_cannot_be_learned_is_refused_and_the_next_goes_on(bench: Bench, worker: Lanes) -> None:
    def refuse_night(did: str) -> None:
        if did.startswith("night"):
            raise EngineError("night.png: no picture")

    bench.slices = {"night": 2, "dusk": 1}
    bench.on_slice = refuse_night
    worker.take(lesson(1, "night"))
    worker.take(lesson(2, "dusk"))
    wait_until(lambda: len(bench.ends()) == 2)
    assert bench.ends() == [Refused(1, "input", "night.png: no picture"), Learned(2)]


def test_a_worker_that_ends_gives_back_what_it_has_not_learned(bench: Bench, worker: Lanes) -> None:
    bench.slices = {"night": -1}
    worker.take(lesson(1, "night"))
    worker.take(lesson(2, "dusk"))
    wait_until(lambda: bool(bench.did))
    worker.drain()
    tickets = [report.ticket for report in bench.ends() if isinstance(report, Refused)]
    assert tickets == [1, 2]
    assert {report.kind for report in bench.ends() if isinstance(report, Refused)} == {"stopped"}


def test_a_worker_remembers_nothing_of_orders_that_have_ended(
    bench: Bench, worker: Lanes, tmp_path: Path
) -> None:
    asked = order(tmp_path, 1)
    bench.slices = {"night": 1}
    bench.on_slice = lambda _did: (worker.take(asked), worker.cancel(1))[0]
    worker.take(lesson(2, "night"))
    wait_until(lambda: len(bench.ends()) == 2)
    assert [end.kind for end in bench.ends() if isinstance(end, Refused)] == ["cancelled"]
    worker.cancel(1)  # it came too late
    worker.cancel(99)
    assert not worker._unwanted
    assert not worker._in_hand
