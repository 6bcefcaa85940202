"""How far a picture's features are from a style's and a content's: losses that gradients flow through (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from impasto_engine.texture_traits import Wrap

GramNorm = Literal["gatys", "johnson", "relative"]
_LEAST_SHARE = 1e-6  # of the mean eigenvalue: under it a root's slope would be endless


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMoments:
    """mean: (C,), E[f]; second: (C, C), E[f f^T], over all places of a feature map (or of several).

    Both are linear in the distribution, so that those of several pictures mix by weight; covariances do not.
    """

    mean: torch.Tensor
    second: torch.Tensor

    @property
    def covariance(self) -> torch.Tensor:
        return self.second - torch.outer(self.mean, self.mean)


def moments_of(features: torch.Tensor) -> FeatureMoments:
    """Of (N, C, H, W), over all of N, H and W."""
    flat = features.transpose(0, 1).flatten(1)
    return FeatureMoments(flat.mean(1), flat @ flat.T / flat.shape[1])


def mixed(moments: Sequence[FeatureMoments], weights: Sequence[float]) -> FeatureMoments:
    """As if the features were drawn from each by its weight. weights: of sum 1."""
    pairs = list(zip(moments, weights, strict=True))
    mean = torch.stack([one.mean * weight for one, weight in pairs]).sum(0)
    second = torch.stack([one.second * weight for one, weight in pairs]).sum(0)
    return FeatureMoments(mean, second)


def gram_loss(found: FeatureMoments, wanted: FeatureMoments, norm: GramNorm = "gatys") -> torch.Tensor:
    """The squared distance of Gram matrices, of means over places rather than sums.

    "gatys": / 4 C^2, arXiv:1508.06576 (equal where both pictures have one size, which theirs must);
    "johnson": / C^2, arXiv:1603.08155; "relative": / the wanted Gram matrix's own square, so that layers and
    encoders of any scale of features weigh alike.
    """
    distance = (found.second - wanted.second).square().sum()
    channels = len(wanted.mean)
    match norm:
        case "gatys":
            return distance / (4 * channels**2)
        case "johnson":
            return distance / channels**2
        case "relative":
            return distance / wanted.second.square().sum()


@dataclass(frozen=True, slots=True, eq=False)
class W2Target:
    """What `w2_loss` needs of a style. root: of its covariance."""

    mean: torch.Tensor
    root: torch.Tensor
    trace: torch.Tensor

    @classmethod
    def of(cls, moments: FeatureMoments) -> W2Target:
        covariance = moments.covariance
        return cls(moments.mean, symmetric_root(covariance), covariance.trace())


def w2_loss(found: FeatureMoments, wanted: W2Target) -> torch.Tensor:
    """The squared 2-Wasserstein distance of the normal distributions that have these moments.

    |m - n|^2 + tr(S + T - 2 (T^1/2 S T^1/2)^1/2) (Olkin and Pukelsheim 1982), as crowsonkb's
    style-transfer-pytorch uses it.
    """
    covariance = found.covariance
    between = wanted.root @ covariance @ wanted.root
    values = torch.linalg.eigvalsh((between + between.T) / 2)
    floor = _LEAST_SHARE * values.detach().mean().clamp(min=0) + torch.finfo(values.dtype).tiny
    # sqrt(x + floor) rather than clamped: of rank-deficient covariances every eigenvalue keeps a finite slope
    cross = (values.clamp(min=0) + floor).sqrt().sum()
    apart: torch.Tensor = (found.mean - wanted.mean).square().sum()
    distance: torch.Tensor = apart + covariance.trace() + wanted.trace - 2 * cross
    return distance


def symmetric_root(matrix: torch.Tensor) -> torch.Tensor:
    """The positive root of a symmetric, positive semidefinite matrix, by its eigenvectors."""
    values, vectors = torch.linalg.eigh((matrix + matrix.T) / 2)
    root: torch.Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root


def sliced_wasserstein(found: torch.Tensor, wanted: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    """The mean squared distance of sorted projections (arXiv:2006.07229).

    found: (1, C, h, w); wanted: (1, C, h', w') of any size, whose quantiles are taken at those of found.
    directions: (K, C), of unit length.
    """
    mine = (directions @ found[0].flatten(1)).sort(dim=1).values
    theirs = (directions @ wanted[0].flatten(1)).sort(dim=1).values
    if theirs.shape[1] != mine.shape[1]:
        theirs = torch.nn.functional.interpolate(
            theirs[None], size=mine.shape[1], mode="linear", align_corners=True
        )[0]
    return (mine - theirs).square().mean()


def content_loss(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The squared distance against the wanted features' own square: 0 for the content, 1 for nothing at all."""
    return (found - wanted).square().sum() / wanted.square().sum()


def total_variation(picture: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> torch.Tensor:
    """The mean squared step from pixel to pixel of (N, C, H, W), around the circle where an axis repeats."""
    total = picture.new_zeros(())
    for axis, one in ((-1, wrap[0]), (-2, wrap[1])):
        steps = picture.roll(-1, axis) - picture if one is Wrap.REPEAT else picture.diff(dim=axis)
        if steps.numel():
            total = total + steps.square().mean()
    return total
