"""The Godot companion in the real editor, headless. IMPASTO_GODOT names its binary."""

import configparser
import json
import re
import shutil
from collections.abc import Callable, Iterator
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
SCENE = """[gd_scene format=3]

[ext_resource type="Texture2D" path="res://art/hero.png" id="1"]

[sub_resource type="StandardMaterial3D" id="2"]
albedo_texture = ExtResource("1")

[sub_resource type="BoxMesh" id="3"]
material = SubResource("2")

[node name="Level" type="Node"]

[node name="Box" type="MeshInstance3D" parent="."]
mesh = SubResource("3")

[node name="Hero" type="Sprite2D" parent="."]
scale = Vector2(2, 2)
texture = ExtResource("1")
"""
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
    assert NIGHT in (project / "materials" / "wall.tres").read_text(encoding="utf-8")

    art(project).sidecar(wall(project), [night(project, tone=60, size=32)])
    editor.wait_for(lambda state: state["materials"][WALL]["width"] == 32)
    assert editor.albedo(WALL) == NIGHT

    (project / "art" / "wall_basecolor.night.png").unlink()
    art(project).sidecar(wall(project), [], gone=("wall_basecolor.night.png",))
    editor.wait_for(lambda state: editor.albedo(WALL) == SOURCE)
    assert NIGHT not in (project / "materials" / "wall.tres").read_text(encoding="utf-8")


def test_a_map_that_does_not_match_is_not_imported_and_what_was_shown_stays(
    project: Path, editor: GodotEditor
) -> None:
    art(project).sidecar(wall(project), [night(project)])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    imported = editor.state["files_imported"]

    art(project).picture("wall_basecolor.night.png", "base_color", 32, 60)
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


def test_an_image_that_the_editor_imported_before_its_manifest_came_still_gets_its_settings(
    tmp_path: Path,
) -> None:
    project = make_project(tmp_path / "project")
    art(project).sidecar(wall(project), [])
    made = night(project)
    run_godot(project, "--import")
    assert import_settings(project, "art/wall_basecolor.night.png")["detect_3d/compress_to"] == "1"
    art(project).sidecar(wall(project), [made])
    write_material(project / "materials" / "wall.tres", albedo_texture=SOURCE)
    with GodotEditor(project) as editor:
        editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
        assert import_settings(project, "art/wall_basecolor.night.png")["detect_3d/compress_to"] == "0"


def test_the_same_bytes_are_not_imported_again(project: Path, editor: GodotEditor) -> None:
    art(project).sidecar(wall(project), [night(project)])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    picture = project / "art" / "wall_basecolor.night.png"
    imported = editor.state["files_imported"]
    picture.write_bytes(picture.read_bytes())
    art(project).sidecar(wall(project), [night(project)], created_utc="2026-11-26T00:00:00+00:00")
    editor.wait_for(lambda state: state["files_imported"] > imported)
    assert editor.state["files_imported"] == imported + 1  # the sidecar alone


def test_wrap_and_filter_come_with_the_first_import_and_a_users_tweak_stays(
    project: Path, editor: GodotEditor
) -> None:
    hints = {"wrap_u": "clamp", "wrap_v": "clamp", "filter_hint": "nearest"}
    art(project).sidecar(wall(project), [night(project, **hints)])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    given = editor.state["materials"][WALL]
    assert (given["repeat"], given["filter"]) == (False, 0)
    assert import_settings(project, "art/wall_basecolor.night.png")["mipmaps/generate"] == "false"

    editor.do("repeat", material=WALL, on=True)
    art(project).sidecar(wall(project), [night(project, tone=60, size=32, **hints)])
    editor.wait_for(lambda state: state["materials"][WALL]["width"] == 32)
    assert editor.state["materials"][WALL]["repeat"]


def test_switched_off_it_leaves_the_editor_alone_and_on_again_it_follows(
    project: Path, editor: GodotEditor
) -> None:
    editor.do("switch_companion", on=False)
    art(project).sidecar(wall(project), [night(project)])
    editor.do("scan")
    editor.do("switch_companion", on=True)
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)


def test_a_choice_is_undone_and_stands_in_a_file_for_the_team(project: Path, editor: GodotEditor) -> None:
    scream = variant("scream", [art(project).picture("wall_basecolor.scream.png", "base_color")], "scream")
    art(project).sidecar(wall(project), [night(project), scream])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    chosen = project / "impasto.cfg"

    editor.do("choose", material="res://art/wall", id="scream")
    editor.wait_for(lambda state: editor.albedo(WALL) == "res://art/wall_basecolor.scream.png")
    told = chosen.read_text(encoding="utf-8")
    assert "res://art/wall" in told
    assert "scream" in told
    editor.do("undo")
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    editor.do("redo")
    editor.wait_for(lambda state: editor.albedo(WALL) == "res://art/wall_basecolor.scream.png")
    editor.do("choose", material="res://art/wall", id="")

    editor.do("follow", on=False)
    editor.wait_for(lambda state: editor.albedo(WALL) == SOURCE)
    editor.do("choose_for_project", id="night")
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    chosen.write_text('[project]\n\nshows="original"\n', encoding="utf-8")
    editor.wait_for(lambda state: editor.albedo(WALL) == SOURCE)


def test_a_chosen_variant_that_goes_and_comes_back_is_shown_again(project: Path, editor: GodotEditor) -> None:
    day = variant("day", [art(project).picture("wall_basecolor.day.png", "base_color", 8, 30)], "day")
    art(project).sidecar(wall(project), [day, night(project)])
    editor.do("choose", material="res://art/wall", id="night")
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    (project / "art" / "wall_basecolor.night.png").unlink()
    art(project).sidecar(wall(project), [day], gone=("wall_basecolor.night.png",))
    editor.wait_for(lambda state: editor.albedo(WALL) == SOURCE)
    art(project).sidecar(wall(project), [day, night(project)])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)


def test_a_sidecar_that_vanishes_with_its_outputs_is_let_go(project: Path, editor: GodotEditor) -> None:
    art(project).sidecar(wall(project), [night(project)])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    (project / "art" / "wall_basecolor.night.png").unlink()
    (project / "art" / "wall_basecolor.png.impasto").unlink()
    editor.wait_for(lambda state: editor.albedo(WALL) == SOURCE)


def test_a_variant_that_was_retired_while_the_editor_was_closed_is_let_go(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    art(project).sidecar(wall(project), [], gone=("wall_basecolor.night.png",))
    write_material(project / "materials" / "wall.tres", albedo_texture=NIGHT)
    run_godot(project, "--import")
    with GodotEditor(project) as editor:
        editor.wait_for(lambda state: editor.albedo(WALL) == SOURCE)
        assert editor.complaints() == []


def test_a_sidecar_that_breaks_is_told_once_and_leaves_what_is_shown(
    project: Path, editor: GodotEditor
) -> None:
    art(project).sidecar(wall(project), [night(project)])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    art(project).write("wall_basecolor.png", '{"schema": "impasto.man')
    write_material(project / "materials" / "floor.tres", albedo_texture="res://art/floor_basecolor.png")
    floor = art(project).source("floor_basecolor.png", "base_color", "floor")
    art(project).sidecar(
        floor, [variant("night", [art(project).picture("floor_basecolor.night.png", "base_color", 16)])]
    )
    shown = "res://art/floor_basecolor.night.png"
    editor.do("scan")
    editor.wait_for(lambda state: editor.albedo("res://materials/floor.tres") == shown)
    assert editor.albedo(WALL) == NIGHT
    assert len([line for line in editor.said if "is not JSON" in line]) == 1


def test_all_maps_of_a_material_are_switched_by_one_choice(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    shutil.copytree(GOLDENS / "many_maps", project / "art")
    color, normal, packed = (f"res://art/floor_{name}.png" for name in ("basecolor", "normal", "arm"))
    write_material(
        project / "materials" / "wall.tres",
        albedo_texture=color,
        normal_texture=normal,
        roughness_texture=packed,
        metallic_texture=packed,
        ao_texture=packed,
    )
    with GodotEditor(project) as editor:
        editor.wait_for(lambda state: editor.albedo(WALL) == "res://art/floor_basecolor.night.png")
        editor.do("choose", material="res://art/floor", id="x4")
        editor.wait_for(lambda state: editor.albedo(WALL) == "res://art/floor_basecolor.x2.png")
        shown = editor.state["materials"][WALL]["slots"].values()
        twice = "res://art/floor_basecolor.x2.png", "res://art/floor_normal.x2.png"
        assert sorted(shown) == sorted([*twice, *["res://art/floor_arm.x4.png"] * 3])


def test_a_sprite_is_switched_and_stays_as_large_as_it_was(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    source = art(project).source("hero.png", "sprite", "hero")
    large = art(project).picture("hero.night.png", "sprite", 32)
    art(project).sidecar(source, [variant("night", [large])])
    (project / "level.tscn").write_text(SCENE, encoding="utf-8")
    run_godot(project, "--import")
    with GodotEditor(project) as editor:
        editor.do("open", scene="res://level.tscn")
        editor.wait_for(
            lambda state: state["sprites"].get("Hero", {}).get("texture") == "res://art/hero.night.png"
        )
        assert editor.state["sprites"]["Hero"]["drawn"] == [16, 16]
        editor.do("save")
        saved = (project / "level.tscn").read_text(encoding="utf-8")
        assert "hero.night.png" in saved
        assert "hero.png" not in saved  # the box's material, which is part of the scene, was switched, too
        editor.do("choose", material="res://art/hero", id="original")
        editor.wait_for(lambda state: state["sprites"]["Hero"]["texture"] == "res://art/hero.png")
        assert editor.state["sprites"]["Hero"]["drawn"] == [16, 16]


@pytest.mark.skipif(not shutil.which("xvfb-run"), reason="no xvfb-run, so no screen to draw the previews on")
def test_files_that_are_replaced_and_go_while_they_are_previewed_do_no_harm(project: Path) -> None:
    with GodotEditor(project, windowed=True) as editor:
        editor.wait_for(lambda _: editor.albedo(WALL) == SOURCE, seconds=60)
        for size in (16, 40, 24):
            art(project).sidecar(wall(project), [night(project, size=size)])
            editor.wait_for(lambda state: state["materials"][WALL]["width"] == size)  # noqa: B023  # waited for here
            assert editor.albedo(WALL) == NIGHT
        (project / "art" / "wall_basecolor.night.png").unlink()
        art(project).sidecar(wall(project), [], gone=("wall_basecolor.night.png",))
        editor.wait_for(lambda state: editor.albedo(WALL) == SOURCE)
        assert editor.complaints() == []


def test_three_hundred_sidecars_are_imported_in_one_batch_and_no_loop(
    project: Path, editor: GodotEditor, record_property: Callable[[str, object], None]
) -> None:
    batches, files = editor.state["batches"], editor.state["files_imported"]
    rocks = Golden(str(project / ".coming"))
    for number in range(300):
        name = f"rock{number:03}"
        picture = rocks.picture(f"{name}_basecolor.night.png", "base_color", 64, number % 60)
        source = rocks.source(f"{name}_basecolor.png", "base_color", name)
        rocks.sidecar(source, [variant("night", [picture])])
    last = "res://rocks/rock299_basecolor"
    write_material(project / ".coming" / "last.tres", albedo_texture=f"{last}.png")
    (project / ".coming").rename(project / "rocks")
    shown = "res://rocks/last.tres"
    seconds = editor.wait_for(lambda state: editor.albedo(shown) == f"{last}.night.png", seconds=90)
    record_property("seconds", seconds)
    assert (editor.state["batches"], editor.state["files_imported"]) == (batches + 1, files + 900)

    art(project).sidecar(wall(project), [night(project)])
    editor.wait_for(lambda state: editor.albedo(WALL) == NIGHT)
    assert (editor.state["batches"], editor.state["files_imported"]) == (batches + 2, files + 902)
