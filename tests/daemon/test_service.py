"""The daemon's loop from end to end, with a fake network: `once`, twice, after edits and after losses."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image

from fake_project import Behaviour, Project, invert, wait_until
from impasto_daemon.commands.status import read_status
from impasto_daemon.executors import WorkerDied
from impasto_daemon.ledger import Command, JobState, Ledger
from impasto_daemon.manifest import sidecar_path
from impasto_daemon.processing import Order, Refused, Report
from impasto_daemon.state import ledger_path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_a_texture_travels_from_its_folder_to_its_manifest(project: Project) -> None:
    source = project.draw("walls/brick.png")
    before = source.read_bytes()
    summary = project.once()
    assert (summary.done, summary.failed, summary.failure_kinds) == (1, 0, frozenset())
    output = source.with_name("brick.ink.png")
    assert np.array_equal(pixels(output), 255 - pixels(source))
    assert source.read_bytes() == before
    variant = project.variant(source)
    assert (variant.status, variant.style, variant.rule, variant.device) == ("ready", "ink", "colour", "fake")
    assert "rule 'colour' matches '*' and role base_color" in variant.reason
    assert (variant.maps[0].file, variant.maps[0].bytes) == ("brick.ink.png", output.stat().st_size)
    assert (variant.maps[0].wrap_u, variant.maps[0].wrap_v) == ("repeat", "clamp")
    facts = project.manifest(source).source
    assert (facts.file, facts.width, facts.height, facts.role) == ("brick.png", 16, 12, "base_color")
    assert project.names() == {"brick.png", "brick.ink.png", "brick.png.impasto"}


def test_maps_get_the_rule_of_their_role(project: Project) -> None:
    project.draw("brick_albedo.png")
    flat = np.full((12, 16, 3), (128, 128, 255), np.uint8)
    Image.fromarray(flat).save(project.textures / "brick_normal.png")
    project.once()
    requests = {order.source.name: order.request for order in project.orders}
    assert requests["brick_albedo.png"].style is not None
    assert requests["brick_normal.png"].style is None
    assert project.variant(project.textures / "brick_normal.png").id == "x2"
    assert project.manifest(project.textures / "brick_normal.png").source.material == "brick"


def test_a_rule_may_ask_for_several_variants(project: Project) -> None:
    source = project.draw("brick.png")
    rewrite(project, "[{ style: ink }]", "[{ style: ink }, { style: ink, id: faint, strength: 0.3 }]")
    assert project.once().done == 2
    assert [variant.id for variant in project.manifest(source).variants] == ["ink", "faint"]
    assert project.names() == {"brick.png", "brick.ink.png", "brick.faint.png", "brick.png.impasto"}


def test_nothing_runs_twice(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    stamps = {path: path.stat().st_mtime_ns for path in project.textures.iterdir()}
    assert project.once().done == 0
    assert project.orders == []
    source.touch()
    assert project.once().done == 0
    assert project.orders == []
    stamps.pop(source)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())


def test_a_changed_source_is_done_again(project: Project) -> None:
    source = project.draw("brick.png", seed=1)
    project.once()
    first = project.variant(source)
    project.draw("brick.png", seed=2)
    assert project.once().done == 1
    second = project.variant(source)
    assert second.fingerprint != first.fingerprint
    assert np.array_equal(pixels(project.textures / "brick.ink.png"), 255 - pixels(source))


class PowerCutError(Exception):
    pass


def test_a_restart_picks_up_where_it_was(project: Project) -> None:
    for name in ("a", "b"):
        project.draw(f"{name}.png", seed=ord(name))

    def cut_at_b(order: Order) -> Report:
        if order.source.name == "b.png":
            raise PowerCutError
        return invert(order)

    with pytest.raises(PowerCutError):
        project.once(cut_at_b)
    assert project.once().failed == 0
    assert {"a.ink.png", "b.ink.png"} <= project.names()
    # a's report may have been on its way when the power went
    assert project.orders[-1].source.name == "b.png"
    assert not [name for name in project.names() if name.endswith(".tmp")]


def test_a_deleted_source_takes_its_outputs_with_it(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    made = project.variant(source).maps[0]
    source.unlink()
    project.once()
    assert project.names() == {"brick.png.impasto"}
    manifest = project.manifest(source)
    assert manifest.variants == ()
    assert [(gone.file, gone.sha256) for gone in manifest.retired] == [(made.file, made.sha256)]


def test_a_source_that_comes_back_is_done_again(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    source.unlink()
    project.once()
    project.draw("brick.png")
    assert project.once().done == 1
    assert project.manifest(source).retired == ()


def rewrite(project: Project, before: str, after: str) -> None:
    """Edit the config."""
    text = project.config.read_text()
    assert before in text
    project.config.write_text(text.replace(before, after))


def test_an_edited_rule_replaces_what_it_made(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    rewrite(project, "{ style: ink }", "{ style: ink, output: '{stem}_{variant}{ext}' }")
    assert project.once().done == 1
    assert project.names() == {"brick.png", "brick_ink.png", "brick.png.impasto"}
    assert [gone.file for gone in project.manifest(source).retired] == ["brick.ink.png"]
    rewrite(project, 'match: ["*"]', 'match: ["other/*"]')
    assert project.once().done == 0
    assert project.names() == {"brick.png", "brick.png.impasto"}


def test_an_output_that_was_deleted_is_made_again(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    (project.textures / "brick.ink.png").unlink()
    assert project.once().done == 1
    assert (project.textures / "brick.ink.png").exists()
    assert project.variant(source).status == "ready"


def test_a_sidecar_that_was_deleted_is_written_again_without_any_work(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    before = project.variant(source)
    sidecar_path(source).unlink()
    assert project.once().done == 0
    assert project.orders == []
    assert project.variant(source) == before


def edit(project: Project, name: str) -> bytes:
    """Someone paints over an output."""
    path = project.textures / name
    Image.fromarray(np.zeros((5, 5, 3), np.uint8)).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("change", ["source", "rule", "gone"])
def test_a_hand_edited_output_is_never_overwritten(project: Project, change: str) -> None:
    source = project.draw("brick.png")
    project.once()
    ours = edit(project, "brick.ink.png")
    if change == "source":
        project.draw("brick.png", seed=9)
    elif change == "rule":
        rewrite(project, "{ style: ink }", "{ style: ink, strength: 0.5 }")
    else:
        source.unlink()
    summary = project.once()
    assert (project.textures / "brick.ink.png").read_bytes() == ours
    assert project.orders == []
    if change != "gone":
        assert "write" in summary.failure_kinds
        variant = project.variant(source)
        assert variant.status == "failed"
        assert "was edited by hand" in (variant.error or "")
        status = read_status(project.config)
        assert status.edited == (str(project.textures / "brick.ink.png"),)
        assert [(trouble.variant, trouble.state) for trouble in status.troubles] == [("ink", "blocked")]


def test_status_tells_of_an_edit_before_anything_runs(project: Project) -> None:
    project.draw("brick.png")
    project.once()
    assert read_status(project.config).edited == ()
    edit(project, "brick.ink.png")
    assert read_status(project.config).edited == (str(project.textures / "brick.ink.png"),)


def test_moving_the_edited_file_away_unblocks_the_job(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    edit(project, "brick.ink.png")
    project.draw("brick.png", seed=9)
    project.once()
    (project.textures / "brick.ink.png").rename(project.folder / "mine.png")
    assert project.once().failed == 0
    assert project.variant(source).status == "ready"


def test_a_foreign_file_with_an_output_s_name_is_kept(project: Project) -> None:
    source = project.draw("brick.png")
    ours = edit(project, "brick.ink.png")
    project.once()
    assert (project.textures / "brick.ink.png").read_bytes() == ours
    assert "exists and is not impasto's" in (project.variant(source).error or "")


def test_a_lost_ledger_is_rebuilt_without_computing_anything(project: Project, state: Path) -> None:
    sources = [project.draw(f"{name}/brick.png", seed=ord(name)) for name in "abc"]
    project.once()
    before = {path: path.read_bytes() for path in project.textures.rglob("*") if path.is_file()}
    shutil.rmtree(state)
    assert project.once().done == 0
    assert project.orders == []
    assert {path: path.read_bytes() for path in project.textures.rglob("*") if path.is_file()} == before
    project.draw("a/brick.png", seed=77)
    assert project.once().done == 1
    assert [order.source for order in project.orders] == [sources[0]]


def test_a_lost_ledger_does_not_forget_that_an_output_was_edited(project: Project, state: Path) -> None:
    project.draw("brick.png")
    project.once()
    ours = edit(project, "brick.ink.png")
    shutil.rmtree(state)
    project.once()
    project.draw("brick.png", seed=9)
    project.once()
    assert (project.textures / "brick.ink.png").read_bytes() == ours


def test_an_output_whose_records_are_all_lost_is_not_taken_for_a_source(
    project: Project, state: Path
) -> None:
    source = project.draw("brick.png")
    project.once()
    shutil.rmtree(state)
    sidecar_path(source).unlink()
    project.once()
    assert all(order.source == source for order in project.orders)
    assert "brick.ink.ink.png" not in project.names()


def test_of_two_sources_with_one_output_the_second_is_refused(project: Project) -> None:
    project.draw("brick.png")
    Image.open(project.textures / "brick.png").save(project.textures / "brick.jpg")
    summary = project.once()
    assert (summary.done, summary.failed) == (1, 1)
    errors = [project.variant(project.textures / name).error for name in ("brick.png", "brick.jpg")]
    (error,) = [error for error in errors if error]
    assert "brick.jpg" in error
    assert "brick.png" in error


def test_a_source_that_changes_meanwhile_is_done_again(project: Project) -> None:
    source = project.draw("brick.png", seed=1)
    changed = []

    def behave(order: Order) -> Report:
        made = invert(order)
        if not changed:
            changed.append(project.draw("brick.png", seed=2, size=(20, 12)))
        return made

    assert project.once(behave).done == 1
    assert len(project.orders) == 2
    assert np.array_equal(pixels(project.textures / "brick.ink.png"), 255 - pixels(source))
    assert not [name for name in project.names() if name.endswith(".tmp")]


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
    ("kind", "state"), [("input", "failed"), ("write", "blocked"), ("weights", "blocked")]
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


def test_temp_files_of_a_killed_worker_are_swept(project: Project) -> None:
    project.draw("brick.png")
    (project.textures / ".brick.ink.png.0badcafe.impasto.tmp").write_bytes(b"half")
    (project.textures / ".someone.else.tmp").write_bytes(b"not ours")
    project.once()
    assert project.names() == {"brick.png", "brick.ink.png", "brick.png.impasto", ".someone.else.tmp"}


def test_a_missing_watch_folder_loses_nothing(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    away = project.textures.rename(project.folder / "unmounted")
    service = project.service  # the config was read while the folder was there
    project.textures.mkdir()
    running = service()
    project.textures.rmdir()
    running.once()
    project.ledger.close()
    assert "warning" in project.recorder.kinds()
    away.rename(project.textures)
    assert project.once().done == 0
    assert project.orders == []
    assert project.variant(source).status == "ready"


def test_an_override_and_an_ignore_file_count_for_their_subtree(project: Project) -> None:
    inside, outside = project.draw("ui/icon.png", seed=1), project.draw("brick.png", seed=2)
    draft = project.draw("ui/wip/icon.png", seed=3)
    (project.textures / "ui" / ".impasto.yaml").write_text(
        "styles: { flat: { builtin: 1 } }\nrules: [{ name: icons, match: ['*'], variants: [{ style: flat }] }]\n"
    )
    (project.textures / "ui" / ".impastoignore").write_text("wip/\n")
    assert project.once().done == 2
    assert project.variant(inside).style == "flat"
    assert project.variant(outside).style == "ink"
    assert not sidecar_path(draft).exists()


def test_a_broken_override_stops_only_its_subtree_and_fails_the_run(project: Project) -> None:
    outside = project.draw("brick.png", seed=2)
    project.draw("ui/icon.png", seed=1)
    (project.textures / "ui" / ".impasto.yaml").write_text("rules: [{ name: icons, matsch: ['*'] }]\n")
    summary = project.once()
    assert (summary.done, summary.failure_kinds) == (1, {"config"})
    assert project.variant(outside).status == "ready"


class Watching:
    """A daemon in a thread of its own."""

    def __init__(self, project: Project, behave: Behaviour = invert) -> None:
        self.project = project
        self.behave = behave
        self.thread = Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.service = self.project.service(self.behave)
        self.service.watch()
        self.project.ledger.close()

    def __enter__(self) -> "Watching":
        self.thread.start()
        wait_until(lambda: any("watching" in event.message for event in self.project.recorder.events))
        return self

    def __exit__(self, *error: object) -> None:
        self.service.stop()
        self.thread.join(timeout=20)
        assert not self.thread.is_alive()


def is_ready(project: Project, source: Path) -> bool:
    return sidecar_path(source).exists() and project.variant(source).status == "ready"


def test_a_texture_dropped_in_while_it_runs_is_done(project: Project) -> None:
    with Watching(project):
        source = project.draw("fresh/nested/brick.png")
        wait_until(lambda: is_ready(project, source))
    assert [order.source for order in project.orders] == [source]  # its output and sidecar made no job


def test_an_edited_config_is_followed_and_a_broken_one_is_not(project: Project) -> None:
    source = project.draw("brick.png")
    with Watching(project):
        wait_until(lambda: is_ready(project, source))
        good = project.config.read_text()
        project.config.write_text(good.replace("style: ink", "stile: ink"))
        wait_until(lambda: any("broken" in event.message for event in project.recorder.events))
        assert "rules[0].variants[0].stile" in (read_status(project.config).config_error or "")
        other = project.draw("other.png", seed=5)
        wait_until(lambda: is_ready(project, other))
        project.config.write_text(good.replace("{ style: ink }", "{ style: ink, id: faint, strength: 0.4 }"))
        wait_until(lambda: {"brick.faint.png", "other.faint.png"} <= project.names())
        wait_until(lambda: "brick.ink.png" not in project.names())
        assert read_status(project.config).config_error is None


def test_an_override_that_appears_while_it_runs_is_followed(project: Project) -> None:
    source = project.draw("ui/icon.png")
    with Watching(project):
        wait_until(lambda: is_ready(project, source))
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
        wait_until(lambda: is_ready(project, source))
    ledger.close()


def test_a_deleted_source_is_noticed_while_it_runs(project: Project) -> None:
    source = project.draw("brick.png")
    with Watching(project):
        wait_until(lambda: is_ready(project, source))
        source.unlink()
        wait_until(lambda: "brick.ink.png" not in project.names())


def test_a_name_that_is_no_text_is_left_alone_and_told_of(project: Project) -> None:
    good = project.draw("brick.png")
    odd = os.fsencode(project.textures) + b"/\xff\xfe.png"
    with Path(os.fsdecode(odd)).open("wb") as file:
        file.write(good.read_bytes())
    assert project.once().done == 1
    (warning,) = [event for event in project.recorder.events if event.kind == "warning"]
    assert "UTF-8" in warning.message
    assert Path(os.fsdecode(odd)).exists()


def test_names_with_spaces_brackets_and_other_scripts_are_names(project: Project) -> None:
    sources = [
        project.draw(f"{name}.png", seed=i)
        for i, name in enumerate(("a [red] b", "Ziegel ü", "煉瓦", "q'uo\"te"))
    ]
    assert project.once().done == len(sources)
    assert all(project.variant(source).maps[0].file == f"{source.stem}.ink.png" for source in sources)


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
        wait_until(lambda: is_ready(project, source))
        fresh = project.variant(source)
        ticket = kept[0].ticket
        reports = {
            "made": old,
            "refused": Refused(ticket, "fault", "too late"),
            "died": WorkerDied(-9, (ticket,), ()),
        }
        project.report(reports[late])
        other = project.draw("other.png", seed=3)
        wait_until(lambda: is_ready(project, other))
        assert project.variant(source) == fresh
        assert np.array_equal(pixels(project.textures / "brick.ink.png"), 255 - pixels(source))
    assert not [name for name in project.names() if name.endswith(".tmp")]
