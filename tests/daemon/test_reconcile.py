"""The truth: what a scan sees, how it differs from what is remembered, and what a sidecar gives back."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fake_project import Project
from impasto_daemon.config import Rulebook, load_config
from impasto_daemon.ledger import JobState, Ledger, Output, SeenSource
from impasto_daemon.manifest import Manifest, read_manifest, sidecar_path, temp_path
from impasto_daemon.plan import Plans
from impasto_daemon.reconcile import (
    Difference,
    Listing,
    adopt,
    difference,
    gone_with_their_folders,
    scan,
    unknown_sidecars,
    walk,
)
from impasto_daemon.settle import Signature, signature_of

NOTHING = Difference()


def walk_over(project: Project) -> list[Listing]:
    config = load_config(project.config)
    return list(walk([watch.folder for watch in config.watch], Rulebook(config)))


@dataclass
class Folder:
    """What the ledger has of one folder, and what differs from a listing of it."""

    project: Project
    ledger: Ledger

    def __post_init__(self) -> None:
        self.plans = Plans(load_config(self.project.config), self.ledger)
        self.brick = self.project.textures / "brick.png"
        self.output = self.project.textures / "brick.ink.png"
        digest = self.plans.digest_of(self.brick)
        self.ledger.remember_source(SeenSource(self.brick, 10, 20, 30, "hash", digest, "outcome"))

    def remember_output(self) -> None:
        self.ledger.remember_output(Output(self.output, self.brick, "hash", None, 5, 6, edited=False))

    def differs(self, *names: str) -> Difference:
        files: dict[str, Signature] = dict.fromkeys(names, (10, 20, 30))
        return difference(Listing(self.project.textures, files), self.ledger, self.plans)


@pytest.fixture
def folder(project: Project, ledger: Ledger) -> Folder:
    return Folder(project, ledger)


def test_a_walk_tells_sources_sidecars_and_temps_apart(project: Project) -> None:
    source = project.draw("walls/brick.png")
    sidecar_path(source).write_text("{}")
    temp = temp_path(source)
    temp.write_bytes(b"half")
    for name in ("notes.txt", "brick.png.import", "brick.png.meta"):
        (source.parent / name).write_bytes(b"1")
    root, walls = walk_over(project)
    assert root == Listing(project.textures, {})
    assert walls == Listing(
        source.parent,
        files={"brick.png": signature_of(source) or (0, 0, 0)},
        sidecars=frozenset({"brick.png.impasto"}),
        temps=(temp.name,),
    )


def test_a_walk_leaves_ignored_folders_and_links_alone(project: Project) -> None:
    source = project.draw("brick.png")
    ignored = project.draw("wip/brick.png")
    (project.textures / ".impastoignore").write_text("wip/\n")
    (project.textures / "link.png").symlink_to(source)
    (project.textures / "loop").symlink_to(project.textures)
    sidecar_path(ignored).write_text("{}")
    (listing,) = walk_over(project)
    assert (set(listing.files), listing.sidecars) == ({"brick.png"}, frozenset())


def test_a_scan_has_no_ignored_files(project: Project) -> None:
    source = project.draw("brick.png")
    project.draw("brick_preview.png")
    (source.parent / ".hidden.png").write_bytes(b"1")
    (project.textures / ".impastoignore").write_text("*_preview.*\n")
    config = load_config(project.config)
    assert set(scan([project.textures], Rulebook(config)).files) == {source}


def test_a_watch_folder_that_is_not_there_is_closed(project: Project) -> None:
    config = load_config(project.config)
    project.textures.rmdir()
    (listing,) = walk([watch.folder for watch in config.watch], Rulebook(config))
    assert listing.is_closed


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
    closed = [listing.folder for listing in walk_over(project) if listing.is_closed]
    assert closed == ([folder] if is_closed else [])


def test_what_is_as_it_was_makes_no_difference(folder: Folder) -> None:
    assert folder.differs("brick.png") == NOTHING


def test_no_pattern_is_matched_against_what_is_as_it_was(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def match(_self: Rulebook, path: Path, *, folder: bool = False) -> bool:
        raise AssertionError(path)

    monkeypatch.setattr(Rulebook, "is_ignored", match)
    assert folder.differs("brick.png") == NOTHING


@pytest.mark.parametrize(
    "change", [{"size": 11}, {"mtime_ns": 21}, {"changed_ns": 31}, {"digest": "another rule"}, {"sha256": ""}]
)
def test_size_times_rules_and_an_unread_source_are_worth_a_look(
    folder: Folder, change: dict[str, object]
) -> None:
    seen = folder.ledger.source(folder.brick)
    assert seen is not None
    folder.ledger.remember_source(replace(seen, **change))  # type: ignore[arg-type]  # one of its fields each
    assert folder.differs("brick.png").changed == (folder.brick,)


def test_a_new_file_is_worth_a_look_unless_it_is_ignored(folder: Folder) -> None:
    new = folder.project.textures / "new.png"
    assert folder.differs("brick.png", "new.png", ".hidden.png") == Difference(changed=(new,))


def test_a_source_that_is_ignored_from_now_on_is_gone(folder: Folder) -> None:
    (folder.project.textures / ".impastoignore").write_text("brick.png\n")
    assert folder.differs("brick.png") == Difference(gone=(folder.brick,))


def test_a_source_that_is_not_there_is_gone(folder: Folder) -> None:
    assert folder.differs() == Difference(gone=(folder.brick,))


def test_a_source_that_is_known_by_its_outputs_alone_is_gone_where_it_is_missing_or_ignored(
    folder: Folder,
) -> None:
    """As after its sidecar was taken over."""
    folder.remember_output()
    folder.ledger.forget_source(folder.brick)
    assert folder.differs("brick.png", "brick.ink.png") == Difference(changed=(folder.brick,))
    assert folder.differs("brick.ink.png") == Difference(gone=(folder.brick,))
    (folder.project.textures / ".impastoignore").write_text("brick.png\n")
    assert folder.differs("brick.png", "brick.ink.png") == Difference(gone=(folder.brick,))


def test_sources_go_with_their_folder_unless_it_is_only_hidden(folder: Folder) -> None:
    root = folder.project.textures
    assert gone_with_their_folders(set(), [], folder.ledger) == [folder.brick]
    assert gone_with_their_folders({root}, [], folder.ledger) == []
    assert gone_with_their_folders(set(), [root.parent], folder.ledger) == []
    assert gone_with_their_folders(set(), [root / "below"], folder.ledger) == [folder.brick]


def test_sources_known_by_their_outputs_alone_go_with_their_folder_too(folder: Folder) -> None:
    folder.remember_output()
    folder.ledger.forget_source(folder.brick)
    assert gone_with_their_folders(set(), [], folder.ledger) == [folder.brick]


def test_an_output_is_no_source_and_a_missing_one_calls_for_its_source(folder: Folder) -> None:
    folder.remember_output()
    assert folder.differs("brick.png", "brick.ink.png") == NOTHING
    assert folder.differs("brick.png") == Difference(changed=(folder.brick,))


def test_a_sidecar_is_unknown_until_its_source_has_an_output(folder: Folder) -> None:
    listing = Listing(folder.project.textures, {}, frozenset({"brick.png.impasto"}))
    assert unknown_sidecars(listing, folder.ledger) == [sidecar_path(folder.brick)]
    folder.remember_output()
    assert unknown_sidecars(listing, folder.ledger) == []


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
    adopt(manifest, sidecar_path(source), ledger)
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


@pytest.mark.parametrize("extension", [".png", ".tga", ".bmp"])
def test_what_was_made_is_known_again_without_a_ledger(project: Project, state: Path, extension: str) -> None:
    """By the sidecar and by its own mark: it is not made again, and goes when no rule asks for it."""
    project.draw(f"brick{extension}")
    project.once()
    shutil.rmtree(state)
    assert project.once().done == 0
    assert project.orders == []
    project.rewrite('["*"]\n    variants: [{ style', '["none"]\n    variants: [{ style')
    project.once()
    assert f"brick.ink{extension}" not in project.names()


@pytest.mark.parametrize("extension", [".png", ".tga", ".bmp"])
def test_an_output_whose_records_are_lost_is_no_source(project: Project, state: Path, extension: str) -> None:
    source = project.draw(f"brick{extension}")
    project.once()
    shutil.rmtree(state)
    sidecar_path(source).unlink()
    source.unlink()
    project.once()
    assert project.orders == []


def test_a_variant_without_maps_is_not_adopted(project: Project, ledger: Ledger) -> None:
    source, _ = adopted(project, ledger, maps=())
    assert ledger.jobs_of(source) == []


def test_a_sidecar_the_ledger_knows_is_not_adopted_again(project: Project, ledger: Ledger) -> None:
    source, manifest = adopted(project, ledger)
    (job,) = ledger.jobs_of(source)
    ledger.finish(job.id, JobState.FAILED, job.record)
    adopt(manifest, sidecar_path(source), ledger)
    assert [job.state for job in ledger.jobs_of(source)] == [JobState.FAILED]


def test_an_output_in_a_folder_below_is_adopted(project: Project, ledger: Ledger) -> None:
    source = project.draw("brick.png")
    project.once()
    document = sidecar_path(source).read_text().replace('"brick.ink.png"', '"made/brick.ink.png"')
    sidecar_path(source).write_text(document)
    (project.textures / "made").mkdir()
    moved = (project.textures / "brick.ink.png").rename(project.textures / "made" / "brick.ink.png")
    adopt(read_manifest(sidecar_path(source)), sidecar_path(source), ledger)
    (job,) = ledger.jobs_of(source)
    assert job.output == moved
    output = ledger.output(moved)
    assert output is not None
    assert not output.edited
