"""Small pictures of a painting on its way, for people who wait for it."""

import time
from collections.abc import Callable

import torch

from impasto_engine.stylizer import PREVIEW_SIDE, Preview

_SECONDS = 2.0  # between two


def preview_of(picture: torch.Tensor) -> Preview:
    """(1, 3, H, W), sRGB about [0, 1], on any device, to at most PREVIEW_SIDE on each side; never enlarged."""
    height, width = picture.shape[2:]
    share = min(1.0, PREVIEW_SIDE / max(height, width))
    size = max(1, round(height * share)), max(1, round(width * share))
    small = torch.nn.functional.adaptive_avg_pool2d(picture.detach().float(), size)[0]
    levels = (small.nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8)
    return Preview(size[1], size[0], levels.permute(1, 2, 0).cpu().contiguous().numpy().tobytes())


class Previews:
    """Those of one painting, no more than anybody looks at. clock: seconds that only go on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = clock()

    def of(self, picture: torch.Tensor) -> Preview | None:
        """None within two seconds of the last."""
        if self._clock() < self._next:
            return None
        self._next = self._clock() + _SECONDS
        return preview_of(picture)
