"""A TransformBody over pictures of any size, in bands of rows: the result is that of the whole at once.

Each instance norm needs its moments over the whole picture, and they follow each other: so they are measured
layer by layer, in passes. What lies at a quarter of the size is held; the ends are computed anew in each pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch

from impasto_engine.conv_chain import Chain, Layer
from impasto_engine.networks.transform_body import Moments, StyledBody, TransformBody, moments_of
from impasto_engine.rows import Rows, Whole, around, sweep
from impasto_engine.stylizer import Progress, ProgressCallback, Terms
from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import cuts

_LEAST_BAND = 16  # rows at full size
_BANDS = 8  # of the budget: two buffers of the middle are the larger part, and wide bands are no faster


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A picture whose sides are multiples of 4, and how it goes on past its edges, along u, v."""

    picture: Rows
    wrap: tuple[Wrap, Wrap]


def paint(
    styled: StyledBody, source: Source, device: torch.device, terms: Terms, moments: Sequence[Moments] | None
) -> Rows:
    """All at once where the budget allows, which is faster, else in bands.

    moments: of each normalized layer, where they are not to be the picture's own.
    """
    picture = source.picture
    cost = picture.height * picture.width * bytes_per_pixel(styled.body)
    if moments is None and cost <= terms.budget:
        whole = _on(picture.rows(0, picture.height), device)
        terms.progress(Progress("stylize", 0, 1))
        return Whole(styled.paint(whole, source.wrap).float().cpu())
    transform = _Transform(styled, terms.budget // _BANDS, moments)
    return transform.begin([source], device, terms.progress)[0]


def measure(
    styled: StyledBody, sources: Sequence[Source], device: torch.device, terms: Terms
) -> tuple[Moments, ...]:
    """The moments of each normalized layer, pooled over all the pictures by their pixels."""
    transform = _Transform(styled, terms.budget // _BANDS, None)
    transform.begin(sources, device, terms.progress)
    return transform.moments


class _Painting:
    """Rows of one source, painted."""

    def __init__(
        self, source: Source, contract: Sequence[Layer], expand: Sequence[Layer], device: torch.device
    ) -> None:
        picture, self.wrap = source.picture, source.wrap
        self.height, self.width = picture.height, picture.width
        self.band = self.height
        self.middle = torch.empty(0)
        self.contract = Chain(
            contract,
            lambda start, stop: _on(around(picture, start, stop, self.wrap[1]), device),
            self.height,
            self.wrap,
        )
        self.expand = Chain(
            expand,
            lambda start, stop: around(Whole(self.middle), start, stop, self.wrap[1]),
            self.contract.out_height,
            self.wrap,
        )

    def rows(self, start: int, stop: int) -> torch.Tensor:
        return self.expand.layers[-1].finish(self.expand.raw(start, stop)).float().cpu()


class _Transform:
    """A body in one style at work. budget: bytes that one band may take.

    moments: of each normalized layer in order, where they are known (those of a group, say); else `begin`
    measures them, pooled over all pictures that it is given together.
    """

    def __init__(self, styled: StyledBody, budget: int, moments: Sequence[Moments] | None) -> None:
        body = styled.body
        blocks, styles = body.blocks(), body.styles(styled.gamma, styled.beta)
        self._layers = [Layer(block, one) for block, one in zip(blocks, styles, strict=True)]
        first, last = len(body.contract), len(blocks) - len(body.expand)
        self._contract, self._expand = self._layers[:first], self._layers[last:]
        self._residual = list(
            zip(self._layers[first:last:2], self._layers[first + 1 : last : 2], strict=True)
        )
        self._row_pixels = max(1, budget // bytes_per_pixel(body))
        self._is_measured = moments is not None
        normalized = [layer for layer in self._layers if layer.block.norm_channels]
        for layer, one in zip(normalized, moments or (), strict=moments is not None):
            layer.moments = one

    @property
    def moments(self) -> tuple[Moments, ...]:
        return tuple(layer.moments for layer in self._layers if layer.moments is not None)

    def band(self, width: int) -> int:
        """Rows at full size that the budget allows."""
        return max(_LEAST_BAND, self._row_pixels // width)

    def begin(
        self, sources: Sequence[Source], device: torch.device, progress: ProgressCallback
    ) -> list[_Painting]:
        """Measure what is not known; then each painting gives its rows. Raises torch's out of memory."""
        paintings = [_Painting(source, self._contract, self._expand, device) for source in sources]
        for painting in paintings:
            painting.band = self.band(painting.width)
        total = 1 + len(self._residual) + len(self._expand)
        for index, layer in enumerate(self._contract[:-1]):
            if layer.block.norm_channels and not self._is_measured:
                layer.moments = _pool(self._bands(one, one.contract.to(index + 1)) for one in paintings)
        self._fill_middles(paintings)
        for index, (first, second) in enumerate(self._residual):
            progress(Progress("stylize", 1 + index, total))
            self._pass_residual(paintings, first, second)
        for index, layer in enumerate(self._expand):
            progress(Progress("stylize", 1 + len(self._residual) + index, total))
            if not self._is_measured:
                layer.moments = _pool(self._bands(one, one.expand.to(index + 1)) for one in paintings)
        return paintings

    def _fill_middles(self, paintings: Sequence[_Painting]) -> None:
        last = self._contract[-1]
        for painting in paintings:
            painting.middle = _joined(self._bands(painting, painting.contract), painting.contract.out_height)
        if last.block.norm_channels and not self._is_measured:
            last.moments = _pool(self._parts(one, one.middle) for one in paintings)
        for painting in paintings:
            for part in self._parts(painting, painting.middle):
                part.copy_(last.finish(part.clone()))

    def _pass_residual(self, paintings: Sequence[_Painting], first: Layer, second: Layer) -> None:
        inner = []
        for painting in paintings:
            fetch, height = painting.expand.fetch, painting.expand.height
            chain = Chain([first], fetch, height, painting.wrap)
            inner.append(_joined(self._bands(painting, chain), height))
        self._learn(first, paintings, inner)
        for painting, raw in zip(paintings, inner, strict=True):
            for rows, window, edges in sweep(raw, 1, self._quarter_band(painting), painting.wrap[1]):
                rows.copy_(second.block.convolve(first.finish(window), edges, painting.wrap))
        self._learn(second, paintings, inner)
        for painting, raw in zip(paintings, inner, strict=True):
            for part, change in zip(
                self._parts(painting, painting.middle), self._parts(painting, raw), strict=True
            ):
                part.add_(second.finish(change))

    def _learn(self, layer: Layer, paintings: Sequence[_Painting], raws: Sequence[torch.Tensor]) -> None:
        if not self._is_measured:
            layer.moments = _pool(
                self._parts(painting, raw) for painting, raw in zip(paintings, raws, strict=True)
            )

    def _quarter_band(self, painting: _Painting) -> int:
        return self.band(painting.width) // 4

    def _parts(self, painting: _Painting, quarter: torch.Tensor) -> Iterator[torch.Tensor]:
        for start, stop in cuts(quarter.shape[2], self._quarter_band(painting)):
            yield quarter[:, :, start:stop]

    def _bands(self, painting: _Painting, chain: Chain) -> Iterator[torch.Tensor]:
        """All of a chain's raw rows."""
        height = chain.out_height
        for start, stop in cuts(height, self.band(painting.width) * height // painting.height):
            yield chain.raw(start, stop)


def bytes_per_pixel(body: TransformBody) -> int:
    """Peak float32 memory of one pixel of the picture, by the layer that needs the most."""
    density, most = 1.0, 0.0
    for block in body.blocks():
        channels_out, channels_in = block.conv.weight.shape[:2]
        before = density * (4 if block.upsample else 1)
        density = before / block.stride**2
        most = max(most, 2 * channels_in * before + 4 * channels_out * density)
    return int(4 * most)


def _joined(bands: Iterable[torch.Tensor], height: int) -> torch.Tensor:
    """Bands one below another; never held twice."""
    joined, done = torch.empty(0), 0
    for band in bands:
        if not done:
            shape = (*band.shape[:2], height, band.shape[3])
            joined = torch.empty(
                shape, dtype=band.dtype, device=band.device, memory_format=torch.channels_last
            )
        joined[:, :, done : done + band.shape[2]] = band
        done += band.shape[2]
    return joined


def _pool(pictures: Iterable[Iterable[torch.Tensor]]) -> Moments:
    """The moments of all rows together, each picture by its pixels (Chan, Golub and LeVeque 1983, in float64)."""
    count, mean, spread = 0, torch.zeros(1), torch.zeros(1)
    for bands in pictures:
        for band in bands:
            found = moments_of(band)
            pixels = band.shape[2] * band.shape[3]
            their_mean, their_spread = found.mean.double(), found.variance.double() * pixels
            if not count:
                count, mean, spread = pixels, their_mean, their_spread
                continue
            apart = their_mean - mean
            spread = spread + their_spread + apart * apart * (count * pixels / (count + pixels))
            mean = mean + apart * (pixels / (count + pixels))
            count += pixels
    return Moments(mean.float(), (spread / count).float())


def _on(rows: torch.Tensor, device: torch.device) -> torch.Tensor:
    return rows.to(device).contiguous(memory_format=torch.channels_last)
