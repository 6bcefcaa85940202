"""The network that sees a style image and says its vector of 100 numbers."""

import torch
import torch.nn.functional as F
from torch import nn

from impasto_engine.networks.style_transform import STYLE_NUMBERS

SIDE = 256  # what it was trained on; its means depend on it

# (expansion, channels, stride) of the 17 inverted residuals, Sandler et al. 2018, table 2
_BLOCKS = (
    (1, 16, 1),
    *((6, 24, 2), (6, 24, 1)),
    *((6, 32, 2), (6, 32, 1), (6, 32, 1)),
    *((6, 64, 2), (6, 64, 1), (6, 64, 1), (6, 64, 1)),
    *((6, 96, 1), (6, 96, 1), (6, 96, 1)),
    *((6, 160, 2), (6, 160, 1), (6, 160, 1)),
    (6, 320, 1),
)


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding for even sizes: stride 2 pads only right and bottom."""

    def __init__(self, channels: tuple[int, int], kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(*channels, kernel, stride, padding, groups=groups)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.stride[0] == 2:
            x = F.pad(x, (0, 1, 0, 1))
        return super().forward(x)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; batch norms are folded into the biases."""

    def __init__(self, channels: tuple[int, int], *, expansion: int, stride: int) -> None:
        super().__init__()
        inside = channels[0] * expansion
        self.expand = SameConv((channels[0], inside), 1) if expansion > 1 else None
        self.depthwise = SameConv((inside, inside), 3, stride=stride, groups=inside)
        self.project = SameConv((inside, channels[1]), 1)
        self._adds = stride == 1 and channels[0] == channels[1]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inside = x if self.expand is None else F.relu6(self.expand(x))
        projected: torch.Tensor = self.project(F.relu6(self.depthwise(inside)))
        return x + projected if self._adds else projected


class StylePredictor(nn.Module):
    """MobileNetV2 (arXiv:1801.04381) up to its mean, then 100 numbers; distilled from Inception."""

    def __init__(self) -> None:
        super().__init__()
        self.first = SameConv((3, 32), 3, stride=2)
        self.blocks = nn.ModuleList()
        before = 32
        for expansion, channels, stride in _BLOCKS:
            self.blocks.append(InvertedResidual((before, channels), expansion=expansion, stride=stride))
            before = channels
        self.last = SameConv((before, 1280), 1)
        self.style = nn.Linear(1280, STYLE_NUMBERS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3, 256, 256) sRGB in [0, 1] to (N, 100)."""
        x = F.relu6(self.first(x))
        for block in self.blocks:
            x = block(x)
        vector: torch.Tensor = self.style(F.relu6(self.last(x)).mean(dim=(2, 3)))
        return vector
