"""Features and their gradients go on past the edges as the texture does."""

import pytest
import torch

from impasto_engine.networks.feature_conv import max_pool, padded
from impasto_engine.networks.padding import pad
from impasto_engine.texture_traits import Wrap

CLAMP, REPEAT = (Wrap.CLAMP, Wrap.CLAMP), (Wrap.REPEAT, Wrap.REPEAT)


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (6, 4)])
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT, (Wrap.REPEAT, Wrap.CLAMP)])
def test_the_pad_s_backward_pass_is_that_of_its_strips(
    size: tuple[int, int], wrap: tuple[Wrap, Wrap]
) -> None:
    sides = (1, 2, 2, 3)
    x = torch.rand(2, 3, *size, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(2, 3, size[0] + 5, size[1] + 3, dtype=torch.float64)
    (ours,) = torch.autograd.grad((padded(x, sides, wrap) * weight).sum(), x)
    (plain,) = torch.autograd.grad((pad(x, sides, wrap) * weight).sum(), x)
    torch.testing.assert_close(ours, plain)


@pytest.mark.parametrize("kernel", [2, 3])
def test_pooling_keeps_the_last_pixel_of_an_odd_side(kernel: int) -> None:
    assert max_pool(torch.rand(1, 2, 7, 1), kernel, REPEAT).shape == (1, 2, 4, 1)
