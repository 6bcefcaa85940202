"""The JSON that TexturePacker and Aseprite write beside a sheet of sprites: where its cells are."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from impasto_daemon.config_file.problems import explain
from impasto_daemon.errors import PlanError
from impasto_daemon.survey import SourceContent
from impasto_engine import READABLE_EXTENSIONS, Cell, SheetLayout, first_overlap

SHEET_SUFFIX = ".json"

_FORMS = "valid: JSON (Hash) or JSON (Array) of TexturePacker, or the JSON data of Aseprite's sprite sheet"


class _Rectangle(BaseModel):
    """Both tools write the sides of a rotated sprite as they are before its turn."""

    model_config = ConfigDict(frozen=True)

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    w: int = Field(ge=1)
    h: int = Field(ge=1)


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True)

    frame: _Rectangle
    rotated: bool = False

    @property
    def cell(self) -> Cell:
        at = self.frame
        return Cell(at.x, at.y, at.h, at.w) if self.rotated else Cell(at.x, at.y, at.w, at.h)


def find_cells(sheet: SheetLayout, source: Path, content: SourceContent) -> SheetLayout:
    """The layout with the cells of the JSON beside `source`, where there is one and the rule gives no grid.

    Raises PlanError as `read_sheet` does, and where neither grid, JSON nor alpha tells the cells.
    """
    if sheet.grid is not None:
        return sheet
    if file := sheet_file(source):
        return replace(sheet, cells=read_sheet(file, (content.width, content.height)))
    if not content.varying_alpha:
        raise PlanError(
            f"needs grid: the alpha of {source.name} does not vary, so nothing tells where a cell ends; valid:"
            f" such as `grid: 64x64` in the rule, or TexturePacker's or Aseprite's {source.stem}{SHEET_SUFFIX}"
        )
    return sheet


def sheet_file(source: Path) -> Path | None:
    """The JSON beside `source`: for robot.png it is robot.png.json, else robot.json."""
    names = (source.with_name(source.name + SHEET_SUFFIX), source.with_suffix(SHEET_SUFFIX))
    return next((path for path in names if path.is_file()), None)


def sheets_of(file: Path) -> Iterator[Path]:
    """The sources, there or not, that a JSON may describe."""
    described = file.with_suffix("")
    if described.suffix.lower() in READABLE_EXTENSIONS:
        yield described
    for extension in READABLE_EXTENSIONS:
        yield described.with_name(described.name + extension)


def read_sheet(file: Path, size: tuple[int, int]) -> tuple[Cell, ...]:
    """The cells of a sheet of `size` = (width, height), row by row; each once.

    Raises PlanError for what is no such file, and for cells that leave the sheet or overlap.
    """
    cells: dict[Cell, str] = {}
    for place, value in _frames(file):
        try:
            cell = _Frame.model_validate(value).cell
        except ValidationError as error:
            details = error.errors(include_url=False)[0]
            inner = ".".join(str(part) for part in (place, *details["loc"]))
            holder = _Rectangle if details["loc"][:1] == ("frame",) else _Frame
            raise PlanError(f"{file}: {inner}: {explain(details, holder, None)}") from error
        if cell.right > size[0] or cell.bottom > size[1]:
            raise PlanError(
                f"{file}: {place}: {_show(cell)} leaves the sheet, which has {size[0]}x{size[1]} pixels;"
                " export sheet and JSON together"
            )
        cells.setdefault(cell, place)
    if overlap := first_overlap(cells):
        one, other = overlap
        raise PlanError(
            f"{file}: {cells[other]}: {_show(other)} overlaps {cells[one]}, {_show(one)};"
            " valid: cells that share no pixel, or the very same ones"
        )
    return tuple(sorted(cells, key=lambda cell: (cell.top, cell.left)))


def _frames(file: Path) -> Iterator[tuple[str, object]]:
    """Each frame's place in the file, and what stands there."""
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PlanError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{file}: is no JSON: {error}; {_FORMS}") from error
    frames = document.get("frames") if isinstance(document, dict) else None
    if isinstance(frames, dict) and frames:
        yield from ((f"frames.{name}", frame) for name, frame in frames.items())
    elif isinstance(frames, list) and frames:
        yield from ((f"frames[{index}]", frame) for index, frame in enumerate(frames))
    else:
        raise PlanError(f"{file}: frames: lists no sprite; {_FORMS}, or the key `grid` in the rule")


def _show(cell: Cell) -> str:
    return f"{cell.width}x{cell.height} at {cell.left}, {cell.top}"
