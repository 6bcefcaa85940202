"""Continues a picture past its edges: mirrored where it ends, around the circle where it repeats."""

import torch

from impasto_engine.texture_traits import Wrap


def pad(x: torch.Tensor, amount: int | tuple[int, int, int, int], wrap: tuple[Wrap, Wrap]) -> torch.Tensor:
    """Pad (N, C, H, W) by `amount` pixels a side, or (left, right, top, bottom); any size down to 1x1.

    wrap: along u (W), v (H). `clamp` mirrors without its edge twice, `repeat` goes on at the other side.
    Where the pad is larger than the picture, the mirror or the circle continues (as numpy.pad does), so that
    an axis of one pixel repeats that pixel. Gradients flow; channels_last stays.
    """
    left, right, top, bottom = (amount,) * 4 if isinstance(amount, int) else amount
    batch, channels, height, width = x.shape
    # One copy and four strips: torch's circular padding copies twice, and loses channels_last.
    channels_last = x.is_contiguous(memory_format=torch.channels_last)
    padded = torch.empty(
        (batch, channels, top + height + bottom, left + width + right),
        dtype=x.dtype,
        device=x.device,
        memory_format=torch.channels_last if channels_last else torch.contiguous_format,
    )
    rows = padded[..., top : top + height, :]
    rows[..., left : left + width] = x
    for start, stop in ((-left, 0), (width, width + right)):
        if start < stop:
            rows[..., left + start : left + stop] = x.index_select(-1, _places(start, stop, x, -1, wrap[0]))
    for start, stop in ((-top, 0), (height, height + bottom)):
        if start < stop:
            strip = rows.index_select(-2, _places(start, stop, x, -2, wrap[1]))
            padded[..., top + start : top + stop, :] = strip
    return padded


def _places(start: int, stop: int, x: torch.Tensor, axis: int, wrap: Wrap) -> torch.Tensor:
    """Which pixels of x's axis stand at positions start..stop, that lie outside of it."""
    size = x.shape[axis]
    positions = torch.arange(start, stop, device=x.device)
    if wrap is Wrap.REPEAT:
        return positions.remainder(size)
    period = max(2 * (size - 1), 1)
    mirrored = positions.remainder(period)
    return torch.minimum(mirrored, period - mirrored).clamp(max=size - 1)
