"""The losses equal references written from their formulas, and so do their gradients."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from impasto_engine.losses import (
    FeatureMoments,
    GramNorm,
    GramTarget,
    W2Target,
    content_loss,
    mixed,
    moments_of,
    roughness,
    symmetric_root,
)
from impasto_engine.texture import FloatArray
from impasto_engine.texture_traits import Wrap

RANDOM = np.random.default_rng(0)
FOUND, WANTED = RANDOM.random((1, 5, 7, 6)), RANDOM.random((1, 5, 7, 6)) ** 2
BOTH = (Wrap.REPEAT, Wrap.CLAMP)


def gram_of(features: FloatArray) -> FloatArray:
    """The sums of Gatys et al., place by place."""
    flat = features[0].reshape(features.shape[1], -1)
    gram = np.zeros((len(flat), len(flat)))
    for place in flat.T:
        gram += np.outer(place, place)
    return gram


def root_by_iteration(matrix: FloatArray) -> FloatArray:
    """Denman and Beavers 1976: another way than eigenvectors."""
    root, inverse = matrix, np.eye(len(matrix))
    for _ in range(60):
        root, inverse = (root + np.linalg.inv(inverse)) / 2, (inverse + np.linalg.inv(root)) / 2
    return root


def w2_reference(found: FloatArray, wanted: FloatArray) -> float:
    first, second = (one[0].reshape(one.shape[1], -1) for one in (found, wanted))
    one, other = (np.cov(flat, bias=True) for flat in (first, second))
    root = root_by_iteration(one)
    cross = np.trace(root_by_iteration(root @ other @ root))
    apart = ((first.mean(1) - second.mean(1)) ** 2).sum()
    return float(apart + np.trace(one) + np.trace(other) - 2 * cross)


@pytest.mark.parametrize(
    ("norm", "factor"),
    [("gatys", 1 / (4 * 5**2 * 42**2)), ("johnson", 1 / (5 * 42) ** 2)],
)
def test_gram_loss_is_that_of_its_paper(norm: GramNorm, factor: float) -> None:
    loss = GramTarget(moments_of(torch.tensor(WANTED)), norm)(moments_of(torch.tensor(FOUND)))
    expected = factor * ((gram_of(FOUND) - gram_of(WANTED)) ** 2).sum()
    assert loss.item() == pytest.approx(expected, rel=1e-10)


def test_relative_gram_loss_does_not_feel_the_scale_of_the_features() -> None:
    found, wanted = torch.tensor(FOUND), torch.tensor(WANTED)
    plain = GramTarget(moments_of(wanted), "relative")(moments_of(found)).item()
    scaled = GramTarget(moments_of(wanted * 30), "relative")(moments_of(found * 30)).item()
    assert scaled == pytest.approx(plain, rel=1e-10)


def test_gradient_of_the_gram_loss_is_that_of_the_paper() -> None:
    found = torch.tensor(FOUND, requires_grad=True)
    GramTarget(moments_of(torch.tensor(WANTED)))(moments_of(found)).backward()
    flat = FOUND[0].reshape(5, -1)
    expected = (gram_of(FOUND) - gram_of(WANTED)) @ flat / (5**2 * 42**2)
    assert found.grad is not None
    np.testing.assert_allclose(found.grad[0].reshape(5, -1), expected, rtol=1e-8, atol=1e-12)


def test_w2_is_the_distance_of_the_two_normal_distributions() -> None:
    loss = W2Target.of(moments_of(torch.tensor(WANTED)))(moments_of(torch.tensor(FOUND)))
    assert loss.item() == pytest.approx(w2_reference(FOUND, WANTED), rel=1e-5)


def test_w2_to_oneself_is_nothing() -> None:
    moments = moments_of(torch.tensor(FOUND))
    assert abs(W2Target.of(moments)(moments).item()) < 1e-5


def losses() -> list[tuple[str, Callable[[torch.Tensor], torch.Tensor]]]:
    wanted = torch.tensor(WANTED)
    target = W2Target.of(moments_of(wanted))
    return [
        ("gram", lambda x: GramTarget(moments_of(wanted))(moments_of(x))),
        ("relative", lambda x: GramTarget(moments_of(wanted), "relative")(moments_of(x))),
        ("w2", lambda x: target(moments_of(x))),
        ("content", lambda x: content_loss(x, wanted)),
    ]


@pytest.mark.parametrize("loss", [one for _, one in losses()], ids=[name for name, _ in losses()])
def test_gradients_agree_with_finite_differences(loss: Callable[[torch.Tensor], torch.Tensor]) -> None:
    assert torch.autograd.gradcheck(loss, (torch.tensor(FOUND, requires_grad=True),), rtol=1e-5)


def test_w2_of_features_without_full_rank_has_finite_gradients() -> None:
    few = torch.rand(1, 16, 2, 2, generator=torch.Generator().manual_seed(0)).requires_grad_()
    W2Target.of(moments_of(torch.zeros(1, 16, 2, 2)))(moments_of(few)).sum().backward()
    assert few.grad is not None
    assert few.grad.isfinite().all()


def test_the_root_squared_is_the_matrix() -> None:
    covariance = moments_of(torch.tensor(FOUND)).covariance
    root = symmetric_root(covariance)
    torch.testing.assert_close(root @ root, covariance)


def test_moments_mixed_by_weight_are_those_of_the_pictures_together() -> None:
    first, second = torch.tensor(FOUND), torch.tensor(WANTED)
    together = moments_of(torch.cat([first, second, second], dim=3))
    found: FeatureMoments = mixed([moments_of(first), moments_of(second)], [1 / 3, 2 / 3])
    torch.testing.assert_close(found.covariance, together.covariance)


def test_roughness_goes_around_an_axis_that_repeats() -> None:
    across = ((FOUND - np.roll(FOUND, -1, 3)) ** 2).mean()
    down = (np.diff(FOUND, axis=2) ** 2).mean()
    found, _ = roughness(torch.tensor(FOUND), BOTH)
    assert found.item() == pytest.approx(across + down, rel=1e-10)


@pytest.mark.parametrize("wrap", [BOTH, BOTH[::-1]])
def test_roughness_gives_its_own_gradient(wrap: tuple[Wrap, Wrap]) -> None:
    picture, step = torch.tensor(FOUND), 1e-6 * torch.tensor(RANDOM.standard_normal(FOUND.shape))
    _, gradient = roughness(picture, wrap)
    change = roughness(picture + step, wrap)[0] - roughness(picture - step, wrap)[0]
    assert change.item() == pytest.approx(2 * (gradient * step).sum().item(), rel=1e-6)


def test_pictures_of_a_batch_have_each_their_own_losses() -> None:
    pair = torch.cat([torch.tensor(FOUND), torch.tensor(WANTED)])
    wanted = moments_of(torch.tensor(WANTED))
    for target in (GramTarget(wanted), W2Target.of(wanted)):
        losses = target(moments_of(pair))
        torch.testing.assert_close(losses[:1], target(moments_of(pair[:1])))
        torch.testing.assert_close(losses[1:], target(moments_of(pair[1:])))
    for each, alone in zip(roughness(pair, BOTH)[0], pair, strict=True):
        torch.testing.assert_close(each, roughness(alone[None], BOTH)[0][0])


def test_places_count_for_the_moments_by_their_weight() -> None:
    features, weight = torch.tensor(FOUND), torch.zeros(1, 1, 7, 6, dtype=torch.float64)
    weight[:, :, :3] = 0.5
    found, expected = moments_of(features, weight), moments_of(features[:, :, :3])
    torch.testing.assert_close(found.mean, expected.mean)
    torch.testing.assert_close(found.second, expected.second)


def test_pooled_moments_are_those_of_the_pictures_together() -> None:
    first, second = torch.tensor(FOUND), torch.tensor(WANTED)
    found, expected = (
        moments_of(torch.cat([first, second])).pooled,
        moments_of(torch.cat([first, second], dim=3)),
    )
    torch.testing.assert_close(found.mean, expected.mean)
    torch.testing.assert_close(found.second, expected.second)
