"""Where things are on a contact sheet, found by their colours."""

import numpy as np
import pytest
from PIL import Image

from impasto_daemon.pictures.contact_sheet import (
    CELL,
    DETAIL,
    MAX_COLUMNS,
    SheetCell,
    SheetRow,
    write_contact_sheet,
)

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.fixture
def plain(tmp_path):
    """Writes a picture of one colour and gives its cell."""

    def write(name, color, size=(64, 64)):
        Image.new("RGBA" if len(color) == 4 else "RGB", size, color).save(tmp_path / name)
        return SheetCell(tmp_path / name, name)

    return write


@pytest.fixture
def sheet_of(tmp_path):
    def draw(*rows):
        write_contact_sheet(rows, tmp_path / "sheet.png", title="test")
        with Image.open(tmp_path / "sheet.png") as sheet:
            return np.asarray(sheet.convert("RGB"))

    return draw


def _box(sheet, color):
    """left, top, right, bottom of all pixels of exactly this colour."""
    rows, columns = np.nonzero((sheet == color).all(-1))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def _row(*cells, detail=False):
    return SheetRow("row", cells, detail=detail)


def test_cells_are_equal_squares_side_by_side(plain, sheet_of):
    sheet = sheet_of(
        _row(plain("a.png", RED), plain("b.png", GREEN, (256, 256)), plain("c.png", BLUE, (9, 9)))
    )
    red, green, blue = (_box(sheet, color) for color in (RED, GREEN, BLUE))
    assert (red[2] - red[0], red[3] - red[1]) == (CELL, CELL)
    assert red[1::2] == green[1::2] == blue[1::2]
    assert green[0] - red[0] == blue[0] - green[0] > CELL
    for left, top, right, bottom in (red, green, blue):
        assert (sheet[top:bottom, left:right] == sheet[top, left]).all()


def test_each_row_adds_the_same_height(plain, sheet_of):
    row = _row(plain("a.png", RED), plain("b.png", GREEN))
    one, two, three = (sheet_of(*[row] * count).shape for count in (1, 2, 3))
    assert two[0] - one[0] == three[0] - two[0] > CELL
    assert one[1] == two[1] == three[1]


def test_many_cells_go_on_in_further_lines(plain, sheet_of):
    cells = [plain(f"{i}.png", (10 + i, 200, 0)) for i in range(MAX_COLUMNS + 1)]
    sheet = sheet_of(_row(*cells))
    first, last = _box(sheet, (10, 200, 0)), _box(sheet, (10 + MAX_COLUMNS, 200, 0))
    assert last[0] == first[0]
    assert last[1] >= first[3] + 40
    assert sheet_of(_row(*cells[:-1])).shape[1] == sheet.shape[1]


def test_odd_aspects_are_centred_and_not_stretched(plain, sheet_of):
    left, top, right, bottom = _box(sheet_of(_row(plain("wide.png", RED, (100, 25)))), RED)
    assert (right - left, bottom - top) == (CELL, CELL // 4)
    tall = _box(sheet_of(_row(plain("tall.png", GREEN, (3, 300)))), GREEN)
    assert tall[3] - tall[1] == CELL
    assert tall[2] - tall[0] == round(CELL / 100)
    assert abs((tall[0] + tall[2]) // 2 - (left + right) // 2) <= 1
    assert abs((top + bottom) // 2 - (tall[1] + tall[3]) // 2) <= 1


def test_transparency_shows_a_checkerboard_and_no_hidden_colour(plain, sheet_of):
    clear = sheet_of(_row(plain("clear.png", (255, 0, 255, 0)), plain("mark.png", RED)))
    left, top, right, bottom = _box(clear, RED)
    cell = clear[top:bottom, 32 : 32 + CELL]
    assert (cell[..., 0] == cell[..., 1]).all()
    assert (cell[..., 0] == cell[..., 2]).all()
    assert len(np.unique(cell)) == 2
    assert 32 + CELL < left < right


def test_detail_shows_the_busiest_part_at_the_pixels_of_the_largest(tmp_path, sheet_of):
    def patched(name, side):
        pixels = np.full((side, side, 3), 128, np.uint8)
        part = side // 8  # a red patch with a green edge: the only edges there are
        pixels[5 * part : 6 * part, 6 * part : 7 * part] = GREEN
        inset = part // 4
        pixels[5 * part + inset : 6 * part - inset, 6 * part + inset : 7 * part - inset] = RED
        Image.fromarray(pixels).save(tmp_path / name)
        return SheetCell(tmp_path / name, name)

    sheet = sheet_of(_row(patched("small.png", 256), patched("large.png", 1024), detail=True))
    whole_and_detail = (sheet == RED).all(-1)
    rows = np.nonzero(whole_and_detail[:, sheet.shape[1] // 2 :].any(1))[0]
    detail_rows = rows[rows > 84 + 44 + CELL]
    assert len(detail_rows) == 1024 // 8 // 2  # one to one
    assert len(detail_rows) < DETAIL


def test_without_detail_a_row_is_lower(plain, sheet_of):
    cell = plain("a.png", RED)
    assert sheet_of(_row(cell, detail=True)).shape[0] - sheet_of(_row(cell)).shape[0] > DETAIL


def test_sixteen_bit_and_palette_pictures_keep_their_tones(tmp_path, sheet_of):
    Image.fromarray(np.full((32, 32), 40000, np.uint16)).save(tmp_path / "deep.png")
    Image.new("RGB", (32, 32), GREEN).quantize(4).save(tmp_path / "palette.png")
    sheet = sheet_of(
        _row(SheetCell(tmp_path / "deep.png", "deep"), SheetCell(tmp_path / "palette.png", "palette"))
    )
    left, top, _, _ = _box(sheet, GREEN)
    tone = round(40000 / 257)
    assert (sheet[top : top + CELL, 32 : 32 + CELL] == tone).all()
    assert left > 32 + CELL


def test_a_picture_that_cannot_be_read_leaves_the_others_in_place(tmp_path, plain, sheet_of):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    good = plain("good.png", RED)
    (tmp_path / "half.png").write_bytes(good.path.read_bytes()[:80])
    bad = [SheetCell(tmp_path / f"{name}.png", name) for name in ("half", "broken", "gone")]
    whole = _box(sheet_of(_row(good, good, good, good)), RED)
    left, top, right, bottom = _box(sheet_of(_row(*bad, good, detail=True)), RED)
    assert (right, top) == (whole[2], whole[1])
    assert (right - left, bottom - top) == (CELL, CELL)


def test_captions_stay_in_their_cell(plain, sheet_of):
    cell = plain("a.png", (20, 22, 27))
    sheet = sheet_of(SheetRow("row", (SheetCell(cell.path, "W" * 400, "n" * 400),) * 2, detail=False))
    between = sheet[84 + 44 :, 32 + CELL + 1 : 32 + CELL + 13]
    assert (between == (20, 22, 27)).all()


def test_a_sheet_of_nothing_is_a_title(sheet_of):
    assert sheet_of().shape[0] < CELL
