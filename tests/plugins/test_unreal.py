"""The Unreal companion against a stand-in for the editor: what is imported, how, when, and what materials show."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_unreal import NEW_TEXTURE, FakeEditor, MaterialInstanceConstant, Texture2D
from make_goldens import GOLDENS, Golden, variant

PYTHON = Path(__file__).parents[2] / "plugins/unreal/Impasto/Content/Python"
EXPECTED = json.loads((GOLDENS / "expected.json").read_text(encoding="utf-8"))
GOOD = [row for row in EXPECTED["sidecars"] if not row["broken"]]
BROKEN = [row for row in EXPECTED["sidecars"] if row["broken"]]
ART = "/Game/Impasto/Art"


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEditor:
    """With the companion started in it, and a folder Art that is empty."""
    project = tmp_path / "Game"
    (project / "Art").mkdir(parents=True)
    (project / "Content").mkdir()
    editor = FakeEditor(project)
    monkeypatch.setitem(sys.modules, "unreal", editor.module)
    monkeypatch.syspath_prepend(str(PYTHON))
    for name in [name for name in sys.modules if name.startswith("impasto_unreal")]:
        monkeypatch.delitem(sys.modules, name)
    session().start(editor.clock)
    return editor


def session() -> Any:
    from impasto_unreal import session as started

    return started


class Art(Golden):
    """Sidecars and pictures in the project's Art folder."""

    @property
    def folder(self) -> Path:
        return Path(self.name)

    def make(
        self, stem: str, *ids: str, role: str = "base_color", gone: tuple[str, ...] = (), tone: int = 0
    ) -> Path:
        """A source with a ready variant of each id; made again with another tone, its variants have other bytes."""
        source = self.source(f"{stem}.png", role, stem)
        variants = [variant(id, [self.picture(f"{stem}.{id}.png", role, 16, tone)]) for id in ids]
        self.sidecar(source, variants, gone)
        return self.folder / f"{stem}.png"


@pytest.fixture
def art(editor: FakeEditor) -> Art:
    return Art(str(editor.project / "Art"))


def texture(editor: FakeEditor, path: str) -> Texture2D:
    found = editor.assets[path]
    assert isinstance(found, Texture2D)
    return found


def brick(editor: FakeEditor, art: Art, *ids: str) -> MaterialInstanceConstant:
    """A material instance that shows a source as its user imported it, before impasto came."""
    source = art.make("brick", *ids)
    return editor.instance("/Game/M/MI_Brick", BaseColor=editor.texture("/Game/T/T_Brick", source))


SHOWN_KIND = {"color": "TC_DEFAULT", "normal": "TC_NORMALMAP", "data": "TC_MASKS"}


@pytest.fixture
def goldens(editor: FakeEditor) -> FakeEditor:
    shutil.copytree(GOLDENS, editor.project / "Art", dirs_exist_ok=True)
    editor.settle(5)
    return editor


def asset_from(editor: FakeEditor, file: Path) -> Texture2D | None:
    found = [one for one in editor.assets.values() if isinstance(one, Texture2D) and one.file == file]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("row", GOOD, ids=[row["sidecar"] for row in GOOD])
def test_every_golden_map_is_imported_with_its_settings_or_not_at_all(goldens: FakeEditor, row: Any) -> None:
    folder = (goldens.project / "Art" / row["sidecar"]).parent
    for map in (map for one in row["variants"] for map in one["maps"]):
        made = asset_from(goldens, folder / map["file"])
        assert (made is not None) == map["use"], map["file"]
        if made is not None:
            told = made.properties
            assert told["srgb"] == (map["color_space"] == "srgb")
            assert told["compression_settings"] == SHOWN_KIND[map["kind"]]
            assert told["flip_green_channel"] == (map["normal_y"] == "+")
            assert told["compression_no_alpha"] == (map["alpha"] == "none")
            assert told["address_x"] == {"repeat": "TA_WRAP", "clamp": "TA_CLAMP"}[map["wrap_u"]]
            assert told["address_y"] == {"repeat": "TA_WRAP", "clamp": "TA_CLAMP"}[map["wrap_v"]]
            assert told["filter"] == {"linear": "TF_DEFAULT", "nearest": "TF_NEAREST"}[map["filter"]]
            assert told["max_texture_size"] == map["max_size"]


@pytest.mark.parametrize("row", BROKEN, ids=[row["sidecar"] for row in BROKEN])
def test_a_broken_golden_gives_one_line_and_the_rest_goes_on(goldens: FakeEditor, row: Any) -> None:
    path = str(goldens.project / "Art" / row["sidecar"])
    lines = [line for line in goldens.warnings if path in line]
    assert len(lines) == 1
    assert row["says"] in lines[0] or repr(row["says"]) in lines[0]
    assert "\n" not in lines[0]
    assert goldens.imports


def named(row: Any) -> str:
    return f"{row['folder']}-{row['wanted'] or 'nothing'}-{row['follow']}"


@pytest.mark.parametrize("row", EXPECTED["choices"], ids=map(named, EXPECTED["choices"]))
def test_every_golden_choice_shows_what_the_table_says(goldens: FakeEditor, row: Any) -> None:
    folder = goldens.project / "Art" / row["folder"]
    instances = {}
    for at, one in enumerate(row["shows"]):
        original = asset_from(goldens, folder / one["source"])
        assert original is not None
        instances[one["file"]] = goldens.instance(f"/Game/M/MI_{at}", BaseColor=original)
    material = {"folder": f"Art/{row['folder']}", "material": row["material"], "variant": row["wanted"]}
    choices = {"follow": row["follow"], "materials": [material]}
    (goldens.project / "Config").mkdir()
    (goldens.project / "Config/Impasto.json").write_text(json.dumps(choices), encoding="utf-8")
    goldens.settle()
    shown = {file: texture(goldens, instance.shows()).file for file, instance in instances.items()}
    assert shown == {file: folder / file for file in instances}


def test_a_variant_shows_on_the_material_without_a_click_and_nothing_is_saved(
    editor: FakeEditor, art: Art
) -> None:
    instance = brick(editor, art, "night")
    editor.settle(5)
    assert instance.shows() == f"{ART}/brick_night"
    assert editor.imports == [art.folder / "brick.night.png"]  # the user's own import of the source serves
    assert instance.saved["BaseColor"] is editor.assets["/Game/T/T_Brick"]


def test_the_same_bytes_are_not_imported_again(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    editor.settle()
    (art.folder / "brick.night.png").touch()
    sidecar = art.folder / "brick.png.impasto"
    sidecar.write_text(sidecar.read_text().replace('"seconds": 1.0', '"seconds": 2.0') + "\n")
    editor.settle()
    assert (len(editor.imports), editor.reimports) == (1, [])


def test_changed_bytes_are_imported_once_and_what_a_user_set_stays(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    editor.settle()
    made = texture(editor, f"{ART}/brick_night")
    made.properties |= {"lod_group": "TEXTUREGROUP_UI", "srgb": False, "max_texture_size": 4}
    art.make("brick", "night", tone=9)
    editor.settle()
    assert editor.reimports == [art.folder / "brick.night.png"]
    assert made.content == (art.folder / "brick.night.png").read_bytes()
    assert made.properties["lod_group"] == "TEXTUREGROUP_UI"
    assert (made.properties["srgb"], made.properties["max_texture_size"]) == (False, 4)
    assert made.properties["compression_no_alpha"] is True


def test_a_source_that_changed_is_imported_again_where_its_user_put_it(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    editor.settle()
    source = art.source("brick.png", "base_color", "brick") | art.picture("brick.png", "base_color", tone=30)
    art.sidecar(source, [])
    editor.settle()
    assert editor.reimports == [art.folder / "brick.png"]
    assert f"{ART}/brick" not in editor.assets


def test_a_source_without_an_asset_gets_one(editor: FakeEditor, art: Art) -> None:
    art.make("moss", "night")
    editor.settle()
    assert {path for path in editor.assets if path.startswith("/Game/")} == {
        f"{ART}/moss",
        f"{ART}/moss_night",
    }


def test_an_asset_that_was_moved_is_found_again(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    editor.settle()
    moved = editor.assets.pop(f"{ART}/brick_night")
    moved.path = "/Game/T/Nice/T_Brick_Night"
    editor.assets[moved.path] = moved
    art.make("brick", "night", tone=9)
    editor.settle()
    assert (len(editor.imports), len(editor.reimports)) == (1, 1)


def test_an_asset_of_the_users_is_never_replaced(editor: FakeEditor, art: Art) -> None:
    mine = editor.texture(f"{ART}/brick_night")
    instance = brick(editor, art, "night")
    editor.settle()
    assert editor.assets[f"{ART}/brick_night"] is mine
    assert editor.imports == []
    assert [line for line in editor.warnings if "is another asset" in line] == editor.warnings
    assert len(editor.warnings) == 1
    assert instance.shows() == "/Game/T/T_Brick"


def test_of_two_files_that_would_be_one_asset_the_second_is_refused(editor: FakeEditor, art: Art) -> None:
    art.make("a b", "night")
    art.make("a_b", "night")
    editor.settle()
    refused = [line for line in editor.warnings if "is another asset" in line]
    assert [line.split(": ")[1] for line in refused] == [
        str(art.folder / f"a_b{end}.png") for end in ("", ".night")
    ]
    assert texture(editor, f"{ART}/a_b").file == art.folder / "a b.png"


def test_every_setting_is_guarded_when_a_texture_is_imported_again(editor: FakeEditor) -> None:
    from impasto_unreal.texture_settings import PROPERTIES

    assert set(PROPERTIES) == set(NEW_TEXTURE)


def test_a_retired_variant_is_let_go_and_its_asset_is_not_deleted(editor: FakeEditor, art: Art) -> None:
    instance = brick(editor, art, "night")
    editor.settle()
    (art.folder / "brick.night.png").unlink()
    art.make("brick", gone=("brick.night.png",))
    editor.settle()
    assert instance.shows() == "/Game/T/T_Brick"
    assert f"{ART}/brick_night" in editor.assets
    art.make("brick", "night")
    editor.settle()
    assert instance.shows() == f"{ART}/brick_night"


def test_a_retired_variant_that_was_assigned_by_hand_is_let_go_too(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    editor.settle()
    other = editor.instance("/Game/M/MI_Other", BaseColor=texture(editor, f"{ART}/brick_night"))
    art.make("brick", gone=("brick.night.png",))
    editor.settle()
    assert other.shows() == "/Game/T/T_Brick"


def test_a_sidecar_that_vanished_lets_go(editor: FakeEditor, art: Art) -> None:
    instance = brick(editor, art, "night")
    editor.settle()
    (art.folder / "brick.png.impasto").unlink()
    editor.settle()
    assert instance.shows() == "/Game/T/T_Brick"


def test_what_is_shown_stays_while_a_sidecar_is_broken_or_its_folder_away(
    editor: FakeEditor, art: Art
) -> None:
    instance = brick(editor, art, "night")
    editor.settle()
    (art.folder / "brick.png.impasto").write_text("{")
    editor.settle()
    assert instance.shows() == f"{ART}/brick_night"
    art.folder.rename(art.folder.with_name("Unplugged"))
    (editor.project / "Unplugged").rename(editor.project / ".away")
    editor.settle()
    assert instance.shows() == f"{ART}/brick_night"


def test_a_file_that_is_late_is_imported_within_a_second_of_its_coming(editor: FakeEditor, art: Art) -> None:
    instance = brick(editor, art, "night")
    good = (art.folder / "brick.night.png").read_bytes()
    (art.folder / "brick.night.png").write_bytes(good[:40])
    editor.tick(2.0)
    editor.tick(0.01)
    assert instance.shows() == "/Game/T/T_Brick"
    (art.folder / "brick.night.png").write_bytes(good)
    for _ in range(9):
        editor.tick(0.1)
    assert instance.shows() == f"{ART}/brick_night"


def test_undo_takes_one_switch_back_and_it_stays_back(editor: FakeEditor, art: Art) -> None:
    instance = brick(editor, art, "night")
    editor.settle()
    assert len(editor.transactions) == 1
    editor.undo()
    editor.settle(90)
    assert instance.shows() == "/Game/T/T_Brick"
    editor.click("night")
    editor.settle()
    assert instance.shows() == f"{ART}/brick_night"


def test_a_texture_that_a_user_put_there_by_hand_stays_until_a_choice_is_made(
    editor: FakeEditor, art: Art
) -> None:
    instance = brick(editor, art, "night", "scream")
    editor.settle()
    instance.own["BaseColor"] = texture(editor, f"{ART}/brick_scream")
    editor.settle(90)
    assert instance.shows() == f"{ART}/brick_scream"
    editor.click("the originals")
    editor.settle()
    assert instance.shows() == "/Game/T/T_Brick"


def test_a_child_instance_follows_its_parent_and_keeps_no_value_of_its_own(
    editor: FakeEditor, art: Art
) -> None:
    parent = brick(editor, art, "night")
    child = editor.instance("/Game/M/A_Child", parent)
    editor.loaded.append(child)
    editor.settle()
    assert child.shows() == f"{ART}/brick_night"
    assert child.own == {}
    assert "BaseColor" in parent.own


def test_the_menu_chooses_for_the_project_and_the_choice_outlives_the_editor(
    editor: FakeEditor, art: Art
) -> None:
    instance = brick(editor, art, "night", "scream")
    editor.settle()
    assert {"no choice", "the originals", "night", "scream"} <= {one.lstrip("\u2713 ") for one in editor.menu}
    editor.click("scream")
    editor.settle()
    assert instance.shows() == f"{ART}/brick_scream"
    assert "\u2713 scream" in editor.menu
    session().start(editor.clock)
    editor.settle()
    assert len(editor.ticks) == 1
    assert instance.shows() == f"{ART}/brick_scream"


def test_the_menu_chooses_for_selected_instances_and_leaves_the_rest(editor: FakeEditor, art: Art) -> None:
    instance = brick(editor, art, "night", "scream")
    moss = editor.instance(
        "/Game/M/MI_Moss", BaseColor=editor.texture("/Game/T/Moss", art.make("moss", "scream"))
    )
    editor.settle()
    editor.selected = [instance]
    editor.click("Selected ones show: the originals")
    editor.settle()
    assert (instance.shows(), moss.shows()) == ("/Game/T/T_Brick", f"{ART}/moss_scream")
    editor.click("Selected ones show: as the project")
    editor.settle()
    assert instance.shows() == f"{ART}/brick_night"
    editor.selected = []
    editor.click("Selected ones show: night")
    assert "select a material instance" in editor.warnings[-1]


def test_new_variants_are_not_followed_when_that_is_off(editor: FakeEditor, art: Art) -> None:
    editor.settle(5)
    editor.click("\u2713 Follow new variants")
    instance = brick(editor, art, "night")
    editor.settle()
    assert instance.shows() == "/Game/T/T_Brick"
    assert f"{ART}/brick_night" in editor.assets
    editor.click("Follow new variants")
    editor.settle()
    assert instance.shows() == f"{ART}/brick_night"


def test_choices_that_cannot_be_read_are_said_once_and_never_overwritten(
    editor: FakeEditor, art: Art
) -> None:
    path = editor.project / "Config/Impasto.json"
    path.parent.mkdir()
    path.write_text("{mine")
    brick(editor, art, "night")
    editor.settle()
    assert len([line for line in editor.warnings if "Impasto.json" in line]) == 1
    editor.click("night")
    assert "cannot be read" in editor.errors[0]
    assert path.read_text() == "{mine"


def test_three_hundred_sidecars_come_in_one_batch_and_then_it_is_quiet(editor: FakeEditor, art: Art) -> None:
    instances = []
    for at in range(300):
        source = art.make(f"wall{at}", "night")
        asset = editor.texture(f"/Game/T/wall{at}", source)
        instances.append(editor.instance(f"/Game/M/MI_{at}", BaseColor=asset))
    editor.settle(25)
    assert len(editor.imports) == len(set(editor.imports)) == 300
    assert all(one.shows() == f"{ART}/wall{at}_night" for at, one in enumerate(instances))
    assert len(editor.transactions) == 1
    editor.settle(120)
    assert len(editor.imports) == 300
    assert (editor.reimports, len(editor.transactions)) == ([], 1)


def test_imports_share_a_tick_with_the_editor(
    editor: FakeEditor, art: Art, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes 60 ms here, and a tick no more than the two that begin within its slice."""
    for at in range(6):
        art.make(f"wall{at}", "night")
    manager = editor.module.InterchangeManager.get_interchange_manager_scripted()
    plain = manager.import_asset

    def slow(*told: Any) -> Any:
        editor.time += 0.06
        return plain(*told)

    monkeypatch.setattr(manager, "import_asset", slow)
    editor.tick(2.0)
    for done in (2, 4, 6):
        editor.tick(0.01)
        assert len(editor.imports) == done


def test_one_that_unreal_refuses_is_said_once_and_the_rest_goes_on(editor: FakeEditor, art: Art) -> None:
    editor.refuses = {"brick.night.png"}
    brick(editor, art, "night")
    art.make("moss", "night")
    editor.settle(120)
    assert editor.imports.count(art.folder / "brick.night.png") == 1
    assert f"{ART}/moss_night" in editor.assets
    assert len(editor.warnings) == 1
    editor.refuses = set()
    editor.click("Look again now")
    editor.settle()
    assert f"{ART}/brick_night" in editor.assets


def test_an_error_nobody_expected_is_said_once_and_does_not_come_sixty_times_a_second(
    editor: FakeEditor, art: Art, monkeypatch: pytest.MonkeyPatch
) -> None:
    brick(editor, art, "night")

    def broken(kind: object) -> Any:
        raise RuntimeError("the editor is closing")

    with monkeypatch.context() as patch:
        patch.setattr(editor.module, "ObjectIterator", broken)
        editor.settle(20)
        assert len([line for line in editor.warnings if "the editor is closing" in line]) == 1
        assert editor.looks == 1
    editor.settle(60)
    assert len(editor.transactions) == 1


def test_nothing_is_done_while_a_game_plays_or_the_registry_loads(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    editor.busy_registry = True
    editor.settle(10)
    editor.busy_registry, editor.playing = False, True
    editor.settle(10)
    assert editor.imports == []
    editor.playing = False
    editor.settle(5)
    assert len(editor.imports) == 1


def test_the_report_tells_rule_reason_failure_and_draft(editor: FakeEditor, art: Art) -> None:
    source = art.source("wall.png", "base_color", "wall")
    failed = variant("night", [], status="failed", error="out of memory")
    draft = variant("ours", [art.picture("wall.ours.png", "base_color")], draft=True)
    art.sidecar(source, [failed, draft])
    editor.settle()
    assert [line for line in editor.warnings if "out of memory" in line and "rule 'environment'" in line]
    editor.click("Write what is known to the log")
    said = "\n".join(editor.log)
    assert "wall.png shows ours" in said
    assert "night: failed: out of memory" in said
    assert "ours: ready, a draft" in said
    assert "rule 'environment': rule 'environment' matches" in said


def test_folders_outside_the_project_can_be_listed(editor: FakeEditor) -> None:
    outside = Art(str(editor.project.parent / "Shared"))
    outside.make("tile", "night")
    (editor.project / "Config").mkdir()
    (editor.project / "Config/Impasto.json").write_text('{"folders": ["../Shared"]}')
    editor.settle()
    assert "/Game/Impasto/Shared/tile_night" in editor.assets


def test_folders_that_unreal_makes_are_passed_over(editor: FakeEditor) -> None:
    for name in ("Saved", "Intermediate", "DerivedDataCache", "Binaries"):
        Art(str(editor.project / name)).make("tile", "night")
    editor.settle()
    assert editor.imports == []


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("Content/T/a.night.png", "/Game/T/a_night"),
        ("Art/walls/a.png", "/Game/Impasto/Art/walls/a"),
        ("Art/a.night.1001.png", "/Game/Impasto/Art/a_night_1001"),
        ("Art/Größe.png", "/Game/Impasto/Art/Größe"),
        ("Art/a b.png", "/Game/Impasto/Art/a_b"),
        ("Art/wet & dry/a'b(2).png", "/Game/Impasto/Art/wet___dry/a_b_2_"),
    ],
)
def test_which_asset_a_file_becomes(editor: FakeEditor, file: str, path: str) -> None:
    from impasto_unreal.places import Places

    assert Places(editor.project).asset_path(editor.project / file) == path
