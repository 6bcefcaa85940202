"""Curves over two axes, logarithmic unless they are said to be even, drawn with what impasto has anyway."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

_SIZE = (860, 560)
_LEFT, _TOP, _RIGHT, _BOTTOM = 80, 64, 24, 52
_COLORS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf")
_GRID = "#dddddd"


@dataclass(frozen=True, slots=True)
class Axis:
    """ticks: where its lines stand, from its end to its end. even: as far from 1 to 2 as from 2 to 3."""

    name: str
    ticks: Sequence[float]
    even: bool = False

    def place(self, value: float) -> float:
        """0 at its start, 1 at its end; what lies beyond is held there."""
        low, high, at = self._scaled(self.ticks[0]), self._scaled(self.ticks[-1]), self._scaled(value)
        return min(1.0, max(0.0, (at - low) / (high - low)))

    def _scaled(self, value: float) -> float:
        return value if self.even else math.log(max(value, 1e-30))


def decades(values: Sequence[float]) -> Sequence[float]:
    """Ticks of 1, 2 and 5 around all positive values."""
    found = [value for value in values if value > 0 and math.isfinite(value)]
    first, last = math.floor(math.log10(min(found))), math.ceil(math.log10(max(found)))
    steps = [digit * 10.0**power for power in range(first, last + 1) for digit in (1, 2, 5)]
    start = max((index for index, step in enumerate(steps) if step <= min(found)), default=0)
    end = min((index for index, step in enumerate(steps) if step >= max(found)), default=len(steps) - 1)
    return steps[start : max(end, start + 1) + 1]


def draw(
    title: str, axes: tuple[Axis, Axis], curves: Mapping[str, Sequence[tuple[float, float]]]
) -> Image.Image:
    """axes: across, up. curves: points by name, left to right."""
    image = Image.new("RGB", _SIZE, "white")
    pen = ImageDraw.Draw(image)
    across, up = axes
    width, height = _SIZE[0] - _LEFT - _RIGHT, _SIZE[1] - _TOP - _BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + across.place(x) * width, _TOP + (1 - up.place(y)) * height

    for tick in across.ticks:
        start, end = at(tick, up.ticks[0]), at(tick, up.ticks[-1])
        pen.line([start, end], fill=_GRID)
        pen.text((start[0], start[1] + 6), f"{tick:g}", fill="black", anchor="mt")
    for tick in up.ticks:
        start, end = at(across.ticks[0], tick), at(across.ticks[-1], tick)
        pen.line([start, end], fill=_GRID)
        pen.text((start[0] - 8, start[1]), f"{tick:g}", fill="black", anchor="rm")
    pen.text((_LEFT, 12), title, fill="black", font_size=15)
    pen.text((_LEFT, 38), f"{up.name}, against {across.name}", fill="black")
    for index, (name, points) in enumerate(curves.items()):
        color = _COLORS[index % len(_COLORS)]
        places = [at(*point) for point in points]
        pen.line(places, fill=color, width=3)
        for x, y in places if len(places) < 20 else ():
            pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill=color)
        pen.text((_SIZE[0] - _RIGHT - 8, _TOP + 10 + 18 * index), name, fill=color, anchor="ra")
    return image
