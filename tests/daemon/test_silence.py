"""When a worker is taken for hung: after a silence that no honest job makes, and that was watched all along."""

import pytest

from impasto_daemon.executors.silence import MOST_SECONDS, TURN_SECONDS, Silence

TURNS = int(MOST_SECONDS / TURN_SECONDS)  # so many in which nothing is heard are too many
ORDER, LESSON = 1, 2


class Watch:
    """Looks at a silence turn by turn."""

    def __init__(self) -> None:
        self.now = 100.0
        self.silence = Silence(self.now)

    def turn(
        self, *orders: int, heard: int | None = None, idle: bool = False, seconds: float = TURN_SECONDS
    ) -> bool:
        self.now += seconds
        return self.silence.is_too_long(self.now, heard, orders=orders, idle=idle)


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_an_order_that_says_nothing_for_half_an_hour_has_hung(watch: Watch) -> None:
    watch.turn(ORDER, heard=ORDER)
    assert [watch.turn(ORDER) for _ in range(TURNS)] == [False] * (TURNS - 1) + [True]


def test_a_worker_that_never_begins_has_hung(watch: Watch) -> None:
    assert [watch.turn() for _ in range(TURNS)] == [False] * (TURNS - 1) + [True]


def test_one_that_says_something_now_and_then_has_not(watch: Watch) -> None:
    for _ in range(10):
        assert not watch.turn(ORDER, heard=ORDER)
        assert not any(watch.turn(ORDER) for _ in range(TURNS - 1))


def test_a_laptop_that_slept_finds_no_worker_late(watch: Watch) -> None:
    watch.turn(ORDER, heard=ORDER)
    assert not any(watch.turn(ORDER, seconds=8 * 3600.0) for _ in range(TURNS - 1))
    assert watch.turn(ORDER)


def test_many_short_turns_are_no_longer_than_they_were(watch: Watch) -> None:
    watch.turn(ORDER, heard=ORDER)
    assert not any(watch.turn(ORDER, seconds=0.5) for _ in range(TURNS))


def test_one_with_nothing_to_do_never_has(watch: Watch) -> None:
    assert not any(watch.turn(idle=True) for _ in range(3 * TURNS))
    assert not any(watch.turn(ORDER) for _ in range(TURNS - 1))
    assert watch.turn(ORDER)


def test_an_order_that_is_stuck_is_seen_though_a_style_is_learned_meanwhile(watch: Watch) -> None:
    watch.turn(ORDER, heard=ORDER)
    assert [watch.turn(ORDER, heard=LESSON) for _ in range(TURNS)] == [False] * (TURNS - 1) + [True]


def test_a_style_that_waits_for_a_long_order_has_not_hung(watch: Watch) -> None:
    watch.turn(ORDER, heard=LESSON)
    assert not any(watch.turn(ORDER, heard=ORDER) for _ in range(3 * TURNS))


def test_the_next_order_s_silence_begins_with_it(watch: Watch) -> None:
    for ticket in range(3, 9):
        assert not any(watch.turn(ticket) for _ in range(TURNS - 1))
        watch.turn(idle=True)
