"""Links, sidecars, names and tags of a project from elsewhere never lead the daemon out of its folders."""

import json
import shutil
from pathlib import Path

import pytest

from fake_clock import FakeClock
from fake_project import Project, Watching, wait_until
from impasto_daemon.config import Rulebook, load_config
from impasto_daemon.errors import ConfigError
from impasto_daemon.hashing import hash_file
from impasto_daemon.manifest import sidecar_path
from impasto_daemon.reconcile import scan
from impasto_daemon.survey import survey
from impasto_daemon.watcher import FileChange


@pytest.fixture
def secret(project: Project) -> Path:
    """A picture beside the watch folder, not in it."""
    project.draw("../private/secret.png", seed=1)
    return project.folder / "private" / "secret.png"


def test_links_that_come_while_the_daemon_watches_lead_nowhere(project: Project, secret: Path) -> None:
    with Watching(project):
        (project.textures / "link.png").symlink_to(secret)
        (project.textures / "folder").symlink_to(secret.parent)
        (project.textures / "hard to see.png").symlink_to("../private/secret.png")
        (project.textures / "real.png").hardlink_to(
            secret
        )  # like a link it is never closed: it settles no sooner
        wait_until(lambda: project.is_ready(project.textures / "real.png"))
    assert {order.source.name for order in project.orders} == {"real.png"}
    assert [path.name for path in secret.parent.iterdir()] == ["secret.png"]


def test_what_polling_finds_behind_a_linked_folder_is_no_source(project: Project, secret: Path) -> None:
    (project.textures / "folder").symlink_to(secret.parent)
    service = project.service(clock=FakeClock())
    service.begin()
    real = project.draw("real.png")
    for path in (project.textures / "folder" / "secret.png", real):
        service.hint(FileChange(path, is_closed=True))
    while not project.is_ready(real):
        service.turn()
    service.end()
    assert [order.source for order in project.orders] == [real]


def test_a_source_that_becomes_a_link_is_a_source_no_more(project: Project, secret: Path) -> None:
    source = project.draw("brick.png")
    project.once()
    source.unlink()
    source.symlink_to(secret)
    project.once()
    assert project.orders == []
    assert project.manifest(source).variants == ()


def test_a_link_in_an_output_s_place_is_not_written_through(project: Project, secret: Path) -> None:
    project.draw("brick.png")
    before = secret.read_bytes()
    (project.textures / "brick.ink.png").symlink_to(secret)
    assert project.once().failure_kinds == {"write"}
    assert secret.read_bytes() == before


def test_a_link_to_nothing_in_an_output_s_place_makes_no_file_elsewhere(
    project: Project, secret: Path
) -> None:
    project.draw("brick.png")
    (project.textures / "brick.ink.png").symlink_to(secret.parent / "new.png")
    project.once()
    assert not (secret.parent / "new.png").exists()


def test_a_link_in_a_sidecar_s_place_is_not_written_through(project: Project, secret: Path) -> None:
    source = project.draw("brick.png")
    before = secret.read_bytes()
    sidecar_path(source).symlink_to(secret)
    project.once()
    assert secret.read_bytes() == before


def test_a_watch_folder_that_is_a_link_is_the_folder_it_leads_to(project: Project, tmp_path: Path) -> None:
    """Whoever writes the config may place the folder anywhere."""
    source = project.draw("brick.png")
    (project.folder / "linked").symlink_to(project.textures)
    project.rewrite("folder: textures", "folder: linked")
    project.once()
    assert project.is_ready(source)


@pytest.mark.parametrize("named", ["brick.png", "other.png", "sub/third.png"])
def test_no_sidecar_has_a_source_deleted_as_if_it_were_an_output(
    project: Project, state: Path, named: str
) -> None:
    sources = [
        project.draw(name, seed=n) for n, name in enumerate(("brick.png", "other.png", "sub/third.png"))
    ]
    before = {source: source.read_bytes() for source in sources}
    project.once()
    document = json.loads(sidecar_path(sources[0]).read_text())
    (variant,) = document["variants"]
    target = project.textures / named
    lie = {"file": named, "sha256": hash_file(target), "bytes": target.stat().st_size}
    document["variants"] += [variant | {"id": "gone", "maps": [variant["maps"][0] | lie]}]
    sidecar_path(sources[0]).write_text(json.dumps(document))
    shutil.rmtree(state)
    for _ in range(2):
        project.once()
    assert {source: source.exists() and source.read_bytes() for source in sources} == before


@pytest.mark.parametrize("extension", [".tga", ".bmp", ".png"])
def test_no_sidecar_has_a_picture_deleted_that_no_rule_knows(
    project: Project, state: Path, extension: str
) -> None:
    """It has no sidecar of its own that would say whose it is."""
    source = project.draw(f"brick{extension}")
    kept = project.draw(f"reference{extension}", seed=1)
    (project.textures / ".impastoignore").write_text("reference.*\n")
    project.once()
    document = json.loads(sidecar_path(source).read_text())
    (variant,) = document["variants"]
    lie = {"file": kept.name, "sha256": hash_file(kept), "bytes": kept.stat().st_size}
    document["variants"] += [variant | {"id": "gone", "maps": [variant["maps"][0] | lie]}]
    sidecar_path(source).write_text(json.dumps(document))
    shutil.rmtree(state)
    for _ in range(2):
        project.once()
    assert kept.exists()


@pytest.mark.parametrize("name", ["../up", "a/b", "a\\\\b", "..", "/etc/x", "c:x"])
@pytest.mark.parametrize("place", ["id: '{}'", "output: '{}'", "output: '{}{{ext}}'"])
def test_no_output_s_name_leads_to_another_folder(project: Project, name: str, place: str) -> None:
    project.rewrite("{ style: ink }", "{ style: ink, " + place.format(name) + " }")
    with pytest.raises(ConfigError):
        load_config(project.config)


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!!python/module:os"]
)
@pytest.mark.parametrize("place", ["config.yaml", "textures/.impasto.yaml"])
def test_yaml_that_names_python_is_refused(project: Project, tag: str, place: str) -> None:
    project.draw("brick.png")
    with (project.folder / place).open("a") as file:
        file.write(f"evil: {tag} ['touch {project.folder}/was_run']\n")
    if place == "config.yaml":
        with pytest.raises(ConfigError, match="is read as a YAML tag"):
            load_config(project.config)
    else:
        assert project.once().failure_kinds == {"config"}
    assert not (project.folder / "was_run").exists()


def test_a_scan_finds_nothing_behind_links(project: Project, secret: Path) -> None:
    (project.textures / "folder").symlink_to(secret.parent)
    config = load_config(project.config)
    assert scan([project.textures], Rulebook(config)).files == {}


def test_a_survey_of_a_link_finds_nothing(project: Project, secret: Path) -> None:
    link = project.textures / "link.png"
    link.symlink_to(secret)
    assert survey(link).signature is None
