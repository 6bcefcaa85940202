"""One daemon for a watch folder: a second is refused on this machine, and waits where the folder is on a share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fake_clock import FakeClock
from fake_project import CONFIG, Behaviour, Project, invert
from impasto_daemon import lease as lease_module
from impasto_daemon.commands.status import read_status
from impasto_daemon.errors import LockedError
from impasto_daemon.executors import WorkerDied
from impasto_daemon.lease import Lease
from impasto_daemon.ledger import JobState
from impasto_daemon.manifest import sidecar_path, temp_path
from impasto_daemon.processing import Order, Report
from impasto_daemon.service import Service
from impasto_daemon.watcher import FileChange

BEAT = lease_module._BEAT_SECONDS
DEAD = BEAT * (lease_module._LOOKS + 2)


@dataclass
class Daemon:
    """A config of its own for the project's textures. state: None on the project's machine."""

    project: Project
    monkeypatch: pytest.MonkeyPatch
    state: Path | None = None
    behave: Behaviour = invert
    clock: FakeClock = field(default_factory=FakeClock)

    def start(self) -> Service:
        with self.monkeypatch.context() as patch:
            if self.state is not None:
                patch.setenv("XDG_STATE_HOME", str(self.state))
            self.service = self.project.service(self._answer, self.clock)
        self.service.begin()
        return self.service

    def _answer(self, order: Order) -> Report | WorkerDied | None:
        return self.behave(order)

    def run(self, seconds: float = 10.0) -> None:
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            self.service.turn()

    def once(self, meanwhile: Callable[[], None] = lambda: None) -> frozenset[str]:
        """The kinds of failure."""
        self.start()
        while self.service.turn():
            meanwhile()
        self.service.end()
        return self.service._summary().failure_kinds

    def end(self) -> None:
        self.service.end()
        self.project.ledger.close()

    @property
    def waiting(self) -> tuple[str, ...]:
        assert self.project.recorder.last is not None
        return self.project.recorder.last.waiting

    @property
    def made(self) -> list[str]:
        """What it gave to its worker."""
        return [order.source.name for order in self.project.orders]


def daemon(project: Project, monkeypatch: pytest.MonkeyPatch, name: str, state: Path | None = None) -> Daemon:
    folder = project.folder.with_name(name)
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG.replace("folder: textures", "folder: ../game/textures"))
    return Daemon(Project(folder), monkeypatch, state)


@pytest.fixture
def first(project: Project, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    return daemon(project, monkeypatch, "first")


@pytest.fixture
def second(project: Project, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    return daemon(project, monkeypatch, "second")


@pytest.fixture
def kiln(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Daemon:
    """One of two machines that share the textures."""
    monkeypatch.setattr("impasto_daemon.roots.is_network_mount", lambda _folder: True)
    return daemon(project, monkeypatch, "kiln", tmp_path / "state of kiln")


@pytest.fixture
def easel(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Daemon:
    return daemon(project, monkeypatch, "easel", tmp_path / "state of easel")


def leases(project: Project) -> list[str]:
    return sorted(name for name in project.names() if name.startswith(".impasto.lease."))


# on one machine


def test_a_second_config_with_the_folder_of_a_running_daemon_is_refused(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png")
    first.start()
    with pytest.raises(LockedError, match=r"game.textures \(pid \d+, config .*first.config\.yaml\)"):
        second.once()
    second.end()
    assert second.made == []
    first.end()
    second.once()
    assert project.is_ready(source)


def test_a_folder_that_an_edited_config_cannot_have_waits_and_the_others_go_on(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png")
    own = project.folder / "own"
    own.mkdir()
    second.project.rewrite("textures", "own")
    first.start()
    second.start()
    first.run()
    project.draw("../own/tile.png", seed=2)
    second.project.rewrite("- folder: ../game/own", "- folder: ../game/own\n  - folder: ../game/textures")
    second.run()
    assert project.is_ready(own / "tile.png")
    (waiting,) = read_status(second.project.config).waiting
    assert waiting.startswith(f"{project.textures}: another impasto watches {project.textures} (pid ")
    assert second.made == ["tile.png"]
    first.end()
    late = project.draw("late.png", seed=3)
    second.run(2.0)
    assert project.is_ready(late)
    assert project.is_ready(source)
    assert second.made == ["tile.png", "late.png"], "what the first made is done"
    second.run(1.0)
    assert read_status(second.project.config).waiting == ()
    second.end()


def test_what_is_dropped_from_a_config_is_taken_back_while_it_is_ours_and_never_after(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png")
    (project.folder / "own").mkdir()
    first.start()
    first.run()
    assert project.is_ready(source)
    first.project.rewrite("textures", "own")
    first.run()
    assert project.names() == {"brick.png", "brick.png.impasto"}
    second.start()
    second.run()
    first.run(1000.0)
    assert project.is_ready(source)
    first.end()
    second.end()


def test_a_folder_that_was_dropped_while_another_had_it_is_left_to_that_one(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png")
    (project.folder / "own").mkdir()
    first.once()
    second.start()
    second.run()
    first.project.rewrite("textures", "own")  # while it does not run
    first.once()
    assert project.is_ready(source)
    second.end()


def test_what_another_config_made_meanwhile_is_not_taken_for_edited_by_hand(
    project: Project, first: Daemon, second: Daemon
) -> None:
    source = project.draw("brick.png", seed=1)
    first.once()
    project.draw("brick.png", seed=2)
    second.once()
    project.draw("brick.png", seed=3)
    assert first.once() == frozenset()
    assert first.made == ["brick.png"] * 2
    assert project.is_ready(source)
    assert read_status(first.project.config).edited == ()


# on a share


def test_of_two_daemons_on_a_share_exactly_one_publishes(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    sources = [project.draw("brick.png")]
    kiln.start()
    easel.start()
    for number in range(40):
        if number == 20:
            sources.append(project.draw("late.png", seed=2))
        half_written = temp_path(project.textures / "brick.ink.png")
        half_written.touch()
        for one in (kiln, easel):
            one.service.hint(FileChange(sources[-1], is_closed=True))
            one.run(BEAT)
        half_written.unlink()  # raises where anybody took it for a dead worker's
    easel.service._scan()
    assert all(project.is_ready(source) for source in sources)
    assert (kiln.made, easel.made) == (["brick.png", "late.png"], [])
    assert kiln.waiting == ()
    (waiting,) = easel.waiting
    assert str(kiln.project.config) in waiting
    assert leases(project) == [".impasto.lease.1"]
    kiln.end()
    easel.end()


def test_when_one_ends_the_other_goes_on_within_two_beats_and_does_nothing_twice(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    project.draw("brick.png")
    kiln.start()
    easel.start()
    kiln.run()
    kiln.end()
    late = project.draw("late.png", seed=2)
    easel.run(2 * BEAT)
    easel.run(1.0)
    assert project.is_ready(late)
    assert easel.made == ["late.png"]
    assert easel.waiting == ()
    assert leases(project) == [".impasto.lease.2"]
    easel.end()


def test_one_that_slept_publishes_nothing_once_another_took_over(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    source = project.draw("brick.png")
    kiln.behave = easel.behave = lambda _order: None  # they keep what they are given
    kiln.start()
    while not kiln.made:
        kiln.service.turn()
    easel.start()
    easel.run(DEAD)
    assert easel.made == ["brick.png"]
    (order,) = kiln.project.orders
    kiln.project.answer(invert(order))
    before = project.names()
    assert order.temp.name in before
    kiln.service._take_messages()
    assert project.names() == before - {order.temp.name}
    assert kiln.project.ledger.counts() == {JobState.QUEUED: 1}
    for _ in range(int(DEAD)):
        kiln.run(BEAT)
        easel.run(BEAT)
    assert not sidecar_path(source).exists()
    assert kiln.made == ["brick.png"]
    assert str(easel.project.config) in kiln.waiting[0]
    easel.end()
    kiln.behave = invert
    kiln.run(3 * BEAT)
    assert project.is_ready(source)
    kiln.end()


def test_one_that_slept_knows_what_was_made_meanwhile_once_it_is_its_turn_again(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    source = project.draw("brick.png", seed=1)
    gone = project.draw("gone.png", seed=9)
    kiln.start()
    kiln.run()
    assert project.is_ready(source)
    easel.start()
    easel.run(DEAD)
    project.draw("brick.png", seed=2)
    gone.unlink()
    easel.service._scan()
    easel.run()
    made = project.variant(source)
    easel.end()
    kiln.run(3 * BEAT)
    assert sorted(kiln.made) == ["brick.png", "gone.png"]
    assert project.variant(source) == made
    assert project.names() - set(leases(project)) == {
        "brick.png", "brick.ink.png", "brick.png.impasto", "gone.png.impasto",
    }  # fmt: skip
    project.draw("brick.png", seed=3)
    kiln.service._scan()
    kiln.run()
    assert project.is_ready(source)
    assert kiln.project.ledger.counts() == {JobState.DONE: 1}
    kiln.end()


def test_a_lease_is_no_source_and_no_orphan_and_outlives_scans(project: Project, kiln: Daemon) -> None:
    project.draw("brick.png")
    assert kiln.once() == frozenset()
    made = {"brick.png", "brick.ink.png", "brick.png.impasto"}
    assert project.names() == made | {".impasto.lease.1"}
    assert kiln.once() == frozenset()
    assert project.names() == made | {".impasto.lease.2"}
    assert kiln.made == ["brick.png"]
    assert {event.kind for event in kiln.project.recorder.events} == {"ready"}


def test_a_folder_on_this_machine_has_no_lease(project: Project, first: Daemon) -> None:
    project.draw("brick.png")
    first.once()
    assert leases(project) == []


def test_a_folder_that_is_always_polled_counts_as_shared(project: Project, first: Daemon) -> None:
    first.project.rewrite("- folder: ../game/textures", "- { folder: ../game/textures, polling: always }")
    first.once()
    assert leases(project) == [".impasto.lease.1"]


def test_once_waits_until_it_is_known_whether_the_other_lives(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    source = project.draw("brick.png")
    kiln.behave = lambda _order: None
    kiln.start()
    assert easel.once(meanwhile=lambda: kiln.run(0.5)) == {"locked"}
    assert easel.made == []
    assert easel.once() == frozenset()  # now it is dead
    assert project.is_ready(source)


def test_a_share_that_cannot_be_written_to_is_left_alone(
    project: Project, kiln: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_lease: Lease, _token: int) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Lease, "_take", refuse)
    project.draw("brick.png")
    assert kiln.once() == {"write"}
    assert project.names() == {"brick.png"}
    (told,) = [event.message for event in kiln.project.recorder.events]
    assert told == f"waits: {project.textures}: its lease cannot be written: Permission denied"


def test_a_file_costs_the_share_five_reads_of_the_lease_at_most(
    project: Project, kiln: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []
    read = lease_module._read
    monkeypatch.setattr(lease_module, "_read", lambda path: reads.append(path) or read(path))
    counts = []
    for number in (10, 30):
        for seed in range(number):
            project.draw(f"{number}/{seed}.png", seed=seed + number)
        reads.clear()
        kiln.once()
        counts.append(len(reads))
    assert 0 < counts[1] - counts[0] <= 5 * 20
