"""A descent goes down by either optimizer, each picture for itself; what they learned goes on to the next scale."""

import pytest
import torch

from at_once import CLAMP, PLENTY, REPEAT, picture
from few_features import FewFeatures, entry_of
from impasto_engine.descent import Course, Descended, descend
from impasto_engine.losses import GramTarget, moments_of
from impasto_engine.networks.feature_conv import WrapPair
from impasto_engine.objective import Aim, Objective, Region, View
from impasto_engine.optimizers import Adam, Lbfgs, Optimizer

OPTIMIZERS = [Adam, Lbfgs]


def objective(content: torch.Tensor, wrap: WrapPair = CLAMP) -> Objective:
    encoder = FewFeatures()
    targets = [GramTarget(moments_of(one), "relative") for one in encoder(picture(40, 40) ** 3, CLAMP)]
    view = View(entry_of(encoder), encoder, [Region(targets)])
    return Objective(Aim([view], content, 0.1, 0.0, wrap, PLENTY))


def run(
    optimizer: Optimizer,
    start: torch.Tensor,
    steps: int,
    wrap: WrapPair = CLAMP,
    content: torch.Tensor | None = None,
) -> Descended:
    course = Course(steps, wrap, torch.Generator().manual_seed(3))
    return descend(objective(start, wrap), start, optimizer, course, lambda _step, _pictures: None)


@pytest.mark.parametrize("make", OPTIMIZERS)
@pytest.mark.parametrize("wrap", [CLAMP, REPEAT])
def test_it_goes_down_in_range_and_is_the_same_each_time(make: type[Optimizer], wrap: WrapPair) -> None:
    first, second = (run(make(), picture(32, 32), 40, wrap) for _ in range(2))
    assert first.losses[-1] < 0.3 * first.losses[0]
    assert torch.equal(first.pictures, second.pictures)
    assert 0 <= first.pictures.min() <= first.pictures.max() <= 1


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_it_stops_when_the_loss_has_settled(make: type[Optimizer]) -> None:
    assert len(run(make(), picture(16, 16), 2000).losses) < 2000


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_pictures_side_by_side_go_each_its_own_way(make: type[Optimizer]) -> None:
    pair = torch.cat([picture(16, 16), picture(16, 16) ** 2])
    together = run(make(), pair, 12).pictures
    for index in range(2):
        alone = run(make(), pair[index : index + 1], 12).pictures
        torch.testing.assert_close(together[index : index + 1], alone, atol=1e-3, rtol=0)


def test_curvature_that_lbfgs_learned_holds_for_a_larger_picture() -> None:
    """Of a mean square over places, whose slope at one place falls as their number grows."""

    def steps_down(pictures: torch.Tensor, optimizer: Lbfgs, steps: int) -> float:
        curvature = torch.linspace(1, 40, pictures.shape[3]) / pictures[0, 0].numel()
        for _ in range(steps):
            optimizer.step(pictures, curvature * (pictures - 0.5), rate=1.0, comparable=True)
        return float((curvature * (pictures - 0.5).square()).sum())

    learned = Lbfgs()
    steps_down(picture(8, 8), learned, 6)
    carried = steps_down(picture(16, 16), learned.carried((16, 16), CLAMP), 2)
    assert carried < 0.5 * steps_down(picture(16, 16), Lbfgs(), 2)


def test_momentum_that_adam_gathered_holds_for_a_larger_picture() -> None:
    optimizer = Adam()
    slope = torch.full((1, 3, 8, 8), 4e-3)
    for _ in range(50):
        optimizer.step(picture(8, 8), slope.clone(), rate=1.0, comparable=True)
    carried = optimizer.carried((16, 16), REPEAT)
    larger = torch.full((1, 3, 16, 16), 0.5)
    carried.step(larger, torch.full((1, 3, 16, 16), 1e-3), rate=1.0, comparable=True)
    torch.testing.assert_close(0.5 - larger, torch.full((1, 3, 16, 16), carried.rate), rtol=0.01, atol=0)


def test_each_step_is_told() -> None:
    done: list[int] = []
    start = picture(16, 16)
    course = Course(7, CLAMP, torch.Generator())
    descend(objective(start), start, Adam(), course, lambda step, _pictures: done.append(step))
    assert done == [1, 2, 3, 4, 5, 6, 7]


def test_lbfgs_finds_the_least_of_a_square_within_the_bounds() -> None:
    """Of which the least is outside of them for one pixel: it ends at the bound."""
    wanted = torch.tensor([0.2, 0.7, 1.6]).view(1, 3, 1, 1)
    curvature = torch.tensor([1.0, 30.0, 5.0]).view(1, 3, 1, 1)
    pictures, optimizer = torch.full((1, 3, 1, 1), 0.5), Lbfgs()
    for _ in range(20):
        optimizer.step(pictures, curvature * (pictures - wanted), rate=1.0, comparable=True)
    torch.testing.assert_close(pictures, wanted.clamp(0, 1), atol=1e-4, rtol=0)
