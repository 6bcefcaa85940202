"""What happens to a project in two weeks at an artist's side, drawn by lot, and a daemon that follows it."""

import random
import time
from dataclasses import dataclass
from pathlib import Path

from test_state_machine import CONFIGS, Daemon, Wanted, is_tombstone

from impasto_daemon.config import OVERRIDE_NAME
from impasto_daemon.ledger import Command

NIGHT_SECONDS, SLOW_SCAN = 50_400.0, 305.0
MOST_SOURCES = 100
SYLLABLES = ("ba", "du", "fe", "ki", "lo", "mu", "pe", "ru", "so", "va", "we", "zi")
STYLES = (19, 7, 3)
OVERRIDE = (
    "rules: [{{ name: own, match: ['*'], variants: [{{ style: ink, id: {id}, strength: {strength} }}] }}]\n"
)
OWN = {"own": 0.7, "other": 0.3}  # strengths in overrides, by the id of their variant


@dataclass(frozen=True)
class Tree:
    """What config and overrides ask for together; as Wanted, but for each folder."""

    config: Wanted
    style: int

    @property
    def strength(self) -> dict[str, float]:
        return self.config.strength | OWN

    def text(self) -> str:
        return self.config.text().replace("builtin: 19", f"builtin: {self.style}")

    def outputs(self, source: Path) -> dict[str, Path]:
        found, override = self.config.outputs(source), source.parent / OVERRIDE_NAME
        if not found or not override.exists():
            return found
        own = next(one for one in OWN if f"id: {one}," in override.read_text())
        return {own: source.with_name(f"{source.stem}.{own}.png")}


class Fortnight(Daemon):
    """random: what is done next, and to what."""

    def prepare(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.folders = ["", "rocks", "trees", "huts", "carts", "signs"]
        self.start(coarse=False)
        self.clock.skew = time.time() - self.clock.wall()  # that of the files, so that what is old looks old
        self.change_config()
        while len(self.sources) < MOST_SOURCES:
            self.add()
        self.check()

    def change(self) -> None:
        """One thing that an artist does, or a machine; then some of the time until the next."""
        acts = {
            self.add: 18 if len(self.sources) < MOST_SOURCES else 1,
            self.edit: 40,
            self.save_by_rename: 12,
            self.break_off: 4,
            self.rename_one: 8,
            self.remove: 8,
            self.remove_an_output: 3,
            self.move_a_folder: 1,
            self.change_config: 0.3,
            self.change_override: 0.7,
            self.let_the_worker_die: 1,
            self.pause_or_resume: 1,
        }
        (act,) = self.random.choices(list(acts), list(acts.values()))
        act()

    def add(self) -> None:
        self.export(self.folder(), self.name(), self.random.randrange(10_000), self.is_lost())

    def edit(self) -> None:
        if self.sources:
            path = self.any_source()
            folder = path.parent.relative_to(self.project.textures).as_posix()
            self.export(folder, path.name, self.random.randrange(10_000), self.is_lost())

    def save_by_rename(self) -> None:
        if self.sources:
            path = self.any_source()
            folder = path.parent.relative_to(self.project.textures).as_posix()
            self.export_by_rename(folder, path.name, self.random.randrange(10_000), self.is_lost())

    def break_off(self) -> None:
        self.export_half(self.folder(), self.name(), self.random.randrange(10_000))

    def rename_one(self) -> None:
        self.rename(self.random.randrange(10_000), self.folder(), self.name(), self.is_lost())

    def remove(self) -> None:
        self.delete(self.random.randrange(10_000), self.is_lost())

    def remove_an_output(self) -> None:
        self.delete_an_output(self.random.randrange(10_000), self.is_lost())

    def move_a_folder(self) -> None:
        """To a name that none had before."""
        which = self.random.randrange(1, len(self.folders))
        there, self.folders[which] = self.folders[which], self.word()
        folder, moved = self.project.textures / there, self.project.textures / self.folders[which]
        if not folder.exists() or moved.exists():
            return
        folder.rename(moved)
        for known in (self.sources, self.unfinished):
            for path in [path for path in known if path.is_relative_to(folder)]:
                known[moved / path.relative_to(folder)] = known.pop(path)
        for path in (folder, moved):
            self.hint(path, lost=self.is_lost(), is_folder=True)

    def change_config(self) -> None:
        self.configure(Tree(self.random.choice(CONFIGS), self.random.choice(STYLES)))

    def change_override(self) -> None:
        override = self.place(self.random.choice(self.folders[1:]), OVERRIDE_NAME)
        own = self.random.choice((*OWN, ""))
        if own:
            self.write(override, OVERRIDE.format(id=own, strength=OWN[own]).encode())
        else:
            override.unlink(missing_ok=True)
        self.hint(override)

    def pause_or_resume(self) -> None:
        self.ledger.send(Command(self.random.choice(("pause", "resume")), ""))

    def pass_time(self, seconds: float) -> None:
        self.clock.pass_by(self.random.uniform(0.0, 2.0 * seconds))
        self.go_on(self.random.randint(1, 4))

    def sleep(self) -> None:
        """A night: only the slow scans fall due."""
        until = self.clock.monotonic() + NIGHT_SECONDS
        while self.clock.monotonic() < until:
            self.clock.pass_by(SLOW_SCAN)
            self.go_on(2)

    def check(self) -> None:
        """The tree is what it should be; then it is tidied, as before a commit."""
        self.ledger.send(Command("resume", ""))
        self.clock.pass_by(1.0)
        self.go_on(1)
        self.be_quiet()
        for path in [*self.project.textures.rglob("*.impasto")]:
            if is_tombstone(path):
                path.unlink()
        standing = {path.stat().st_ino for path in self.sources}
        self.changed = {inode: ns for inode, ns in self.changed.items() if inode in standing}

    def wrong(self) -> list[str]:
        """What the artist wrote beside the sources is to be expected."""
        return [one for one in super().wrong() if f"{OVERRIDE_NAME}: not to be expected" not in one]

    def folder(self) -> str:
        return self.random.choice(self.folders)

    def name(self) -> str:
        kind = self.random.choice(("", "", "", " wip", " 01", " 02"))
        return f"{self.word()}{kind}.png"

    def word(self) -> str:
        return "".join(self.random.choices(SYLLABLES, k=4))

    def any_source(self) -> Path:
        return self.pick(self.random.randrange(10_000))

    def is_lost(self) -> bool:
        return self.random.random() < 0.05
