"""Colour under transparent pixels."""

import numpy as np
import pytest

from impasto_engine import alpha as alpha_module
from impasto_engine.alpha import bleed_color


def disc(side: int, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """A red disc on black that nobody sees."""
    v, u = np.mgrid[:side, :side] - side / 2
    alpha = (u**2 + v**2 < radius**2).astype(np.float32)
    return np.array([0.9, 0.2, 0.1], np.float32) * alpha[..., None], alpha


def test_the_visible_colour_spreads_over_the_transparent_part() -> None:
    rgb, alpha = disc(101, 20)
    bled = bleed_color(rgb, alpha)
    assert np.abs(bled - (0.9, 0.2, 0.1)).max() < 1e-4


def test_visible_pixels_keep_their_colour_bit_for_bit() -> None:
    rng = np.random.default_rng(0)
    rgb = rng.random((50, 77, 3), dtype=np.float32)
    alpha = (rng.random((50, 77)) ** 3).astype(np.float32)
    bled = bleed_color(rgb, alpha)
    assert np.array_equal(bled[alpha >= 0.125], rgb[alpha >= 0.125])
    assert bled.dtype == np.float32
    assert bled.min() >= 0.0
    assert bled.max() <= 1.0 + 1e-5


def test_each_colour_stays_on_its_side() -> None:
    rgb = np.zeros((32, 64, 3), np.float32)
    alpha = np.zeros((32, 64), np.float32)
    rgb[:, :8, 0] = rgb[:, -8:, 2] = 1.0
    alpha[:, :8] = alpha[:, -8:] = 1.0
    bled = bleed_color(rgb, alpha)
    assert bled[16, 12, 0] > 0.9
    assert bled[16, 51, 2] > 0.9


def test_a_fully_transparent_and_an_opaque_picture_come_back_unchanged() -> None:
    rgb = np.random.default_rng(0).random((9, 5, 3), dtype=np.float32)
    assert np.array_equal(bleed_color(rgb, np.zeros((9, 5), np.float32)), rgb)
    assert np.array_equal(bleed_color(rgb, np.ones((9, 5), np.float32)), rgb)


def test_faint_smoke_keeps_its_colour() -> None:
    rgb = np.random.default_rng(0).random((16, 16, 3), dtype=np.float32)
    assert np.allclose(bleed_color(rgb, np.full((16, 16), 0.03, np.float32)), rgb, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (61, 40), (64, 33)])
def test_bands_of_any_height_bleed_alike(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    rgb, shown = rng.random((*size, 3), dtype=np.float32), rng.random(size, dtype=np.float32) ** 5
    whole = bleed_color(rgb, shown)
    monkeypatch.setattr(alpha_module, "_ROWS", 2)
    assert np.array_equal(bleed_color(rgb, shown), whole)
