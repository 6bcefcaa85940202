"""Learned styles in the daemon: a draft at once, the style learned beside the work, the draft made final."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fake_project import PowerCutError, Project, Watching, invert, learn, pixels, teach, wait_until
from impasto_daemon.commands.status import read_status
from impasto_daemon.executors import WorkerDied
from impasto_daemon.ledger import Command, Ledger
from impasto_daemon.processing import Learned, LearnOrder, Order, Refused, Report, Step
from impasto_daemon.state import ledger_path
from impasto_engine import Progress


@pytest.fixture
def learned(project: Project) -> Project:
    """The project with a painting, and a rule that has it learned."""
    (project.folder / "styles").mkdir()
    Image.new("RGB", (16, 16), "navy").save(project.folder / "styles" / "night.png")
    project.rewrite("ink: { builtin: 19 }", "night: { image: styles/night.png }")
    project.rewrite("{ style: ink }", "{ style: night, stylizer: learned }")
    return project


def is_draft(project: Project, source: Path) -> bool:
    """Whether its output is one, in the pixels and in the manifest."""
    (made,) = project.variant(source).maps
    is_kept = np.array_equal(pixels(source.with_name(made.file)), pixels(source))
    assert project.variant(source).draft is is_kept
    return is_kept


def messages(project: Project, kind: str) -> list[str]:
    return [event.message for event in project.recorder.events if event.kind == kind]


def keep(_lesson: LearnOrder) -> None:
    """The worker learns on and on."""


def fail(order: LearnOrder) -> Refused:
    return Refused(order.ticket, "input", "night.png: no picture")


def cut(_lesson: LearnOrder) -> Report:
    raise PowerCutError


def test_a_draft_comes_at_once_and_is_made_final_once_the_style_is_learned(learned: Project) -> None:
    source = learned.draw("brick.png")
    learned.teach = keep
    with Watching(learned):
        wait_until(lambda: bool(learned.lessons))
        assert is_draft(learned, source)
        assert learned.variant(source).status == "ready"
        first = learned.variant(source).fingerprint
        (lesson,) = learned.lessons
        learn(lesson.style)
        learned.answer(Learned(lesson.ticket))
        wait_until(lambda: not learned.variant(source).draft)
    assert not is_draft(learned, source)
    assert learned.variant(source).fingerprint == first
    assert (lesson.style.name, lesson.sources) == ("night", (source,))
    assert [order.source for order in learned.orders] == [source, source]
    assert messages(learned, "learned") == ["drafts that are made final now: 1"]


def test_once_waits_for_the_style_and_for_the_textures_done_again(learned: Project) -> None:
    sources = [learned.draw(f"{name}.png", seed=seed) for seed, name in enumerate("abcdef")]
    assert learned.once().failure_kinds == frozenset()
    assert not any(is_draft(learned, source) for source in sources)
    (lesson,) = learned.lessons
    assert set(lesson.sources) == set(sources)
    assert learned.once().done == 0
    assert (learned.orders, learned.lessons) == ([], [])


def test_a_style_that_was_learned_before_makes_no_drafts(learned: Project) -> None:
    learned.draw("a.png", seed=1)
    learned.once()
    learned.draw("b.png", seed=2)
    learned.once()
    assert learned.lessons == []
    assert [order.source.name for order in learned.orders] == ["b.png"]


def test_a_style_is_learned_on_sixteen_textures_at_the_most(learned: Project) -> None:
    for number in range(20):
        learned.draw(f"brick{number}.x.png", seed=number)
    learned.once()
    (lesson,) = learned.lessons
    assert len(set(lesson.sources)) == 16


def test_a_texture_dropped_in_while_a_style_is_learned_is_served_before_that_ends(learned: Project) -> None:
    learned.draw("brick.png", seed=1)
    learned.teach = keep
    with Watching(learned):
        wait_until(lambda: bool(learned.lessons))
        others = [learned.draw(f"{name}.png", seed=2 + i) for i, name in enumerate("abcd")]
        wait_until(lambda: all(learned.is_ready(source) for source in others))
        assert all(is_draft(learned, source) for source in others)
        (lesson,) = learned.lessons
        learn(lesson.style)
        learned.answer(Learned(lesson.ticket))
        wait_until(lambda: not any(learned.variant(source).draft for source in others))
    assert len(learned.lessons) == 1


def test_one_style_is_learned_after_the_other(learned: Project) -> None:
    Image.new("RGB", (16, 16), "maroon").save(learned.folder / "styles" / "dusk.png")
    learned.rewrite("styles/night.png }", "styles/night.png }\n  dusk: { image: styles/dusk.png }")
    learned.rewrite("[{ style: night,", "[{ style: dusk, stylizer: learned }, { style: night,")
    source = learned.draw("brick.png")
    learned.teach = keep
    with Watching(learned):
        wait_until(lambda: len(learned.orders) == 2 and bool(learned.lessons))
        (first,) = learned.lessons
        learn(first.style)
        learned.answer(Learned(first.ticket))
        wait_until(lambda: len(learned.lessons) == 2)
        second = learned.lessons[1]
        assert {first.style.name, second.style.name} == {"night", "dusk"}
        learn(second.style)
        learned.answer(Learned(second.ticket))
        wait_until(lambda: not any(one.draft for one in learned.manifest(source).variants))


@pytest.mark.parametrize("lost", ["nothing", "ledger"])
def test_after_a_restart_the_style_is_learned_for_the_drafts_that_are_there(
    learned: Project, lost: str
) -> None:
    source = learned.draw("brick.png")
    learned.teach = cut
    with pytest.raises(PowerCutError):
        learned.once()
    assert is_draft(learned, source)
    if lost == "ledger":
        learned.ledger.close()
        ledger_path(learned.config).unlink()
    learned.teach = teach
    learned.once()
    assert len(learned.lessons) == 1
    assert [order.source for order in learned.orders] == [source]
    assert not is_draft(learned, source)


def test_drafts_of_an_earlier_run_are_made_final_where_the_style_is_there_by_now(learned: Project) -> None:
    source = learned.draw("brick.png")
    learned.teach = cut
    with pytest.raises(PowerCutError):
        learned.once()
    learn(learned.lessons[0].style)
    assert learned.once().done == 1
    assert learned.lessons == []
    assert not is_draft(learned, source)


def test_a_style_learned_elsewhere_makes_the_drafts_final(
    learned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`impasto learn`, say, beside a daemon that has given it up."""
    monkeypatch.setattr("impasto_daemon.learning._POLL_SECONDS", 0.0)
    source = learned.draw("brick.png")
    learned.teach = fail
    with Watching(learned):
        wait_until(lambda: bool(messages(learned, "warning")))
        assert is_draft(learned, source)
        learn(learned.lessons[0].style)
        wait_until(lambda: not learned.variant(source).draft)


def test_a_worker_that_dies_while_it_learns_gets_three_tries_and_the_drafts_stay(learned: Project) -> None:
    source = learned.draw("brick.png")
    learned.teach = lambda order: WorkerDied(-9, (order.ticket,), ())
    summary = learned.once()
    assert (summary.done, summary.failed, summary.failure_kinds) == (1, 0, {"fault"})
    assert len(learned.lessons) == 3
    assert is_draft(learned, source)
    assert learned.variant(source).status == "ready"
    (warning,) = messages(learned, "warning")
    assert "exit code -9" in warning
    assert "impasto retry" in warning


def test_a_style_is_not_given_up_for_what_broke_the_worker_before_it_was_begun(learned: Project) -> None:
    source = learned.draw("brick.png")

    def die_of_something_else(order: LearnOrder) -> Report | WorkerDied:
        return teach(order) if len(learned.lessons) > 5 else WorkerDied(-9, (-1,), (order.ticket,))

    learned.teach = die_of_something_else
    learned.once()
    assert len(learned.lessons) == 6
    assert not is_draft(learned, source)
    assert messages(learned, "warning") == []


def test_a_job_beside_a_lesson_that_breaks_the_worker_outlives_it(learned: Project) -> None:
    learned.draw("brick.png", seed=1)
    learned.rewrite(
        "name: maps",
        "name: plain\n    match: [plain.png]\n    variants: [{ upscale: { scale: 2 } }]\n  - name: maps",
    )
    learned.rewrite(
        'match: ["*"]\n    variants: [{ style', 'match: ["*", "!plain.png"]\n    variants: [{ style'
    )
    learned.teach = keep
    seen: list[Order] = []

    def keep_the_first_plain(order: Order) -> Report | None:
        if order.source.name == "plain.png" and not seen:
            seen.append(order)
            return None
        return invert(order)

    with Watching(learned, keep_the_first_plain):
        wait_until(lambda: bool(learned.lessons))
        plain = learned.draw("plain.png", seed=2)
        wait_until(lambda: bool(seen))
        learned.teach = teach
        learned.answer(WorkerDied(-9, (learned.lessons[0].ticket, seen[0].ticket), ()))
        wait_until(lambda: learned.is_ready(plain))
        wait_until(lambda: not learned.variant(learned.textures / "brick.png").draft)
    assert len(learned.lessons) == 2


def test_a_style_that_cannot_be_learned_is_told_of_once_and_tried_again_by_retry(learned: Project) -> None:
    sources = [learned.draw("a.png", seed=1), learned.textures / "b.png"]
    learned.teach = fail
    ledger = Ledger(ledger_path(learned.config))
    with Watching(learned):
        wait_until(lambda: bool(messages(learned, "warning")))
        learned.draw("b.png", seed=2)
        wait_until(lambda: learned.is_ready(sources[1]))
        assert all(is_draft(learned, source) for source in sources)
        assert len(learned.lessons) == 1
        learned.teach = teach
        ledger.send(Command("retry", ""))
        wait_until(lambda: not any(learned.variant(source).draft for source in sources))
    ledger.close()
    assert len(messages(learned, "warning")) == 1
    assert "night.png: no picture" in messages(learned, "warning")[0]


def test_a_run_with_a_style_that_cannot_be_learned_says_so_in_its_failures(learned: Project) -> None:
    learned.draw("a.png")
    learned.teach = lambda order: Refused(order.ticket, "weights", "no encoder")
    assert learned.once().failure_kinds == {"weights"}


def test_nothing_is_learned_while_paused(learned: Project) -> None:
    source = learned.draw("brick.png")
    ledger = Ledger(ledger_path(learned.config))
    ledger.set_fact("paused", value=True)
    learned.teach = cut
    learned.once()
    assert (learned.orders, learned.lessons) == ([], [])
    ledger.set_fact("paused", value=False)
    with pytest.raises(PowerCutError):
        learned.once()
    ledger.set_fact("paused", value=True)
    learned.once()
    assert learned.lessons == []
    assert is_draft(learned, source)
    ledger.close()


def test_a_style_that_the_config_drops_meanwhile_ends_without_a_trace(learned: Project) -> None:
    source = learned.draw("brick.png")
    learned.teach = keep
    with Watching(learned):
        wait_until(lambda: bool(learned.lessons))
        learned.rewrite("night: { image: styles/night.png }", "ink: { builtin: 19 }")
        learned.rewrite("{ style: night, stylizer: learned }", "{ style: ink }")
        wait_until(lambda: "brick.ink.png" in learned.names())
        lesson = learned.lessons[0]
        learn(lesson.style)
        learned.answer(Learned(lesson.ticket))
        wait_until(lambda: bool(messages(learned, "learned")))
    assert learned.variant(source).id == "ink"
    assert len(learned.orders) == 2
    assert messages(learned, "warning") == []


def test_a_worker_told_to_end_is_asked_again_without_blame(learned: Project) -> None:
    source = learned.draw("brick.png")
    learned.teach = keep
    with Watching(learned):
        for number in range(4):
            wait_until(lambda count=number: len(learned.lessons) == count + 1)
            learned.answer(Refused(learned.lessons[-1].ticket, "stopped", "another device"))
        wait_until(lambda: len(learned.lessons) == 5)
    assert messages(learned, "warning") == []
    assert is_draft(learned, source)


def test_a_failed_rerun_of_a_draft_is_still_a_draft(learned: Project) -> None:
    source = learned.draw("brick.png")

    def refuse_the_second(order: Order) -> Report:
        return Refused(order.ticket, "input", "no") if len(learned.orders) > 1 else invert(order)

    assert learned.once(refuse_the_second).failed == 1
    assert learned.variant(source).status == "failed"
    assert is_draft(learned, source)


def test_a_draft_that_was_edited_by_hand_is_kept(learned: Project) -> None:
    learned.draw("brick.png")
    learned.teach = keep
    with Watching(learned):
        wait_until(lambda: bool(learned.lessons))
        edited = learned.paint_over("brick.night.png")
        learn(learned.lessons[0].style)
        learned.answer(Learned(learned.lessons[0].ticket))
        wait_until(lambda: "blocked" in learned.recorder.kinds())
    assert (learned.textures / "brick.night.png").read_bytes() == edited


def test_the_moment_and_the_status_show_what_is_learned_and_for_how_many(learned: Project) -> None:
    for seed, name in enumerate("ab"):
        learned.draw(f"{name}.png", seed=seed)
    learned.teach = keep
    with Watching(learned):
        wait_until(lambda: bool(learned.lessons))
        learned.answer(Step(learned.lessons[0].ticket, Progress("learn", 30, 250)))
        wait_until(lambda: learned.recorder.last is not None and shown(learned) == ("night", 30, 250, 2))
        status = read_status(learned.config)
        assert status.drafts == 2
        assert isinstance(status.moment, dict)
        assert status.moment["learning"]["done"] == 30


def shown(project: Project) -> tuple[str, int, int, int] | None:
    learning = project.recorder.last.learning if project.recorder.last else None
    return (learning.style, learning.done, learning.total, learning.drafts) if learning else None
