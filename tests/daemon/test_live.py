"""What the terminal shows, and what a log gets."""

import io
import json
from typing import Literal

from rich.console import Console

from impasto_daemon.live import Event, JsonLines, LiveTable, Moment, Running, StyleLearning
from impasto_engine import Preview

READY = Event("ready", "walls/brick [1].png", "night", "done on the CPU", 1.234)
FAILED = Event("failed", "bad.png", "night", "bad.png: the file is empty (0 bytes)")


def shown(moment: Moment | None, *events: Event) -> str:
    """What is on the screen while the daemon runs."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, color_system=None)
    table = LiveTable(console)
    with table:
        for event in events:
            table.happened(event)
        if moment is not None:
            table.moment(moment)
    return out.getvalue()


def test_events_name_file_variant_seconds_and_reason() -> None:
    text = shown(None, READY, FAILED)
    assert "ready  walls/brick [1].png → night  1.2 s  done on the CPU" in text
    assert "failed  bad.png → night  bad.png: the file is empty (0 bytes)" in text


def test_the_table_shows_queue_files_stages_tiles_and_eta() -> None:
    running = (Running("brick.png", "night", "upscale", 3, 16), Running("next.png", "ink", "decode", 0, 1))
    text = shown(Moment(queued=7, running=running, done=2, failed=1, paused=True, eta=75.0))
    assert "upscale" in text
    assert "brick.png → night" in text
    assert "3/16" in text
    assert "decode" in text
    assert "paused  7 queued, 2 done, 1 failed, about 1 min 15 s left" in text


def test_the_table_shows_what_waits_for_another_daemon() -> None:
    text = shown(Moment(0, (), 2, 0, paused=False, eta=None, waiting=("/a [1]: another's", "/b: another's")))
    assert "2 done" in text
    assert "waits: /a [1]: another's" in text
    assert "waits: /b: another's" in text


def previewed(
    *, colors: Literal["truecolor"] | None = "truecolor", height: int = 40, side: int = 48
) -> tuple[str, int]:
    """What is on the screen while a job has told how it looks, and how many half blocks are in it."""
    preview = Preview(side, side, bytes([200, 100, 50]) * side * side)
    running = (
        Running("next.png", "ink", "decode", 0, 1),
        Running("brick.png", "night", "stylize", 3, 16, preview),
    )
    out = io.StringIO()
    table = LiveTable(Console(file=out, force_terminal=True, width=100, height=height, color_system=colors))
    with table:
        for _ in range(2):
            table.moment(Moment(7, running, 2, 0, paused=False, eta=None))
    text = out.getvalue()
    frame = text[text.rindex("next.png") :]
    return frame, frame.count("▀")


def test_the_picture_on_its_way_is_drawn_in_half_blocks() -> None:
    frame, blocks = previewed()
    assert blocks == 48 * 24
    assert "38;2;200;100;50" in frame
    assert "7 queued, 2 done" in frame


def test_without_colours_or_room_there_is_no_picture_but_all_the_rest() -> None:
    for frame, blocks in (previewed(colors=None), previewed(height=24)):
        assert blocks == 0
        assert "7 queued, 2 done" in frame
    assert previewed(height=24, side=30)[1] == 30 * 15


def test_a_preview_does_not_go_into_the_ledger() -> None:
    preview = Preview(48, 48, bytes(48 * 48 * 3))
    moment = Moment(
        7, (Running("brick.png", "night", "stylize", 3, 16, preview),), 2, 0, paused=False, eta=None
    )
    assert json.loads(json.dumps(moment.as_fact()))["running"] == [
        {"file": "brick.png", "variant": "night", "stage": "stylize", "done": 3, "total": 16}
    ]


def test_the_table_shows_what_is_learned_and_how_many_wait_for_it() -> None:
    learning = StyleLearning("night", 30, 250, drafts=3)
    text = shown(Moment(0, (), 3, 0, paused=False, eta=None, learning=learning))
    assert "learn" in text
    assert "style night, drafts that wait: 3" in text
    assert "30/250" in text


def test_a_log_gets_one_json_object_a_line() -> None:
    lines: list[str] = []
    log = JsonLines(lines.append)
    log.happened(READY)
    log.moment(Moment(0, (), 0, 0, paused=False, eta=None))
    (document,) = [json.loads(line) for line in lines]
    assert document.pop("time") > 1.7e9
    assert document == {
        "kind": "ready",
        "file": "walls/brick [1].png",
        "variant": "night",
        "message": "done on the CPU",
        "seconds": 1.234,
    }
