"""How far a picture's features are from a style's and a content's: losses that gradients flow through (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch

from impasto_engine.texture_traits import Wrap

GramNorm = Literal["gatys", "johnson", "relative"]
_LEAST_SHARE = 1e-6  # of the mean eigenvalue: under it a root's slope would be endless


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMoments:
    """mean: (N, C), E[f]; second: (N, C, C), E[f f^T], over all places of each of N feature maps.

    Both are linear in the distribution, so that those of several pictures mix by weight; covariances do not.
    """

    mean: torch.Tensor
    second: torch.Tensor

    @property
    def pooled(self) -> FeatureMoments:
        """Of all N maps together, which have one size: (1, C), (1, C, C)."""
        return FeatureMoments(self.mean.mean(0, keepdim=True), self.second.mean(0, keepdim=True))

    @property
    def covariance(self) -> torch.Tensor:
        return self.second - self.mean[:, :, None] * self.mean[:, None, :]


def moments_of(features: torch.Tensor, weight: torch.Tensor | None = None) -> FeatureMoments:
    """Of each of (N, C, H, W). weight: (1 or N, 1, H, W), how much a place counts (arXiv:1611.07865, section 4)."""
    mean, second = summed(features, weight)
    total = mean.new_tensor([[features[0, 0].numel()]]) if weight is None else weight.sum((1, 2, 3))[:, None]
    return FeatureMoments(mean / total, second / total[:, :, None])


def summed(features: torch.Tensor, weight: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Moments before they are divided by the places (or by the sum of their weights)."""
    flat = features.flatten(2)
    weighted = flat if weight is None else flat * weight.flatten(2)
    return weighted.sum(2), weighted @ flat.mT


def mixed(moments: Sequence[FeatureMoments], weights: Sequence[float]) -> FeatureMoments:
    """As if the features were drawn from each by its weight. weights: of sum 1."""
    pairs = list(zip(moments, weights, strict=True))
    mean = torch.stack([one.mean * weight for one, weight in pairs]).sum(0)
    second = torch.stack([one.second * weight for one, weight in pairs]).sum(0)
    return FeatureMoments(mean, second)


class StyleTarget(Protocol):
    def __call__(self, found: FeatureMoments) -> torch.Tensor:
        """(N,): how far the moments of each feature map are from the style's."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class GramTarget:
    """The squared distance of Gram matrices, of means over places rather than sums.

    "gatys": / 4 C^2, arXiv:1508.06576 (equal where both pictures have one size, which theirs must);
    "johnson": / C^2, arXiv:1603.08155; "relative": / the wanted Gram matrix's own square, so that layers and
    encoders of any scale of features weigh alike.
    """

    wanted: FeatureMoments
    norm: GramNorm = "gatys"

    def __call__(self, found: FeatureMoments) -> torch.Tensor:
        distance = (found.second - self.wanted.second).square().sum((1, 2))
        channels = self.wanted.mean.shape[1]
        match self.norm:
            case "gatys":
                return distance / (4 * channels**2)
            case "johnson":
                return distance / channels**2
            case "relative":
                return distance / self.wanted.second.square().sum((1, 2))


@dataclass(frozen=True, slots=True, eq=False)
class W2Target:
    """The squared 2-Wasserstein distance of the normal distributions that have these moments.

    |m - n|^2 + tr(S + T - 2 (T^1/2 S T^1/2)^1/2) (Olkin and Pukelsheim 1982), as crowsonkb's
    style-transfer-pytorch uses it. root: of the style's covariance. unit: what the distance is divided by.
    """

    mean: torch.Tensor
    root: torch.Tensor
    trace: torch.Tensor
    unit: torch.Tensor

    @classmethod
    def of(cls, wanted: FeatureMoments, *, relative: bool = False) -> W2Target:
        """relative: to the style's own E|f|^2, so that layers and encoders of any scale of features weigh alike."""
        covariance = wanted.covariance
        energy = _trace(wanted.second)
        unit = energy if relative else torch.ones_like(energy)
        return cls(wanted.mean, symmetric_root(covariance), _trace(covariance), unit)

    def __call__(self, found: FeatureMoments) -> torch.Tensor:
        covariance = found.covariance
        between = self.root @ covariance @ self.root
        values = torch.linalg.eigvalsh(_in_double((between + between.mT) / 2)).to(between)
        least = _LEAST_SHARE * values.detach().mean(1, keepdim=True).clamp(min=0)
        floor = least + torch.finfo(values.dtype).tiny
        # sqrt(x + floor) rather than clamped: of rank-deficient covariances every eigenvalue keeps a finite slope
        cross = (values.clamp(min=0) + floor).sqrt().sum(1)
        apart = (found.mean - self.mean).square().sum(1)
        distance: torch.Tensor = apart + _trace(covariance) + self.trace - 2 * cross
        return distance / self.unit


def symmetric_root(matrix: torch.Tensor) -> torch.Tensor:
    """The positive root of symmetric, positive semidefinite matrices, by their eigenvectors."""
    values, vectors = torch.linalg.eigh(_in_double((matrix + matrix.mT) / 2))
    root: torch.Tensor = (vectors * values.clamp(min=0).sqrt()[..., None, :]) @ vectors.mT
    return root.to(matrix)


def _in_double(matrices: torch.Tensor) -> torch.Tensor:
    """In float32 eigenvalues come out as NaN, or not at all, where there are more channels than places. MPS has no
    float64.
    """
    return (matrices.cpu() if matrices.device.type == "mps" else matrices).double()


def _trace(matrices: torch.Tensor) -> torch.Tensor:
    return matrices.diagonal(dim1=-2, dim2=-1).sum(-1)


def content_loss(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The squared distance against the wanted features' own square: 0 for the content, 1 for nothing at all."""
    return (found - wanted).square().sum() / wanted.square().sum()


def roughness(picture: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean squared step from pixel to pixel of each of (N, C, H, W), around the circle where an axis repeats:
    (N,), and its gradient (the total variation of arXiv:1412.0035 with an exponent of 2).
    """
    total, gradient = picture.new_zeros(len(picture)), torch.zeros_like(picture)
    for channel in range(picture.shape[1]):  # one at a time: of a large picture no second copy is held
        plane, slope = picture[:, channel], gradient[:, channel]
        for axis, one in ((2, wrap[0]), (1, wrap[1])):
            size = plane.shape[axis]
            if size == 1:
                continue
            circle = one is Wrap.REPEAT
            steps = plane.roll(-1, axis) - plane if circle else plane.diff(dim=axis)
            scale = 1 / (picture.shape[1] * steps[0].numel())
            total += torch.linalg.vector_norm(steps, dim=(1, 2)).square() * scale
            steps *= 2 * scale
            slope.narrow(axis, 0, steps.shape[axis]).sub_(steps)
            if circle:
                slope.add_(steps.roll(1, axis))
            else:
                slope.narrow(axis, 1, size - 1).add_(steps)
    return total, gradient
