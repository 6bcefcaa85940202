"""Padding mirrors or circles per axis, on any size."""

import numpy as np
import pytest
import torch

from impasto_engine.networks.padding import pad
from impasto_engine.texture_traits import Wrap

NUMPY_MODES = {Wrap.CLAMP: "reflect", Wrap.REPEAT: "wrap"}


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (2, 3), (9, 12)])
@pytest.mark.parametrize("u", list(Wrap))
@pytest.mark.parametrize("v", list(Wrap))
def test_padding_is_numpys_at_every_size_down_to_one_pixel(size: tuple[int, int], u: Wrap, v: Wrap) -> None:
    x = np.random.default_rng(0).random((1, 2, *size), np.float32)
    expected = np.pad(x, ((0, 0), (0, 0), (1, 7), (0, 0)), mode=NUMPY_MODES[v])
    expected = np.pad(expected, ((0, 0), (0, 0), (0, 0), (4, 0)), mode=NUMPY_MODES[u])
    assert np.array_equal(pad(torch.from_numpy(x), (4, 0, 1, 7), (u, v)).numpy(), expected)


@pytest.mark.parametrize("wrap", list(Wrap))
def test_gradients_flow_as_through_torchs_own_padding(wrap: Wrap) -> None:
    mode = {Wrap.CLAMP: "reflect", Wrap.REPEAT: "circular"}[wrap]
    x = torch.rand(1, 2, 6, 7, generator=torch.Generator().manual_seed(0)).requires_grad_()
    weight = torch.rand(1, 2, 10, 11, generator=torch.Generator().manual_seed(1))
    (ours,) = torch.autograd.grad((pad(x, 2, (wrap, wrap)) * weight).sum(), x)
    (theirs,) = torch.autograd.grad((torch.nn.functional.pad(x, (2,) * 4, mode=mode) * weight).sum(), x)
    assert torch.allclose(ours, theirs)


def test_channels_last_stays() -> None:
    x = torch.zeros(1, 8, 6, 6).contiguous(memory_format=torch.channels_last)
    assert pad(x, 1, (Wrap.REPEAT, Wrap.CLAMP)).is_contiguous(memory_format=torch.channels_last)
