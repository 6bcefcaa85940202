"""Light above 1 survives what happens to colours in [0, 1]."""

import numpy as np
import pytest

from impasto_engine.hdr import BRIGHTEST, compress, expand
from impasto_engine.map_roles import MapRole
from impasto_engine.resample import resample_map
from impasto_engine.texture import FloatArray
from impasto_engine.texture_traits import Wrap

REPEAT = (Wrap.REPEAT, Wrap.REPEAT)


@pytest.fixture
def lamp() -> FloatArray:
    """A dim red wall with an orange lamp of 40 on it."""
    v, u = np.mgrid[-1:1:48j, -1:1:64j]
    light = 40 * np.exp(-8 * (u * u + v * v))[..., None] * np.array([1.0, 0.5, 0.1])
    return (light + np.array([0.2, 0.1, 0.1])).astype(np.float32)


def test_colour_and_gain_give_the_light_back(lamp: FloatArray) -> None:
    bounded = compress(lamp)
    assert bounded.gain is not None
    assert bounded.rgb.min() >= 0.0
    assert bounded.rgb.max() <= 1.0
    assert bounded.gain.min() == 1.0
    assert not bounded.clipped
    assert np.allclose(expand(bounded.rgb, bounded.gain), lamp, rtol=1e-6)


def test_what_is_in_0_to_1_is_not_touched(lamp: FloatArray) -> None:
    dim = lamp / 50
    assert np.array_equal(compress(dim).rgb, dim)
    assert compress(dim).gain is None
    assert expand(dim, None) is dim
    shown = compress(lamp).rgb
    below = lamp.max(axis=2) <= 1
    assert below.any()
    assert np.array_equal(shown[below], lamp[below])


def test_a_lamp_keeps_its_hue_before_the_networks(lamp: FloatArray) -> None:
    bright = lamp[24, 32]
    shown = compress(lamp).rgb[24, 32]
    assert shown == pytest.approx(bright / bright.max(), rel=1e-5)


def test_a_network_s_change_of_colour_changes_the_light_by_as_much(lamp: FloatArray) -> None:
    """A clipped lamp would come out at 0.5."""
    bounded = compress(lamp)
    darker = expand(bounded.rgb * 0.5, bounded.gain)
    assert darker.max() == pytest.approx(lamp.max() / 2, rel=1e-5)


def test_the_light_survives_an_upscale(lamp: FloatArray) -> None:
    bounded = compress(lamp)
    assert bounded.gain is not None
    size = (256, 192)
    rgb = resample_map(bounded.rgb, size, MapRole.BASE_COLOR, REPEAT)
    gain = resample_map(bounded.gain[..., None], size, MapRole.HEIGHT, REPEAT)[..., 0]
    large = expand(rgb, gain)
    assert gain.min() == 1.0
    assert large.max() == pytest.approx(lamp.max(), rel=0.01)
    assert large.mean() == pytest.approx(lamp.mean(), rel=0.01)
    direct = resample_map(lamp, size, MapRole.BASE_COLOR, REPEAT)
    assert np.abs(large - direct).max() < 0.02 * lamp.max()


def test_each_pixel_stands_for_itself(lamp: FloatArray) -> None:
    whole = compress(lamp)
    assert whole.gain is not None
    bands = [compress(lamp[top : top + 7]) for top in range(0, 48, 7)]
    assert np.array_equal(np.concatenate([band.rgb for band in bands]), whole.rgb)
    rolled = compress(np.roll(lamp, (5, -9), (0, 1)))
    assert np.array_equal(rolled.rgb, np.roll(whole.rgb, (5, -9), (0, 1)))
    assert np.array_equal(rolled.gain, np.roll(whole.gain, (5, -9), (0, 1)))


def test_what_no_network_can_be_shown_is_clipped_and_said() -> None:
    odd = np.array([[[-0.5, 0.2, 0.0], [np.nan, 1.0, 0.5], [np.inf, 2.0, 0.0]]], np.float32)
    bounded = compress(odd)
    assert bounded.clipped
    assert bounded.gain is not None
    light = expand(bounded.rgb, bounded.gain)
    assert light[0, 0] == pytest.approx([0.0, 0.2, 0.0])
    assert light[0, 1] == pytest.approx([0.0, 1.0, 0.5])
    assert light[0, 2] == pytest.approx([BRIGHTEST, 2.0, 0.0], rel=1e-3)
    assert not compress(np.array([[[0.0, 0.5, 3.0]]], np.float32)).clipped
