"""The network that paints a picture in any style, given the style's vector of 100 numbers."""

import torch
from torch import nn

from impasto_engine.networks.transform_body import BodyShape, StyledBody, TransformBody
from impasto_engine.texture_traits import Wrap

STYLE_NUMBERS = 100


class StyleTransform(nn.Module):
    """Arbitrary stylization (Ghiasi et al. 2017, arXiv:1705.06830), in Magenta's small width (8, 16, 32)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = TransformBody(BodyShape((8, 16, 32), residuals=5, expand=(16, 8, 3), contract_norm=False))
        channels = sum(self.body.norm_channels)
        self.gamma = nn.Linear(STYLE_NUMBERS, channels)
        self.beta = nn.Linear(STYLE_NUMBERS, channels)

    def forward(self, x: torch.Tensor, style: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> torch.Tensor:
        """x: (N, 3, H, W) sRGB in [0, 1], H and W multiples of 4; style: (N or 1, 100). x's shape out."""
        return self.in_style(style).paint(x, wrap)

    def in_style(self, style: torch.Tensor) -> StyledBody:
        with torch.autocast(style.device.type, enabled=False):  # 2 x 427 numbers decide the whole picture
            return StyledBody(self.body, self.gamma(style.float()), self.beta(style.float()))
