"""How a sheet of sprites is cut into cells; no numpy, so that a config can be checked without it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

SheetKind = Literal["atlas", "frames"]


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A rectangle of a sheet, in pixels; from `left`, `top` up to, and without, `right`, `bottom`."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """The cells are those of `grid`, else the given ones, else the islands of the texture's alpha.

    kind: the cells of an atlas know nothing of one another; frames share their statistics and one seed.
    grid: width and height of a cell. extrude: by how many pixels of the result each cell's border goes on
    into the space between the cells; that of islands in colour only, since nobody knows where a game cuts them.
    """

    kind: SheetKind
    grid: tuple[int, int] | None = None
    cells: tuple[Cell, ...] = ()
    extrude: int = 0


def grid_cells(size: tuple[int, int], grid: tuple[int, int]) -> tuple[Cell, ...]:
    """Cells of `grid` = (width, height) over a sheet of `size`; what is left at right and below is cells as well,
    so that every pixel belongs to one."""
    width, height = size
    return tuple(
        Cell(left, top, min(grid[0], width - left), min(grid[1], height - top))
        for top in range(0, height, grid[1])
        for left in range(0, width, grid[0])
    )


def first_overlap(cells: Iterable[Cell]) -> tuple[Cell, Cell] | None:
    """Two cells that share a pixel, if there are any."""
    above: list[Cell] = []
    for cell in sorted(cells, key=lambda one: one.top):
        above = [one for one in above if one.bottom > cell.top]
        for other in above:
            if other.left < cell.right and cell.left < other.right:
                return other, cell
        above.append(cell)
    return None
