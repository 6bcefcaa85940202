"""EfficientNet-lite0 (arXiv:1905.11946, without squeeze-and-excitation) up to block 10."""

import torch
import torch.nn.functional as F
from torch import nn

from impasto_engine.networks.feature_conv import FeatureConv, WrapPair

STEM = 32
# kernel, stride, channels of blocks 0 to 10; all but the first expand by 6
BLOCKS = (
    (3, 1, 16),
    *((3, 2, 24), (3, 1, 24)),
    *((5, 2, 40), (5, 1, 40)),
    *((3, 2, 80), (3, 1, 80), (3, 1, 80)),
    *((5, 1, 112), (5, 1, 112), (5, 1, 112)),
)


class Block(nn.Module):
    """Expand, filter each channel, project; batch norms are folded into the convolutions."""

    def __init__(self, before: int, row: tuple[int, int, int], *, expansion: int) -> None:
        super().__init__()
        kernel, stride, channels = row
        inside = before * expansion
        self.expand = FeatureConv((before, inside), 1) if expansion > 1 else None
        self.depthwise = FeatureConv((inside, inside), kernel, stride=stride, groups=inside)
        self.project = FeatureConv((inside, channels), 1)
        self._adds = stride == 1 and before == channels

    def forward(self, x: torch.Tensor, wrap: WrapPair) -> torch.Tensor:
        inside = x if self.expand is None else F.relu6(self.expand(x, wrap))
        projected: torch.Tensor = self.project(F.relu6(self.depthwise(inside, wrap)), wrap)
        return x + projected if self._adds else projected


class EfficientNetLite(nn.Module):
    """layers: "stem" or "block0" to "block10", whose results are given."""

    def __init__(self, layers: tuple[str, ...]) -> None:
        super().__init__()
        self.stem = FeatureConv((3, STEM), 3, stride=2)
        self.blocks = nn.ModuleList()
        before = STEM
        for index, row in enumerate(BLOCKS):
            self.blocks.append(Block(before, row, expansion=6 if index else 1))
            before = row[2]
        self._layers = layers

    def forward(self, picture: torch.Tensor, wrap: WrapPair) -> tuple[torch.Tensor, ...]:
        """(N, 3, H, W) sRGB in [0, 1] to one (N, C, h, w) for each of the layers."""
        x = F.relu6(self.stem((picture * 255 - 127) / 128, wrap))
        found = {"stem": x}
        for index, block in enumerate(self.blocks):
            if len(found.keys() & set(self._layers)) == len(self._layers):
                break
            found[f"block{index}"] = x = block(x, wrap)
        return tuple(found[name] for name in self._layers)
