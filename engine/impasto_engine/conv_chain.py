"""Convolutions one after another over some rows of a picture: which rows each needs, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from impasto_engine.networks.transform_body import ConvBlock, Moments, double
from impasto_engine.texture_traits import Wrap


@dataclass(slots=True, eq=False)
class Layer:
    """A block in one style; moments: those of its convolution over the whole picture, once they are measured."""

    block: ConvBlock
    style: tuple[torch.Tensor, torch.Tensor]  # gamma, beta
    moments: Moments | None = None

    def finish(self, x: torch.Tensor) -> torch.Tensor:
        return self.block.finish(x, self.style, self.moments)


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Layers one after another. fetch: rows of the input, of `height`; past the edges where the axis repeats."""

    layers: Sequence[Layer]
    fetch: Callable[[int, int], torch.Tensor]
    height: int
    wrap: tuple[Wrap, Wrap]

    def raw(self, start: int, stop: int) -> torch.Tensor:
        """Those rows of the last layer's convolution, before its norm."""
        heights = [self.height]
        for layer in self.layers:
            heights.append(heights[-1] * (2 if layer.block.upsample else 1) // layer.block.stride)
        spans = []
        for layer, height in zip(reversed(self.layers), reversed(heights[:-1]), strict=True):
            spans.append(_Span.of(layer.block, (start, stop), height, self.wrap[1]))
            start, stop = spans[-1].start, spans[-1].stop
        x = self.fetch(start, stop)
        for index, (layer, span) in enumerate(zip(self.layers, reversed(spans), strict=True)):
            x = span.convolve(layer.block, x if index == 0 else self.layers[index - 1].finish(x), self.wrap)
        return x

    def to(self, count: int) -> Chain:
        """The first `count` layers."""
        return Chain(self.layers[:count], self.fetch, self.height, self.wrap)

    @property
    def out_height(self) -> int:
        height = self.height
        for layer in self.layers:
            height = height * (2 if layer.block.upsample else 1) // layer.block.stride
        return height


@dataclass(frozen=True, slots=True)
class _Span:
    """The rows start..stop of its input that some rows of a block need; then `skip` rows of the doubled are
    dropped, and the edges padded."""

    start: int
    stop: int
    skip: int
    length: int
    edges: tuple[int, int]

    @classmethod
    def of(cls, block: ConvBlock, asked: tuple[int, int], height: int, wrap: Wrap) -> _Span:
        factor = 2 if block.upsample else 1
        start, stop = asked[0] * block.stride - block.pad, (asked[1] - 1) * block.stride + block.pad + 1
        above = below = 0
        if wrap is Wrap.CLAMP:
            above, below = max(0, -start), max(0, stop - height * factor)
            start, stop = start + above, stop - below
        first = start // factor
        return cls(first, -(-stop // factor), start - first * factor, stop - start, (above, below))

    def convolve(self, block: ConvBlock, x: torch.Tensor, wrap: tuple[Wrap, Wrap]) -> torch.Tensor:
        if block.upsample:
            x = double(x).narrow(2, self.skip, self.length)
        return block.convolve(x, self.edges, wrap)
