"""Strength for stylizers that have no other: the painted picture mixed with its content, in linear light."""

import torch


def blend(content: torch.Tensor, painted: torch.Tensor, strength: float) -> torch.Tensor:
    """Both sRGB-encoded in [0, 1], of one shape; strength 0 is the content, 1 the painted."""
    if strength <= 0.0:
        return content
    if strength >= 1.0:
        return painted
    return _encode(torch.lerp(_decode(content), _decode(painted), strength))


def _decode(encoded: torch.Tensor) -> torch.Tensor:
    """IEC 61966-2-1."""
    return torch.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encode(linear: torch.Tensor) -> torch.Tensor:
    curved = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, linear * 12.92, curved)
