"""A small picture in a terminal: each character is two pixels, one above the other."""

from collections.abc import Iterator

from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

from impasto_engine import Preview

_UPPER_HALF = "▀"


class HalfBlocks:
    """A renderable; the picture is taken apart once, since a live view draws it many times."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        self.rows = -(-preview.height // 2)
        self._segments = list(_segments(preview))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console, options
        yield from self._segments

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        del console, options
        return Measurement(self.preview.width, self.preview.width)


def _segments(preview: Preview) -> Iterator[Segment]:
    for top in range(0, preview.height, 2):
        for left in range(preview.width):
            below = _color(preview, top + 1, left) if top + 1 < preview.height else None
            yield Segment(_UPPER_HALF, Style(color=_color(preview, top, left), bgcolor=below))
        yield Segment.line()


def _color(preview: Preview, row: int, column: int) -> Color:
    place = 3 * (row * preview.width + column)
    red, green, blue = preview.rgb[place : place + 3]
    return Color.from_rgb(red, green, blue)
