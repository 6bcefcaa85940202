"""What the Blender and Unreal companions share, against every row of the goldens' table."""

import ast
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from make_goldens import GOLDENS
from python_verdicts import seen

import impasto_sidecars
from impasto_sidecars import (
    ORIGINAL,
    Found,
    HashGate,
    SidecarError,
    SidecarReader,
    find_sidecars,
    group_materials,
    read_sidecar,
    read_sidecars,
    shown_files,
    wanted_variant,
)

EXPECTED = json.loads((GOLDENS / "expected.json").read_text(encoding="utf-8"))
GOOD = [row for row in EXPECTED["sidecars"] if not row["broken"]]
BROKEN = [row for row in EXPECTED["sidecars"] if row["broken"]]


def named(rows: list[Any]) -> Any:
    return pytest.mark.parametrize("row", rows, ids=[row["sidecar"] for row in rows])


@named(GOOD)
def test_a_good_sidecar_is_seen_as_the_table_says(row: Any) -> None:
    assert seen(impasto_sidecars, GOLDENS / row["sidecar"], GOLDENS) == row


@named(BROKEN)
def test_a_broken_sidecar_is_refused_in_one_line_that_names_it(row: Any) -> None:
    path = GOLDENS / row["sidecar"]
    with pytest.raises(SidecarError) as refusal:
        read_sidecar(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert row["says"] in message or repr(row["says"]) in message


@pytest.mark.parametrize(
    "row", EXPECTED["choices"], ids=lambda row: f"{row['folder']}-{row['wanted']}-{row['follow']}"
)
def test_a_source_shows_the_file_the_table_says(row: Any) -> None:
    gate = HashGate()
    found = read_sidecars(find_sidecars([GOLDENS / row["folder"]]))
    material = next(one for one in group_materials(found.sidecars) if one.name == row["material"])
    for chosen in ((row["wanted"], ""), ("", row["wanted"])):
        wanted = wanted_variant(material, chosen, gate.usable, follow=row["follow"])
        shown = {one.sidecar.source.file: one for one in shown_files(material, wanted, gate.usable)}
        files = {
            name: one.path.relative_to(GOLDENS / row["folder"]).as_posix() for name, one in shown.items()
        }
        assert files == {one["source"]: one["file"] for one in row["shows"]}
        assert all((one.entry is None) == (one.variant == ORIGINAL) for one in shown.values())


def test_every_sidecar_is_found_and_the_broken_ones_do_not_stop_the_rest() -> None:
    paths = find_sidecars(
        [GOLDENS, GOLDENS / "broken" / ".." / "ready"], [GOLDENS / "draft" / ".." / "ready"]
    )
    assert [path.relative_to(GOLDENS).as_posix() for path in paths] == sorted(
        row["sidecar"] for row in EXPECTED["sidecars"]
    )
    found = read_sidecars(paths)
    assert (len(found.sidecars), len(found.broken)) == (len(GOOD), len(BROKEN))


def test_of_a_folder_beside_what_lies_deeper_is_not_found() -> None:
    assert find_sidecars([], [GOLDENS]) == []
    assert [path.name for path in find_sidecars([], [GOLDENS / "ready", GOLDENS / "is not there"])] == [
        "brick_basecolor.png.impasto"
    ]


def test_names_that_begin_with_a_dot_and_what_is_no_file_are_not_found(tmp_path: Path) -> None:
    for name in (".git/a.png.impasto", ".b.png.impasto", "folder.impasto/c.png.impasto"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png.impasto")
    assert find_sidecars([tmp_path, tmp_path / "is not there"]) == [
        tmp_path / "folder.impasto" / "c.png.impasto"
    ]


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("variants",), {}, "variants is {}, not a list of objects"),
        (("variants", 0, "id"), 7, "variants.0.id is 7, not text"),
        (
            ("variants", 0, "maps", 0, "width"),
            "wide",
            "variants.0.maps.0.width is 'wide', not a whole number",
        ),
        (("variants", 0, "maps", 0, "file"), "a\ud800.png", "not inside its folder"),
        (("source",), "brick.png", "source is 'brick.png', not an object"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(tmp_path: Path, place: Any, value: Any, says: str) -> None:
    document = json.loads((GOLDENS / "ready" / "brick_basecolor.png.impasto").read_text())
    inner = document
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    path = tmp_path / "brick_basecolor.png.impasto"
    path.write_text(json.dumps(document))
    with pytest.raises(SidecarError) as refusal:
        read_sidecar(path)
    assert says in str(refusal.value)


def test_json_without_end_is_a_broken_sidecar(tmp_path: Path) -> None:
    path = tmp_path / "deep.png.impasto"
    path.write_text("[" * 100_000)
    with pytest.raises(SidecarError, match="JSON"):
        read_sidecar(path)


def test_the_same_bytes_are_hashed_once_and_replaced_ones_again(tmp_path: Path) -> None:
    gate, path = HashGate(), tmp_path / "a.png"
    path.write_bytes(b"one")
    first = gate.hash_of(path)
    assert (gate.hash_of(path), gate.hashed) == (first, 1)
    os.utime(path, ns=(5, 5))
    assert (gate.hash_of(path), gate.hashed) == (first, 2)
    other = tmp_path / "b.png"
    other.write_bytes(b"two")
    os.utime(other, ns=(5, 5))  # same size, same time: only the file itself is another
    other.replace(path)
    assert gate.hash_of(path) != first
    path.unlink()
    assert gate.hash_of(path) is None


def test_a_sidecar_is_read_again_when_it_changed_and_only_then(tmp_path: Path) -> None:
    shutil.copytree(GOLDENS / "ready", tmp_path, dirs_exist_ok=True)
    path, reader = tmp_path / "brick_basecolor.png.impasto", SidecarReader()
    first = reader.read([path]).sidecars[0]
    assert reader.read([path]).sidecars[0] is first
    path.write_text("{")
    assert (reader.read([path]).sidecars, len(reader.read([path]).broken)) == ((), 1)
    shutil.copyfile(GOLDENS / "ready" / path.name, path)
    assert reader.read([path]).sidecars == (first,)
    path.unlink()
    assert reader.read([path]) == Found((), ())


def test_what_is_shown_stays_while_its_new_bytes_are_late_but_not_when_it_is_gone(tmp_path: Path) -> None:
    shutil.copytree(GOLDENS / "ready", tmp_path, dirs_exist_ok=True)
    gate, sidecar = HashGate(), read_sidecar(tmp_path / "brick_basecolor.png.impasto")
    night = sidecar.variants[0]
    shown = tmp_path / "brick_basecolor.night.png"
    shown.write_bytes(b"half of what is to come")
    assert not gate.usable(sidecar, night)
    assert gate.usable(sidecar, night, {shown})
    shown.unlink()
    assert not gate.usable(sidecar, night, {shown})


def test_sources_without_a_material_do_not_become_one(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        document = {"schema": "impasto.manifest/1.0", "source": {"file": name, "sha256": "0" * 64}}
        (tmp_path / f"{name}.impasto").write_text(json.dumps(document))
    found = read_sidecars(find_sidecars([tmp_path]))
    assert [one.name for one in group_materials(found.sidecars)] == ["a.png", "b.png"]


def test_it_imports_the_standard_library_and_itself_relatively() -> None:
    for path in Path(impasto_sidecars.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert str(node.module).split(".")[0] in sys.stdlib_module_names
            elif isinstance(node, ast.Import):
                assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names)
