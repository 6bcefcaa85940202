"""One daemon of all machines for a watch folder on a share: the others wait, and nothing is lost in between."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from fake_project import Project, invert
from impasto_daemon import lease as lease_module
from impasto_daemon.config import Rulebook
from impasto_daemon.lease import Lease
from impasto_daemon.ledger import JobState, Ledger
from impasto_daemon.manifest import sidecar_path, temp_path
from impasto_daemon.processing import Refused
from impasto_daemon.reconcile import Listing, walk
from impasto_daemon.watcher import FileChange
from two_daemons import Daemon, daemon, leases

BEAT = lease_module._BEAT_SECONDS
DEAD = BEAT * (lease_module._LOOKS + 2)


@pytest.fixture
def kiln(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Daemon:
    """One of two machines that share the textures."""
    monkeypatch.setattr("impasto_daemon.roots.is_network_mount", lambda _folder: True)
    return daemon(project, monkeypatch, "kiln", tmp_path / "state of kiln")


@pytest.fixture
def easel(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Daemon:
    return daemon(project, monkeypatch, "easel", tmp_path / "state of easel")


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
    assert easel.project.ledger.folders() == [], "it does not even look at them"
    assert all(project.is_ready(source) for source in sources)
    assert (kiln.made, easel.made) == (["brick.png", "late.png"], [])
    assert kiln.waiting == ()
    (waiting,) = easel.waiting
    assert str(kiln.project.config) in waiting
    assert leases(project) == [".impasto.lease.1"]
    kiln.end()
    easel.end()


def test_a_scan_that_takes_long_does_not_cost_the_lease_and_a_waiter_makes_none(
    project: Project, kiln: Daemon, easel: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2 * lease_module._LOOKS):
        (project.textures / str(number)).mkdir()
    kiln.start()
    easel.start()
    walked = 0

    def walk_slowly(folders: Iterable[Path], rulebook: Rulebook) -> Iterator[Listing]:
        nonlocal walked
        for found in walk(folders, rulebook):
            walked += 1
            kiln.clock.pass_by(BEAT)
            easel.clock.pass_by(BEAT)
            easel.service._roots.look()
            yield found

    monkeypatch.setattr("impasto_daemon.intake.walk", walk_slowly)
    easel.service._scan()
    assert walked == 0
    kiln.service._scan()
    assert walked == 1 + 2 * lease_module._LOOKS
    assert kiln.service._roots.may_write(project.textures)
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


def test_one_that_was_killed_goes_on_at_once_when_it_is_started_again(project: Project, kiln: Daemon) -> None:
    kiln.start()
    kiln.service._roots._locks.release(project.textures)  # the system does, and nobody releases the lease
    kiln.project.ledger.close()
    late = project.draw("late.png")
    kiln.start()
    kiln.run(BEAT)
    assert project.is_ready(late)
    assert leases(project) == [".impasto.lease.2"]
    kiln.end()


def test_one_that_slept_publishes_nothing_once_another_took_over(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    sources = [project.draw(f"{name}.png", seed=ord(name)) for name in "abcde"]
    kiln.behave = easel.behave = lambda _order: None  # they keep what they are given
    kiln.start()
    while kiln.project.ledger.counts() != {JobState.RUNNING: 3, JobState.QUEUED: 2}:
        kiln.service.turn()
    easel.start()
    easel.run(DEAD)
    assert len(easel.made) == 3
    made, bad, _ = kiln.project.orders
    kiln.project.answer(invert(made))
    kiln.project.answer(Refused(bad.ticket, "input", "its network did not like it"))
    before = project.names()
    assert made.temp.name in before
    kiln.service._take_messages()
    kiln.service._take_messages()
    assert project.names() == before - {made.temp.name}
    assert kiln.project.ledger.counts() == {JobState.QUEUED: 3, JobState.FAILED: 1, JobState.RUNNING: 1}
    for _ in range(int(DEAD)):
        kiln.run(BEAT)
        easel.run(BEAT)
    assert not any(sidecar_path(source).exists() for source in sources)
    assert len(kiln.made) == 3
    assert str(easel.project.config) in kiln.waiting[0]
    easel.end()
    kiln.behave = invert
    kiln.run(3 * BEAT)
    assert all(project.is_ready(source) for source in sources)
    kiln.end()


def test_a_share_that_was_away_for_a_while_costs_no_job(
    project: Project, kiln: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiln.once()
    sources = [project.draw(f"{name}.png", seed=ord(name)) for name in "abcde"]
    kiln.behave = lambda _order: None
    kiln.start()
    while kiln.project.ledger.counts() != {JobState.RUNNING: 3, JobState.QUEUED: 2}:
        kiln.service.turn()

    def fail(_path: Path) -> bytes:
        raise OSError(5, "Input/output error")

    forgotten: list[Path] = []
    monkeypatch.setattr(Ledger, "forget_below", lambda _ledger, folder: forgotten.append(folder))
    with monkeypatch.context() as patch:
        patch.setattr(lease_module, "_read", fail)
        for order in tuple(kiln.project.orders):
            kiln.project.answer(invert(order))
        kiln.run()
        assert kiln.project.ledger.counts() == {JobState.QUEUED: 5}
    kiln.behave = invert
    kiln.run()
    assert all(project.is_ready(source) for source in sources)
    assert forgotten == []
    kiln.end()


def test_one_that_slept_deletes_nothing_once_another_took_over(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    sources = [project.draw("brick.png"), project.draw("ui/icon.png", seed=2)]
    kiln.once()
    kiln.start()
    kiln.project.rewrite("{ style: ink }", "{ style: ink, output: '{stem}_{variant}{ext}' }")
    kiln.service._reload()
    for source in sources:
        kiln.service._intake.look_at(source)  # and it sleeps before it knows what it finds
    easel.start()
    easel.run(DEAD)
    kiln.run()
    assert all(project.is_ready(source) for source in sources)
    assert {"brick.ink.png", "icon.ink.png"} <= project.names()
    sources[0].rename(sources[0].with_name("tile.png"))
    kiln.service._intake.look_at(sources[0])
    kiln.run()
    assert all(project.is_ready(source) for source in sources)
    kiln.end()
    easel.end()


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


def test_one_that_slept_does_not_undo_what_was_made_of_a_group_that_shrank_meanwhile(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    tiles = [project.draw(f"rock.{1001 + number}.png", seed=number) for number in range(3)]
    kiln.start()
    while kiln.project.ledger.counts() != {JobState.DONE: 3}:
        kiln.service.turn()
    easel.start()
    easel.run(DEAD)
    tiles.pop().unlink()
    easel.service._scan()
    easel.run()
    made = [project.variant(tile).fingerprint for tile in tiles]
    easel.end()
    kiln.run(20.0)
    assert (len(kiln.made), len(easel.made)) == (3, 2)
    assert [project.variant(tile).fingerprint for tile in tiles] == made
    kiln.end()


def test_a_share_that_was_dropped_while_another_had_it_is_left_to_that_one(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    source = project.draw("brick.png")
    (project.folder / "own").mkdir()
    kiln.once()
    easel.start()
    easel.run()
    kiln.project.rewrite("textures", "own")  # while it does not run
    kiln.once()
    assert project.is_ready(source)
    easel.end()
    kiln.once()
    assert not project.is_ready(source), "nobody's, and the config that made it does not ask for it any more"


def test_a_share_that_is_dropped_while_it_waits_is_left_to_the_other(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    source = project.draw("brick.png")
    (project.folder / "own").mkdir()
    kiln.once()
    easel.start()
    easel.run()
    kiln.start()
    kiln.project.rewrite("textures", "own")
    kiln.run()
    assert kiln.waiting == ()
    easel.end()
    kiln.run(310.0)
    assert project.is_ready(source), "it has forgotten them"
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


def test_once_ends_when_another_has_taken_what_it_had_still_to_do(
    project: Project, kiln: Daemon, easel: Daemon
) -> None:
    for name in "abcde":
        project.draw(f"{name}.png", seed=ord(name))
    kiln.behave = lambda _order: None
    began: list[Daemon] = []

    def take_over() -> None:
        if began:
            easel.run(0.5)
        elif kiln.project.ledger.counts() == {JobState.RUNNING: 3, JobState.QUEUED: 2}:
            began.append(easel)
            easel.start()
            easel.run(DEAD)
            for order in tuple(kiln.project.orders):
                kiln.project.answer(invert(order))

    assert kiln.once(meanwhile=take_over) == {"locked"}
    assert (len(kiln.made), len(easel.made)) == (3, 5)
    easel.end()


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


def test_a_file_costs_the_share_six_reads_of_the_lease_at_most(
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
    assert 0 < counts[1] - counts[0] <= 6 * 20
