"""Runs a super-resolution network over a picture of any size, in tiles, as its rows are asked for."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from impasto_engine.device import inference_context
from impasto_engine.errors import RequestError
from impasto_engine.esrgan_networks import Network, load_network
from impasto_engine.fitting import Resampled
from impasto_engine.rows import Rows
from impasto_engine.rrdb_features import RrdbFeatures
from impasto_engine.stylizer import Progress, Terms
from impasto_engine.tiling import cuts, tile_size_for
from impasto_engine.weights import WeightsStore
from impasto_engine.windows import PictureWindows, Span, Windows, reached

LARGEST_SCALE = 8.0
_TILES = 4  # of the budget: beside a tile stand the band it goes into, and what others have left over


def load_esrgan(name: str, weights: WeightsStore, device: torch.device) -> Esrgan:
    """The upscaler called `name`; user models are looked for in the folder of `weights`.

    Raises RequestError for an unknown name, and the WeightsErrors.
    """
    return Esrgan(load_network(name, weights, device), device)


class Esrgan:
    """An Upscaler over one loaded network."""

    def __init__(self, network: Network, device: torch.device) -> None:
        self._network = network
        self._device = device

    def upscale(self, picture: Rows, scale: float, terms: Terms) -> Rows:
        """See Upscaler."""
        if not 1.0 <= scale <= LARGEST_SCALE:
            raise RequestError(f"scale {scale} is not between 1 and {LARGEST_SCALE:g}")
        network = self._network
        windows: Windows = PictureWindows(picture, terms.wrap, self._device)
        if network.body is not None:
            with inference_context(self._device, half=network.half):
                windows = RrdbFeatures(network.body, windows, terms)
        by = int(scale) if scale in network.bicubic_scales else network.scale
        enlarged = _Enlarged(network, windows, by, terms, self._device)
        size = (max(1, round(picture.height * scale)), max(1, round(picture.width * scale)))
        same = size == (enlarged.height, enlarged.width)
        return enlarged if same else Resampled(enlarged, size, terms.wrap)


class _Enlarged:
    """A picture `by` times larger, tile by tile."""

    def __init__(
        self, network: Network, source: Windows, by: int, terms: Terms, device: torch.device
    ) -> None:
        self._device = device
        self._network = network
        self._source = source
        self._by = by
        self._wrap = terms.wrap
        self._progress = terms.progress
        cost = network.cost
        self._side = tile_size_for(terms.budget // _TILES, cost.bytes_per_pixel, cost.halo)
        self.height, self.width = source.height * by, source.width * by
        self.band = min(self._side, source.height) * by

    def rows(self, start: int, stop: int) -> Tensor:
        first, end = start // self._by, -(-stop // self._by)
        shape = (1, 3, (end - first) * self._by, self.width)
        result = torch.empty(shape, memory_format=torch.channels_last)
        for top, bottom in cuts(end - first, self._side):
            for left, right in cuts(self._source.width, self._side):
                self._progress(Progress("upscale", (first + top) * self._by, self.height))
                with inference_context(self._device, half=self._network.half):
                    core = self._tile((first + top, first + bottom), (left, right))
                result[..., top * self._by : bottom * self._by, left * self._by : right * self._by] = core
        return result[:, :, start - first * self._by : stop - first * self._by]

    def _tile(self, rows: Span, columns: Span) -> Tensor:
        network, by, halo = self._network, self._by, self._network.cost.halo
        seen_rows = reached(rows, self._source.height, halo, self._wrap[1])
        seen_columns = reached(columns, self._source.width, halo, self._wrap[0])
        enlarged = network.forward(self._source.window(seen_rows, seen_columns)).float()
        if by != network.scale:
            # The models' .param files end in this: cubic with a = -0.75, not antialiased.
            enlarged = F.interpolate(enlarged, scale_factor=by / network.scale, mode="bicubic")
        top, left = (rows[0] - seen_rows[0]) * by, (columns[0] - seen_columns[0]) * by
        height, width = (rows[1] - rows[0]) * by, (columns[1] - columns[0]) * by
        return enlarged[..., top : top + height, left : left + width].clamp(0, 1)
