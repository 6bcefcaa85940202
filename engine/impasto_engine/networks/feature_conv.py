"""A convolution and a pooling that go on past the picture's edges as its texture does; gradients flow through."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from impasto_engine.networks.padding import pad
from impasto_engine.texture_traits import Wrap

WrapPair = tuple[Wrap, Wrap]  # along u, v
_Sides = tuple[int, int, int, int]  # left, right, top, bottom


class FeatureConv(nn.Conv2d):
    """stride 2 pads as TensorFlow's SAME does for even sizes: what is odd goes to the right and the bottom."""

    def __init__(self, channels: tuple[int, int], kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__(*channels, kernel, stride, groups=groups)
        self._pads = _same(kernel, stride)

    def forward(self, x: torch.Tensor, wrap: WrapPair) -> torch.Tensor:  # type: ignore[override]  # the wrap is new
        return super().forward(padded(x, self._pads, wrap))


def max_pool(x: torch.Tensor, kernel: int, wrap: WrapPair) -> torch.Tensor:
    """By half; a side of odd length keeps its last pixel."""
    height, width = x.shape[2:]
    left, right, top, bottom = _same(kernel, 2)
    return F.max_pool2d(padded(x, (left, right + width % 2, top, bottom + height % 2), wrap), kernel, 2)


def padded(x: torch.Tensor, sides: _Sides, wrap: WrapPair) -> torch.Tensor:
    """As networks.padding.pad, with a backward pass that copies once rather than once for each strip."""
    if not any(sides):
        return x
    if not (x.requires_grad and torch.is_grad_enabled()):
        return pad(x, sides, wrap)
    result: torch.Tensor = _Pad.apply(x, sides, wrap)
    return result


class _Pad(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, sides: _Sides, wrap: WrapPair) -> torch.Tensor:
        ctx.sides, ctx.wrap, ctx.size = sides, wrap, x.shape[2:]
        return pad(x, sides, wrap)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        left, right, top, bottom = ctx.sides
        height, width = ctx.size
        rows = _folded(grads[0], -2, (top, bottom, height), ctx.wrap[1])
        return _folded(rows, -1, (left, right, width), ctx.wrap[0]), None, None


def _folded(grad: torch.Tensor, axis: int, span: tuple[int, int, int], wrap: Wrap) -> torch.Tensor:
    """Each strip is added to the pixels that it was copied from."""
    before, after, size = span
    inner = grad.narrow(axis, before, size).clone()
    for start, stop in ((-before, 0), (size, size + after)):
        for position in range(start, stop):
            strip = grad.narrow(axis, before + position, 1)
            inner.narrow(axis, _source(position, size, wrap), 1).add_(strip)
    return inner


def _source(position: int, size: int, wrap: Wrap) -> int:
    if wrap is Wrap.REPEAT:
        return position % size
    period = max(2 * (size - 1), 1)
    mirrored = position % period
    return min(mirrored, period - mirrored, size - 1)


def _same(kernel: int, stride: int) -> _Sides:
    total = kernel - stride
    before, after = total // 2, total - total // 2
    return before, after, before, after
