"""kill -9 of daemon and worker, at every failpoint and at random: `python tests/bench/kills.py`. Losses must be 0.

The daemon and its worker are real, the network inverts colours. Whatever is killed is started again; sources are
exported anew while it goes on, so that there is always something to lose.
"""

import argparse
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from fake_project import CONFIG, Project
from impasto_daemon.failpoints import Failpoint
from impasto_daemon.ledger import Command, JobState, Ledger
from impasto_daemon.state import ledger_path
from supervised import Supervised, is_quiet, losses

_PATIENCE = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--kills", type=int, default=200, help="at random, beside those at the failpoints")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        os.environ |= {f"XDG_{kind}_HOME": f"{folder}/{kind}" for kind in ("STATE", "DATA", "CACHE")}
        project = Project(Path(folder, "game"))
        project.textures.mkdir(parents=True)
        project.config.write_text(CONFIG)
        Run(project, random.Random(asked.seed), asked.files).go(asked.kills)


class Run:
    def __init__(self, project: Project, chance: random.Random, files: int) -> None:
        self.project = project
        self.chance = chance
        self.supervised = Supervised(project, seconds=0.02)
        self.exports = 0
        self.sources = [self.export(number) for number in range(files)]
        self.given_up = 0  # by the daemon, after three attempts that a kill ended
        self.failpoints = 0

    def go(self, kills: int) -> None:
        started = time.monotonic()
        try:
            for failpoint in get_args(Failpoint):
                self.at_failpoint(failpoint)
            killed = {"daemon": 0, "worker": 0}
            while sum(killed.values()) < kills:
                self.kill_one(killed)
            self.wait_for(lambda: is_quiet(self.project, len(self.sources)), retry=True)
        finally:
            self.supervised.end()
        wrong = losses(self.project, self.sources)
        inferences = self.supervised.inferences()
        again = sum(count - 1 for count in inferences.values())
        for line in wrong:
            print("LOSS", line)
        print(
            f"{len(self.sources)} files, {self.exports} exports; killed at {self.failpoints} failpoints,"
            f" at random {killed['daemon']} x daemon, {killed['worker']} x worker;"
            f" {sum(inferences.values())} inferences of {len(inferences)} jobs, {again} of them again"
            f" ({again / (self.failpoints + kills):.2f} a kill);"
            f" {self.given_up} jobs given up after three kills, then retried;"
            f" losses {len(wrong)}; {time.monotonic() - started:.0f} s"
        )

    def export(self, number: int) -> Path:
        self.exports += 1
        return self.project.draw(f"{number % 7}/texture {number}.png", seed=self.exports, size=(32, 32))

    def export_some(self) -> None:
        for number in self.chance.sample(range(len(self.sources)), 10):
            self.export(number)

    def at_failpoint(self, failpoint: str) -> None:
        self.supervised.arm(failpoint)
        self.export_some()
        self.wait_for(lambda: not self.supervised.is_armed(failpoint))
        self.failpoints += 1

    def kill_one(self, killed: dict[str, int]) -> None:
        self.supervised.keep_alive()
        time.sleep(self.chance.uniform(0.02, 1.2))
        if is_quiet(self.project, len(self.sources)):
            self.export_some()
        elif self.chance.random() < 0.25:  # seldom, since a worker that is not there yet cannot be killed
            self.supervised.kill_daemon()
            killed["daemon"] += 1
        else:
            killed["worker"] += self.supervised.kill_worker()

    def wait_for(self, condition: Callable[[], bool], *, retry: bool = False) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            self.supervised.keep_alive()
            if retry:
                self.retry_what_was_given_up()
            if time.monotonic() > deadline:
                raise SystemExit("it never became quiet")
            time.sleep(0.1)

    def retry_what_was_given_up(self) -> None:
        ledger = Ledger(ledger_path(self.project.config))
        dead = ledger.jobs(JobState.DEAD)
        if dead:
            self.given_up += len(dead)
            ledger.send(Command("retry", ""))
            time.sleep(1.0)
        ledger.close()


if __name__ == "__main__":
    main()
