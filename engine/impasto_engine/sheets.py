"""A sheet of sprites restyled cell by cell: no pixel of one cell ever reaches another."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from impasto_engine.errors import RequestError
from impasto_engine.islands import find_islands
from impasto_engine.pixel_art import resize_nearest
from impasto_engine.sheet_layout import Cell, SheetLayout, first_overlap, grid_cells
from impasto_engine.texture import Texture

MOST_CELLS = 16384

Size = tuple[int, int]  # width, height
CellRestyler = Callable[[Texture, Size], Texture]


def cells_of(texture: Texture, layout: SheetLayout) -> tuple[Cell, ...]:
    """The cells of a sheet, no two of which share a pixel.

    Raises RequestError for cells that overlap or leave the sheet, for a sheet whose cells can't be found, and
    above MOST_CELLS.
    """
    if layout.grid is not None:
        cells = grid_cells((texture.width, texture.height), layout.grid)
    elif layout.cells:
        cells = layout.cells
    elif texture.alpha is not None:
        cells = find_islands(texture.alpha)
    else:
        raise RequestError("needs a grid: without alpha, nothing tells where a cell ends")
    if len(cells) > MOST_CELLS:
        raise RequestError(
            f"{len(cells)} cells; valid: up to {MOST_CELLS}, such as by a grid of larger cells"
        )
    for cell in cells:
        if min(cell.left, cell.top, cell.width - 1, cell.height - 1) < 0 or (
            cell.right > texture.width or cell.bottom > texture.height
        ):
            raise RequestError(f"{cell} is not within the sheet of {texture.width}x{texture.height}")
    if overlap := first_overlap(cells):
        raise RequestError(f"{overlap[0]} and {overlap[1]} overlap")
    return cells


def scaled_cell(cell: Cell, before: Size, after: Size) -> Cell:
    """Where a cell of a sheet of size `before` lies in one of size `after`.

    It is made of the pixels whose centres lie in the cell: what tiled without gap or overlap still does, and
    where a sheet shrinks a narrow cell may come out with no pixel at all.
    """
    left, right = (_first_centre(edge, before[0], after[0]) for edge in (cell.left, cell.right))
    top, bottom = (_first_centre(edge, before[1], after[1]) for edge in (cell.top, cell.bottom))
    return Cell(left, top, right - left, bottom - top)


def restyle_sheet(texture: Texture, layout: SheetLayout, size: Size, restyle_one: CellRestyler) -> Texture:
    """`restyle_cells` for the cells of `layout`, extruded as it asks. Raises RequestError as `cells_of` does."""
    cells = cells_of(texture, layout)
    result = restyle_cells(texture, cells, size, restyle_one)
    if not layout.extrude:
        return result
    placed = [scaled_cell(cell, (texture.width, texture.height), size) for cell in cells]
    return extrude_cells(result, placed, layout.extrude, alpha=bool(layout.cells))


def restyle_cells(texture: Texture, cells: Sequence[Cell], size: Size, restyle_one: CellRestyler) -> Texture:
    """Cut each cell out as a texture of its own, have it restyled, and put it back; the result has `size`.

    cells: as `cells_of` gives them. restyle_one: gets the cell and the (width, height) it must come back in.
    All pixels outside the cells are resized from the source without a filter: they depend on no cell.
    """
    rgb = resize_nearest(texture.rgb, size)
    alpha = None if texture.alpha is None else resize_nearest(texture.alpha, size)
    grey = texture.grey
    for cell in cells:
        place = scaled_cell(cell, (texture.width, texture.height), size)
        if not (place.width and place.height):
            continue
        restyled = restyle_one(
            texture.part(cell.top, cell.bottom, cell.left, cell.right), (place.width, place.height)
        )
        rgb[_inside(place)] = restyled.rgb
        if alpha is not None and restyled.alpha is not None:
            alpha[_inside(place)] = restyled.alpha
        grey = grey and restyled.grey
    return replace(texture, rgb=rgb, alpha=alpha, grey=grey)


def extrude_cells(sheet: Texture, cells: Sequence[Cell], reach: int, *, alpha: bool) -> Texture:
    """So many pixels around each cell repeat its border, but never in another cell: a padding for mipmaps.

    Where two cells reach one pixel, the nearer has it, and of two as near the earlier.
    alpha: False leaves the alpha as it is. Islands want that: where a game cuts more than an island, a border
    that goes on would show; colour under no alpha does not.
    """
    rgb = sheet.rgb.copy()
    visible = sheet.alpha.copy() if sheet.alpha is not None and alpha else sheet.alpha
    planes = [rgb] if visible is None or not alpha else [rgb, visible]
    cells = [cell for cell in cells if cell.width and cell.height]
    nearest = np.full((sheet.height, sheet.width), reach + 1, np.int32)
    for cell in cells:
        nearest[_inside(cell)] = 0
    for cell in cells:
        rows = np.arange(max(cell.top - reach, 0), min(cell.bottom + reach, sheet.height))
        columns = np.arange(max(cell.left - reach, 0), min(cell.right + reach, sheet.width))
        border = rows.clip(cell.top, cell.bottom - 1)[:, None], columns.clip(cell.left, cell.right - 1)
        distance = np.maximum(np.abs(rows[:, None] - border[0]), np.abs(columns - border[1]))
        around = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        closer = distance < nearest[around]
        nearest[around][closer] = distance[closer]
        for plane in planes:
            plane[around][closer] = plane[border][closer]
    return replace(sheet, rgb=rgb, alpha=visible)


def _first_centre(edge: int, before: int, after: int) -> int:
    """The first of `after` pixels whose centre is at or past the edge of a pixel of `before`."""
    return -((before - 2 * edge * after) // (2 * before))


def _inside(cell: Cell) -> tuple[slice, slice]:
    return slice(cell.top, cell.bottom), slice(cell.left, cell.right)
