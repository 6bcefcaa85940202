"""When the companion works, how much at once, and that trouble with one file does not stop the rest."""

from typing import Any

import pytest
from in_unreal.art import ART, Art, brick
from in_unreal.fake_editor import FakeEditor


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


def test_a_project_that_is_quiet_is_not_read_again_at_every_look(editor: FakeEditor, art: Art) -> None:
    brick(editor, art, "night")
    editor.settle(60)
    before = editor.looks
    editor.settle(60)
    assert editor.looks - before == 2


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
    editor.click("Write what is known to the log")
    assert [line for line in editor.log if "brick.night.png: Unreal did not import it" in line]
    editor.refuses = set()
    editor.click("Look again now")
    editor.settle()
    assert f"{ART}/brick_night" in editor.assets
    editor.log.clear()
    editor.click("Write what is known to the log")
    assert not [line for line in editor.log if "did not import" in line]


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
    editor.tick(0.1)
    editor.playing = True  # the look was done, its imports wait
    editor.settle(10)
    assert editor.imports == []
    editor.playing = False
    editor.settle(5)
    assert len(editor.imports) == 1
