"""The Godot companion in the real editor, headless. IMPASTO_GODOT names its binary."""

import configparser
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from godot_editor import GodotEditor, complaints, godot_binary, make_project, run_godot, write_material
from make_goldens import GOLDENS, Golden, variant

pytestmark = [
    pytest.mark.skipif(not godot_binary(), reason="IMPASTO_GODOT does not name a Godot 4 editor"),
    pytest.mark.timeout(240),
]
EXPECTED = json.loads((GOLDENS / "expected.json").read_text(encoding="utf-8"))
WALL = "res://materials/wall.tres"
SOURCE, NIGHT = "res://art/wall_basecolor.png", "res://art/wall_basecolor.night.png"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Document:
    project = make_project(tmp_path_factory.mktemp("goldens") / "project", driven=False)
    shutil.copytree(GOLDENS, project, dirs_exist_ok=True)
    shutil.copy(GOLDENS / "expected.json", project / "asked.json")
    shutil.copy(Path(__file__).parent / "godot" / "verdicts.gd", project)
    imported = run_godot(project, "--import")
    said = run_godot(project, "--script", "verdicts.gd")
    assert "VERDICTS WRITTEN" in said, said
    told: Document = json.loads((project / "answer.json").read_text(encoding="utf-8"))
    return told | {"complaints": complaints(imported + said)}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A wall with its source, a material that uses it, and no variant yet."""
    project = make_project(tmp_path / "project")
    art(project).sidecar(wall(project), [])
    write_material(project / "materials" / "wall.tres", albedo_texture=SOURCE)
    return project


@pytest.fixture
def editor(project: Path) -> Iterator[GodotEditor]:
    with GodotEditor(project) as editor:
        editor.wait_for(lambda _: editor.albedo(WALL) == SOURCE)
        yield editor
        assert editor.complaints() == []


def art(project: Path) -> Golden:
    return Golden(str(project / "art"))


def wall(project: Path) -> Document:
    return art(project).source("wall_basecolor.png", "base_color", "wall")


def night(project: Path, tone: int = 0, size: int = 16, **more: Any) -> Document:
    picture = art(project).picture("wall_basecolor.night.png", "base_color", size, tone)
    return variant("night", [picture | more])


def import_settings(project: Path, file: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    text = (project / f"{file}.import").read_text(encoding="utf-8")
    parser.read_string(re.sub(r"metadata=\{.*?\}", "", text, flags=re.DOTALL))
    return parser["params"]


def row_id(row: Document) -> str:
    return str(row.get("sidecar") or f"{row['folder']}-{row['wanted'] or 'nothing'}-{row['follow']}")


@pytest.mark.parametrize("row", EXPECTED["sidecars"], ids=row_id)
def test_a_golden_sidecar_gives_the_tables_verdict(answer: Document, row: Document) -> None:
    [seen] = [one for one in answer["sidecars"] if one["sidecar"] == row["sidecar"]]
    if row["broken"]:
        assert seen["broken"]
        assert row["says"] in seen["line"]
        assert row["sidecar"] in seen["line"]
        assert "\n" not in seen["line"]
    else:
        assert seen == row


@pytest.mark.parametrize("number", range(len(EXPECTED["choices"])))
def test_a_choice_shows_what_the_table_says(answer: Document, number: int) -> None:
    def by_source(row: Document) -> str:
        return str(row["source"])

    shows = EXPECTED["choices"][number]["shows"]
    assert sorted(answer["choices"][number], key=by_source) == sorted(shows, key=by_source)


def test_no_other_sidecar_is_seen_than_those_of_the_table(answer: Document) -> None:
    assert {one["sidecar"] for one in answer["sidecars"]} == {row["sidecar"] for row in EXPECTED["sidecars"]}


def test_the_editor_imports_every_golden_without_a_complaint(answer: Document) -> None:
    assert answer["complaints"] == []


def test_a_variant_is_used_when_it_comes_follows_its_source_and_is_let_go(
    project: Path, editor: GodotEditor
) -> None:
    art(project).sidecar(wall(project), [night(project)])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    first = editor.state["materials"][WALL]["color"]
    assert NIGHT in (project / "materials" / "wall.tres").read_text(encoding="utf-8")

    art(project).sidecar(wall(project), [night(project, tone=60, size=32)])
    editor.wait_for(lambda state: state["materials"][WALL]["width"] == 32)
    assert editor.albedo(WALL) == NIGHT
    assert editor.state["materials"][WALL]["color"] != first

    (project / "art" / "wall_basecolor.night.png").unlink()
    art(project).sidecar(wall(project), [], gone=("wall_basecolor.night.png",))
    editor.wait_for(lambda state: editor.albedo(WALL) == SOURCE)
    assert NIGHT not in (project / "materials" / "wall.tres").read_text(encoding="utf-8")


def test_a_map_that_does_not_match_is_not_imported_and_what_was_shown_stays(
    project: Path, editor: GodotEditor
) -> None:
    art(project).sidecar(wall(project), [night(project)])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT and state["batches"] == 2)
    imported = editor.state["files_imported"]

    art(project).picture("wall_basecolor.night.png", "base_color", 32, 60)
    write_material(project / "materials" / "other.tres", albedo_texture=SOURCE)
    art(project).picture("floor_basecolor.png", "base_color")
    art(project).sidecar(art(project).source("floor_basecolor.png", "base_color", "floor"), [])
    editor.wait_for(lambda state: state["files_imported"] == imported + 2)
    assert editor.albedo(WALL) == NIGHT
    assert editor.state["materials"][WALL]["width"] == 16


def test_settings_are_given_before_the_first_import_and_a_users_tweak_stays(
    project: Path, editor: GodotEditor
) -> None:
    normal = art(project).picture("wall_normal.night.png", "normal", 16) | {"normal_y": "-"}
    painted = night(project)
    art(project).sidecar(wall(project), [painted | {"maps": painted["maps"] + [normal]}])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    given = import_settings(project, "art/wall_normal.night.png")
    assert (given["compress/normal_map"], given["process/normal_map_invert_y"]) == ("1", "true")
    assert (given["compress/mode"], given["detect_3d/compress_to"]) == ("2", "0")
    assert import_settings(project, "art/wall_basecolor.night.png")["compress/normal_map"] == "2"
    assert import_settings(project, "art/wall_basecolor.png")["detect_3d/compress_to"] == "1"

    settings = project / "art" / "wall_basecolor.night.png.import"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("compress/mode=2", "compress/mode=0"), encoding="utf-8")
    art(project).sidecar(wall(project), [night(project, tone=60, size=32)])
    editor.wait_for(lambda state: state["materials"][WALL]["width"] == 32)
    assert import_settings(project, "art/wall_basecolor.night.png")["compress/mode"] == "0"
