"""Pixel art: sizes change without a filter, and a painting of it keeps to its number of colours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto_engine.oklab import srgb_to_oklab
from impasto_engine.pixel_art import count_colors, fit_palette, keep_to_colors, resize_nearest, use_palette
from impasto_engine.texture import FloatArray, Texture


def noise(height: int, width: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)


def colors_in(rgb: FloatArray) -> int:
    return len(np.unique(np.rint(rgb.reshape(-1, 3) * 255), axis=0))


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 8])
def test_a_whole_factor_makes_each_pixel_a_square(factor: int) -> None:
    rgb = noise(5, 7)
    result = resize_nearest(rgb, (7 * factor, 5 * factor))
    assert np.array_equal(result, rgb.repeat(factor, axis=0).repeat(factor, axis=1))
    assert np.array_equal(resize_nearest(rgb[..., 0], (7 * factor, 5 * factor)), result[..., 0])


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 30), st.integers(1, 90))
def test_any_other_size_takes_the_pixel_that_the_centre_lies_in(old: int, new: int) -> None:
    row = np.arange(old, dtype=np.float32)[None]
    result = resize_nearest(row, (new, 1))[0]
    expected = [min(int((index + 0.5) * old / new + 1e-9), old - 1) for index in range(new)]
    assert result.tolist() == expected


def test_colours_are_counted_where_they_are_visible() -> None:
    rgb = np.zeros((4, 4, 3), np.float32)
    rgb[0] = (1, 0, 0)
    rgb[1] = (0, 1, 0)
    rgb[1, 0] = (0, 1, 1 / 1000)  # the same to 8 bits
    alpha = np.ones((4, 4), np.float32)
    assert count_colors(Texture(rgb)) == 3
    alpha[0] = 0
    assert count_colors(Texture(rgb, alpha)) == 2
    assert count_colors(Texture(rgb, np.zeros((4, 4), np.float32))) == 1
    assert count_colors(Texture(noise(40, 40))) == 256


@pytest.mark.parametrize("most", [1, 2, 5, 16, 256])
def test_the_result_has_no_more_colours_and_is_the_same_each_time(most: int) -> None:
    rgb = noise(64, 64)
    result = keep_to_colors(rgb, None, most)
    assert colors_in(result) <= most
    assert colors_in(result) >= most * 0.9
    assert np.array_equal(result, keep_to_colors(rgb.copy(), None, most))


def test_a_picture_of_few_colours_stays_as_it_is() -> None:
    palette = np.array([[0, 0, 0], [1, 1, 1], [0.2, 0.4, 0.6]], np.float32)
    rgb = palette[np.random.default_rng(0).integers(0, 3, (16, 16))]
    assert np.abs(keep_to_colors(rgb, None, 3) - rgb).max() < 1e-6


def test_the_palette_is_where_the_colours_are() -> None:
    draw = np.random.default_rng(5)
    palette = np.array([[0.1, 0.1, 0.2], [0.8, 0.7, 0.3], [0.2, 0.6, 0.3], [0.9, 0.2, 0.2]], np.float32)
    rgb = palette[draw.integers(0, 4, (48, 48))] + draw.normal(0, 0.015, (48, 48, 3)).astype(np.float32)
    found = fit_palette(rgb, 4)
    apart = np.linalg.norm(srgb_to_oklab(found)[:, None] - srgb_to_oklab(palette)[None], axis=2)
    assert apart.min(axis=0).max() < 0.02
    assert set(apart.argmin(axis=1)) == {0, 1, 2, 3}


def test_each_pixel_takes_the_colour_nearest_to_it() -> None:
    rgb = noise(20, 20)
    palette = noise(1, 7, seed=9)[0]
    result = use_palette(rgb, palette)
    apart = np.linalg.norm(srgb_to_oklab(rgb)[..., None, :] - srgb_to_oklab(palette), axis=3)
    chosen = np.linalg.norm(srgb_to_oklab(rgb) - srgb_to_oklab(result), axis=2)
    assert np.abs(chosen - apart.min(axis=2)).max() < 0.01  # 8 bits


def test_what_is_invisible_has_no_say_in_the_palette() -> None:
    rgb = noise(32, 32)
    alpha = np.zeros((32, 32), np.float32)
    alpha[8:24, 8:24] = 1
    other = rgb.copy()
    other[alpha == 0] = (1, 0, 1)
    first, second = keep_to_colors(rgb, alpha, 8), keep_to_colors(other, alpha, 8)
    assert np.array_equal(first[alpha > 0], second[alpha > 0])
    nothing = keep_to_colors(rgb, np.zeros((32, 32), np.float32), 8)
    assert np.array_equal(nothing, rgb)
