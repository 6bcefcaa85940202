"""The goldens, as the Unreal companion imports and shows them."""

import json
import shutil
from typing import Any

import pytest
from in_unreal.art import asset_from, texture
from in_unreal.fake_editor import FakeEditor
from make_goldens import GOLDENS

EXPECTED = json.loads((GOLDENS / "expected.json").read_text(encoding="utf-8"))
GOOD = [row for row in EXPECTED["sidecars"] if not row["broken"]]
BROKEN = [row for row in EXPECTED["sidecars"] if row["broken"]]
SHOWN_KIND = {"color": "TC_DEFAULT", "normal": "TC_NORMALMAP", "data": "TC_MASKS"}


@pytest.fixture
def goldens(editor: FakeEditor) -> FakeEditor:
    shutil.copytree(GOLDENS, editor.project / "Art", dirs_exist_ok=True)
    editor.settle(5)
    return editor


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
