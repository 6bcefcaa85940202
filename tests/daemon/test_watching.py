"""The daemon while it runs: files, configs and commands that come meanwhile, and the way it ends."""

import numpy as np
import pytest
from PIL import Image

from fake_project import Project, Watching, invert, pixels, wait_until
from impasto_daemon.commands.status import read_status
from impasto_daemon.executors import WorkerDied
from impasto_daemon.ledger import Command, JobState, Ledger
from impasto_daemon.processing import Order, Refused, Report, Step
from impasto_daemon.state import ledger_path
from impasto_engine import Preview, Progress


def test_a_texture_dropped_in_while_it_runs_is_done(project: Project) -> None:
    with Watching(project):
        source = project.draw("fresh/nested/brick.png")
        wait_until(lambda: project.is_ready(source))
    assert [order.source for order in project.orders] == [source]  # its output and sidecar made no job


def test_an_edited_config_is_followed_and_a_broken_one_is_not(project: Project) -> None:
    source = project.draw("brick.png")
    with Watching(project):
        wait_until(lambda: project.is_ready(source))
        good = project.config.read_text()
        project.config.write_text(good.replace("style: ink", "stile: ink"))
        wait_until(lambda: any("broken" in event.message for event in project.recorder.events))
        assert "rules[0].variants[0].stile" in (read_status(project.config).config_error or "")
        other = project.draw("other.png", seed=5)
        wait_until(lambda: project.is_ready(other))
        project.config.write_text(good.replace("{ style: ink }", "{ style: ink, id: faint, strength: 0.4 }"))
        wait_until(lambda: {"brick.faint.png", "other.faint.png"} <= project.names())
        wait_until(lambda: "brick.ink.png" not in project.names())
        assert read_status(project.config).config_error is None


def test_an_override_that_appears_while_it_runs_is_followed(project: Project) -> None:
    source = project.draw("ui/icon.png")
    with Watching(project):
        wait_until(lambda: project.is_ready(source))
        (source.parent / ".impasto.yaml").write_text(
            "rules: [{ name: bare, match: ['*'], variants: [{ upscale: { scale: 2 } }] }]\n"
        )
        wait_until(lambda: "icon.x2.png" in project.names() and "icon.ink.png" not in project.names())


def test_pause_holds_and_resume_lets_go(project: Project) -> None:
    ledger = Ledger(ledger_path(project.config))
    with Watching(project):
        ledger.send(Command("pause", ""))
        wait_until(lambda: "paused" in project.recorder.kinds())
        source = project.draw("brick.png")
        wait_until(lambda: ledger.counts().get(JobState.QUEUED) == 1)
        assert project.orders == []
        assert read_status(project.config).paused
        ledger.send(Command("resume", ""))
        wait_until(lambda: project.is_ready(source))
    ledger.close()


def test_a_deleted_source_is_noticed_while_it_runs(project: Project) -> None:
    source = project.draw("brick.png")
    with Watching(project):
        wait_until(lambda: project.is_ready(source))
        source.unlink()
        wait_until(lambda: "brick.ink.png" not in project.names())


@pytest.mark.parametrize("late", ["made", "refused", "died"])
def test_a_report_on_an_order_that_is_out_of_date_changes_nothing(project: Project, late: str) -> None:
    source = project.draw("brick.png", seed=1)
    kept: list[Order] = []

    def keep_the_first(order: Order) -> Report | None:
        if kept:
            return invert(order)
        kept.append(order)
        return None

    with Watching(project, keep_the_first):
        wait_until(lambda: bool(kept))
        old = invert(kept[0])
        project.draw("brick.png", seed=2)
        wait_until(lambda: project.is_ready(source))
        fresh = project.variant(source)
        ticket = kept[0].ticket
        reports = {
            "made": old,
            "refused": Refused(ticket, "fault", "too late"),
            "died": WorkerDied(-9, (ticket,), ()),
        }
        project.answer(reports[late])
        other = project.draw("other.png", seed=3)
        wait_until(lambda: project.is_ready(other))
        assert project.variant(source) == fresh
        assert np.array_equal(pixels(project.textures / "brick.ink.png"), 255 - pixels(source))
    assert not [name for name in project.names() if name.endswith(".tmp")]


def test_a_repainted_mask_is_noticed(project: Project) -> None:
    source = project.draw("brick.png")
    mask = project.folder / "wall.png"
    Image.new("L", (8, 8), "white").save(mask)
    project.rewrite("[{ style: ink }]", "[{ style: ink, mask: wall.png }]")
    with Watching(project):
        wait_until(lambda: project.is_ready(source))
        before = project.variant(source).fingerprint
        Image.new("L", (8, 9), "black").save(mask)
        wait_until(lambda: project.is_ready(source) and project.variant(source).fingerprint != before)


def test_what_a_config_names_may_arrive_after_the_config(project: Project) -> None:
    source = project.draw("brick.png")
    with Watching(project):
        wait_until(lambda: project.is_ready(source))
        project.rewrite("ink: { builtin: 19 }", "ink: { image: styles/night.png }")
        wait_until(lambda: "no such file" in (read_status(project.config).config_error or ""))
        made = project.variant(source).fingerprint
        (project.folder / "styles").mkdir()
        Image.new("RGB", (8, 8), "navy").save(project.folder / "styles" / "night.png")
        wait_until(lambda: read_status(project.config).config_error is None)
        wait_until(lambda: project.variant(source).fingerprint != made and project.is_ready(source))


def test_a_mended_override_is_no_trouble_any_more(project: Project) -> None:
    source = project.draw("ui/icon.png")
    override = source.parent / ".impasto.yaml"
    with Watching(project):
        wait_until(lambda: project.is_ready(source))
        override.write_text("rules: [{ nme: own }]\n")
        wait_until(lambda: "rules[0].nme" in (read_status(project.config).config_error or ""))
        override.unlink()
        wait_until(lambda: read_status(project.config).config_error is None)
    told = [event.message for event in project.recorder.events if event.kind == "config"]
    assert [message.split(",")[0] for message in told[1:]] == ["broken", "mended"]
    assert project.names() == {"icon.png", "icon.ink.png", "icon.png.impasto"}


def test_an_ignore_file_that_comes_and_goes_is_followed(project: Project) -> None:
    project.draw("wip/icon.png")
    with Watching(project):
        wait_until(lambda: "icon.ink.png" in project.names())
        (project.textures / ".impastoignore").write_text("wip/\n")
        wait_until(lambda: "icon.ink.png" not in project.names())
        (project.textures / ".impastoignore").unlink()
        wait_until(lambda: "icon.ink.png" in project.names())


def test_a_renamed_source_and_a_renamed_folder_take_their_outputs_along(project: Project) -> None:
    source = project.draw("old.png")
    with Watching(project):
        wait_until(lambda: project.is_ready(source))
        (project.textures / "walls").mkdir()
        source.rename(project.textures / "walls" / "new.png")
        wait_until(lambda: project.is_ready(project.textures / "walls" / "new.png"))
        wait_until(lambda: "old.ink.png" not in project.names())
        assert [order.source for order in project.orders] == [source]
        (project.textures / "walls").rename(project.textures / "brickwork")
        moved = project.textures / "brickwork" / "new.png"
        wait_until(lambda: project.is_ready(moved))
    assert not {"failed", "blocked"} & set(project.recorder.kinds())
    assert project.once().done == 0
    assert project.orders == []


def test_retry_reaches_a_running_daemon(project: Project) -> None:
    source = project.draw("brick.png")

    def refuse_first(order: Order) -> Report:
        return Refused(order.ticket, "input", "because") if len(project.orders) == 1 else invert(order)

    ledger = Ledger(ledger_path(project.config))
    with Watching(project, refuse_first):
        wait_until(lambda: "failed" in project.recorder.kinds())
        ledger.send(Command("retry", str(project.textures / "another.png")))
        ledger.send(Command("retry", str(source)))
        wait_until(lambda: project.is_ready(source))
    ledger.close()


def test_the_last_preview_of_a_job_is_shown_until_there_is_a_new_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = project.draw("brick.png")
    shown: list[Preview | None] = []
    monkeypatch.setattr(
        project.recorder, "moment", lambda moment: shown.extend(one.preview for one in moment.running)
    )
    preview = Preview(2, 1, bytes(6))
    kept: list[Order] = []
    with Watching(project, kept.append):
        wait_until(lambda: bool(kept))
        for progress in (Progress("stylize", 1, 3, preview), Progress("stylize", 2, 3)):
            project.answer(Step(kept[0].ticket, progress))
        wait_until(lambda: preview in shown)
        count = len(shown)
        wait_until(lambda: len(shown) > count)
        assert "preview" not in str(read_status(project.config).moment)
        project.answer(invert(kept[0]))
        wait_until(lambda: project.is_ready(source))
    assert shown[count:] == [preview] * (len(shown) - count)


def test_stop_finishes_what_runs_and_begins_nothing(project: Project) -> None:
    for i, name in enumerate("abcd"):
        project.draw(f"{name}.png", seed=i)
    with Watching(project, lambda order: None) as watching:
        wait_until(lambda: len(project.orders) == 3)
        watching.service.stop()
        for order in list(project.orders):
            project.answer(invert(order))
    assert len(project.orders) == 3
    assert {name for name in project.names() if name.endswith(".ink.png")} == {
        order.source.with_suffix(".ink.png").name for order in project.orders
    }
    assert project.once().done == 1
