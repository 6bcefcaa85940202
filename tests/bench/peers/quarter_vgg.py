"""VGG-19 as our encoders have it, as a plain stack numbered like torchvision's: what every peer looks through."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from impasto_engine.encoder import Encoder, find_encoder
from impasto_engine.networks.vgg import VGG_CONVS, Vgg
from impasto_engine.weights import WeightsStore

RELUS = {"1_1": 1, "2_1": 6, "3_1": 11, "4_1": 20, "4_2": 22, "5_1": 29}


class QuarterVgg(nn.Module):
    """Zeros beyond the edges and pooling that drops an odd side's last pixel, as published."""

    def __init__(self, models: Path) -> None:
        """models: a folder that holds the distilled weights."""
        super().__init__()
        ours = find_encoder("vgg19_quarter").load(WeightsStore(models), torch.device("cpu"))
        self.normalize, self.stack = stack_of(ours)
        self.requires_grad_(False)

    def forward(self, picture: torch.Tensor, layers: Sequence[str]) -> dict[str, torch.Tensor]:
        """(1, 3, H, W) sRGB in [0, 1] to the rectified convolutions of those names."""
        x, found = self.normalize(picture), {}
        wanted = {RELUS[name]: name for name in layers}
        for index in range(max(wanted) + 1):
            x = self.stack[index](x)
            if index in wanted:
                found[wanted[index]] = x
        return found


def stack_of(encoder: Encoder) -> tuple[nn.Module, nn.Sequential]:
    """What normalizes, and the layers: of an encoder that is a VGG-19 of any width."""
    if not isinstance(encoder, Vgg):
        raise TypeError(f"{type(encoder).__name__} is no Vgg")
    layers: list[nn.Module] = []
    for name in VGG_CONVS:
        if name.endswith("_1") and name != "1_1":
            layers.append(nn.MaxPool2d(2))
        state = encoder.convs[name].state_dict()
        width, before = state["weight"].shape[:2]
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(inplace=True)]
        layers[-2].load_state_dict(state)
    return encoder.normalize, nn.Sequential(*layers).requires_grad_(False)
