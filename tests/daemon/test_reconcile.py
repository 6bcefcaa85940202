"""The truth: what a scan sees, how it differs from what is remembered, and what a sidecar gives back."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from fake_project import Project
from impasto_daemon.config import Rulebook, load_config
from impasto_daemon.ledger import JobState, Ledger, Output, SeenSource
from impasto_daemon.manifest import Manifest, read_manifest, sidecar_path, temp_path
from impasto_daemon.reconcile import Difference, Scan, adopt, difference, scan
from impasto_daemon.settle import signature_of

BRICK, OUTPUT = Path("/w/brick.png"), Path("/w/brick.ink.png")
SEEN = SeenSource(BRICK, 10, 20, "hash", "digest", "outcome")
MADE = Output(OUTPUT, BRICK, "hash", None, 5, 6, edited=False)
NOTHING = Difference((), ())


def scan_of(project: Project) -> Scan:
    config = load_config(project.config)
    return scan(tuple(watch.folder for watch in config.watch), Rulebook(config))


def found(*files: Path, closed: tuple[Path, ...] = ()) -> Scan:
    return Scan(dict.fromkeys(files, (10, 20)), (), (), closed)


def differs(scan: Scan, seen: SeenSource = SEEN, outputs: tuple[Output, ...] = ()) -> Difference:
    return difference(scan, {seen.path: seen}, {one.path: one for one in outputs}, lambda path: "digest")


def test_a_scan_tells_sources_sidecars_and_temps_apart(project: Project) -> None:
    source = project.draw("walls/brick.png")
    sidecar_path(source).write_text("{}")
    temp = temp_path(source)
    temp.write_bytes(b"half")
    for name in ("notes.txt", ".hidden.png", "brick.png.import", "brick.png.meta"):
        (source.parent / name).write_bytes(b"1")
    assert scan_of(project) == Scan(
        files={source: signature_of(source) or (0, 0)},
        sidecars=(sidecar_path(source),),
        temps=(temp,),
        closed=(),
    )


def test_a_scan_leaves_ignored_folders_and_links_alone(project: Project) -> None:
    source = project.draw("brick.png")
    ignored = project.draw("wip/brick.png")
    (project.textures / ".impastoignore").write_text("wip/\n")
    (project.textures / "link.png").symlink_to(source)
    (project.textures / "loop").symlink_to(project.textures)
    sidecar_path(ignored).write_text("{}")
    assert (set(scan_of(project).files), scan_of(project).sidecars) == ({source}, ())


def test_a_watch_folder_that_is_not_there_is_closed(project: Project) -> None:
    config = load_config(project.config)
    project.textures.rmdir()
    folders = tuple(watch.folder for watch in config.watch)
    assert scan(folders, Rulebook(config)).closed == folders


@pytest.mark.parametrize(
    ("error", "is_closed"), [(FileNotFoundError, False), (NotADirectoryError, False), (PermissionError, True)]
)
def test_a_folder_that_vanished_is_gone_and_one_that_cannot_be_read_is_closed(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: type[OSError], is_closed: bool
) -> None:
    folder = project.draw("share/brick.png").parent
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path == folder:
            raise error(str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert scan_of(project).closed == ((folder,) if is_closed else ())


def test_what_is_as_it_was_makes_no_difference() -> None:
    assert differs(found(BRICK)) == NOTHING


@pytest.mark.parametrize(
    "change",
    [{"size": 11}, {"mtime_ns": 21}, {"digest": "another rule"}, {"sha256": ""}, {"path": Path("/w/x")}],
)
def test_size_time_rules_newness_and_an_unread_source_are_worth_a_look(change: dict[str, object]) -> None:
    assert differs(found(BRICK), replace(SEEN, **change)).changed == (BRICK,)  # type: ignore[arg-type]  # one of its fields each


def test_a_source_that_is_not_there_is_gone() -> None:
    assert differs(found()) == Difference((), (BRICK,))


def test_nothing_below_a_closed_folder_is_gone() -> None:
    assert differs(found(closed=(Path("/w"),))) == NOTHING
    assert differs(found(closed=(Path("/elsewhere"),))).gone == (BRICK,)


def test_an_output_is_no_source_and_a_missing_one_calls_for_its_source() -> None:
    assert differs(found(BRICK, OUTPUT), outputs=(MADE,)) == NOTHING
    assert differs(found(BRICK), outputs=(MADE,)) == Difference((BRICK,), ())


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "new" / "ledger.sqlite")


def adopted(project: Project, ledger: Ledger, **update: object) -> tuple[Path, Manifest]:
    """A new ledger's first sight of a sidecar; update: what its variant says otherwise."""
    source = project.draw("brick.png")
    project.once()
    manifest = read_manifest(sidecar_path(source))
    (variant,) = manifest.variants
    manifest = manifest.model_copy(update={"variants": (variant.model_copy(update=update),)})
    assert adopt(manifest, sidecar_path(source), ledger)
    return source, manifest


def test_a_ready_variant_is_adopted_as_done(project: Project, ledger: Ledger) -> None:
    source, manifest = adopted(project, ledger)
    (job,) = ledger.jobs_of(source)
    assert (job.state, job.record) == (JobState.DONE, manifest.variants[0])
    (output,) = ledger.outputs_of(source)
    assert (output.sha256, output.edited) == (manifest.variants[0].maps[0].sha256, False)


@pytest.mark.parametrize("status", ["failed", "pending"])
def test_the_maps_of_any_other_are_adopted_without_a_fingerprint(
    project: Project, ledger: Ledger, status: str
) -> None:
    source, manifest = adopted(project, ledger, status=status)
    (job,) = ledger.jobs_of(source)
    assert (job.fingerprint, job.record.maps) == ("", manifest.variants[0].maps)
    assert ledger.output(project.textures / "brick.ink.png") is not None


def test_a_variant_without_maps_is_not_adopted(project: Project, ledger: Ledger) -> None:
    source, _ = adopted(project, ledger, maps=())
    assert ledger.jobs_of(source) == []


def test_a_sidecar_the_ledger_knows_is_not_adopted_again(project: Project, ledger: Ledger) -> None:
    source, manifest = adopted(project, ledger)
    assert not adopt(manifest, sidecar_path(source), ledger)


def test_an_output_in_a_folder_below_is_adopted(project: Project, ledger: Ledger) -> None:
    source = project.draw("brick.png")
    project.once()
    document = sidecar_path(source).read_text().replace('"brick.ink.png"', '"made/brick.ink.png"')
    sidecar_path(source).write_text(document)
    (project.textures / "made").mkdir()
    moved = (project.textures / "brick.ink.png").rename(project.textures / "made" / "brick.ink.png")
    assert adopt(read_manifest(sidecar_path(source)), sidecar_path(source), ledger)
    output = ledger.output(moved)
    assert output is not None
    assert not output.edited
