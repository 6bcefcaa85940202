"""Draws a contact sheet: sources beside their restyled variants, whole and in the same detail."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

CELL = 320  # width of a cell, and the longest side of a whole picture, in pixels
DETAIL = 240  # height of the detail below it
MAX_COLUMNS = 7

_MARGIN, _GAP = 32, 14
_TITLE, _ROW_TITLE, _CAPTION = 84, 44, 58
_PAGE, _FRAME, _RULE = (20, 22, 27), (30, 33, 40), (58, 62, 72)
_BRIGHT, _SOFT, _ACCENT = (240, 241, 244), (154, 160, 172), (246, 196, 84)
_CHECKER = (92, 118)
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
)  # all that Pillow's readers raise
_SEARCH_SIDE = 256  # where a detail is looked for, pictures are this large at most


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A picture and its caption: `label` (a file or style name) above `note` (role, stylizer, seconds)."""

    path: Path
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """The source first, then its variants; more than MAX_COLUMNS go on in further lines.

    detail: show under each picture the busiest part of the first, enlarged to the pixels of the largest.
    """

    title: str
    cells: tuple[SheetCell, ...]
    note: str = ""
    detail: bool = True


@dataclass(frozen=True, slots=True)
class _Letters:
    size: int
    color: tuple[int, int, int]


_HEADING, _ROW_HEADING, _ROW_NOTE = _Letters(32, _BRIGHT), _Letters(19, _ACCENT), _Letters(15, _SOFT)
_LABEL, _NOTE = _Letters(16, _BRIGHT), _Letters(14, _SOFT)


@dataclass(frozen=True, slots=True)
class _Detail:
    """left, top, right, bottom in parts of a picture, and the pixels it is shown at."""

    box: tuple[float, float, float, float]
    size: tuple[int, int]


def write_contact_sheet(rows: Sequence[SheetRow], path: Path, *, title: str = "impasto") -> None:
    """Write the sheet, in the format of the path's extension; transparency shows as a checkerboard.

    A picture that Pillow cannot read is named in its place. Raises OSError where `path` cannot be written.
    """
    columns = min(max((len(row.cells) for row in rows), default=1), MAX_COLUMNS)
    width = max(2 * _MARGIN + columns * (CELL + _GAP) - _GAP, 720)
    height = _TITLE + sum(_row_height(row, columns) for row in rows) + _MARGIN
    sheet = Image.new("RGB", (width, height), _PAGE)
    _write(sheet, (_MARGIN, 26), title, _HEADING)
    top = _TITLE
    for row in rows:
        _draw_row(sheet, row, top, columns)
        top += _row_height(row, columns)
    sheet.save(path)


def _line_height(row: SheetRow) -> int:
    return CELL + _CAPTION + _GAP + (DETAIL + _GAP if row.detail else 0)


def _row_height(row: SheetRow, columns: int) -> int:
    return _ROW_TITLE + -(-len(row.cells) // columns) * _line_height(row)


def _draw_row(sheet: Image.Image, row: SheetRow, top: int, columns: int) -> None:
    ImageDraw.Draw(sheet).line((_MARGIN, top, sheet.width - _MARGIN, top), _RULE)
    after = _write(sheet, (_MARGIN, top + 12), row.title, _ROW_HEADING)
    _write(sheet, (after + 14, top + 15), row.note, _ROW_NOTE)
    detail = _choose_detail(row.cells) if row.detail and row.cells else None
    for i, cell in enumerate(row.cells):
        left = _MARGIN + i % columns * (CELL + _GAP)
        _draw_cell(sheet, cell, (left, top + _ROW_TITLE + i // columns * _line_height(row)), detail)
        if i == 0 and detail is not None:
            _outline(sheet, cell, (left, top + _ROW_TITLE), detail)


def _draw_cell(sheet: Image.Image, cell: SheetCell, corner: tuple[int, int], detail: _Detail | None) -> None:
    left, top = corner
    ImageDraw.Draw(sheet).rectangle((left, top, left + CELL - 1, top + CELL - 1), _FRAME)
    below = top + CELL + (_GAP + DETAIL if detail else 0) + 8
    try:
        picture = _read(cell.path)
    except _UNREADABLE as error:
        reason = (isinstance(error, OSError) and error.strerror) or type(error).__name__
        _write(sheet, (left + 12, top + CELL // 2 - 8), f"cannot be shown: {reason}", _NOTE, width=CELL - 24)
        facts = cell.note
    else:
        size, offset = _fit(picture.size)
        shown = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
        sheet.paste(_over_checker(shown), (left + offset[0], top + offset[1]))
        if detail is not None:
            _draw_detail(sheet, picture, (left, top + CELL + _GAP), detail)
        facts = " · ".join(filter(None, (f"{picture.width} x {picture.height}", cell.note)))
    _write(sheet, (left, below), cell.label, _LABEL, width=CELL)
    _write(sheet, (left, below + 22), facts, _NOTE, width=CELL)


def _draw_detail(sheet: Image.Image, picture: Image.Image, corner: tuple[int, int], detail: _Detail) -> None:
    left, top = corner
    ImageDraw.Draw(sheet).rectangle((left, top, left + CELL - 1, top + DETAIL - 1), _FRAME)
    sides = (picture.width, picture.height) * 2
    box = tuple(part * side for part, side in zip(detail.box, sides, strict=True))
    # bilinear, as a game engine would enlarge it
    enlarged = picture.resize(detail.size, Image.Resampling.BILINEAR, box=(box[0], box[1], box[2], box[3]))
    offset = ((CELL - detail.size[0]) // 2, (DETAIL - detail.size[1]) // 2)
    sheet.paste(_over_checker(enlarged), (left + offset[0], top + offset[1]))


def _outline(sheet: Image.Image, cell: SheetCell, corner: tuple[int, int], detail: _Detail) -> None:
    """Frame the part of the whole picture that its detail shows."""
    with Image.open(cell.path) as picture:
        size, offset = _fit(picture.size)
    x, y = corner[0] + offset[0], corner[1] + offset[1]
    box = [x + detail.box[0] * size[0], y + detail.box[1] * size[1]]
    box += [x + detail.box[2] * size[0] - 1, y + detail.box[3] * size[1] - 1]
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), outline=_PAGE)
    pen.rectangle(tuple(box), outline=_BRIGHT)


def _fit(size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The size and offset at which a picture fills a cell as far as its aspect allows."""
    scale = CELL / max(size)
    width, height = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    return (width, height), ((CELL - width) // 2, (CELL - height) // 2)


def _choose_detail(cells: Sequence[SheetCell]) -> _Detail | None:
    """Where the first picture is busiest, at the scale of the largest; None when it cannot be read."""
    try:
        first = _read(cells[0].path)
    except _UNREADABLE:
        return None
    largest = max(_width(cell.path) for cell in cells) / first.width
    zoom = max(2, largest, min(CELL // first.width, DETAIL // first.height))
    width, height = min(first.width, CELL / zoom), min(first.height, DETAIL / zoom)
    part_x, part_y = width / first.width, height / first.height
    left, top = _busiest(first, part_x, part_y)
    shown = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    return _Detail((left, top, left + part_x, top + part_y), shown)


def _width(path: Path) -> int:
    """From the file's header; 0 when there is none to read."""
    try:
        with Image.open(path) as picture:
            return picture.width
    except _UNREADABLE:
        return 0


def _busiest(picture: Image.Image, part_x: float, part_y: float) -> tuple[float, float]:
    """Left and top, in parts of the picture, of the window of that size with the strongest edges."""
    small = picture.copy()
    small.thumbnail((_SEARCH_SIDE, _SEARCH_SIDE))
    grey = np.asarray(_over_checker(small, (0, 0)).convert("L"), np.float64)
    edges = np.zeros((grey.shape[0] + 1, grey.shape[1] + 1))
    edges[1:-1, 1:] += np.abs(np.diff(grey, axis=0))
    edges[1:, 1:-1] += np.abs(np.diff(grey, axis=1))
    summed = edges.cumsum(0).cumsum(1)
    rows, columns = max(1, int(part_y * grey.shape[0])), max(1, int(part_x * grey.shape[1]))
    windows = (
        summed[rows:, columns:]
        - summed[:-rows, columns:]
        - summed[rows:, :-columns]
        + summed[:-rows, :-columns]
    )
    top, left = np.unravel_index(windows.argmax(), windows.shape)
    return min(float(left) / grey.shape[1], 1 - part_x), min(float(top) / grey.shape[0], 1 - part_y)


def _read(path: Path) -> Image.Image:
    """Any picture as 8-bit RGBA."""
    with Image.open(path) as picture:
        if picture.mode.startswith(("I", "F")):  # Pillow would clip these where they exceed 255
            values = np.asarray(picture, np.float64) * (255 if picture.mode == "F" else 255 / 65535)
            return Image.fromarray(values.clip(0, 255).round().astype(np.uint8)).convert("RGBA")
        return picture.convert("RGBA")


def _over_checker(picture: Image.Image, shades: tuple[int, int] = _CHECKER) -> Image.Image:
    x, y = np.meshgrid(np.arange(picture.width) // 10, np.arange(picture.height) // 10)
    ground = Image.fromarray(np.where((x + y) % 2, *shades).astype(np.uint8)).convert("RGBA")
    return Image.alpha_composite(ground, picture).convert("RGB")


def _write(
    sheet: Image.Image, corner: tuple[int, int], text: str, letters: _Letters, *, width: int | None = None
) -> int:
    """Write one line, its middle left out where it is too long; returns where it ends."""
    font = ImageFont.load_default(letters.size)
    half = len(text) // 2
    shown = text
    while width is not None and half > 1 and font.getlength(shown) > width:
        half -= 1
        shown = f"{text[:half]}…{text[-half:]}"
    ImageDraw.Draw(sheet).text(corner, shown, letters.color, font)
    return corner[0] + int(font.getlength(shown))
