"""The drawn walk cycle does what the flicker test needs of it."""

import numpy as np

from walk_cycle import FRAME, flicker, static_pixels, walk_cycle


def test_the_figure_moves_and_the_rest_only_rustles() -> None:
    sheet = walk_cycle().rgb
    assert sheet.shape == (2 * FRAME, 4 * FRAME, 3)
    still = static_pixels()
    assert 0.3 < still.mean() < 0.8
    assert 1 / 255 < flicker(sheet) < 2 / 255
    first, third = sheet[:FRAME, :FRAME], sheet[:FRAME, 2 * FRAME : 3 * FRAME]
    assert np.abs(first - third)[~still].mean() > 0.03


def test_flicker_is_measured_alike_at_any_scale() -> None:
    sheet = walk_cycle().rgb
    large = sheet.repeat(2, axis=0).repeat(2, axis=1)
    assert abs(flicker(large) - flicker(sheet)) < 1e-6
    assert flicker(np.broadcast_to(sheet[:1, :1], sheet.shape)) == 0
