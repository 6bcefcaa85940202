"""A fortnight at an artist's side in minutes: `PYTHONPATH=tests:tests/daemon python tests/bench/soak.py`.

One daemon that is never started again, with a clock that is turned on, a worker that inverts colours, and 20,000
changes in 14 days and nights: files come, change, are renamed and deleted, folders move, configs, overrides and
styles are edited, workers die, exports break off. At every quiet point the tree has to be what sources and config
make it. It writes soak.json, and soak.png: what the process holds, which has to stay the same.
"""

import argparse
import gc
import json
import statistics
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path

import psutil
from chart import Axis, decades, draw
from fortnight import Fortnight

from impasto_daemon.state import ledger_path

DAYS = 14
WORKING_SECONDS = 36_000.0
NOTED_EVERY, QUIET_EVERY = 100, 250


@dataclass(frozen=True)
class Note:
    """What the process held after so many changes. collections: how much is in each, by where it hangs."""

    changes: int
    rss: int
    objects: int
    files: int
    threads: int
    ledger: int
    wal: int
    sources: int
    collections: Mapping[str, int]


def note(machine: Fortnight, changes: int) -> Note:
    machine.project.orders.clear()
    machine.project.recorder.events.clear()
    gc.collect()
    process, ledger = psutil.Process(), ledger_path(machine.project.config)
    wal = ledger.with_name(f"{ledger.name}-wal")
    return Note(
        changes=changes,
        rss=process.memory_info().rss,
        objects=len(gc.get_objects()),
        files=process.num_fds(),
        threads=process.num_threads(),
        ledger=ledger.stat().st_size,
        wal=wal.stat().st_size if wal.exists() else 0,
        sources=len(machine.sources),
        collections=dict(collections_of(machine.service)),
    )


def collections_of(service: object) -> Iterator[tuple[str, int]]:
    """All that the daemon's parts hold in dictionaries, lists and sets, and how much."""
    waiting, seen = [("service", service)], {id(service)}
    while waiting:
        place, one = waiting.pop()
        names = getattr(one, "__slots__", None) or vars(one)
        for name in names:
            value = getattr(one, name, None)
            if isinstance(value, dict | list | set | deque):
                yield f"{place}.{name}", count_of(value)
            elif type(value).__module__.startswith("impasto_daemon") and id(value) not in seen:
                seen.add(id(value))
                if not is_dataclass(value) and (hasattr(value, "__dict__") or hasattr(value, "__slots__")):
                    waiting.append((f"{place}.{name}", value))


def count_of(held: object) -> int:
    """With what is in it, where that holds more."""
    if not isinstance(held, dict | list | set | deque):
        return 0
    return len(held) + sum(count_of(one) for one in (held.values() if isinstance(held, dict) else held))


def live(machine: Fortnight, changes: int, folder: Path) -> list[Note]:
    notes: list[Note] = []
    began = time.monotonic()
    for number in range(changes):
        machine.change()
        machine.pass_time(WORKING_SECONDS * DAYS / changes)
        if (number + 1) % QUIET_EVERY == 0:
            machine.check()
        if (number + 1) % NOTED_EVERY == 0:
            notes.append(note(machine, number + 1))
            (folder / "soak.json").write_text(json.dumps([asdict(one) for one in notes], indent=1))
        if (number + 1) % (changes // DAYS) == 0:
            machine.sleep()
            print(f"day {(number + 1) // (changes // DAYS)}: {time.monotonic() - began:.0f} s", flush=True)
    machine.check()
    return notes


def quarters(values: Sequence[float]) -> tuple[float, float]:
    """The means of the first and of the last."""
    size = max(1, len(values) // 4)
    return statistics.mean(values[:size]), statistics.mean(values[-size:])


def report(notes: list[Note]) -> None:
    for name in ("rss", "objects", "files", "threads", "ledger", "wal", "sources"):
        first, last = quarters([getattr(note, name) for note in notes])
        print(f"{name:>8}: {first:12.0f} in the first quarter, {last:12.0f} in the last: {last / first:.3f}")
    for name in sorted({name for note in notes for name in note.collections}):
        first, last = quarters([note.collections.get(name, 0) for note in notes])
        if last > 1.2 * first + 5:
            print(f"{name} grew from {first:.0f} to {last:.0f}")


def plot(notes: list[Note], place: Path) -> None:
    curves = {
        "memory, MiB": [(note.changes, note.rss / 2**20) for note in notes],
        "Python objects, thousands": [(note.changes, note.objects / 1000) for note in notes],
        "open files": [(note.changes, float(note.files)) for note in notes],
        "threads": [(note.changes, float(note.threads)) for note in notes],
        "ledger and its log, MiB": [(note.changes, (note.ledger + note.wal) / 2**20) for note in notes],
    }
    step = max(notes[-1].changes // 10, 1)
    across = Axis("changes", range(0, notes[-1].changes + step, step), even=True)
    up = Axis("held by the process", decades([value for curve in curves.values() for _, value in curve]))
    draw("Two weeks of a daemon's life", (across, up), curves).save(place)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path())
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    machine = Fortnight()
    machine.prepare(asked.seed)
    try:
        notes = live(machine, asked.changes, asked.output)
    finally:
        machine.teardown()
    report(notes)
    plot(notes, asked.output / "soak.png")


if __name__ == "__main__":
    main()
