"""Sheets of sprites in the loop: where the cells come from, and what a changed JSON sets off."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fake_project import Project, Watching, invert, wait_until
from impasto_daemon.commands.explain import explain_files
from impasto_daemon.ledger import Command, Ledger
from impasto_daemon.processing import Order, Refused, Report
from impasto_daemon.state import ledger_path
from impasto_engine import Cell, SheetLayout

CONFIG = """\
watch:
  - folder: textures
styles:
  ink: { builtin: 19 }
rules:
  - name: sheets
    match: ["*"]
    variants: [{ style: ink, layout: atlas }]
"""
TWO_CELLS = [(0, 0, 8, 8), (8, 0, 8, 8)]


@pytest.fixture
def sheets(project: Project) -> Project:
    project.config.write_text(CONFIG)
    return project


def draw_sprites(project: Project, name: str = "robot.png") -> Path:
    """Two sprites of 4x4 on transparency."""
    pixels = np.random.default_rng(4).integers(0, 256, (12, 16, 4), dtype=np.uint8)
    pixels[..., 3] = 0
    pixels[1:5, 1:5, 3] = pixels[6:10, 9:13, 3] = 255
    path = project.textures / name
    Image.fromarray(pixels).save(path)
    return path


def write_json(source: Path, cells: list[tuple[int, int, int, int]], *, age: int = 0, **meta: str) -> Path:
    """age: of the file, in seconds."""
    frames = [{"frame": dict(zip("xywh", cell, strict=True))} for cell in cells]
    file = source.with_suffix(".json")
    file.write_text(json.dumps({"frames": frames, "meta": meta}))
    time = file.stat().st_mtime - age
    os.utime(file, (time, time))
    return file


def layouts(project: Project) -> list[SheetLayout | None]:
    return [order.request.sheet for order in project.orders]


def test_the_worker_is_told_the_cells(sheets: Project) -> None:
    source = draw_sprites(sheets)
    write_json(source, TWO_CELLS)
    assert sheets.once().failed == 0
    assert layouts(sheets) == [SheetLayout("atlas", cells=(Cell(0, 0, 8, 8), Cell(8, 0, 8, 8)))]


def test_without_a_json_the_cells_are_islands(sheets: Project) -> None:
    draw_sprites(sheets)
    assert sheets.once().failed == 0
    assert layouts(sheets) == [SheetLayout("atlas")]


def test_a_sheet_with_neither_alpha_nor_grid_nor_json_fails_and_says_what_it_needs(sheets: Project) -> None:
    source = sheets.draw("tiles.png")
    assert sheets.once().failed == 1
    assert sheets.orders == []
    assert "needs grid: the alpha of tiles.png does not vary" in (sheets.variant(source).error or "")
    sheets.rewrite("layout: atlas", "layout: atlas, grid: 8x8")
    assert (sheets.once().failed, layouts(sheets)) == (0, [SheetLayout("atlas", (8, 8))])


def test_a_json_that_changed_while_nothing_ran_is_found(sheets: Project) -> None:
    source = draw_sprites(sheets)
    write_json(source, TWO_CELLS, age=60)
    sheets.once()
    first = sheets.variant(source).fingerprint
    assert (sheets.once().done, sheets.orders) == (0, [])
    write_json(source, [(0, 0, 16, 12)], age=30)
    assert sheets.once().done == 1
    assert layouts(sheets) == [SheetLayout("atlas", cells=(Cell(0, 0, 16, 12),))]
    assert sheets.variant(source).fingerprint != first
    source.with_suffix(".json").unlink()
    assert (sheets.once().done, layouts(sheets)) == (1, [SheetLayout("atlas")])


def test_a_json_that_says_the_same_in_other_words_changes_nothing(sheets: Project) -> None:
    source = draw_sprites(sheets)
    write_json(source, TWO_CELLS, age=60)
    sheets.once()
    write_json(source, TWO_CELLS[::-1], age=30, app="another version")
    assert (sheets.once().done, sheets.orders) == (0, [])


def test_a_json_that_changes_while_it_runs_is_followed(sheets: Project) -> None:
    source = draw_sprites(sheets)
    with Watching(sheets):
        wait_until(lambda: sheets.is_ready(source))
        write_json(source, TWO_CELLS)
        wait_until(lambda: len(sheets.orders) == 2)
        wait_until(lambda: sheets.is_ready(source))
        source.with_suffix(".json").unlink()
        wait_until(lambda: len(sheets.orders) == 3)
    assert layouts(sheets) == [
        SheetLayout("atlas"),
        SheetLayout("atlas", cells=(Cell(0, 0, 8, 8), Cell(8, 0, 8, 8))),
        SheetLayout("atlas"),
    ]


def test_a_broken_json_keeps_the_last_good_output_and_its_mending_is_followed(sheets: Project) -> None:
    source = draw_sprites(sheets)
    with Watching(sheets):
        wait_until(lambda: sheets.is_ready(source))
        good = sheets.variant(source).maps
        file = source.with_suffix(".json")
        file.write_text('{"frames": ')
        wait_until(lambda: "is no JSON" in (sheets.variant(source).error or ""))
        assert (sheets.variant(source).status, sheets.variant(source).maps) == ("failed", good)
        write_json(source, [(0, 0, 8, 8), (4, 0, 8, 8)])
        wait_until(lambda: "overlaps" in (sheets.variant(source).error or ""))
        file.unlink()
        wait_until(lambda: sheets.is_ready(source))
    assert layouts(sheets) == [SheetLayout("atlas"), SheetLayout("atlas")]


def test_a_retried_sheet_without_cells_is_not_sent_to_the_worker(sheets: Project) -> None:
    source = sheets.draw("tiles.png")
    sheets.once()
    ledger = Ledger(ledger_path(sheets.config))
    with Watching(sheets):
        for command in ("retry", "pause", "resume"):
            ledger.send(Command(command, ""))
        wait_until(lambda: sheets.recorder.kinds().count("paused") == 2)
        other = draw_sprites(sheets)
        wait_until(lambda: sheets.is_ready(other))
    ledger.close()
    assert [order.source for order in sheets.orders] == [other]
    assert sheets.variant(source).status == "failed"


def test_a_json_beside_a_texture_that_is_no_sheet_matters_to_nobody(project: Project) -> None:
    source = project.draw("brick.png")
    source.with_suffix(".json").write_text("no JSON")
    assert project.once().failed == 0
    source.with_suffix(".json").write_text("still none")
    assert (project.once().done, project.orders) == (0, [])


@pytest.mark.parametrize(("pixel_art", "hint"), [("true", "nearest"), ("false", "linear")])
def test_the_manifest_says_how_pixel_art_is_to_be_shown(project: Project, pixel_art: str, hint: str) -> None:
    project.rewrite("{ style: ink }", f"{{ style: ink, pixel_art: {pixel_art} }}")
    source = project.draw("brick.png")
    project.once()
    assert project.orders[0].request.pixel_art is (pixel_art == "true")
    assert project.variant(source).maps[0].filter_hint == hint


def test_explain_says_where_the_cells_come_from(sheets: Project) -> None:
    source = draw_sprites(sheets)
    assert "atlas of cells by its alpha" in next(explain_files(sheets.config, [source]))
    file = write_json(source, TWO_CELLS)
    assert "atlas of 2 cells, by the JSON beside it" in next(explain_files(sheets.config, [source]))
    file.write_text("{}")
    assert "cannot be made: " in next(explain_files(sheets.config, [source]))
    sheets.rewrite("layout: atlas", "layout: frames, grid: 8x6")
    assert "frames of cells of 8x6" in next(explain_files(sheets.config, [source]))


def test_a_json_that_changes_while_its_sheet_is_in_the_worker_gets_its_due(sheets: Project) -> None:
    source = draw_sprites(sheets)
    kept: list[Order] = []

    def keep_the_first(order: Order) -> Report | None:
        if kept:
            return invert(order)
        kept.append(order)
        return None

    with Watching(sheets, keep_the_first):
        wait_until(lambda: bool(kept))
        write_json(source, TWO_CELLS)
        wait_until(lambda: sheets.is_ready(source))
        sheets.answer(Refused(kept[0].ticket, "fault", "too late"))
    assert layouts(sheets)[-1] == SheetLayout("atlas", cells=(Cell(0, 0, 8, 8), Cell(8, 0, 8, 8)))
