"""MicroAST over pictures of any size, in bands of rows: the result is that of the whole at once.

What lies at a quarter of the size is held, and changed in place. Only two layers look at a whole picture: they
bring the moments of its features to those of the style.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch

from impasto_engine.networks.microast import (
    CHANNELS,
    LEVELS,
    RESIDUAL_REACH,
    Border,
    Decoder,
    Encoder,
    Modulator,
    Signal,
)
from impasto_engine.networks.transform_body import moments_of
from impasto_engine.rows import Rows, Whole, around, sweep
from impasto_engine.stylizer import Progress, Terms
from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import cuts

_EPSILON = 1e-5
_BYTES_PER_PIXEL = 384  # of a band: 32 channels at full size, doubled and padded, are the most
_LEAST_BAND = 16  # rows at full size
_BANDS = 8  # of the budget: the features are the larger part, and wide bands are no faster
_ORDER = tuple(reversed(range(LEVELS)))  # in which the decoder takes the levels


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A picture whose sides are multiples of 4, and how it goes on past its edges, along u, v."""

    picture: Rows
    wrap: tuple[Wrap, Wrap]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Mean and deviation of each channel over whole pictures; each (1, CHANNELS, 1, 1) float32."""

    mean: torch.Tensor
    deviation: torch.Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Painter:
    """The networks in one style, at work. signals: of each level."""

    encoder: Encoder
    decoder: Decoder
    signals: Sequence[Signal]
    device: torch.device

    def paint(self, source: Source, terms: Terms, spreads: Sequence[Spread] | None) -> Rows:
        """spreads: of each level, where they are not to be the picture's own."""
        terms.progress(Progress("stylize", 0, 1 + LEVELS))
        features = self._encoded(source, terms.budget)
        for done, level in enumerate(_ORDER):
            terms.progress(Progress("stylize", 1 + done, 1 + LEVELS))
            self._decode(features, level, pooled(features.parts()) if spreads is None else spreads[level])
        painted = _Painted(features, self.decoder)
        return painted if painted.band < painted.height else Whole(painted.rows(0, painted.height))

    def measure(self, sources: Sequence[Source], terms: Terms) -> tuple[Spread, ...]:
        """The spread of each level, pooled over all the pictures by their pixels.

        Each is encoded anew for each level: the features of one alone are held at a time.
        """
        known: dict[int, Spread] = {}

        def parts() -> Iterator[torch.Tensor]:
            for source in sources:
                features = self._encoded(source, terms.budget)
                for earlier, spread in known.items():
                    self._decode(features, earlier, spread)
                yield from features.parts()

        for done, level in enumerate(_ORDER):
            terms.progress(Progress("stylize", done, LEVELS))
            known[level] = pooled(parts())
        return tuple(known[level] for level in range(LEVELS))

    def _encoded(self, source: Source, budget: int) -> _Features:
        features = _Features(source, self.encoder, self.device, budget)
        for residual in self.encoder.residual:
            features.change(residual)
        return features

    def _decode(self, features: _Features, level: int, spread: Spread) -> None:
        """Adaptive instance normalization (Huang and Belongie 2017, arXiv:1703.06868), then modulated filters."""
        signal, residual = self.signals[level], self.decoder.residual[level]
        scale = signal.deviation / spread.deviation
        shift = signal.mean - spread.mean * scale

        def decode(x: torch.Tensor, border: Border) -> torch.Tensor:
            decoded: torch.Tensor = residual(
                torch.addcmul(shift, x.float(), scale).to(x.dtype), border, signal
            )
            return decoded

        features.change(decode)


def signals_of(
    encoder: Encoder, modulator: Modulator, style: Source, device: torch.device, budget: int
) -> tuple[Signal, ...]:
    """What each level takes from a style image, sRGB in [0, 1]."""
    features = _Features(style, encoder, device, budget)
    found = []
    for level, residual in enumerate(encoder.residual):
        features.change(residual)
        spread = pooled(features.parts())
        weight = pooled(features.seen(modulator.weight[level])).mean
        bias = pooled(features.seen(modulator.bias[level])).mean
        found.append(Signal(spread.mean, spread.deviation, weight, bias))
    return tuple(found)


def pooled(parts: Iterable[torch.Tensor]) -> Spread:
    """Over all rows together, in float64. The deviation is that of a sample, as the network was trained with."""
    counts, means, variances = [], [], []
    for part in parts:
        found = moments_of(part)
        counts.append(part.shape[2] * part.shape[3])
        means.append(found.mean.double())
        variances.append(found.variance.double())
    total = sum(counts)
    shares = means[0].new_tensor(counts).view(-1, 1, 1, 1) / total
    mean = (torch.cat(means) * shares).sum(0, keepdim=True)
    apart = torch.cat(means) - mean
    variance = ((torch.cat(variances) + apart * apart) * shares).sum(0, keepdim=True) * total / (total - 1)
    return Spread(mean.float(), (variance + _EPSILON).sqrt().float())


_Layer = Callable[[torch.Tensor, Border], torch.Tensor]


class _Features:
    """A picture's features at a quarter of its size, contracted at first."""

    def __init__(self, source: Source, encoder: Encoder, device: torch.device, budget: int) -> None:
        picture, self.wrap = source.picture, source.wrap
        self.height, self.width = picture.height, picture.width
        self.band = max(_LEAST_BAND, budget // _BANDS // _BYTES_PER_PIXEL // self.width // 4 * 4)
        self._quarter: torch.Tensor | None = None
        for start, stop in cuts(self.height // 4, self.band // 4):
            first, end = self._reached(4 * start - encoder.above, 4 * stop + encoder.below, self.height)
            window = around(picture, first, end, self.wrap[1]).to(device, torch.float32)
            window = window.contiguous(memory_format=torch.channels_last)
            contracted = encoder.contract(window, self._border(first, end, self.height))
            self._held(contracted)[:, :, start:stop] = contracted

    @property
    def quarter(self) -> torch.Tensor:
        if self._quarter is None:
            raise RuntimeError("nothing is contracted yet")
        return self._quarter

    def parts(self) -> Iterator[torch.Tensor]:
        for start, stop in cuts(self.height // 4, self.band // 4):
            yield self.quarter[:, :, start:stop]

    def window(self, start: int, stop: int, reach: int) -> tuple[torch.Tensor, Border, int]:
        """Rows of the quarter with `reach` more on each side, where there are; and the first of them."""
        height = self.height // 4
        first, end = self._reached(start - reach, stop + reach, height)
        return around(Whole(self.quarter), first, end, self.wrap[1]), self._border(first, end, height), first

    def seen(self, layer: _Layer) -> Iterator[torch.Tensor]:
        """What a layer that reaches one row makes of all."""
        for start, stop in cuts(self.height // 4, self.band // 4):
            window, border, _ = self.window(start, stop, 1)
            yield layer(window, border)

    def change(self, layer: _Layer) -> None:
        """To what a layer that reaches as far as a residual block makes of them."""
        for rows, window, missing in sweep(self.quarter, RESIDUAL_REACH, self.band // 4, self.wrap[1]):
            rows.copy_(layer(window, Border(self.wrap[0], missing[0] > 0, missing[1] > 0)))

    def _held(self, like: torch.Tensor) -> torch.Tensor:
        if self._quarter is None:
            shape = (1, CHANNELS, self.height // 4, self.width // 4)
            self._quarter = torch.empty(
                shape, dtype=like.dtype, device=like.device, memory_format=torch.channels_last
            )
        return self._quarter

    def _reached(self, first: int, end: int, height: int) -> tuple[int, int]:
        return (first, end) if self.wrap[1] is Wrap.REPEAT else (max(0, first), min(height, end))

    def _border(self, first: int, end: int, height: int) -> Border:
        ends = self.wrap[1] is Wrap.CLAMP
        return Border(self.wrap[0], ends and first == 0, ends and end == height)


class _Painted:
    """Rows of decoded features, expanded to the picture's size; sRGB in [0, 1]."""

    def __init__(self, features: _Features, decoder: Decoder) -> None:
        self.height, self.width, self.band = features.height, features.width, features.band
        self._features = features
        self._decoder = decoder

    def rows(self, start: int, stop: int) -> torch.Tensor:
        window, border, first = self._features.window(start // 4, -(-stop // 4), self._decoder.reach)
        top = 0 if border.above else 4 * (first + self._decoder.reach) - self._decoder.surplus
        painted = self._decoder.expand(window, border)[:, :, start - top : stop - top]
        return painted.float().clamp(0, 1).cpu()
