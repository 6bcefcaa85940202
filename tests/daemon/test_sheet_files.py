"""The JSON beside a sheet: both tools' forms are read, and what does not fit is refused by name and place."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto_daemon.errors import PlanError
from impasto_daemon.sheet_files import find_cells, read_sheet, sheet_file, sheets_of
from impasto_daemon.survey import SourceContent
from impasto_engine import Cell, SheetLayout

SIZE = (64, 32)


def frame(left: int, top: int, width: int, height: int, **keys: object) -> dict[str, object]:
    """As both tools write one."""
    return {
        "frame": {"x": left, "y": top, "w": width, "h": height},
        "rotated": False,
        "trimmed": False,
        "spriteSourceSize": {"x": 0, "y": 0, "w": width, "h": height},
        "sourceSize": {"w": width, "h": height},
        **keys,
    }


def written(folder: Path, frames: object, name: str = "robot.json") -> Path:
    file = folder / name
    meta = {"app": "https://www.codeandweb.com/texturepacker", "image": "robot.png", "scale": "1"}
    file.write_text(json.dumps({"frames": frames, "meta": meta}), encoding="utf-8")
    return file


def test_a_hash_and_an_array_are_read_alike(tmp_path: Path) -> None:
    cells = (Cell(0, 0, 16, 16), Cell(16, 0, 16, 32))
    by_name = {"walk 1.png": frame(16, 0, 16, 32), "walk 0.png": frame(0, 0, 16, 16)}
    assert read_sheet(written(tmp_path, by_name), SIZE) == cells
    by_index = [frame(16, 0, 16, 32, filename="a"), frame(0, 0, 16, 16, duration=100)]
    assert read_sheet(written(tmp_path, by_index), SIZE) == cells


def test_a_rotated_sprite_lies_on_its_side(tmp_path: Path) -> None:
    frames = {"sword": frame(4, 2, 10, 30, rotated=True)}
    assert read_sheet(written(tmp_path, frames), SIZE) == (Cell(4, 2, 30, 10),)


def test_aliases_are_one_cell(tmp_path: Path) -> None:
    frames = {"idle 0": frame(0, 0, 8, 8), "idle 1": frame(0, 0, 8, 8), "idle 2": frame(8, 0, 8, 8)}
    assert read_sheet(written(tmp_path, frames), SIZE) == (Cell(0, 0, 8, 8), Cell(8, 0, 8, 8))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = written(tmp_path, {"a": frame(0, 0, 8, 8)})
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_sheet(file, SIZE) == (Cell(0, 0, 8, 8),)


FORMS = "valid: JSON (Hash) or JSON (Array) of TexturePacker, or the JSON data of Aseprite"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"frames": {"a": ', f"is no JSON: Expecting value.*{FORMS[:11]}"),
        ("\xff", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"bones": []}', "frames: lists no sprite; valid: JSON"),
        ('{"frames": []}', "frames: lists no sprite"),
        ('{"frames": 3}', "frames: lists no sprite"),
        ("[]", "frames: lists no sprite"),
        ('{"frames": [{}]}', r"frames\[0\].frame: is missing"),
        ('{"frames": [7]}', r"frames\[0\]: expects keys with values, not 7; valid keys: frame, rotated"),
        (
            '{"frames": {"a": {"frame": [1, 2, 3, 4]}}}',
            "frames.a.frame: expects keys with values, not a list",
        ),
        ('{"frames": {"a": {"frame": {"x": 0, "y": 0, "w": 8}}}}', "frames.a.frame.h: is missing"),
        (
            '{"frames": {"a": {"frame": {"x": -1, "y": 0, "w": 8, "h": 8}}}}',
            "frames.a.frame.x: cannot be -1; valid: greater than or equal to 0",
        ),
        (
            '{"frames": {"a": {"frame": {"x": 1.5, "y": 0, "w": 8, "h": 8}}}}',
            "frames.a.frame.x: cannot be 1.5",
        ),
    ],
)
def test_what_is_no_sheet_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "robot.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(PlanError, match=message) as caught:
        read_sheet(file, SIZE)
    assert str(caught.value).startswith(f"{file}: ")


def test_a_cell_that_leaves_the_sheet_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, {"a": frame(0, 0, 8, 8), "b": frame(60, 0, 8, 8)})
    with pytest.raises(PlanError, match=r"frames\.b: 8x8 at 60, 0 leaves the sheet, which has 64x32 pixels"):
        read_sheet(file, SIZE)


def test_cells_that_overlap_are_refused_by_their_names(tmp_path: Path) -> None:
    file = written(tmp_path, [frame(0, 0, 8, 8), frame(20, 20, 8, 8), frame(4, 4, 8, 8)])
    with pytest.raises(
        PlanError, match=r"frames\[2\]: 8x8 at 4, 4 overlaps frames\[0\], 8x8 at 0, 0; valid: "
    ):
        read_sheet(file, SIZE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["frame", "a", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["frames", "frame", "x", "y", "w", "h", "rotated"]), inner, max_size=6
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(document=JSON)
def test_whatever_stands_in_a_json_the_answer_is_cells_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, document: object
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(document))
    try:
        assert read_sheet(file, SIZE)
    except PlanError as error:
        assert str(file) in str(error)


def test_a_sheet_s_json_is_found_by_its_name(tmp_path: Path) -> None:
    source = tmp_path / "robot.png"
    assert sheet_file(source) is None
    short = written(tmp_path, [])
    assert sheet_file(source) == short
    long = written(tmp_path, [], "robot.png.json")
    assert sheet_file(source) == long
    assert source in set(sheets_of(short))
    assert source in set(sheets_of(long))
    assert tmp_path / "robot.webp" not in set(sheets_of(long))


def test_a_grid_goes_before_the_json_and_the_json_before_the_alpha(tmp_path: Path) -> None:
    source = tmp_path / "robot.png"
    content = SourceContent(width=64, height=32, varying_alpha=True)
    asked = SheetLayout("atlas", extrude=2)
    assert find_cells(asked, source, content) == asked
    written(tmp_path, [frame(0, 0, 8, 8)])
    assert find_cells(asked, source, content) == SheetLayout("atlas", cells=(Cell(0, 0, 8, 8),), extrude=2)
    grid = SheetLayout("frames", (16, 16))
    assert find_cells(grid, source, content) == grid


def test_an_opaque_sheet_needs_a_grid(tmp_path: Path) -> None:
    source = tmp_path / "robot.png"
    with pytest.raises(PlanError, match=r"needs grid: the alpha of robot\.png does not vary.*`grid: 64x64`"):
        find_cells(SheetLayout("atlas"), source, SourceContent(width=64, height=32))
