"""A part that runs again on the way back gives the results and the gradient that it gives in one go."""

import torch
from torch import nn

from impasto_engine.networks.recomputed import recomputed


def part() -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(3, 4, 3, padding=1).double().requires_grad_(False)


def gradient(*, again: bool, uses_first: bool = True, coarse: bool = False) -> torch.Tensor:
    conv = part().float() if coarse else part()

    def both(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        first = torch.tanh(conv(x))
        return first, first.square()

    x = torch.rand(
        1, 3, 6, 5, dtype=torch.float if coarse else torch.double, generator=torch.Generator().manual_seed(1)
    ).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, coarse):
        first, second = recomputed(both, x) if again else both(x)
    loss = second.sum() + (first.exp().sum() if uses_first else 0.0)
    return torch.autograd.grad(loss, x)[0]


def test_the_gradient_is_that_of_one_go() -> None:
    assert torch.equal(gradient(again=True), gradient(again=False))


def test_it_runs_again_in_the_precision_of_the_first_time() -> None:
    assert torch.equal(gradient(again=True, coarse=True), gradient(again=False, coarse=True))


def test_a_result_that_no_loss_uses_is_no_matter() -> None:
    assert torch.equal(gradient(again=True, uses_first=False), gradient(again=False, uses_first=False))


def test_it_runs_twice_only_where_gradients_flow() -> None:
    runs: list[bool] = []

    def counted(x: torch.Tensor) -> tuple[torch.Tensor]:
        runs.append(torch.is_grad_enabled())
        return (x * 2,)

    x = torch.ones(1, requires_grad=True)
    with torch.no_grad():
        recomputed(counted, x)
    assert runs == [False]
    torch.autograd.grad(recomputed(counted, x)[0], x)
    assert runs == [False, False, True]
