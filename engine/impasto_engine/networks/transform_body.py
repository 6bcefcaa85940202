"""The convolutions that the feed-forward style networks share; where gamma and beta come from is theirs."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn

from impasto_engine.networks.padding import pad
from impasto_engine.texture_traits import Wrap

_EPSILON = 1e-5  # of both trained graphs

Step = Literal["keep", "halve", "double"]
Activation = Literal["relu", "none", "sigmoid"]
_RESIDUAL_ACTIVATIONS: tuple[Activation, ...] = ("relu", "none")
_EXPAND_ACTIVATIONS: tuple[Activation, ...] = ("relu", "relu", "sigmoid")


@dataclass(frozen=True, slots=True)
class BodyShape:
    """Channels and depth of a TransformBody.

    contract: channels after each of three convolutions, at 1, 1/2 and 1/4 of the size. residuals: how many
    blocks of two convolutions. expand: channels after each of three, at 1/2, 1 and 1. contract_norm: whether
    the contracting convolutions are normalized by style; where not, they have a bias (a norm was folded in).
    """

    contract: tuple[int, int, int]
    residuals: int
    expand: tuple[int, int, int]
    contract_norm: bool


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Mean and (biased) variance of each channel over whole pictures; each (N, C, 1, 1) float32."""

    mean: torch.Tensor
    variance: torch.Tensor


class ConvBlock(nn.Module):
    """Upsample, pad by wrap, convolve, normalize with a style's gamma and beta (or add a bias), activate."""

    def __init__(
        self,
        channels: tuple[int, int],
        kernel: int,
        *,
        step: Step = "keep",
        norm: bool = True,
        activation: Activation = "relu",
    ) -> None:
        super().__init__()
        self.stride = 2 if step == "halve" else 1
        self.upsample = step == "double"
        self.conv = nn.Conv2d(*channels, kernel, self.stride, bias=not norm)
        self.norm_channels = channels[1] if norm else 0
        self.pad = kernel // 2
        self.activation = activation

    def forward(
        self, x: torch.Tensor, style: tuple[torch.Tensor, torch.Tensor], wrap: tuple[Wrap, Wrap]
    ) -> torch.Tensor:
        """style: gamma, beta, each (N, norm_channels)."""
        if self.upsample:
            x = double(x)
        x = self.convolve(x, (self.pad, self.pad), wrap)
        return self.finish(x, style, moments_of(x) if self.norm_channels else None)

    def convolve(self, x: torch.Tensor, edges: tuple[int, int], wrap: tuple[Wrap, Wrap]) -> torch.Tensor:
        """x: some rows, already doubled where the block upsamples. edges: rows to pad above and below."""
        convolved: torch.Tensor = self.conv(pad(x, (self.pad, self.pad, *edges), wrap))
        return convolved

    def finish(
        self, x: torch.Tensor, style: tuple[torch.Tensor, torch.Tensor], moments: Moments | None
    ) -> torch.Tensor:
        """Normalize what `convolve` gave by the moments of the whole picture, and activate."""
        if moments is not None:
            gamma, beta = (one[..., None, None] for one in style)
            scale = gamma * torch.rsqrt(moments.variance + _EPSILON)
            x = torch.addcmul(beta - moments.mean * scale, x.float(), scale).to(x.dtype)
        if self.activation == "relu":
            return F.relu_(x)
        return torch.sigmoid(x) if self.activation == "sigmoid" else x


class TransformBody(nn.Module):
    """Contract by 4, residual blocks, expand by nearest neighbour (Dumoulin et al. 2017, arXiv:1610.07629).

    norm_channels: channels of each normalized layer, in order; `forward` takes their gammas and betas joined.
    """

    def __init__(self, shape: BodyShape) -> None:
        super().__init__()
        widths, wide = shape.contract, shape.contract[-1]
        first: tuple[tuple[int, Step], ...] = ((9, "keep"), (3, "halve"), (3, "halve"))
        last: tuple[tuple[int, Step], ...] = ((3, "double"), (3, "double"), (9, "keep"))
        self.contract = nn.ModuleList(
            ConvBlock(channels, kernel, step=step, norm=shape.contract_norm)
            for channels, (kernel, step) in zip(pairwise((3, *widths)), first, strict=True)
        )
        self.residual = nn.ModuleList(
            ConvBlock((wide, wide), 3, activation=activation)
            for _ in range(shape.residuals)
            for activation in _RESIDUAL_ACTIVATIONS
        )
        self.expand = nn.ModuleList(
            ConvBlock(channels, kernel, step=step, activation=activation)
            for channels, (kernel, step), activation in zip(
                pairwise((wide, *shape.expand)), last, _EXPAND_ACTIVATIONS, strict=True
            )
        )
        self.norm_channels = [block.norm_channels for block in self.blocks()]

    def blocks(self) -> tuple[ConvBlock, ...]:
        """All in order; the residual ones two by two."""
        blocks = (*self.contract, *self.residual, *self.expand)
        return tuple(block for block in blocks if isinstance(block, ConvBlock))

    def styles(
        self, gamma: torch.Tensor, beta: torch.Tensor
    ) -> tuple[tuple[torch.Tensor, torch.Tensor], ...]:
        """gamma, beta: (N or 1, sum(norm_channels)). The part of each of `blocks`."""
        parts = (torch.split(one, self.norm_channels, dim=-1) for one in (gamma, beta))
        return tuple(zip(*parts, strict=True))

    def forward(
        self, x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, wrap: tuple[Wrap, Wrap]
    ) -> torch.Tensor:
        """x: (N, 3, H, W) in [0, 1], sides multiples of 4; gamma, beta: (N or 1, sum(norm_channels))."""
        styles = iter(self.styles(gamma, beta))
        for block in self.contract:
            x = block(x, next(styles), wrap)
        for first, second in zip(self.residual[::2], self.residual[1::2], strict=True):
            inner = first(x, next(styles), wrap)
            x = x + second(inner, next(styles), wrap)
        for block in self.expand:
            x = block(x, next(styles), wrap)
        return x


@dataclass(frozen=True, slots=True, eq=False)
class StyledBody:
    """A body in one style. gamma, beta: (N or 1, sum(body.norm_channels))."""

    body: TransformBody
    gamma: torch.Tensor
    beta: torch.Tensor

    def paint(self, x: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> torch.Tensor:
        painted: torch.Tensor = self.body(x, self.gamma, self.beta, wrap)
        return painted


def double(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def moments_of(x: torch.Tensor) -> Moments:
    """Over the rows that x has, in float32 also where autocast made x half.

    Two means in place of torch.var_mean, which takes twenty times as long on the CPU; as exact, since the
    second is of what the first has centred.
    """
    values = x.float()
    mean = values.mean(dim=(2, 3), keepdim=True)
    centred = values - mean
    return Moments(mean, (centred * centred).mean(dim=(2, 3), keepdim=True))
