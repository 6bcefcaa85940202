"""What material instances show, when they are let go, and what the menu does."""

from in_unreal.art import ART, Art, brick, texture
from in_unreal.fake_editor import FakeEditor
from make_goldens import variant


def test_a_variant_shows_on_the_material_without_a_click_and_nothing_is_saved(
    editor: FakeEditor, art: Art
) -> None:
    instance = brick(editor, art, "night")
    editor.settle(5)
    assert instance.shows() == f"{ART}/brick_night"
    assert editor.imports == [art.folder / "brick.night.png"]  # the user's own import of the source serves
    assert instance.saved["BaseColor"] is editor.assets["/Game/T/T_Brick"]


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
    instance.own["BaseColor"] = texture(editor, f"{ART}/brick_night")
    editor.settle(90)
    assert instance.shows() == f"{ART}/brick_night"


def test_what_is_shown_stays_while_its_new_bytes_are_on_their_way(editor: FakeEditor, art: Art) -> None:
    instance = brick(editor, art, "night")
    editor.settle()
    (art.folder / "brick.night.png").write_bytes(b"half of what is to come")
    editor.settle()
    assert instance.shows() == f"{ART}/brick_night"
    assert editor.reimports == []


def test_a_material_instance_that_is_made_later_shows_the_variant_too(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    editor.settle()
    later = editor.instance("/Game/M/MI_Later", BaseColor=texture(editor, "/Game/T/T_Brick"))
    editor.settle()
    assert later.shows() == f"{ART}/brick_night"


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
    from impasto_unreal import session

    session.start(editor.clock)
    editor.settle()
    assert len(editor.ticks) == 1
    assert instance.shows() == f"{ART}/brick_scream"


def test_a_choice_that_is_made_while_textures_are_imported_is_not_lost(editor: FakeEditor, art: Art) -> None:
    instance = brick(editor, art, "night", "scream")
    editor.settle()
    instance.own["BaseColor"] = texture(editor, f"{ART}/brick_scream")  # by hand: only a choice moves it
    art.make("moss", "night")
    while len(editor.imports) == 2:
        editor.tick(0.1)
        if editor.looks > 2:  # the next look has begun; its imports come with the next tick
            break
    editor.click("the originals")
    editor.settle()
    assert instance.shows() == "/Game/T/T_Brick"


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
