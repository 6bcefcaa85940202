"""What is never lost: edited outputs, foreign files, a lost ledger's work, and what cannot be seen just now."""

import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fake_project import Project
from impasto_daemon.commands.clean import clean_outputs
from impasto_daemon.commands.status import read_status
from impasto_daemon.manifest import sidecar_path


@pytest.mark.parametrize("change", ["source", "rule", "gone"])
def test_a_hand_edited_output_is_never_overwritten(project: Project, change: str) -> None:
    source = project.draw("brick.png")
    project.once()
    ours = project.paint_over("brick.ink.png")
    if change == "source":
        project.draw("brick.png", seed=9)
    elif change == "rule":
        project.rewrite("{ style: ink }", "{ style: ink, strength: 0.5 }")
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
    project.paint_over("brick.ink.png")
    assert read_status(project.config).edited == (str(project.textures / "brick.ink.png"),)


def test_moving_the_edited_file_away_unblocks_the_job(project: Project) -> None:
    source = project.draw("brick.png")
    project.once()
    project.paint_over("brick.ink.png")
    project.draw("brick.png", seed=9)
    project.once()
    (project.textures / "brick.ink.png").rename(project.folder / "mine.png")
    assert project.once().failed == 0
    assert project.variant(source).status == "ready"


def test_a_foreign_file_with_an_output_s_name_is_kept(project: Project) -> None:
    source = project.draw("brick.png")
    ours = project.paint_over("brick.ink.png")
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
    ours = project.paint_over("brick.ink.png")
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
    assert [order.source for order in project.orders] == [source]
    assert project.names() == {"brick.png", "brick.ink.png", "brick.png.impasto"}
    assert project.is_ready(source)


def test_an_output_whose_records_are_all_lost_is_kept_where_it_was_edited(
    project: Project, state: Path
) -> None:
    source = project.draw("brick.png")
    project.once()
    output = project.textures / "brick.ink.png"
    with Image.open(output) as image:
        marked = PngInfo()
        for key, text in image.text.items():  # as a paint program keeps what it does not know
            marked.add_text(key, text)
        image.rotate(180).save(output, pnginfo=marked)
    ours = output.read_bytes()
    shutil.rmtree(state)
    sidecar_path(source).unlink()
    project.once()
    assert output.read_bytes() == ours
    assert "was edited by hand and is kept" in (project.variant(source).error or "")
    assert read_status(project.config).edited == (str(output),)
    assert project.once().failed == 1
    assert project.orders == [], "the network has run for it once"
    output.unlink()
    assert project.once().done == 1


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
    assert "paused" in project.recorder.kinds()
    away.rename(project.textures)
    assert project.once().done == 0
    assert project.orders == []
    assert project.variant(source).status == "ready"


@pytest.mark.parametrize("change", ["source", "rule"])
def test_an_edited_output_that_nobody_asks_for_any_more_is_no_source(project: Project, change: str) -> None:
    source = project.draw("brick.png")
    project.once()
    ours = project.paint_over("brick.ink.png")
    if change == "source":
        source.unlink()
    else:
        project.rewrite("{ style: ink }", "{ style: ink, output: '{stem}_{variant}{ext}' }")
    project.once()
    project.once()
    assert project.orders == []
    assert (project.textures / "brick.ink.png").read_bytes() == ours
    assert project.names() - {"brick.png", "brick_ink.png"} == {"brick.ink.png", "brick.png.impasto"}
    assert read_status(project.config).edited == (str(project.textures / "brick.ink.png"),)
    (project.textures / "brick.ink.png").unlink()
    project.once()
    assert read_status(project.config).edited == ()


def test_a_folder_in_an_output_s_place_is_kept_and_told_of(project: Project) -> None:
    project.draw("brick.png")
    project.once()
    place = project.textures / "brick.ink.png"
    place.unlink()
    place.mkdir()
    assert read_status(project.config).edited == (str(place),)
    project.draw("brick.png", seed=3)
    summary = project.once()
    assert (summary.failed, summary.failure_kinds) == (1, {"write"})
    assert f"kept {place}: edited by hand" in list(clean_outputs(project.config, dry_run=False))
    assert place.is_dir()


def test_a_folder_that_may_not_be_read_for_a_while_loses_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a share that hiccups: simulated, since root may read every folder."""
    source = project.draw("share/brick.png")
    project.once()
    scandir = os.scandir

    def refuse(folder: Path) -> object:
        if Path(folder) == source.parent:
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    with monkeypatch.context() as closed:
        closed.setattr(os, "scandir", refuse)
        project.once()
    (warning,) = [event for event in project.recorder.events if event.kind == "warning"]
    assert warning.file == str(source.parent)
    assert source.with_name("brick.ink.png").exists()
    assert project.once().done == 0
    assert project.is_ready(source)


@pytest.mark.parametrize("status", ["failed", "pending"])
def test_a_lost_ledger_does_not_disown_the_maps_of_an_unfinished_rerun(
    project: Project, state: Path, status: str
) -> None:
    source = project.draw("brick.png", seed=1)
    project.once()
    project.draw("brick.png", seed=2)
    document = json.loads(sidecar_path(source).read_text())
    document["variants"][0] |= {"status": status, "fingerprint": "of the second"}
    sidecar_path(source).write_text(json.dumps(document))
    shutil.rmtree(state)
    summary = project.once()
    assert (summary.done, summary.failed) == (1, 0)
    assert project.is_ready(source)


@pytest.mark.parametrize("file", ["deep/er.png", "no\0name.png", "half\ud800.png", "../up.png"])
def test_no_sidecar_keeps_the_daemon_from_starting(project: Project, state: Path, file: str) -> None:
    source = project.draw("brick.png")
    project.once()
    document = json.loads(sidecar_path(source).read_text())
    document["variants"][0]["maps"][0]["file"] = file
    sidecar_path(source).write_text(json.dumps(document))
    shutil.rmtree(state)
    (project.textures / "brick.ink.png").unlink()
    assert project.once().done == 1
    assert project.is_ready(source)
