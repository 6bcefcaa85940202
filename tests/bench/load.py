"""A daemon under load, and with nothing to do: `python tests/bench/load.py`. Linux only.

100,000 small files are dropped into 100 folders, one more is dropped by hand after them; the worker's network is a
fake that takes 0.1 s, so that most jobs wait. Then the daemon starts warm, and idles with all jobs waiting.
"""

import argparse
import os
import sqlite3
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from fake_project import CONFIG, Project
from impasto_daemon.config import load_config
from impasto_daemon.ledger import Command, Ledger
from impasto_daemon.live import JsonLines
from impasto_daemon.service import Service
from impasto_daemon.state import ledger_path
from supervised import Supervised

_MOST_SECONDS = 1200.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--idle", type=float, default=30.0, help="seconds")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        os.environ |= {f"XDG_{kind}_HOME": f"{folder}/{kind}" for kind in ("STATE", "DATA", "CACHE")}
        project = Project(Path(folder, "game"))
        project.textures.mkdir(parents=True)
        project.config.write_text(CONFIG)
        supervised = Supervised(project, seconds=0.1)
        try:
            process = supervised.wait_until_watching()
            latency(project)
            drop(project, process, asked.files)
            supervised.end()
            warm_start(project, asked.files)
            idle(project, supervised, asked.idle)
        finally:
            supervised.end()


def latency(project: Project) -> None:
    """From the close of a file to its job in the ledger, one file after another."""
    waits = []
    with sqlite3.connect(ledger_path(project.config)) as connection:
        for number in range(100):
            path = project.draw(
                f"by hand/{'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10]} basecolor.png"
            )
            closed = time.monotonic()
            while not connection.execute("SELECT 1 FROM jobs WHERE source=?", (str(path),)).fetchone():
                time.sleep(0.002)
            waits.append(1000 * (time.monotonic() - closed))
            time.sleep(0.1)
    waits.sort()
    print(
        f"close to enqueued: p50 {statistics.median(waits):.0f} ms, p99 {waits[-2]:.0f} ms, of {len(waits)} files"
    )


def drop(project: Project, process: psutil.Process, files: int) -> None:
    content = project.draw("first basecolor.png", size=(32, 32)).read_bytes()
    ledger = sqlite3.connect(ledger_path(project.config))
    before = known(ledger)
    started = time.monotonic()
    for number in range(files):
        path = project.textures / f"set {number % 100}" / f"tile {number:06d}x basecolor.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content + number.to_bytes(4))  # no two are the same
    dropped = time.monotonic()
    by_hand = project.draw("dropped by hand basecolor.png", seed=7)
    peak, ready, found = 0, None, 0
    while (found < files + 1 or ready is None) and time.monotonic() - started < _MOST_SECONDS:
        time.sleep(0.5)
        peak = max(peak, process.memory_info().rss)
        found = known(ledger) - before
        if ready is None and project.is_ready(by_hand):
            ready = time.monotonic() - dropped
            print(f"the file dropped by hand was ready after {ready:.1f} s, with {found} in the ledger")
    ledger.close()
    spent = process.cpu_times()
    print(
        f"{files} files dropped in {dropped - started:.0f} s, {found - 1} in the ledger after"
        f" {time.monotonic() - started:.0f} s; most memory of the daemon {peak / 2**20:.0f} MiB,"
        f" {1000 * (spent.user + spent.system) / files:.1f} ms of its CPU time for each"
    )


def known(ledger: sqlite3.Connection) -> int:
    """How many sources the ledger has: counted there, since this bench shares its cores with the daemon."""
    return int(ledger.execute("SELECT count(*) FROM sources").fetchone()[0])


def warm_start(project: Project, files: int) -> None:
    ledger = Ledger(ledger_path(project.config))
    service = Service(load_config(project.config), ledger, JsonLines(print))
    started = time.perf_counter()
    service._intake.reconcile(at_start=True)
    seconds = time.perf_counter() - started
    service.end()
    ledger.send(Command("pause", ""))
    ledger.close()
    print(f"warm start: {files} files reconciled in {seconds:.2f} s, {files / seconds:.0f} a second")


def idle(project: Project, supervised: Supervised, seconds: float) -> None:
    supervised.keep_alive()
    assert supervised.daemon is not None
    process = psutil.Process(supervised.daemon.pid)
    time.sleep(15.0)  # for its start and its first scan
    before = process.cpu_times()
    time.sleep(seconds)
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    print(
        f"idle for {seconds:.0f} s: {100 * spent / seconds:.3f} % of a core;"
        f" memory {process.memory_info().rss / 2**20:.0f} MiB"
    )


if __name__ == "__main__":
    main()
