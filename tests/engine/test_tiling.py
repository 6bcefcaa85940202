"""Tiles cover a picture once, and edges continue as the texture wraps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import SMALLEST_TILE, continued, pad, split, tile_size_for

REPEAT, CLAMP = Wrap.REPEAT, Wrap.CLAMP


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 120))
def test_tiles_cover_every_pixel_exactly_once(height: int, width: int, side: int) -> None:
    seen = np.zeros((height, width), np.int64)
    for tile in split(height, width, side):
        assert 0 < tile.bottom - tile.top <= side
        assert 0 < tile.right - tile.left <= side
        seen[tile.top : tile.bottom, tile.left : tile.right] += 1
    assert (seen == 1).all()


def test_tiles_are_of_nearly_equal_size() -> None:
    assert [tile.bottom - tile.top for tile in split(520, 100, 512)] == [260, 260]


def test_repeat_goes_round_and_clamp_mirrors() -> None:
    assert continued(-2, 6, 4, REPEAT).tolist() == [2, 3, 0, 1, 2, 3, 0, 1]
    assert continued(-2, 6, 4, CLAMP).tolist() == [2, 1, 0, 1, 2, 3, 2, 1]


@pytest.mark.parametrize("wrap", [REPEAT, CLAMP])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 5), (3, 2), (7, 30)])
def test_a_halo_wider_than_the_picture_is_fine(wrap: Wrap, height: int, width: int) -> None:
    array = np.arange(height * width, dtype=np.float32).reshape(height, width)
    padded = pad(array, 20, (wrap, wrap))
    assert padded.shape == (height + 40, width + 40)
    assert np.array_equal(padded[20:-20, 20:-20], array)
    assert np.array_equal(padded, np.pad(array, 20, mode="wrap" if wrap is REPEAT else "reflect"))


def test_each_axis_wraps_its_own_way() -> None:
    array = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    padded = pad(array, 1, (REPEAT, CLAMP))
    assert padded.tolist() == [[6, 4, 5, 6, 4], [3, 1, 2, 3, 1], [6, 4, 5, 6, 4], [3, 1, 2, 3, 1]]


def test_a_tile_and_its_halo_stay_within_the_budget() -> None:
    side = tile_size_for(1_000_000_000, 2000, 24)
    assert side % 16 == 0
    assert (side + 48) ** 2 * 2000 <= 1_000_000_000 < (side + 16 + 48) ** 2 * 2000


@pytest.mark.parametrize("budget", [-5, 0, 1, 10_000])
def test_a_tiny_budget_gives_the_smallest_tile(budget: int) -> None:
    assert tile_size_for(budget, 2000, 24) == SMALLEST_TILE
