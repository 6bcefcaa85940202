"""SqueezeNet 1.1 (arXiv:1602.07360) up to fire9."""

import torch
import torch.nn.functional as F
from torch import nn

from impasto_engine.networks.feature_conv import FeatureConv, WrapPair, max_pool

# squeezed, expanded (half by 1x1, half by 3x3)
FIRES = {
    "fire2": (16, 128),
    "fire3": (16, 128),
    "fire4": (32, 256),
    "fire5": (32, 256),
    "fire6": (48, 384),
    "fire7": (48, 384),
    "fire8": (64, 512),
    "fire9": (64, 512),
}
_POOLED = ("fire2", "fire4", "fire6")  # what comes before them is halved
_MEAN_BGR = (104.006, 116.669, 122.679)


class Fire(nn.Module):
    def __init__(self, before: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze1x1 = FeatureConv((before, squeezed), 1)
        self.expand1x1 = FeatureConv((squeezed, expanded // 2), 1)
        self.expand3x3 = FeatureConv((squeezed, expanded // 2), 3)

    def forward(self, x: torch.Tensor, wrap: WrapPair) -> torch.Tensor:
        x = F.relu(self.squeeze1x1(x, wrap))
        return F.relu(torch.cat([self.expand1x1(x, wrap), self.expand3x3(x, wrap)], dim=1))


class SqueezeNet(nn.Module):
    """layers: "conv1" or the names of fires, whose results are given."""

    def __init__(self, layers: tuple[str, ...]) -> None:
        super().__init__()
        self.conv1 = FeatureConv((3, 64), 3, stride=2)
        self.fires = nn.ModuleDict()
        before = 64
        for name, (squeezed, expanded) in FIRES.items():
            self.fires[name] = Fire(before, squeezed, expanded)
            before = expanded
        self.mean: torch.Tensor
        self.register_buffer("mean", torch.tensor(_MEAN_BGR).view(3, 1, 1), persistent=False)
        self._layers = layers

    def forward(self, picture: torch.Tensor, wrap: WrapPair) -> tuple[torch.Tensor, ...]:
        """(N, 3, H, W) sRGB in [0, 1] to one (N, C, h, w) for each of the layers."""
        x = F.relu(self.conv1(picture.flip(1) * 255 - self.mean, wrap))
        found = {"conv1": x}
        for name, fire in self.fires.items():
            if len(found.keys() & set(self._layers)) == len(self._layers):
                break
            found[name] = x = fire(max_pool(x, 3, wrap) if name in _POOLED else x, wrap)
        return tuple(found[name] for name in self._layers)
