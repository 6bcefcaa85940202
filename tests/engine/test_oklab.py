import numpy as np
import pytest

from impasto_engine.oklab import oklab_to_srgb, srgb_to_oklab


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [  # the values that CSS Color 4 gives for its named colours
        ((1.0, 1.0, 1.0), (1.0, 0.0, 0.0)),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        ((1.0, 0.0, 0.0), (0.62796, 0.22486, 0.12585)),
        ((0.0, 1.0, 0.0), (0.86644, -0.23389, 0.17950)),
        ((0.0, 0.0, 1.0), (0.45201, -0.03246, -0.31153)),
    ],
)
def test_known_colours_have_the_published_coordinates(rgb: tuple[float, ...], lab: tuple[float, ...]) -> None:
    found = srgb_to_oklab(np.array(rgb, dtype=np.float32))
    assert found.dtype == np.float32
    assert found == pytest.approx(lab, abs=2e-4)


def test_every_eight_bit_colour_comes_back() -> None:
    steps = np.arange(0, 256, 5, dtype=np.float32) / 255
    rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    back = oklab_to_srgb(srgb_to_oklab(rgb))
    assert back.dtype == np.float32
    assert np.array_equal(np.rint(back * 255), np.rint(rgb * 255))


def test_colours_outside_the_gamut_are_clipped() -> None:
    wild = np.array([[0.5, 0.4, -0.4], [1.2, 0.0, 0.0], [-0.1, 0.0, 0.0]], dtype=np.float32)
    rgb = oklab_to_srgb(wild)
    assert rgb.min() >= 0.0
    assert rgb.max() <= 1.0
