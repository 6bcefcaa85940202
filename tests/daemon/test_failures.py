"""What goes wrong in the worker, or with a source: told, counted, tried again, and never at others' cost."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from broken_worker import is_stuck, work_until_broken
from fake_clock import FakeClock, HeldClock
from fake_project import Project, invert
from impasto_daemon import survey
from impasto_daemon.clock import Clock, SystemClock
from impasto_daemon.commands.status import read_status
from impasto_daemon.config import load_config
from impasto_daemon.executors import WorkerDied
from impasto_daemon.executors.local import LocalExecutor
from impasto_daemon.ledger import Command, Ledger
from impasto_daemon.live import Summary
from impasto_daemon.processing import Order, Refused, Report
from impasto_daemon.service import Service
from impasto_daemon.state import ledger_path


def test_a_worker_that_dies_takes_only_its_own_job_with_it(project: Project) -> None:
    for name in ("a", "b", "poison"):
        project.draw(f"{name}.png", seed=len(name) + ord(name[0]))

    def behave(order: Order) -> Report | WorkerDied:
        if order.source.name == "poison.png":
            return WorkerDied(-9, (order.ticket,), ())
        return invert(order)

    summary = project.once(behave)
    assert (summary.done, summary.failed) == (2, 1)
    assert [order.source.name for order in project.orders].count("poison.png") == 3
    assert "exit code -9" in (project.variant(project.textures / "poison.png").error or "")
    assert [trouble.state for trouble in read_status(project.config).troubles] == ["dead"]


def test_a_worker_that_never_starts_does_not_spin_forever(project: Project) -> None:
    project.draw("a.png")
    summary = project.once(lambda order: WorkerDied(1, (), (order.ticket,)))
    assert summary.failed == 1
    assert len(project.orders) == 3


def run_with_broken_worker(project: Project, clock: Clock) -> Summary:
    """A real one, by that clock."""
    ledger = Ledger(ledger_path(project.config))
    service = Service(
        load_config(project.config),
        ledger,
        project.recorder,
        lambda options, report: LocalExecutor(options, report, work_until_broken, clock=clock),
    )
    summary = service.once()
    ledger.close()
    return summary


@pytest.mark.timeout(180)
def test_a_job_that_hangs_is_given_up_after_three_times_and_all_others_are_done(project: Project) -> None:
    sources = [project.draw(f"{name}.png", seed=i) for i, name in enumerate(("a", "stuck", "z"))]
    summary = run_with_broken_worker(project, HeldClock(lambda: is_stuck(project.textures)))
    assert (summary.done, summary.failed) == (2, 1)
    assert len(list(project.textures.glob("*.hangs"))) == 3
    assert [project.is_ready(source) for source in sources] == [True, False, True]
    (trouble,) = read_status(project.config).troubles
    assert (trouble.state, "the worker hung" in trouble.error) == ("dead", True)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("where", ["begin", "bands"])
def test_a_job_that_loses_the_device_costs_no_other_an_attempt(project: Project, where: str) -> None:
    """CUDA fails whatever else that process asks of it: what comes next is done by the next worker."""
    sources = [project.draw(f"{name}.png", seed=i) for i, name in enumerate(("a", where, "y", "z"))]
    summary = run_with_broken_worker(project, SystemClock())
    begun = Counter((project.textures / "begun").read_text().split())
    assert begun == {"a": 1, where: 3, "y": 1, "z": 1}
    assert (summary.done, summary.failed) == (3, 1)
    assert [project.is_ready(source) for source in sources] == [True, False, True, True]
    (trouble,) = read_status(project.config).troubles
    assert (trouble.state, "device-side assert" in trouble.error) == ("dead", True)


def test_a_source_that_goes_while_it_is_worked_on_is_no_failure(project: Project) -> None:
    source, there = project.draw("brick.png"), project.textures / "stone.png"

    def behave(order: Order) -> Report:
        if source.exists():
            source.rename(there)
        return invert(order)

    assert project.once(behave).failed == 0
    assert not {"failed", "blocked"} & set(project.recorder.kinds())
    assert project.once().done == 1
    assert project.is_ready(there)


def test_a_failed_rerun_keeps_the_last_good_maps(
    project: Project, refused: Callable[[str, str], Callable[[Order], Refused]]
) -> None:
    source = project.draw("brick.png", seed=1)
    project.once()
    good = project.variant(source).maps
    project.draw("brick.png", seed=2)
    summary = project.once(refused("input", "no good"))
    assert summary.failure_kinds == {"input"}
    variant = project.variant(source)
    assert (variant.status, variant.error, variant.maps) == ("failed", "no good", good)
    assert (project.textures / "brick.ink.png").exists()


@pytest.mark.parametrize(
    ("kind", "state"),
    [("input", "failed"), ("write", "blocked"), ("weights", "blocked"), ("device", "blocked")],
)
def test_failures_are_told_apart(
    project: Project, refused: Callable[[str, str], Callable[[Order], Refused]], kind: str, state: str
) -> None:
    project.draw("brick.png")
    assert kind in project.once(refused(kind, "because")).failure_kinds
    (trouble,) = read_status(project.config).troubles
    assert (trouble.state, trouble.error) == (state, "because")


def test_retry_gives_a_failed_job_another_try(
    project: Project, refused: Callable[[str, str], Callable[[Order], Refused]]
) -> None:
    project.draw("brick.png")
    project.once(refused("input", "because"))
    assert project.once().done == 0
    ledger = Ledger(ledger_path(project.config))
    ledger.send(Command("retry", ""))
    ledger.close()
    assert project.once().done == 1


def test_failures_that_still_stand_fail_the_next_run_too(
    project: Project, refused: Callable[[str, str], Callable[[Order], Refused]]
) -> None:
    project.draw("brick.png")
    project.once(refused("input", "because"))
    summary = project.once()
    assert (summary.done, summary.failed, summary.failure_kinds) == (0, 1, {"input"})


def test_who_stood_beside_a_crash_is_cleared_by_going_alone(project: Project) -> None:
    """Nobody knows which of three orders broke the worker: each goes once more, with no other beside it."""
    for i, name in enumerate(("a", "poison", "z")):
        project.draw(f"{name}.png", seed=i)
    service = project.service(lambda order: None, FakeClock())
    service.begin()

    def sent(count: int) -> list[Order]:
        """So many orders, and no other while nobody answers."""
        for _ in range(10_000):
            service.turn()
            if len(project.orders) >= count:
                break
        for _ in range(20):
            service.turn()
        assert len(project.orders) == count
        return project.orders

    project.answer(WorkerDied(-9, (), tuple(order.ticket for order in sent(3))))
    for number in range(4, 8):
        order = sent(number)[-1]
        poisoned = order.source.stem == "poison"
        project.answer(WorkerDied(-9, (order.ticket,), ()) if poisoned else invert(order))
    names = [order.source.stem for order in sent(7)]
    service.end()
    assert sorted(names[:3]) == ["a", "poison", "z"]
    assert Counter(names[3:]) == {"a": 1, "poison": 2, "z": 1}
    assert all(project.is_ready(project.textures / f"{name}.png") for name in ("a", "z"))
    assert [trouble.state for trouble in read_status(project.config).troubles] == ["dead"]


def test_a_source_cut_off_on_its_way_keeps_its_rule_and_its_outputs(project: Project) -> None:
    """Nothing tells a sprite but its pixels, and these cannot be read now."""
    project.rewrite(
        'match: ["*"]\n    variants: [{ style', 'match: ["*"]\n    roles: [sprite]\n    variants: [{ style'
    )
    source = project.textures / "icon.png"
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(source)
    assert project.once().done == 1
    good = project.variant(source).maps
    source.write_bytes(source.read_bytes()[:300])
    summary = project.once()
    assert (summary.failed, summary.failure_kinds) == (1, {"input"})
    assert (project.variant(source).status, project.variant(source).maps) == ("failed", good)
    assert "icon.ink.png" in project.names()


def test_a_source_that_could_not_be_read_is_tried_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program held it, say: letting go leaves no trace in size or time."""

    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    source = project.draw("brick.png")
    with monkeypatch.context() as held:
        held.setattr(survey, "hash_file", refuse)
        assert project.once().failed == 1
    assert "cannot be read: Permission denied" in (project.variant(source).error or "")
    assert project.once().done == 1
    assert project.is_ready(source)


def test_a_source_that_changes_while_it_is_looked_at_is_looked_at_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = project.textures / "brick.png"
    source.write_bytes(b"the first half")
    looks: list[str] = []
    look = survey.survey

    def look_slowly(path: Path) -> survey.Survey:
        found = look(path)
        if not looks:
            project.draw("brick.png")
        looks.append(found.sha256)
        return found

    monkeypatch.setattr(survey, "survey", look_slowly)
    summary = project.once()
    assert (summary.done, summary.failed, len(looks)) == (1, 0, 2)


def test_a_source_that_is_ignored_while_it_is_looked_at_is_let_be(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.draw("brick.png")
    service = project.service(clock=FakeClock())
    look = survey.survey

    def look_while_it_is_ignored(path: Path) -> survey.Survey:
        project.rewrite("- folder: textures", '- folder: textures\n    ignore: ["brick.png"]')
        service.reload()
        return look(path)

    monkeypatch.setattr(survey, "survey", look_while_it_is_ignored)
    service.begin()
    while service.turn():
        pass
    service.end()
    assert project.orders == []
    assert project.names() == {"brick.png"}
