"""The lease on a shared watch folder: one daemon has it, however they start, sleep or die."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest

from fake_clock import FakeClock
from impasto_daemon import lease as lease_module
from impasto_daemon.lease import Lease, last_holder

BEAT = lease_module._BEAT_SECONDS
DEAD = BEAT * lease_module._LOOKS


class Machine:
    """One daemon's view of the share, by a clock of its own."""

    def __init__(self, folder: Path, name: str, *, own: int | None = None) -> None:
        self.clock = FakeClock()
        self.lease = Lease(folder, Path(f"/{name}/config.yaml"), self.clock, own=own)

    def watch(self, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Look as often as there is something to see; meanwhile: what others do in each beat."""
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            meanwhile()
            self.clock.pass_by(BEAT)
            self.lease.look()

    def beat(self) -> None:
        self.watch(BEAT)


@pytest.fixture
def kiln(tmp_path: Path) -> Machine:
    return Machine(tmp_path, "kiln")


@pytest.fixture
def easel(tmp_path: Path) -> Machine:
    return Machine(tmp_path, "easel")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_first_has_it_and_says_who_it_is(tmp_path: Path, kiln: Machine) -> None:
    kiln.lease.look()
    note = last_holder(tmp_path)
    assert kiln.lease.is_held()
    assert note is not None
    assert (note.config, note.token, note.is_free) == ("/kiln/config.yaml", 1, False)
    assert files(tmp_path) == [".impasto.lease.1"]


def test_whoever_comes_later_waits_for_as_long_as_it_beats(kiln: Machine, easel: Machine) -> None:
    kiln.lease.look()
    easel.watch(10 * DEAD, kiln.beat)
    assert kiln.lease.is_held()
    assert not easel.lease.is_held()
    assert easel.lease.holder is not None
    assert easel.lease.holder.config == "/kiln/config.yaml"


def test_a_daemon_that_was_killed_is_followed_at_once_by_the_next_of_its_machine(
    tmp_path: Path, kiln: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiln.lease.look()
    again = Machine(tmp_path, "kiln", own=1)
    again.lease.look()
    assert again.lease.token == 2
    assert not kiln.lease.is_held()
    monkeypatch.setattr(lease_module.socket, "gethostname", lambda: "another")
    copied = Machine(tmp_path, "kiln", own=2)  # with its ledger and all
    copied.lease.look()
    assert not copied.lease.is_held()


def test_a_share_without_room_keeps_no_half_lease(
    tmp_path: Path, kiln: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(
            lease_module, "_encode", lambda _note: (_ for _ in ()).throw(OSError(28, "No space left"))
        )
        with pytest.raises(OSError, match="No space"):
            kiln.lease.look()
    assert files(tmp_path) == []
    kiln.lease.look()
    assert kiln.lease.is_held()


def test_one_that_ends_is_followed_at_once_and_the_token_grows(kiln: Machine, easel: Machine) -> None:
    kiln.lease.look()
    easel.beat()
    kiln.lease.release()
    assert not kiln.lease.is_held()
    easel.beat()
    assert easel.lease.is_held()
    assert (easel.lease.token, easel.lease.before) == (2, 1)


def test_one_that_was_killed_is_followed_once_it_has_not_beaten_for_long(
    tmp_path: Path, kiln: Machine, easel: Machine
) -> None:
    kiln.lease.look()
    easel.watch(DEAD)
    assert not easel.lease.is_held()
    easel.beat()
    assert easel.lease.is_held()
    assert easel.lease.token == 2
    assert files(tmp_path) == [".impasto.lease.2"]


def test_one_that_slept_finds_its_token_outdated_though_its_clock_stood_still(
    kiln: Machine, easel: Machine
) -> None:
    kiln.lease.look()
    easel.watch(DEAD + BEAT)
    assert not kiln.lease.is_held()
    assert kiln.lease.holder is not None
    assert kiln.lease.holder.config == "/easel/config.yaml"
    assert easel.lease.is_held()
    kiln.watch(10 * DEAD, easel.beat)
    assert not kiln.lease.is_held()
    easel.lease.release()
    kiln.beat()
    assert kiln.lease.is_held()
    assert (kiln.lease.token, kiln.lease.before) == (3, 2)


@pytest.mark.parametrize("skew", [86_400.0, -86_400.0])
def test_a_day_s_jump_of_the_wall_clock_changes_nothing(kiln: Machine, easel: Machine, skew: float) -> None:
    kiln.lease.look()
    easel.beat()
    kiln.clock.skew, easel.clock.skew = skew, -skew
    easel.watch(2 * DEAD, kiln.beat)
    assert (kiln.lease.is_held(), easel.lease.is_held()) == (True, False)


def test_a_waiter_that_slept_itself_does_not_take_a_living_one_for_dead(
    kiln: Machine, easel: Machine
) -> None:
    """Some systems count the time asleep: what was not watched does not count."""
    kiln.lease.look()
    easel.beat()
    easel.clock.pass_by(100 * DEAD)
    easel.lease.look()
    assert not easel.lease.is_held()
    kiln.beat()
    easel.watch(DEAD, kiln.beat)
    assert (kiln.lease.is_held(), easel.lease.is_held()) == (True, False)


def test_of_many_that_start_at_the_same_instant_exactly_one_has_it(tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        machines = [Machine(folder, name) for name in "abcdefgh"]
        start = Barrier(len(machines))

        def begin(machine: Machine, start: Barrier = start) -> None:
            start.wait()
            machine.lease.look()

        threads = [Thread(target=begin, args=(machine,)) for machine in machines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(machine.lease.is_held() for machine in machines) == 1


def test_of_two_that_give_a_dead_one_up_at_the_same_instant_exactly_one_follows(
    tmp_path: Path, kiln: Machine, easel: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = Machine(tmp_path, "third")
    third.lease.look()
    kiln.watch(DEAD)
    easel.watch(DEAD)
    see = Lease._see

    def see_and_sleep(lease: Lease, token: int) -> None:
        see(lease, token)
        monkeypatch.setattr(Lease, "_see", see)
        kiln.beat()

    monkeypatch.setattr(Lease, "_see", see_and_sleep)
    easel.beat()
    assert (kiln.lease.token, easel.lease.token) == (2, None)
    assert kiln.lease.is_held()
    assert not third.lease.is_held()


@pytest.mark.parametrize("slow_is_new", [True, False])
def test_one_that_decided_long_ago_to_take_it_does_not_rob_who_has_it_by_now(
    tmp_path: Path, kiln: Machine, easel: Machine, monkeypatch: pytest.MonkeyPatch, slow_is_new: bool
) -> None:
    """It slept between looking and taking; meanwhile the lease changed hands more than once."""
    if not slow_is_new:
        easel.lease.look()
        easel.lease.release()
    seen = lease_module._tokens_in

    def see_and_sleep(folder: Path) -> set[int]:
        tokens = seen(folder)
        monkeypatch.setattr(lease_module, "_tokens_in", seen)
        for _ in range(3):
            kiln.beat()
            kiln.lease.release()
        kiln.beat()
        return tokens

    monkeypatch.setattr(lease_module, "_tokens_in", see_and_sleep)
    easel.beat()
    assert (kiln.lease.is_held(), easel.lease.is_held()) == (True, False)
    assert files(tmp_path) == [f".impasto.lease.{kiln.lease.token}"]


def test_a_lease_that_was_deleted_is_written_anew_with_its_token(tmp_path: Path, kiln: Machine) -> None:
    kiln.lease.look()
    kiln.lease.release()
    kiln.beat()
    (tmp_path / ".impasto.lease.2").unlink()
    kiln.beat()
    assert kiln.lease.token == 2
    (tmp_path / ".impasto.lease.2").unlink()
    assert kiln.lease.is_held()
    assert files(tmp_path) == [".impasto.lease.2"]


@pytest.mark.parametrize("token", [1, 2])
def test_a_lease_that_was_deleted_is_lost_if_another_took_it_first(
    tmp_path: Path, kiln: Machine, easel: Machine, token: int
) -> None:
    """With one, both files have the same name."""
    for _ in range(token):
        kiln.lease.release()
        kiln.beat()
    (tmp_path / f".impasto.lease.{token}").unlink()
    easel.lease.look()
    assert easel.lease.token == 1
    assert not kiln.lease.is_held()
    assert easel.lease.is_held()


def test_a_deleted_lease_and_a_newcomer_s_leave_one_that_has_it(
    tmp_path: Path, kiln: Machine, easel: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiln.lease.look()
    kiln.lease.release()
    kiln.beat()
    (tmp_path / ".impasto.lease.2").unlink()
    seen = lease_module._tokens_in

    def see_too_early(folder: Path) -> set[int]:
        tokens = seen(folder)
        monkeypatch.setattr(lease_module, "_tokens_in", seen)
        easel.lease.look()
        return tokens

    monkeypatch.setattr(lease_module, "_tokens_in", see_too_early)
    assert kiln.lease.is_held()
    assert not easel.lease.is_held()


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"null", b'{"host": 1}', bytes(range(256))])
def test_garbage_is_waited_for_like_a_dead_one(tmp_path: Path, easel: Machine, garbage: bytes) -> None:
    (tmp_path / ".impasto.lease.7").write_bytes(garbage)
    easel.lease.look()
    easel.watch(DEAD - BEAT)
    assert not easel.lease.is_held()
    assert easel.lease.holder is None
    easel.watch(2 * BEAT)
    assert easel.lease.token == 8


def test_names_that_only_look_like_leases_count_for_nothing(tmp_path: Path, kiln: Machine) -> None:
    for name in (".impasto.lease.", ".impasto.lease.x", ".impasto.lease.-1", ".impasto.lease.²"):
        (tmp_path / name).touch()
    kiln.lease.look()
    assert kiln.lease.token == 1


def test_one_that_cannot_ask_the_share_does_not_write(
    tmp_path: Path, kiln: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiln.lease.look()

    def fail(path: Path) -> bytes:
        raise OSError(5, "Input/output error", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fail)
        assert not kiln.lease.is_held()
    assert kiln.lease.is_held(), "nobody took it meanwhile"


@pytest.fixture
def refusing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that nothing can be created in, for root as well."""

    def refuse(path: Path, mode: str = "r", *_rest: object) -> object:
        raise PermissionError(13, "Permission denied", f"{path} ({mode})")

    monkeypatch.setattr(Path, "open", refuse)
    yield tmp_path
    monkeypatch.undo()


def test_a_share_that_cannot_be_written_to_is_an_error(refusing: Path) -> None:
    machine = Machine(refusing, "kiln")
    with pytest.raises(PermissionError):
        machine.lease.look()
    assert not machine.lease.is_held()


def test_whether_a_living_one_has_it_is_known_after_its_next_beat(kiln: Machine, easel: Machine) -> None:
    kiln.lease.look()
    easel.beat()
    assert easel.lease.is_undecided
    easel.watch(BEAT, kiln.beat)
    assert not easel.lease.is_undecided
