"""Whatever happens to files, config, clock and daemon: when it is quiet, the tree is what sources and config make.

IMPASTO_EXAMPLES says how many runs; `--hypothesis-seed=N` repeats one, and `-s` shows how many steps there were.
"""

import io
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from PIL import Image

from fake_clock import FakeClock
from fake_project import FakeExecutor, HereExaminer, Project, invert
from impasto_daemon import failpoints, reconcile, settle, surveyor
from impasto_daemon.config import load_config
from impasto_daemon.executors import WorkerDied
from impasto_daemon.failpoints import Failpoint
from impasto_daemon.hashing import hash_file
from impasto_daemon.ledger import Ledger
from impasto_daemon.manifest import SIDECAR_SUFFIX, read_manifest, sidecar_path
from impasto_daemon.processing import Order, Report
from impasto_daemon.service import Service
from impasto_daemon.state import ledger_path
from impasto_daemon.survey import FINGERPRINT_KEY
from impasto_daemon.watcher import FileChange
from impasto_engine import read_metadata

FOLDERS = ("", "a", "a/b", "c")
NAMES = ("stone.png", "wood.png", "grass wip.png")
IN_THE_DAEMON: tuple[Failpoint, ...] = ("claim", "renamed", "manifest written", "done")
DAY = 86400.0


@dataclass(frozen=True)
class Wanted:
    """What a config asks for. strength: of each variant, by its id."""

    strength: dict[str, float]
    output: str = "{stem}.{variant}{ext}"
    ignore: str = ""

    def text(self) -> str:
        variants = ", ".join(
            f"{{ style: ink, id: {one}, strength: {strength}, output: '{self.output}' }}"
            for one, strength in self.strength.items()
        )
        ignore = f", ignore: ['{self.ignore}']" if self.ignore else ""
        return (
            f"watch: [{{ folder: textures{ignore} }}]\nstyles: {{ ink: {{ builtin: 19 }} }}\n"
            f"rules: [{{ name: all, match: ['*'], variants: [{variants}] }}]\n"
        )

    def outputs(self, source: Path) -> dict[str, Path]:
        if self.ignore and source.match(self.ignore):
            return {}
        names = {one: self.output.format(stem=source.stem, variant=one, ext=".png") for one in self.strength}
        return {one: source.with_name(name) for one, name in names.items()}


CONFIGS = (
    Wanted({"ink": 1.0}),
    Wanted({"ink": 0.5}),
    Wanted({"ink": 1.0, "faint": 0.2}),
    Wanted({"ink": 1.0}, output="{stem}_{variant}{ext}"),
    Wanted({"ink": 1.0}, ignore="*wip*"),
)


class CrashError(BaseException):
    """The daemon's process is no more."""


@lru_cache
def picture(seed: int) -> bytes:
    """All of the same size, so that only their time can tell them apart."""
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()


class Daemon(RuleBasedStateMachine):
    """lost: hints that never come, as after an overflow or on a network share. changed: when, by inode."""

    steps = quiet_points = 0

    @initialize(coarse=st.booleans())
    def start(self, coarse: bool) -> None:
        self.patch = pytest.MonkeyPatch()
        self.root = Path(mkdtemp())
        for kind in ("STATE", "DATA", "CACHE"):
            self.patch.setenv(f"XDG_{kind}_HOME", str(self.root / kind))
        self.patch.setattr(failpoints, "reach", self.reach)
        self.patch.setattr(surveyor, "Examiner", HereExaminer)
        for module in (settle, reconcile):
            self.patch.setattr(module, "signature_in", self.signature_in)
        self.project = Project(self.root / "game")
        self.clock = FakeClock()
        self.coarse = coarse
        self.sources: dict[Path, int] = {}
        self.unfinished: dict[Path, int] = {}
        self.changed: dict[int, int] = {}
        self.armed: Failpoint | None = None
        self.deaths = self.died = 0
        self.keep = False
        self.kept: list[Report] = []
        self.service: Service | None = None
        for folder in FOLDERS:
            (self.project.textures / folder).mkdir(parents=True)
        self.configure(CONFIGS[0])
        self.begin()

    # what an artist does

    @rule(
        folder=st.sampled_from(FOLDERS),
        name=st.sampled_from(NAMES),
        seed=st.integers(0, 9),
        lost=st.booleans(),
    )
    def export(self, folder: str, name: str, seed: int, lost: bool) -> None:
        path = self.place(folder, name)
        self.write(path, picture(seed))
        self.sources[path] = seed
        self.unfinished.pop(path, None)
        self.hint(path, lost=lost, is_closed=True)

    @rule(folder=st.sampled_from(FOLDERS), name=st.sampled_from(NAMES), seed=st.integers(0, 9))
    def export_half(self, folder: str, name: str, seed: int) -> None:
        path = self.place(folder, name)
        self.write(path, picture(seed)[:100])
        self.sources[path] = self.unfinished[path] = seed
        self.hint(path)

    @rule(lost=st.booleans())
    def finish_exports(self, lost: bool) -> None:
        for path, seed in self.unfinished.items():
            self.write(path, picture(seed))
            self.hint(path, lost=lost, is_closed=True)
        self.unfinished.clear()

    @rule(
        folder=st.sampled_from(FOLDERS),
        name=st.sampled_from(NAMES),
        seed=st.integers(0, 9),
        lost=st.booleans(),
    )
    def export_by_rename(self, folder: str, name: str, seed: int, lost: bool) -> None:
        path = self.place(folder, name)
        part = path.with_name(name + ".part")
        self.write(part, picture(seed))
        self.move(part, path)
        self.sources[path] = seed
        self.unfinished.pop(path, None)
        self.hint(part, lost=lost)
        self.hint(path, lost=lost)

    @rule(which=st.integers(0, 99), lost=st.booleans())
    def delete(self, which: int, lost: bool) -> None:
        if self.sources:
            path = self.pick(which)
            path.unlink()
            del self.sources[path]
            self.unfinished.pop(path, None)
            self.hint(path, lost=lost)

    @rule(
        which=st.integers(0, 99),
        folder=st.sampled_from(FOLDERS),
        name=st.sampled_from(NAMES),
        lost=st.booleans(),
    )
    def rename(self, which: int, folder: str, name: str, lost: bool) -> None:
        if self.sources and self.pick(which) not in self.unfinished:
            path, to = self.pick(which), self.place(folder, name)
            self.move(path, to)
            self.unfinished.pop(to, None)
            self.sources[to] = self.sources.pop(path)
            self.hint(path, lost=lost)
            self.hint(to, lost=lost)

    @rule(there=st.sampled_from(FOLDERS[1:]), back=st.booleans(), lost=st.booleans())
    def move_folder(self, there: str, back: bool, lost: bool) -> None:
        """To where none is, outputs and all; or away and, later, back."""
        folder, moved = self.project.textures / there, self.project.textures / f"{there} moved"
        if back:
            folder, moved = moved, folder
        if folder.exists() and not moved.exists() and moved.parent.exists():
            folder.rename(moved)
            for known in (self.sources, self.unfinished):
                for path in [path for path in known if path.is_relative_to(folder)]:
                    known[moved / path.relative_to(folder)] = known.pop(path)
            for path in (folder, moved):
                self.hint(path, lost=lost, is_folder=True)

    @rule(which=st.integers(0, 99), lost=st.booleans())
    def delete_an_output(self, which: int, lost: bool) -> None:
        if self.sources:
            for output in self.wanted.outputs(self.pick(which)).values():
                output.unlink(missing_ok=True)
                self.hint(output, lost=lost)

    @rule(wanted=st.sampled_from(CONFIGS))
    def configure(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.write(self.project.config, wanted.text().encode())

    # what the machine does

    @rule()
    def crash(self) -> None:
        self.clock.pass_by(3.0)
        self.begin()

    @rule(where=st.sampled_from(IN_THE_DAEMON))
    def crash_soon(self, where: Failpoint) -> None:
        self.armed = where

    @rule()
    def let_the_worker_die(self) -> None:
        """The third death would be given up, rightly."""
        if self.died < 2:
            self.died += 1
            self.deaths += 1

    @rule()
    def be_slow(self) -> None:
        """What is finished next is reported later."""
        self.keep = True

    @rule()
    def report_at_last(self) -> None:
        kept, self.kept = self.kept, []
        for report in kept:
            self.project.answer(report)

    @rule(days=st.sampled_from((-1.0, 1.0)))
    def set_the_clock(self, days: float) -> None:
        self.clock.pass_by(3.0)
        self.clock.skew += days * DAY

    @rule(turns=st.integers(1, 12))
    def go_on(self, turns: int) -> None:
        for _ in range(turns):
            self.turn()

    @rule()
    def be_quiet(self) -> None:
        type(self).quiet_points += 1
        self.armed, self.keep = None, False
        self.finish_exports(lost=True)
        self.turn()
        self.report_at_last()
        self.come_to_rest()

    @rule(
        which=st.integers(0, 99),
        folder=st.sampled_from(FOLDERS),
        name=st.sampled_from(NAMES),
        lost=st.booleans(),
        turns=st.integers(0, 6),
        armed=st.sampled_from((None, *IN_THE_DAEMON)),
    )
    def rename_what_is_done(
        self, which: int, folder: str, name: str, *, lost: bool, turns: int, armed: Failpoint | None
    ) -> None:
        """In whatever order it is told, wherever the daemon is killed: no network runs."""
        self.be_quiet()
        if not self.sources:
            return
        path, to = self.pick(which), self.project.textures / folder / name
        if not self.wanted.outputs(path):
            return
        orders, self.armed = len(self.project.orders), armed
        self.rename(which, folder, name, lost)
        self.go_on(turns)
        self.hint(path, lost=lost)
        self.come_to_rest()
        assert len(self.project.orders) == orders, f"{path} became {to}, and was made again"

    @rule(there=st.sampled_from(FOLDERS[1:]), back=st.booleans(), lost=st.booleans())
    def move_a_folder_that_is_done(self, there: str, back: bool, lost: bool) -> None:
        self.be_quiet()
        orders = len(self.project.orders)
        self.move_folder(there, back, lost)
        self.come_to_rest()
        assert len(self.project.orders) == orders, f"what is in {there} was made again"

    # below the rules

    def come_to_rest(self) -> None:
        self.clock.pass_by(400.0)  # past the next scan
        deadline = time.monotonic() + 30.0  # of real time: the surveyor's thread may be let wait
        while self.turn():
            assert time.monotonic() < deadline, "it never became quiet"
        self.deaths = self.died = 0
        wrong = self.wrong()
        assert not wrong, "\n".join(wrong)

    def begin(self) -> None:
        self.abandon()
        self.ledger = Ledger(ledger_path(self.project.config))
        self.kept.clear()
        self.service = Service(
            load_config(self.project.config),
            self.ledger,
            self.project.recorder,
            lambda _options, report: self.executor(report),
            clock=self.clock,
        )
        try:
            self.service.begin()
        except CrashError:
            self.begin()

    def abandon(self) -> None:
        if self.service is not None:
            self.service.end()
            self.ledger.close()

    def executor(self, on_report: Callable[[Report | WorkerDied], None]) -> FakeExecutor:
        executor = FakeExecutor(on_report, self.project, self.work)
        self.project.answer = executor.answer
        return executor

    def work(self, order: Order) -> Report | WorkerDied | None:
        if self.deaths:
            self.deaths -= 1
            order.temp.write_bytes(b"half of it")
            return WorkerDied(-9, (order.ticket,), ())
        made = invert(order)
        os.utime(order.temp, (self.clock.wall(), self.clock.wall()))
        if self.keep:
            self.keep = False
            self.kept.append(made)
            return None
        return made

    def turn(self) -> bool:
        type(self).steps += 1
        assert self.service is not None
        try:
            return self.service.turn()
        except CrashError:
            self.begin()
            return True

    def reach(self, name: Failpoint) -> None:
        if name == self.armed:
            self.armed = None
            raise CrashError(name)

    def place(self, folder: str, name: str) -> Path:
        path = self.project.textures / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def pick(self, which: int) -> Path:
        return sorted(self.sources)[which % len(self.sources)]

    def write(self, path: Path, content: bytes) -> None:
        """As a file system stamps it that goes by this clock, and perhaps counts in seconds."""
        path.write_bytes(content)
        ns = self.stamp()
        os.utime(path, ns=(ns, ns))
        self.changed[path.stat().st_ino] = ns

    def move(self, path: Path, to: Path) -> None:
        path.replace(to)
        self.changed[to.stat().st_ino] = self.stamp()

    def stamp(self) -> int:
        stamp = self.clock.wall()
        return int(stamp) * 1_000_000_000 if self.coarse else int(stamp * 1e9)

    def signature_in(self, status: os.stat_result) -> settle.Signature:
        """A change of the file itself is stamped by the system's clock: by this one here."""
        return status.st_size, status.st_mtime_ns, self.changed.get(status.st_ino, 0)

    def hint(
        self, path: Path, *, lost: bool = False, is_folder: bool = False, is_closed: bool = False
    ) -> None:
        if not lost and self.service is not None:
            self.service.hint(FileChange(path, is_folder, is_closed))

    def wrong(self) -> list[str]:
        """Where the tree is not what sources and config make it."""
        expected = set(self.sources)
        wrong = []
        for source, seed in self.sources.items():
            outputs = self.wanted.outputs(source)
            expected |= {*outputs.values(), *([sidecar_path(source)] if outputs else [])}
            wrong += [f"{source.name}: {what}" for what in self.wrong_with(source, seed, outputs)]
        for path in self.project.textures.rglob("*"):
            if path.is_file() and path not in expected and not is_tombstone(path):
                wrong.append(f"{path}: not to be expected")
        return wrong

    def wrong_with(self, source: Path, seed: int, outputs: dict[str, Path]) -> Iterator[str]:
        if source.read_bytes() != picture(seed):
            yield "the source was touched"
        if not outputs:
            return
        if not sidecar_path(source).exists():
            yield "it has no sidecar"
            return
        manifest = read_manifest(sidecar_path(source))
        variants = {variant.id: variant for variant in manifest.variants}
        if variants.keys() != outputs.keys() or manifest.source.sha256 != hash_file(source):
            yield f"the sidecar tells of {sorted(variants)}, for another source"
            return
        for name, output in outputs.items():
            variant = variants[name]
            if (variant.status, variant.strength) != ("ready", self.wanted.strength[name]):
                yield f"{name} is {variant.status}: {variant.error}"
            elif not output.exists():
                yield f"{output.name} is missing"
            elif [(made.file, made.sha256) for made in variant.maps] != [(output.name, hash_file(output))]:
                yield f"the sidecar tells of another {output.name}"
            elif read_metadata(output) != {FINGERPRINT_KEY: variant.fingerprint}:
                yield f"{output.name} is of another fingerprint"
            elif pixels_of(output.read_bytes()) != bytes(255 - byte for byte in pixels_of(picture(seed))):
                yield f"{output.name} is of another source"

    def teardown(self) -> None:
        if not hasattr(self, "patch"):
            return
        try:
            self.be_quiet()
        finally:
            self.abandon()
            self.patch.undo()
            shutil.rmtree(self.root)


def pixels_of(file: bytes) -> bytes:
    with Image.open(io.BytesIO(file)) as image:
        return image.convert("RGB").tobytes()


def is_tombstone(path: Path) -> bool:
    return path.name.endswith(SIDECAR_SUFFIX) and read_manifest(path).variants == ()


@pytest.fixture(scope="module", autouse=True)
def _steps() -> Iterator[None]:
    yield
    print(f"\n{Daemon.steps} turns of the daemon, {Daemon.quiet_points} quiet points")  # noqa: T201  asked for by -s


EXAMPLES = int(os.environ.get("IMPASTO_EXAMPLES", "10"))
# Five minutes are what hypothesis takes at the most to make a failing example small. As it would do so with a
# timeout that is raised, again and again, what is stuck ends the process.
TestDaemon = pytest.mark.timeout(360 + 5 * EXAMPLES, method="thread")(Daemon.TestCase)
TestDaemon.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
