"""How large a result is to be."""

import math

from impasto_engine.errors import RequestError
from impasto_engine.request import RestyleRequest


def target_size(width: int, height: int, request: RestyleRequest) -> tuple[int, int]:
    """Scale first, then the longest side is held to max_size, then each side goes to the nearest power of two
    (never above max_size)."""
    scale = request.upscale.scale if request.upscale else 1.0
    if not 1.0 <= scale <= 8.0:
        raise RequestError(f"scale {scale} is not between 1 and 8")
    sides = [width * scale, height * scale]
    if request.max_size is not None and max(sides) > request.max_size:
        shrink = request.max_size / max(sides)
        sides = [side * shrink for side in sides]
    if request.power_of_two:
        limit = request.max_size or 2**30
        sides = [_power_of_two(side, limit) for side in sides]
    return max(1, round(sides[0])), max(1, round(sides[1]))


def _power_of_two(side: float, limit: int) -> int:
    exponent = max(0, round(math.log2(max(side, 1.0))))
    while exponent > 0 and 2**exponent > limit:
        exponent -= 1
    return int(2**exponent)
