"""An override or an ignore file counts in its folder and below, and its mistakes stop nothing else."""

import shutil
from pathlib import Path

import pytest

from fake_project import PowerCutError, Project
from impasto_daemon.manifest import sidecar_path
from impasto_daemon.processing import Order, Report


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


def test_a_job_outlives_an_override_that_was_broken_for_a_while(project: Project) -> None:
    source = project.draw("ui/icon.png")
    override = source.parent / ".impasto.yaml"
    good = "rules: [{ name: own, match: ['*'], variants: [{ upscale: { scale: 2 } }] }]\n"
    override.write_text(good)

    def cut(order: Order) -> Report:
        raise PowerCutError

    with pytest.raises(PowerCutError):
        project.once(cut)
    override.write_text("rules: [{ nme: own }]\n")
    assert project.once().failure_kinds == {"config"}
    override.write_text(good)
    assert project.once().done == 1


def test_mistakes_below_are_told_once_each_however_many_files_they_stop(project: Project) -> None:
    for name in ("a", "b", "deep/c"):
        project.draw(f"ui/{name}.png")
    (project.textures / "ui" / ".impasto.yaml").write_text("rules: [{ nme: own }]\n")
    assert project.once().failure_kinds == {"config"}
    (told,) = [event.message for event in project.recorder.events if event.kind == "config"]
    assert told.count("rules[0].nme") == 1


def test_outputs_that_only_a_sidecar_tells_of_go_where_their_source_is_ignored(
    project: Project, state: Path
) -> None:
    source = project.draw("brick.png")
    project.once()
    shutil.rmtree(state)
    project.rewrite("- folder: textures", '- folder: textures\n    ignore: ["brick.png"]')
    project.once()
    assert project.names() == {"brick.png", "brick.png.impasto"}
    assert project.manifest(source).variants == ()
