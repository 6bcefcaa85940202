"""Real sheets, restyled with the real networks: a cell that is drawn anew changes no other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from impasto_engine.pixel_art import count_colors, keep_to_colors, resize_nearest
from impasto_engine.request import BuiltinStyle, EngineOptions, RestyleRequest, StyleRequest, UpscaleRequest
from impasto_engine.restyle import Restyler
from impasto_engine.role_names import MapRole
from impasto_engine.sheet_layout import Cell, SheetLayout
from impasto_engine.sheets import Size, cells_of, restyle_cells, scaled_cell
from impasto_engine.texture import Texture
from impasto_engine.texture_io import read_texture

REQUEST = RestyleRequest(
    MapRole.SPRITE,
    StyleRequest("ink", builtins=(BuiltinStyle(19),)),
    UpscaleRequest("auto", 2.0),
    ("clamp", "clamp"),
)


@pytest.fixture(scope="module")
def restyler(tmp_path_factory: pytest.TempPathFactory) -> Restyler:
    return Restyler(EngineOptions(tmp_path_factory.mktemp("models"), "cpu"))


def restyled(restyler: Restyler, sheet: Texture, cells: tuple[Cell, ...]) -> Texture:
    def restyle_one(cell: Texture, size: Size) -> Texture:
        result = restyler.restyle(cell, REQUEST, lambda _progress: None).texture
        assert (result.width, result.height) == size
        return result

    return restyle_cells(sheet, cells, (2 * sheet.width, 2 * sheet.height), restyle_one)


def drawn_anew(sheet: Texture, cell: Cell) -> Texture:
    """The sheet with other colours and other alpha in that cell."""
    part = slice(cell.top, cell.bottom), slice(cell.left, cell.right)
    rgb = sheet.rgb.copy()
    rgb[part] = np.random.default_rng(1).random(rgb[part].shape, dtype=np.float32)
    alpha = None if sheet.alpha is None else sheet.alpha.copy()
    if alpha is not None:
        alpha[part] = 1.0
    return replace(sheet, rgb=rgb, alpha=alpha)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "layout", "count"),
    [
        ("robot.webp", SheetLayout("atlas", (64, 64)), 64),
        ("tiles.webp", SheetLayout("atlas", (64, 64)), 32),
        ("isotiles.png", SheetLayout("atlas"), 20),
    ],
)
def test_a_cell_drawn_anew_changes_no_other(
    shared: Path, restyler: Restyler, name: str, layout: SheetLayout, count: int
) -> None:
    sheet = read_texture(shared / "assets" / "textures" / name)
    cells = cells_of(sheet, layout)
    assert len(cells) == count
    before = restyled(restyler, sheet, cells)
    changed = cells[count // 2]
    after = restyled(restyler, drawn_anew(sheet, changed), cells)
    same = (before.rgb == after.rgb).all(axis=2)
    if before.alpha is not None and after.alpha is not None:
        same &= before.alpha == after.alpha
    place = scaled_cell(changed, (sheet.width, sheet.height), (before.width, before.height))
    inside = np.zeros(same.shape, bool)
    inside[place.top : place.bottom, place.left : place.right] = True
    assert same[~inside].all()
    assert not same[inside].all()


def test_painted_pixel_art_keeps_to_its_colours_and_its_pixels(shared: Path, restyler: Restyler) -> None:
    sheet = read_texture(shared / "assets" / "textures" / "robot.webp")
    request = replace(REQUEST, upscale=None)

    def restyle_one(cell: Texture, size: Size) -> Texture:
        painted = restyler.restyle(cell, request, lambda _progress: None).texture
        rgb = keep_to_colors(painted.rgb, cell.alpha, count_colors(cell))
        alpha = None if cell.alpha is None else resize_nearest(cell.alpha, size)
        return replace(painted, rgb=resize_nearest(rgb, size), alpha=alpha)

    assert count_colors(sheet) == 13
    cell = Cell(64, 0, 64, 64)
    result = restyle_cells(sheet, (cell,), (4 * sheet.width, 4 * sheet.height), restyle_one)
    assert result.alpha is not None
    assert sheet.alpha is not None
    assert np.array_equal(result.alpha, sheet.alpha.repeat(4, axis=0).repeat(4, axis=1))
    painted = result.rgb[:256, 256:512]
    assert np.array_equal(painted, painted[::4, ::4].repeat(4, axis=0).repeat(4, axis=1))
    assert 2 < count_colors(Texture(painted, result.alpha[:256, 256:512])) <= 13
