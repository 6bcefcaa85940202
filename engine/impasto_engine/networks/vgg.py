"""VGG-19 up to conv5_1 (arXiv:1409.1556), of any width: the features that Gatys et al. compare."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby

import torch
from torch import nn

from impasto_engine.networks.feature_conv import FeatureConv, WrapPair, max_pool
from impasto_engine.networks.recomputed import recomputed

VGG_WIDTHS = (64, 128, 256, 512, 512)
VGG_CONVS = ("1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "3_4", "4_1", "4_2", "4_3", "4_4", "5_1")


class Vgg(nn.Module):
    """layers: names of convolutions ("1_1"), in order, whose rectified results are given.

    On the way back each block between two poolings runs again: half the memory, for a third more time.
    """

    def __init__(self, widths: Sequence[int], layers: Sequence[str]) -> None:
        super().__init__()
        self.normalize = nn.Conv2d(3, 3, 1)
        self.convs = nn.ModuleDict()
        before = 3
        for name in VGG_CONVS[: VGG_CONVS.index(layers[-1]) + 1]:
            width = widths[int(name[0]) - 1]
            self.convs[name] = FeatureConv((before, width), 3)
            before = width
        self._layers = frozenset(layers)

    def forward(self, picture: torch.Tensor, wrap: WrapPair) -> tuple[torch.Tensor, ...]:
        """(N, 3, H, W) sRGB in [0, 1] to one (N, C, h, w) for each of the layers."""
        x, found = self.normalize(picture), list[torch.Tensor]()
        for _, block in groupby(self.convs, lambda name: name[0]):
            names = tuple(block)
            given = [name for name in names if name in self._layers or name == names[-1]]
            results = recomputed(partial(self._block, names, given, wrap), x)
            found += [one for name, one in zip(given, results, strict=True) if name in self._layers]
            x = results[-1]
        return tuple(found)

    def _block(
        self, names: Sequence[str], given: Sequence[str], wrap: WrapPair, x: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        found = []
        for name in names:
            if name.endswith("_1") and name != VGG_CONVS[0]:
                x = max_pool(x, 2, wrap)
            x = self.convs[name](x, wrap).relu_()
            if name in given:
                found.append(x)
        return tuple(found)
