"""MicroAST's networks (Wang et al. 2023, arXiv:2211.15313), each over some rows of a picture at a time.

A layer pads only where the picture ends; elsewhere it gives as many rows fewer as its kernel reaches over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn

from impasto_engine.networks.padding import pad
from impasto_engine.texture_traits import Wrap

CHANNELS = 64  # at a quarter of the size, where the styles meet
LEVELS = 2  # at which they do: 0 after the encoder's first residual block, 1 after its second
RESIDUAL_REACH = 2  # rows on each side that a residual block needs


@dataclass(frozen=True, slots=True)
class Border:
    """How rows go on past their ends: across, along u; above and below, whether the picture ends there."""

    across: Wrap
    above: bool
    below: bool

    def trim(self, x: torch.Tensor, reach: int) -> torch.Tensor:
        """Without the rows that a kernel of this reach leaves out."""
        first, end = (0 if self.above else reach), x.shape[2] - (0 if self.below else reach)
        return x[:, :, first:end]


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """What one level of the decoder takes from a style; each (1, CHANNELS, 1, 1) float32.

    mean, deviation: of the style's features. weight, bias: of the filters (the paper's FilterMod).
    """

    mean: torch.Tensor
    deviation: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor


def mixed(signals: Sequence[Signal], shares: Sequence[float]) -> Signal:
    """shares: of each, 1 in all."""

    def mix(parts: Sequence[torch.Tensor]) -> torch.Tensor:
        return sum(
            (part * share for part, share in zip(parts, shares, strict=True)), torch.zeros_like(parts[0])
        )

    return Signal(
        mix([one.mean for one in signals]),
        mix([one.deviation for one in signals]),
        mix([one.weight for one in signals]),
        mix([one.bias for one in signals]),
    )


class RowsConv(nn.Module):
    """Pad, convolve; mirrored where the picture ends, as the trained network was everywhere."""

    def __init__(self, channels: tuple[int, int], kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(*channels, kernel, stride, groups=groups)
        self.reach = kernel // 2

    def forward(self, x: torch.Tensor, border: Border) -> torch.Tensor:
        above, below = (self.reach if ends else 0 for ends in (border.above, border.below))
        padded = pad(x, (self.reach, self.reach, above, below), (border.across, Wrap.CLAMP))
        convolved: torch.Tensor = self.conv(padded)
        return convolved


class StepBlock(nn.Module):
    """Halve or double: a grouped convolution, then one of single pixels that mixes its channels."""

    def __init__(self, channels: tuple[int, int], *, step: Literal["halve", "double"]) -> None:
        super().__init__()
        self.doubles = step == "double"
        stride = 1 if self.doubles else 2
        self.spread = RowsConv(channels, 3, stride=stride, groups=min(channels))
        self.mix = RowsConv((channels[1], channels[1]), 1)

    def forward(self, x: torch.Tensor, border: Border) -> torch.Tensor:
        if self.doubles:
            x = double(x, border)
        x = F.relu_(self.spread(x, border))
        return F.relu_(self.mix(x, border))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = RowsConv((CHANNELS, CHANNELS), 3)
        self.second = RowsConv((CHANNELS, CHANNELS), 3)

    def forward(self, x: torch.Tensor, border: Border, signal: Signal | None = None) -> torch.Tensor:
        """RESIDUAL_REACH rows fewer out on each side that is not the picture's end."""
        inner = F.relu_(_modulated(self.first(x, border), border.trim(x, 1), signal))
        outer = _modulated(self.second(inner, border), border.trim(inner, 1), signal)
        return border.trim(x, RESIDUAL_REACH) + outer


class Encoder(nn.Module):
    """Content and style have one each, of the same shape."""

    above, below = 7, 4  # rows at full size that `contract` needs beside its own

    def __init__(self) -> None:
        super().__init__()
        self.first = RowsConv((3, 16), 9)
        self.steps = nn.ModuleList(
            [StepBlock((16, 32), step="halve"), StepBlock((32, CHANNELS), step="halve")]
        )
        self.residual = nn.ModuleList(Residual() for _ in range(LEVELS))

    def contract(self, x: torch.Tensor, border: Border) -> torch.Tensor:
        """(1, 3, rows, W) sRGB in [0, 1] to (1, CHANNELS, rows / 4, W / 4); rows, W multiples of 4.

        x has `above` and `below` rows more, but where the picture ends.
        """
        x = F.relu_(self.first(x, border))
        for step in self.steps:
            x = step(x, border)
        return x


class Modulator(nn.Module):
    """The style's features to weight and bias of the decoder's filters, which are means over the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.ModuleList(_depthwise() for _ in range(LEVELS))
        self.bias = nn.ModuleList(_depthwise() for _ in range(LEVELS))


class Decoder(nn.Module):
    """residual: one for each level, of which level 1 comes first."""

    reach = 3  # rows at a quarter of the size that `expand` needs on each side
    surplus = 2  # rows at full size that are left of them

    def __init__(self) -> None:
        super().__init__()
        self.residual = nn.ModuleList(Residual() for _ in range(LEVELS))
        self.steps = nn.ModuleList(
            [StepBlock((CHANNELS, 32), step="double"), StepBlock((32, 16), step="double")]
        )
        self.last = RowsConv((16, 3), 9)

    def expand(self, x: torch.Tensor, border: Border) -> torch.Tensor:
        """(1, CHANNELS, rows, W / 4) to (1, 3, 4 * rows, W), sRGB, not held to [0, 1].

        x has `reach` rows more on each side where the picture goes on, of which `surplus` are left.
        """
        for step in self.steps:
            x = step(x, border)
        painted: torch.Tensor = self.last(x, border)
        return painted


def double(x: torch.Tensor, border: Border) -> torch.Tensor:
    """Bilinear, each pixel's center a quarter beside the new ones; the last ones repeat where the picture ends."""
    beside = 1 if border.across is Wrap.REPEAT else 0
    doubled = F.interpolate(
        pad(x, (beside, beside, 0, 0), (border.across, Wrap.CLAMP)) if beside else x,
        scale_factor=2,
        mode="bilinear",
        align_corners=False,
    )
    return border.trim(doubled[..., 2 * beside : doubled.shape[3] - 2 * beside], 1)


def _modulated(convolved: torch.Tensor, x: torch.Tensor, signal: Signal | None) -> torch.Tensor:
    if signal is None:
        return convolved
    return torch.addcmul(convolved * signal.weight.to(x.dtype), x, signal.bias.to(x.dtype))


def _depthwise() -> RowsConv:
    return RowsConv((CHANNELS, CHANNELS), 3, groups=CHANNELS)
