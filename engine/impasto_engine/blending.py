"""Strength for stylizers that have no other: the painted picture mixed with its content, in linear light."""

import torch

from impasto_engine.rows import Rows


class Blended:
    """Both sRGB-encoded in [0, 1], of one size; strength 0 is the content, 1 the painted."""

    def __init__(self, content: Rows, painted: Rows, strength: float) -> None:
        self.height, self.width = content.height, content.width
        self.band = painted.band
        self._content = content
        self._painted = painted
        self._strength = strength

    def rows(self, start: int, stop: int) -> torch.Tensor:
        if self._strength >= 1.0:
            return self._painted.rows(start, stop)
        content = self._content.rows(start, stop)
        if self._strength <= 0.0:
            return content
        return _encode(torch.lerp(_decode(content), _decode(self._painted.rows(start, stop)), self._strength))


def _decode(encoded: torch.Tensor) -> torch.Tensor:
    """IEC 61966-2-1."""
    return torch.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encode(linear: torch.Tensor) -> torch.Tensor:
    curved = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, linear * 12.92, curved)
