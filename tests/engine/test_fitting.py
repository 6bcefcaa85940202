"""A picture is brought to a size that a network takes, and back, without cutting its circle."""

import pytest
import torch

from at_once import CLAMP, REPEAT, all_rows
from impasto_engine.fitting import Resampled, fit, resample
from impasto_engine.rows import Whole
from impasto_engine.texture_traits import Wrap


def picture(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (3, 5), (16, 20), (65, 31)])
@pytest.mark.parametrize("wrap", [REPEAT, CLAMP, (Wrap.REPEAT, Wrap.CLAMP)])
def test_every_size_becomes_a_multiple_and_comes_back(size: tuple[int, int], wrap: tuple[Wrap, Wrap]) -> None:
    fitted = fit(size, wrap, multiple=4, least=16)
    inside = fitted.apply(Whole(picture(*size)))
    assert all(side % 4 == 0 and side >= 16 for side in all_rows(inside).shape[-2:])
    assert all_rows(fitted.undo(inside)).shape[-2:] == size


def test_a_clamped_picture_is_padded_only_so_its_pixels_come_back_exactly() -> None:
    x = picture(65, 31)
    fitted = fit((65, 31), CLAMP, multiple=4, least=16)
    assert fitted.outer == (68, 32)
    assert torch.equal(all_rows(fitted.undo(fitted.apply(Whole(x)))), x)


def test_a_repeating_picture_of_a_fitting_size_is_left_alone() -> None:
    x = picture(20, 24)
    assert torch.equal(all_rows(fit((20, 24), REPEAT, multiple=4, least=16).apply(Whole(x))), x)


def test_stroke_shrinks_what_the_network_sees() -> None:
    assert fit((102, 60), REPEAT, multiple=4, least=16, stroke=2.0).outer == (52, 32)
    assert fit((100, 60), CLAMP, multiple=4, least=16, stroke=2.0).inner == (50, 30)


def test_resampling_around_the_circle_commutes_with_rolling() -> None:
    x = picture(48, 48)
    rolled = resample(x.roll((12, 24), (-2, -1)), (32, 32), REPEAT)
    assert torch.allclose(rolled, resample(x, (32, 32), REPEAT).roll((8, 16), (-2, -1)), atol=1e-5)


@pytest.mark.parametrize("size", [(20, 33), (90, 77)])
def test_inside_a_clamped_picture_resampling_is_torchs_bicubic(size: tuple[int, int]) -> None:
    x = picture(50, 60)
    theirs = torch.nn.functional.interpolate(x, size, mode="bicubic", antialias=True)
    ours = resample(x, size, CLAMP)
    assert torch.allclose(ours[..., 8:-8, 8:-8], theirs[..., 8:-8, 8:-8], atol=1e-4)


def test_a_constant_stays_constant() -> None:
    x = torch.full((1, 3, 7, 9), 0.25)
    assert torch.allclose(resample(x, (16, 40), (Wrap.REPEAT, Wrap.CLAMP)), torch.tensor(0.25))


@pytest.mark.parametrize("wrap", [REPEAT, CLAMP, (Wrap.CLAMP, Wrap.REPEAT)])
@pytest.mark.parametrize("size", [(33, 20), (120, 90), (50, 61)])
def test_rows_asked_for_one_by_one_are_those_of_the_whole(
    size: tuple[int, int], wrap: tuple[Wrap, Wrap]
) -> None:
    resampled = Resampled(Whole(picture(50, 60)), size, wrap)
    single = torch.cat([resampled.rows(row, row + 1) for row in range(size[0])], dim=2)
    assert torch.allclose(single, resampled.rows(0, size[0]), atol=1e-6)
