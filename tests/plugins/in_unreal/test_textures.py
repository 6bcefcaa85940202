"""Which files become assets, where, with which settings, and when again."""

import pytest
from in_unreal.art import ART, Art, brick, texture
from in_unreal.fake_editor import NEW_TEXTURE, FakeEditor


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


def test_bytes_that_changed_while_the_editor_was_closed_are_imported_at_its_next_start(
    editor: FakeEditor, art: Art
) -> None:
    from impasto_unreal import session

    brick(editor, art, "night")
    editor.settle()
    session.stop()
    editor.tells_md5 = False  # the asset itself remembers what it was imported from
    session.start(editor.clock)
    editor.settle()
    assert editor.reimports == []
    session.stop()
    art.make("brick", "night", tone=9)
    session.start(editor.clock)
    editor.settle()
    assert editor.reimports == [art.folder / "brick.night.png"]


def test_a_source_that_changed_is_imported_again_where_its_user_put_it(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    editor.settle()
    source = art.source("brick.png", "base_color", "brick") | art.picture("brick.png", "base_color", tone=30)
    art.sidecar(source, [])
    editor.settle()
    assert editor.reimports == [art.folder / "brick.png"]
    assert f"{ART}/brick" not in editor.assets


def test_a_users_import_of_older_bytes_is_imported_again(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    texture(editor, "/Game/T/T_Brick").content = b"what the file was last week"
    editor.settle()
    assert editor.reimports == [art.folder / "brick.png"]


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


def test_folders_outside_the_project_can_be_listed(editor: FakeEditor) -> None:
    outside = Art(str(editor.project.parent / "Shared"))
    outside.make("tile", "night")
    (editor.project / "Config").mkdir()
    (editor.project / "Config/Impasto.json").write_text('{"folders": ["../Shared"]}')
    editor.settle()
    assert "/Game/Impasto/Shared/tile_night" in editor.assets


def test_a_texture_beside_the_project_file_is_found(editor: FakeEditor) -> None:
    Art(str(editor.project)).make("logo", "night")
    editor.settle()
    assert "/Game/Impasto/logo_night" in editor.assets


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
