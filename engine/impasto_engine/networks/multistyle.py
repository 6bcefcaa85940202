"""The network with 26 styles of its own, chosen by weights."""

import torch
from torch import nn

from impasto_engine.networks.transform_body import BodyShape, StyledBody, TransformBody
from impasto_engine.texture_traits import Wrap

STYLES = 26


class MultiStyle(nn.Module):
    """Conditional instance norm (Dumoulin et al. 2017, arXiv:1610.07629): a style is a row of gamma and beta.

    gamma, beta: (26, sum of body.norm_channels).
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = TransformBody(BodyShape((32, 32, 32), residuals=6, expand=(8, 4, 3), contract_norm=True))
        channels = sum(self.body.norm_channels)
        self.gamma = nn.Parameter(torch.ones(STYLES, channels))
        self.beta = nn.Parameter(torch.zeros(STYLES, channels))

    def forward(self, x: torch.Tensor, weights: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> torch.Tensor:
        """x: (N, 3, H, W) sRGB in [0, 1], H and W multiples of 4; weights: (N or 1, 26), their sum 1."""
        return self.in_style(weights).paint(x, wrap)

    def in_style(self, weights: torch.Tensor) -> StyledBody:
        rows = weights.float()[..., None]
        return StyledBody(self.body, (rows * self.gamma).sum(1), (rows * self.beta).sum(1))
