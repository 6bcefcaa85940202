"""An encoder of two layers, for tests: quick, and it counts how often it looks."""

import torch

from impasto_engine.encoder import EncoderEntry, FeatureLayer, find_encoder
from impasto_engine.networks.feature_conv import FeatureConv, WrapPair, max_pool

LAYERS = (FeatureLayer("first", style=1.0), FeatureLayer("second", style=1.0, content=1.0))


class FewFeatures(torch.nn.Module):
    """looks: the sizes it saw without being asked for gradients."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = FeatureConv((3, 6), 3), FeatureConv((6, 8), 3, stride=2)
        self.requires_grad_(False)
        self.looks: list[tuple[int, int]] = []

    def forward(self, x: torch.Tensor, wrap: WrapPair) -> tuple[torch.Tensor, ...]:
        if not torch.is_grad_enabled():
            self.looks.append((x.shape[2], x.shape[3]))
        first = torch.relu(self.first(x, wrap))
        return first, torch.relu(self.second(max_pool(first, 2, wrap), wrap))


def entry_of(encoder: FewFeatures, bytes_per_pixel: int = 100) -> EncoderEntry:
    return EncoderEntry(
        LAYERS,
        lambda weights, device: encoder,
        find_encoder("squeezenet").weights,
        bytes_per_pixel=bytes_per_pixel,
        stride=4,
        reach=6,
    )
