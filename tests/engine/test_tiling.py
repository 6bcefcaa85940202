"""Tiles cover a picture once, and edges continue as the texture wraps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import SMALLEST_TILE, continued, cuts, tile_size_for

REPEAT, CLAMP = Wrap.REPEAT, Wrap.CLAMP


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(1, 120))
def test_parts_cover_an_axis_exactly_once(size: int, most: int) -> None:
    parts = cuts(size, most)
    assert [position for start, stop in parts for position in range(start, stop)] == list(range(size))
    assert all(min(size, most) / 2 <= stop - start <= most for start, stop in parts)


def test_parts_are_of_nearly_equal_size() -> None:
    assert cuts(520, 512) == [(0, 260), (260, 520)]


def test_repeat_goes_round_and_clamp_mirrors() -> None:
    assert continued(-2, 6, 4, REPEAT).tolist() == [2, 3, 0, 1, 2, 3, 0, 1]
    assert continued(-2, 6, 4, CLAMP).tolist() == [2, 1, 0, 1, 2, 3, 2, 1]


@pytest.mark.parametrize("wrap", [REPEAT, CLAMP])
@pytest.mark.parametrize("size", [1, 2, 5, 30])
def test_a_halo_wider_than_the_picture_is_fine(wrap: Wrap, size: int) -> None:
    expected = np.pad(np.arange(size), 20, mode="wrap" if wrap is REPEAT else "reflect")
    assert np.array_equal(continued(-20, size + 20, size, wrap), expected)


def test_a_tile_and_its_halo_stay_within_the_budget() -> None:
    side = tile_size_for(1_000_000_000, 2000, 24)
    assert side % 16 == 0
    assert (side + 48) ** 2 * 2000 <= 1_000_000_000 < (side + 16 + 48) ** 2 * 2000


@pytest.mark.parametrize("budget", [-5, 0, 1, 10_000])
def test_a_tiny_budget_gives_the_smallest_tile(budget: int) -> None:
    assert tile_size_for(budget, 2000, 24) == SMALLEST_TILE
