"""Previews: small, true to the picture, and not too many."""

import numpy as np
import pytest
import torch

from impasto_engine.previews import Previews, preview_of


def pixels_of(picture: torch.Tensor) -> np.ndarray:
    """(height, width, 3) bytes."""
    preview = preview_of(picture)
    return np.frombuffer(preview.rgb, np.uint8).reshape(preview.height, preview.width, 3)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((96, 480), (10, 48)),
        ((480, 96), (48, 10)),
        ((1, 999), (1, 48)),
        ((20, 30), (20, 30)),
        ((1, 1), (1, 1)),
    ],
)
def test_it_has_the_picture_s_shape_in_48_pixels_and_is_never_enlarged(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert pixels_of(torch.zeros(1, 3, *size)).shape == (*expected, 3)


def test_each_pixel_is_the_mean_of_what_it_covers() -> None:
    picture = torch.rand(1, 3, 96, 144, generator=torch.Generator().manual_seed(0), requires_grad=True)
    expected = picture.detach()[0].unfold(1, 3, 3).unfold(2, 3, 3).mean((3, 4)).permute(1, 2, 0) * 255
    assert np.abs(pixels_of(picture) - expected.numpy()).max() <= 0.501


def test_what_is_out_of_range_or_no_number_does_not_wrap_around() -> None:
    picture = torch.tensor([-0.5, 2.0, torch.nan]).view(1, 3, 1, 1)
    assert pixels_of(picture).tolist() == [[[0, 255, 0]]]


def test_there_is_one_in_two_seconds_at_the_most() -> None:
    now = 100.0
    previews = Previews(clock=lambda: now)
    given = []
    for step in range(30):
        now = 100 + step / 4
        given.append(previews.of(torch.zeros(1, 3, 8, 8)) is not None)
    assert [step for step, one in enumerate(given) if one] == [0, 8, 16, 24]
