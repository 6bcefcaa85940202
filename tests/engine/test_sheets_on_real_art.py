"""Real sheets, restyled with the real networks: a cell that is drawn anew changes no other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from at_once import ignore
from impasto_engine.pixel_art import count_colors
from impasto_engine.request import BuiltinStyle, EngineOptions, RestyleRequest, StyleRequest, UpscaleRequest
from impasto_engine.restyle import Restyler
from impasto_engine.role_names import MapRole
from impasto_engine.sheet_layout import Cell, SheetLayout
from impasto_engine.sheets import cells_of, scaled_cell
from impasto_engine.texture import Texture
from impasto_engine.texture_io import read_texture
from walk_cycle import FRAME, flicker, walk_cycle

REQUEST = RestyleRequest(
    MapRole.SPRITE,
    StyleRequest("ink", builtins=(BuiltinStyle(19),)),
    UpscaleRequest("auto", 2.0),
    ("clamp", "clamp"),
)


@pytest.fixture(scope="module")
def restyler(tmp_path_factory: pytest.TempPathFactory) -> Restyler:
    return Restyler(EngineOptions(tmp_path_factory.mktemp("models"), "cpu"))


def restyled(restyler: Restyler, sheet: Texture, request: RestyleRequest) -> Texture:
    return restyler.restyle(sheet, request, ignore).texture.collect()


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
    request = replace(
        REQUEST, sheet=replace(layout, grid=None, cells=cells)
    )  # islands may change with a cell
    before = restyled(restyler, sheet, request)
    changed = cells[count // 2]
    after = restyled(restyler, drawn_anew(sheet, changed), request)
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
    assert count_colors(sheet) == 13
    layout = SheetLayout("atlas", cells=(Cell(64, 0, 64, 64),))
    request = replace(REQUEST, upscale=UpscaleRequest("auto", 4.0), sheet=layout, pixel_art=True)
    result = restyled(restyler, sheet, request)
    assert result.alpha is not None
    assert sheet.alpha is not None
    assert np.array_equal(result.alpha, sheet.alpha.repeat(4, axis=0).repeat(4, axis=1))
    painted = result.rgb[:256, 256:512]
    assert np.array_equal(painted, painted[::4, ::4].repeat(4, axis=0).repeat(4, axis=1))
    assert 2 < count_colors(Texture(painted, result.alpha[:256, 256:512])) <= 13


def test_frames_of_pixel_art_have_one_palette(shared: Path, restyler: Restyler) -> None:
    sheet = read_texture(shared / "assets" / "textures" / "robot.webp")
    layout = SheetLayout("frames", cells=tuple(Cell(64 * column, 0, 64, 64) for column in range(4)))
    result = restyled(restyler, sheet, replace(REQUEST, upscale=None, sheet=layout, pixel_art=True))
    assert result.alpha is not None
    assert 2 < count_colors(Texture(result.rgb[:64, :256], result.alpha[:64, :256])) <= 13


@pytest.mark.parametrize("style", [REQUEST.style, StyleRequest("wood", builtins=(BuiltinStyle(11),))])
def test_frames_stay_still_where_they_were_still(restyler: Restyler, style: StyleRequest) -> None:
    """Each frame with statistics of its own flickers more than all frames with theirs together."""
    sheet = walk_cycle()
    layout = SheetLayout("frames", (FRAME, FRAME))
    ratio = {}
    for kind in ("frames", "atlas"):
        request = RestyleRequest(MapRole.SPRITE, style, sheet=replace(layout, kind=kind))
        ratio[kind] = flicker(restyled(restyler, sheet, request).rgb) / flicker(sheet.rgb)
    assert ratio["frames"] < ratio["atlas"]
    assert ratio["frames"] <= 1.2
