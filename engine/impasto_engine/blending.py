"""Pictures mixed in linear light: a painted one with its content, for strength; several, by a mask's regions."""

from collections.abc import Sequence

import torch

from impasto_engine.masks import WHOLE, Shares
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


class Composed:
    """Pictures of one size, each by its share of the pixels: where that is all of one, it is the picture's own.

    pictures: as many as there are shares; rows of one that has no part in them are not asked for.
    """

    def __init__(self, pictures: Sequence[Rows], shares: Shares) -> None:
        self.height, self.width = shares.height, shares.width
        self.band = min(picture.band for picture in pictures)
        self._pictures = pictures
        self._shares = shares

    def rows(self, start: int, stop: int) -> torch.Tensor:
        shares = torch.from_numpy(self._shares.rows(start, stop)).permute(2, 0, 1)[:, None, None]
        parts: dict[int, tuple[Rows, torch.Tensor]] = {}
        for picture, share in zip(self._pictures, shares, strict=True):
            if share.any():  # one picture may stand for several regions
                _, before = parts.get(id(picture), (picture, torch.zeros_like(share)))
                parts[id(picture)] = (picture, before + share)
        found = [(picture.rows(start, stop), share) for picture, share in parts.values()]
        if len(found) == 1:
            return found[0][0]
        mixed = _encode(torch.stack([_decode(rows) * share for rows, share in found]).sum(0))
        for rows, share in found:
            mixed = torch.where(share >= WHOLE, rows, mixed)
        return mixed


def _decode(encoded: torch.Tensor) -> torch.Tensor:
    """IEC 61966-2-1."""
    return torch.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encode(linear: torch.Tensor) -> torch.Tensor:
    curved = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, linear * 12.92, curved)
