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

Activation = Literal["relu", "none", "sigmoid"]


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


class ConvBlock(nn.Module):
    """Upsample, pad by wrap, convolve, normalize with a style's gamma and beta (or add a bias), activate."""

    def __init__(
        self,
        channels: tuple[int, int],
        kernel: int,
        *,
        stride: int = 1,
        upsample: bool = False,
        norm: bool = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(*channels, kernel, stride, bias=not norm)
        self.norm_channels = channels[1] if norm else 0
        self._pad = kernel // 2
        self._upsample = upsample

    def forward(
        self,
        x: torch.Tensor,
        style: tuple[torch.Tensor, torch.Tensor],
        wrap: tuple[Wrap, Wrap],
        activation: Activation,
    ) -> torch.Tensor:
        """style: gamma, beta, each (N, norm_channels)."""
        if self._upsample:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.conv(pad(x, self._pad, wrap))
        if self.norm_channels:
            x = _normalize(x, *style)
        if activation == "relu":
            return F.relu_(x)
        return torch.sigmoid(x) if activation == "sigmoid" else x


class TransformBody(nn.Module):
    """Contract by 4, residual blocks, expand by nearest neighbour (Dumoulin et al. 2017, arXiv:1610.07629).

    norm_channels: channels of each normalized layer, in order; `forward` takes their gammas and betas joined.
    """

    def __init__(self, shape: BodyShape) -> None:
        super().__init__()
        widths, wide = shape.contract, shape.contract[-1]
        self.contract = nn.ModuleList(
            ConvBlock(channels, kernel, stride=stride, norm=shape.contract_norm)
            for channels, kernel, stride in zip(pairwise((3, *widths)), (9, 3, 3), (1, 2, 2), strict=True)
        )
        self.residual = nn.ModuleList(ConvBlock((wide, wide), 3) for _ in range(2 * shape.residuals))
        self.expand = nn.ModuleList(
            ConvBlock(channels, kernel, upsample=upsample)
            for channels, kernel, upsample in zip(
                pairwise((wide, *shape.expand)), (3, 3, 9), (True, True, False), strict=True
            )
        )
        blocks = (*self.contract, *self.residual, *self.expand)
        self.norm_channels = [block.norm_channels for block in blocks if isinstance(block, ConvBlock)]

    def forward(
        self, x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, wrap: tuple[Wrap, Wrap]
    ) -> torch.Tensor:
        """x: (N, 3, H, W) in [0, 1], sides multiples of 4; gamma, beta: (N or 1, sum(norm_channels))."""
        gammas, betas = (torch.split(one, self.norm_channels, dim=-1) for one in (gamma, beta))
        styles = iter(zip(gammas, betas, strict=True))
        for block in self.contract:
            x = block(x, next(styles), wrap, "relu")
        for first, second in zip(self.residual[::2], self.residual[1::2], strict=True):
            inner = first(x, next(styles), wrap, "relu")
            x = x + second(inner, next(styles), wrap, "none")
        for block, activation in zip(self.expand, ("relu", "relu", "sigmoid"), strict=True):
            x = block(x, next(styles), wrap, activation)
        return x


def _normalize(x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor) -> torch.Tensor:
    """Instance norm over the whole picture; the statistics are float32 also where autocast made x half.

    Two means in place of torch.var_mean, which takes twenty times as long on the CPU; as exact, since the
    second is of what the first has centred.
    """
    values = x.float()
    centred = values - values.mean(dim=(2, 3), keepdim=True)
    variance = (centred * centred).mean(dim=(2, 3), keepdim=True)
    scale = gamma[..., None, None] * torch.rsqrt(variance + _EPSILON)
    return torch.addcmul(beta[..., None, None], centred, scale).to(x.dtype)
