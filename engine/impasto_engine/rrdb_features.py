"""What an RRDBNet makes of a picture of any size, exactly, up to where it enlarges.

The network sees hundreds of pixels far, so that no halo around tiles is wide enough; one of its blocks sees
15. So the features of the whole picture are held, 64 numbers a pixel, and each block rewrites them in tiles.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from spandrel.architectures.ESRGAN import ESRGAN
from torch import Tensor, nn

from impasto_engine.rows import sweep
from impasto_engine.stylizer import Progress, Terms
from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import continued, cuts, tile_size_for
from impasto_engine.windows import Span, Windows, extent

_REACH = 15  # of a block: three dense blocks of five 3 x 3 convolutions
_BYTES_PER_PIXEL = 4_000  # of a tile: what a dense block concatenates
_TILES = 8  # of the budget: the features are the larger part


def is_rrdb(network: object) -> bool:
    """Whether a network is one that RrdbFeatures can run; one that shuffles pixels first works at another size."""
    return isinstance(network, ESRGAN) and not network.shuffle_factor


def tail_of(network: nn.Module) -> nn.Module:
    """What comes after the features: (1, 64, h, w) to (1, 3, h * scale, w * scale). It sees less than 2 pixels."""
    return nn.Sequential(*list(network.get_submodule("model").children())[2:])


class RrdbFeatures:
    """Windows of a picture's features; they are computed when it is made."""

    def __init__(self, network: nn.Module, picture: Windows, terms: Terms) -> None:
        self._first, shortcut = list(network.get_submodule("model").children())[:2]
        *blocks, last = shortcut.get_submodule("sub").children()
        self.height, self.width = picture.height, picture.width
        self._picture = picture
        self._wrap = terms.wrap
        self._columns, self._rows = extent(self.width, terms.wrap[0]), extent(self.height, terms.wrap[1])
        height, width = self._rows[1] - self._rows[0], self._columns[1] - self._columns[0]
        self._side = tile_size_for(terms.budget // _TILES, _BYTES_PER_PIXEL, _REACH)
        most = self._side
        self._features = torch.empty(0)
        for start, stop in cuts(height, most):
            band = self._shallow((start, stop))
            if start == 0:
                self._features = band.new_empty(1, band.shape[1], height, width)
            self._features[:, :, start:stop] = band
        for index, block in enumerate(blocks):
            for rows, window, missing in sweep(self._features, _REACH, most, terms.wrap[1]):
                terms.progress(Progress("upscale", index, 2 * len(blocks)))
                for columns, part in self._parts(block, window, _REACH, missing):
                    rows[..., columns].copy_(part)
        done = 0
        for rows, window, missing in sweep(self._features, 1, most, terms.wrap[1]):
            shallow = self._shallow((done, done + rows.shape[2]))
            for columns, part in self._parts(last, window, 1, missing):
                torch.add(part, shallow[..., columns], out=rows[..., columns])
            done += rows.shape[2]

    def window(self, rows: Span, columns: Span) -> Tensor:
        part = self._features
        for axis, span, whole, wrap in (
            (2, rows, self._rows, self._wrap[1]),
            (3, columns, self._columns, self._wrap[0]),
        ):
            if wrap is Wrap.CLAMP or (span[0] >= 0 and span[1] <= whole[1]):
                part = part.narrow(axis, span[0] - whole[0], span[1] - span[0])
            else:
                places = torch.from_numpy(continued(*span, whole[1], wrap))
                part = part.index_select(axis, places.to(part.device))
        return part

    def _shallow(self, rows: Span) -> Tensor:
        """The first convolution's rows, counted from the top of the buffer."""
        start, stop = rows[0] + self._rows[0] - 1, rows[1] + self._rows[0] + 1
        above = below = 0
        if self._wrap[1] is Wrap.CLAMP:
            above, below = max(0, self._rows[0] - start), max(0, stop - self._rows[1])
        window = self._picture.window((start + above, stop - below), self._columns)
        parts = [part for _, part in self._parts(self._first, window, 1, (above, below))]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=3)

    def _parts(
        self, module: nn.Module, window: Tensor, reach: int, missing: Span
    ) -> Iterator[tuple[slice, Tensor]]:
        """The rows inside of the window's halo, some columns at a time. `missing` of the halo is not there: the
        network pads with zeros, as it does at the edges of a picture that is run at once."""
        across = window.shape[3]
        for start, stop in cuts(across, self._side):
            left, right = start - reach, stop + reach
            if self._wrap[0] is Wrap.REPEAT:
                places = torch.from_numpy(continued(left, right, across, Wrap.REPEAT))
                part = window.index_select(3, places.to(window.device))
            else:
                left, right = max(0, left), min(across, right)
                part = window[..., left:right]
            result: Tensor = module(part)
            bottom = result.shape[2] - (reach - missing[1])
            columns = slice(start - left, stop - left)
            yield slice(start, stop), result[:, :, reach - missing[0] : bottom, columns]
