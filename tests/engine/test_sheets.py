"""A sheet is restyled cell by cell: cells tile, keep to themselves, and no pixel of one reaches another."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto_engine.errors import RequestError
from impasto_engine.sheet_layout import Cell, SheetLayout, first_overlap, grid_cells
from impasto_engine.sheets import Size, cells_of, restyle_cells, restyle_sheet, scaled_cell
from impasto_engine.texture import Texture

Restyle = Callable[[Texture, Size], Texture]


def sheet(width: int, height: int, seed: int = 0, *, alpha: bool = True) -> Texture:
    draw = np.random.default_rng(seed)
    visible = draw.random((height, width), dtype=np.float32) if alpha else None
    return Texture(draw.random((height, width, 3), dtype=np.float32), visible)


def smear(cell: Texture, size: Size) -> Texture:
    """Every pixel of the result depends on every pixel of the cell."""
    color = np.full((size[1], size[0], 3), cell.rgb.mean(axis=(0, 1)), np.float32)
    alpha = None if cell.alpha is None else np.full(size[::-1], cell.alpha.mean(), np.float32)
    return Texture(color, alpha)


def inside(cell: Cell) -> tuple[slice, slice]:
    return slice(cell.top, cell.bottom), slice(cell.left, cell.right)


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[Size, tuple[Cell, ...], Size]:
    """A sheet's size, some cells in it that share no pixel, and the size it is to have."""
    width, height = draw(st.tuples(st.integers(1, 24), st.integers(1, 24)))
    grid = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    cells = [cell for cell in grid_cells((width, height), grid) if draw(st.booleans())]
    shrunk = [
        Cell(cell.left, cell.top, draw(st.integers(1, cell.width)), draw(st.integers(1, cell.height)))
        for cell in cells
    ]
    after = draw(st.tuples(st.integers(1, 60), st.integers(1, 60)))
    return (width, height), tuple(shrunk), after


@settings(max_examples=200, deadline=None)
@given(laid_out(), st.integers(0, 3), st.data())
def test_no_pixel_of_one_cell_depends_on_another(
    layout: tuple[Size, tuple[Cell, ...], Size], extrude: int, data: st.DataObject
) -> None:
    before, cells, after = layout
    if not cells:
        return
    texture = sheet(*before)
    changed = data.draw(st.sampled_from(cells))
    rgb, alpha = texture.rgb.copy(), np.array(texture.alpha)
    rgb[inside(changed)] = 1 - rgb[inside(changed)]
    alpha[inside(changed)] = 1 - alpha[inside(changed)]
    asked = SheetLayout("atlas", cells=cells, extrude=extrude)
    first = restyle_sheet(texture, asked, after, smear)
    second = restyle_sheet(Texture(rgb, alpha), asked, after, smear)
    assert first.alpha is not None
    assert second.alpha is not None
    same = (first.rgb == second.rgb).all(axis=2) & (first.alpha == second.alpha)
    place = scaled_cell(changed, before, after)
    grown = (
        slice(max(place.top - extrude, 0), place.bottom + extrude),
        slice(max(place.left - extrude, 0), place.right + extrude),
    )
    own = np.zeros(same.shape, bool)
    if place.width and place.height:
        own[grown] = True
    for other in cells:
        if other != changed:
            own[inside(scaled_cell(other, before, after))] = False
    assert same[~own].all()


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 120))
def test_cells_that_tiled_still_do_at_any_scale(width: int, side: int, new: int) -> None:
    cells = grid_cells((width, width), (side, side))
    counted = np.zeros((new, new), int)
    for cell in cells:
        counted[inside(scaled_cell(cell, (width, width), (new, new)))] += 1
    assert (counted == 1).all()


def test_what_is_left_of_a_grid_is_cells_as_well() -> None:
    assert grid_cells((10, 5), (4, 4)) == (
        Cell(0, 0, 4, 4), Cell(4, 0, 4, 4), Cell(8, 0, 2, 4), Cell(0, 4, 4, 1), Cell(4, 4, 4, 1), Cell(8, 4, 2, 1),
    )  # fmt: skip
    assert grid_cells((10, 5), (64, 64)) == (Cell(0, 0, 10, 5),)


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0, 3.7])
def test_a_cell_comes_back_in_its_place_and_size(scale: float) -> None:
    texture = sheet(10, 6)
    after = (round(10 * scale), round(6 * scale))
    cells = (Cell(1, 1, 3, 4), Cell(5, 0, 5, 5))
    seen: list[tuple[Texture, Size]] = []

    def restyle_one(cell: Texture, size: Size) -> Texture:
        seen.append((cell, size))
        return Texture(np.ones((size[1], size[0], 3), np.float32), np.ones(size[::-1], np.float32))

    result = restyle_cells(texture, cells, after, restyle_one)
    assert (result.width, result.height) == after
    assert np.array_equal(seen[0][0].rgb, texture.rgb[1:5, 1:4])
    for cell, (_, size) in zip(cells, seen, strict=True):
        place = scaled_cell(cell, (10, 6), after)
        assert size == (place.width, place.height)
        assert (result.rgb[inside(place)] == 1).all()


def test_between_the_cells_the_source_is_left_as_it_is() -> None:
    texture = sheet(8, 8)
    result = restyle_cells(texture, (Cell(2, 2, 3, 3),), (16, 16), smear)
    doubled = texture.rgb.repeat(2, axis=0).repeat(2, axis=1)
    outside = np.ones((16, 16), bool)
    outside[4:10, 4:10] = False
    assert np.array_equal(result.rgb[outside], doubled[outside])
    assert not (result.rgb == doubled).all(axis=2)[4:10, 4:10].any()


def test_a_cell_too_narrow_for_the_result_is_left_out() -> None:
    result = restyle_cells(sheet(64, 4), grid_cells((64, 4), (1, 4)), (16, 1), smear)
    assert (result.width, result.height) == (16, 1)


def test_a_sheet_without_alpha_stays_without() -> None:
    assert restyle_cells(sheet(8, 8, alpha=False), grid_cells((8, 8), (4, 4)), (8, 8), smear).alpha is None


def numbered(cell: Texture, size: Size) -> Texture:
    """Each result pixel has a value of its own, the cells told apart by their first pixel."""
    rows, columns = np.indices(size[::-1])
    value = (rows * 16 + columns + cell.rgb[0, 0, 0] * 1000).astype(np.float32)
    return Texture(np.repeat(value[..., None], 3, axis=2), np.ones(size[::-1], np.float32))


def test_extruded_cells_repeat_their_border_and_end_at_the_next() -> None:
    texture = sheet(12, 6)
    cells = (Cell(1, 2, 3, 2), Cell(6, 1, 2, 4))
    plain = restyle_cells(texture, cells, (12, 6), numbered)
    result = restyle_sheet(texture, SheetLayout("atlas", cells=cells, extrude=2), (12, 6), numbered)
    assert result.alpha is not None
    for cell in cells:
        assert np.array_equal(result.rgb[inside(cell)], plain.rgb[inside(cell)])
    left, right = plain.rgb[2:4, 3], plain.rgb[1:5, 6]
    assert np.array_equal(result.rgb[2:4, 4], left)  # the gap of two is shared, a pixel each
    assert np.array_equal(result.rgb[1:5, 5], right)
    assert np.array_equal(result.rgb[0, 1:4], plain.rgb[2, 1:4])
    assert np.array_equal(result.rgb[0, 0], plain.rgb[2, 1])
    assert (result.alpha[0:6, 0:10] == 1).all()
    assert np.array_equal(result.rgb[:, 10:], texture.rgb[:, 10:])


def test_islands_are_extruded_in_colour_only() -> None:
    alpha = np.zeros((6, 12), np.float32)
    alpha[2:4, 1:4] = 1
    texture = Texture(sheet(12, 6).rgb, alpha)
    result = restyle_sheet(texture, SheetLayout("atlas", extrude=2), (12, 6), numbered)
    given_cell = SheetLayout("atlas", cells=(Cell(1, 2, 3, 2),), extrude=2)
    assert np.array_equal(result.rgb, restyle_sheet(texture, given_cell, (12, 6), numbered).rgb)
    assert np.array_equal(result.rgb[0, 1:4], result.rgb[2, 1:4])
    assert result.alpha is not None
    assert np.array_equal(result.alpha, alpha)


def test_cells_are_those_of_the_grid_else_given_else_islands() -> None:
    texture = sheet(8, 8)
    alpha = np.zeros((8, 8), np.float32)
    alpha[1:3, 2:6] = 1
    assert cells_of(texture, SheetLayout("atlas", (4, 8))) == (Cell(0, 0, 4, 8), Cell(4, 0, 4, 8))
    given_cells = (Cell(0, 0, 2, 2),)
    assert cells_of(texture, SheetLayout("frames", cells=given_cells)) == given_cells
    assert cells_of(Texture(texture.rgb, alpha), SheetLayout("atlas")) == (Cell(2, 1, 4, 2),)


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (SheetLayout("atlas"), "needs a grid: without alpha"),
        (SheetLayout("atlas", cells=(Cell(0, 0, 9, 1),)), "not within the sheet of 8x8"),
        (SheetLayout("atlas", cells=(Cell(-1, 0, 2, 1),)), "not within the sheet of 8x8"),
        (SheetLayout("atlas", cells=(Cell(0, 0, 0, 1),)), "not within the sheet of 8x8"),
        (SheetLayout("atlas", cells=(Cell(0, 0, 4, 4), Cell(3, 3, 2, 2))), "overlap"),
    ],
)
def test_cells_that_do_not_fit_are_refused(layout: SheetLayout, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        cells_of(sheet(8, 8, alpha=False), layout)


def test_more_cells_than_a_sheet_can_mean_are_refused() -> None:
    with pytest.raises(RequestError, match="20000 cells; valid: up to 16384"):
        cells_of(sheet(200, 100), SheetLayout("atlas", (1, 1)))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.builds(Cell, st.integers(0, 9), st.integers(0, 9), st.integers(1, 4), st.integers(1, 4)),
        max_size=6,
    )
)
def test_an_overlap_is_found_where_there_is_one(cells: list[Cell]) -> None:
    counted = np.zeros((14, 14), int)
    for cell in cells:
        counted[inside(cell)] += 1
    found = first_overlap(cells)
    assert (found is not None) == bool((counted > 1).any())
    if found:
        shared = np.zeros((14, 14), int)
        for cell in found:
            shared[inside(cell)] += 1
        assert (shared == 2).any()
