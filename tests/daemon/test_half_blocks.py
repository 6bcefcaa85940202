"""Two pixels in a character."""

import io

from rich.console import Console
from rich.segment import Segment

from impasto_daemon.half_blocks import HalfBlocks
from impasto_engine import Preview


def lines(preview: Preview) -> list[list[tuple[str, str, str | None]]]:
    """Of each character: what it is, its colour, and the colour behind it."""
    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", width=80)
    drawn = Segment.split_lines(console.render(HalfBlocks(preview)))
    return [
        [
            (
                segment.text,
                segment.style.color.name if segment.style and segment.style.color else "",
                segment.style.bgcolor.name if segment.style and segment.style.bgcolor else None,
            )
            for segment in line
        ]
        for line in drawn
    ]


def test_upper_pixels_are_the_characters_and_lower_ones_lie_behind() -> None:
    preview = Preview(2, 3, bytes(range(18)))
    assert lines(preview) == [
        [("▀", "#000102", "#060708"), ("▀", "#030405", "#090a0b")],
        [("▀", "#0c0d0e", None), ("▀", "#0f1011", None)],
    ]


def test_it_takes_half_as_many_lines_as_it_has_rows() -> None:
    assert [HalfBlocks(Preview(1, height, bytes(3 * height))).rows for height in (1, 2, 47, 48)] == [
        1,
        1,
        24,
        24,
    ]
