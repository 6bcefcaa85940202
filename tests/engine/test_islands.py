"""Islands of alpha: every visible pixel is in one cell, and no two cells touch."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from impasto_engine.islands import find_islands
from impasto_engine.sheet_layout import Cell
from impasto_engine.texture import FloatArray


def drawn(*rows: str) -> FloatArray:
    return np.array([[mark != "." for mark in row] for row in rows], np.float32)


def test_pixels_that_hang_together_are_one_cell_diagonals_included() -> None:
    alpha = drawn(
        "#....##",
        ".#...##",
        ".......",
        "....#..",
        "##..#..",
    )
    assert find_islands(alpha) == (Cell(0, 0, 2, 2), Cell(5, 0, 2, 2), Cell(4, 3, 1, 2), Cell(0, 4, 2, 1))


def test_a_shape_of_many_turns_is_one_cell() -> None:
    alpha = drawn(
        "#######",
        "......#",
        "#####.#",
        "#...#.#",
        "#.###.#",
        "#.....#",
        "#######",
    )
    assert find_islands(alpha) == (Cell(0, 0, 7, 7),)


def test_islands_whose_rectangles_overlap_or_touch_are_one_cell() -> None:
    inside_a_corner = drawn(
        "#...",
        "#.#.",
        "#...",
        "####",
    )
    assert find_islands(inside_a_corner) == (Cell(0, 0, 4, 4),)
    one_leads_to_the_next = drawn(
        "#...#..",
        "#.#.#..",
        "###....",
        "......#",
        ".#....#",
        "....###",
    )
    merged = find_islands(one_leads_to_the_next)
    assert merged == (Cell(0, 0, 3, 3), Cell(4, 0, 1, 2), Cell(4, 3, 3, 3), Cell(1, 4, 1, 1))


def test_dirt_is_no_island() -> None:
    alpha = np.zeros((8, 8), np.float32)
    alpha[2, 2] = 2 / 255
    assert find_islands(alpha) == ()
    alpha[2, 2] = 3 / 255
    assert find_islands(alpha) == (Cell(2, 2, 1, 1),)


def test_an_opaque_sheet_is_one_cell() -> None:
    assert find_islands(np.ones((5, 3), np.float32)) == (Cell(0, 0, 3, 5),)


@settings(max_examples=200, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 16), st.integers(1, 16))))
def test_visible_pixels_are_in_cells_and_cells_are_apart(mask: np.ndarray) -> None:
    cells = find_islands(mask.astype(np.float32))
    inside = np.zeros_like(mask)
    around = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), np.int32)
    for cell in cells:
        inside[cell.top : cell.bottom, cell.left : cell.right] = True
        edges = mask[cell.top : cell.bottom, cell.left : cell.right]
        assert edges[0].any()
        assert edges[-1].any()
        assert edges[:, 0].any()
        assert edges[:, -1].any()
    assert not (mask & ~inside).any()
    for cell in cells:
        around[:] = 0
        around[cell.top : cell.bottom + 2, cell.left : cell.right + 2] = 1
        others = inside.copy()
        others[cell.top : cell.bottom, cell.left : cell.right] = False
        assert not (around[1:-1, 1:-1].astype(bool) & others).any()
