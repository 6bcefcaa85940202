"""VGG-19 up to conv5_1 (arXiv:1409.1556), of any width: the features that Gatys et al. compare."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from impasto_engine.networks.feature_conv import FeatureConv, WrapPair, max_pool

VGG_WIDTHS = (64, 128, 256, 512, 512)
VGG_CONVS = ("1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "3_4", "4_1", "4_2", "4_3", "4_4", "5_1")


class Vgg(nn.Module):
    """layers: names of convolutions ("1_1"), whose rectified results are given."""

    def __init__(self, widths: Sequence[int], layers: Sequence[str]) -> None:
        super().__init__()
        self.normalize = nn.Conv2d(3, 3, 1)
        self.convs = nn.ModuleDict()
        before = 3
        for name in VGG_CONVS:
            width = widths[int(name[0]) - 1]
            self.convs[name] = FeatureConv((before, width), 3)
            before = width
        self._layers = tuple(layers)

    def forward(self, picture: torch.Tensor, wrap: WrapPair) -> tuple[torch.Tensor, ...]:
        """(N, 3, H, W) sRGB in [0, 1] to one (N, C, h, w) for each of the layers."""
        x, found = self.normalize(picture), {}
        for name, conv in self.convs.items():
            if name.endswith("_1") and name != "1_1":
                x = max_pool(x, 2, wrap)
            x = F.relu(conv(x, wrap))
            found[name] = x
            if len(found.keys() & set(self._layers)) == len(self._layers):
                break
        return tuple(found[name] for name in self._layers)
