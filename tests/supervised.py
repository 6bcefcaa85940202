"""A quick daemon in a process of its own, to be killed by tests and benches, and what must hold after it."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

import quick_daemon
from fake_project import Project, wait_until
from impasto_daemon.failpoints import FOLDER_VARIABLE
from impasto_daemon.hashing import hash_file
from impasto_daemon.ledger import Ledger
from impasto_daemon.manifest import is_temp, read_manifest, sidecar_path
from impasto_daemon.state import ledger_path
from impasto_daemon.survey import FINGERPRINT_KEY
from impasto_engine import read_metadata


@dataclass
class Supervised:
    """The daemon is started again whenever it is found dead, as systemd would. kills: of daemon and workers."""

    project: Project
    seconds: float = 0.0  # that an inference takes
    kills: int = 0
    daemon: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def failpoints(self) -> Path:
        return self.project.folder / "failpoints"

    @property
    def log(self) -> Path:
        return self.project.folder / "inferences.log"

    def keep_alive(self) -> None:
        if self.daemon is not None and self.daemon.poll() is None:
            return
        self.failpoints.mkdir(exist_ok=True)
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            FOLDER_VARIABLE: str(self.failpoints),
            quick_daemon.LOG_VARIABLE: str(self.log),
            quick_daemon.SECONDS_VARIABLE: str(self.seconds),
        }
        with (self.project.folder / "daemon.log").open("ab") as output:
            self.daemon = subprocess.Popen(
                [sys.executable, quick_daemon.__file__, str(self.project.config)],
                env=environment,
                stdout=output,
                stderr=output,
            )

    def wait_until_watching(self) -> psutil.Process:
        self.keep_alive()
        assert self.daemon is not None
        wait_until(lambda: any(event["kind"] == "config" for event in json_events(self.project)), seconds=60)
        return psutil.Process(self.daemon.pid)

    def arm(self, failpoint: str) -> None:
        self.failpoints.mkdir(exist_ok=True)
        (self.failpoints / failpoint).touch()

    def is_armed(self, failpoint: str) -> bool:
        return (self.failpoints / failpoint).exists()

    def worker(self) -> psutil.Process | None:
        if self.daemon is None or self.daemon.poll() is not None:
            return None
        children = psutil.Process(self.daemon.pid).children()
        return next((child for child in children if _is_worker(child)), None)

    def kill_daemon(self) -> None:
        assert self.daemon is not None
        self.kills += 1
        self.daemon.kill()
        self.daemon.wait()

    def kill_worker(self) -> bool:
        """False where there is none just now."""
        try:
            worker = self.worker()
            if worker is None:
                return False
            worker.kill()
        except psutil.NoSuchProcess:
            return False
        self.kills += 1
        return True

    def end(self) -> None:
        if self.daemon is not None and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.wait(timeout=30)

    def inferences(self) -> Counter[str]:
        """By fingerprint, all that were ever begun."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return Counter(line.split()[1] for line in lines)


def is_quiet(project: Project, count: int) -> bool:
    """Whether so many jobs are done, none waits and none runs."""
    ledger = Ledger(ledger_path(project.config))
    counts = {str(state): number for state, number in ledger.counts().items() if number}
    ledger.close()
    return counts == {"done": count}


def known_sources(project: Project) -> int:
    """How many sources the ledger has."""
    ledger = Ledger(ledger_path(project.config))
    count = sum(len(ledger.sources_in(folder)) for folder in ledger.folders())
    ledger.close()
    return count


def losses(project: Project, sources: list[Path]) -> list[str]:
    """What is wrong below the textures folder: [] when each source has its one output and a sidecar telling it."""
    wrong = []
    expected = set()
    for source in sources:
        output = source.with_suffix(".ink.png")
        expected |= {source, output, sidecar_path(source)}
        wrong += _wrong_with(source, output)
    found = {path for path in project.textures.rglob("*") if path.is_file()}
    wrong += [f"{path.name}: a temp file nobody owns" for path in found if is_temp(path.name)]
    wrong += [f"{path.name}: not to be expected" for path in found - expected if not is_temp(path.name)]
    return wrong


def _wrong_with(source: Path, output: Path) -> list[str]:
    try:
        (variant,) = read_manifest(sidecar_path(source)).variants
        (made,) = variant.maps
        with Image.open(source) as before, Image.open(output) as after:
            is_right = np.array_equal(255 - np.asarray(before), np.asarray(after))
        facts = {
            "pixels": is_right,
            "status": variant.status == "ready",
            "hash": made.sha256 == hash_file(output),
            "fingerprint": read_metadata(output) == {FINGERPRINT_KEY: variant.fingerprint},
            "source": read_manifest(sidecar_path(source)).source.sha256 == hash_file(source),
        }
    except Exception as error:  # noqa: BLE001  each is a loss, to be counted with the others
        return [f"{source.name}: {type(error).__name__}: {error}"]
    return [f"{source.name}: {name} is wrong" for name, holds in facts.items() if not holds]


def json_events(project: Project) -> list[dict[str, object]]:
    """What the daemons told, but for their warnings on stderr."""
    lines = (project.folder / "daemon.log").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def _is_worker(child: psutil.Process) -> bool:
    """The examiner is a child as well: it may write no file."""
    return "spawn_main" in " ".join(child.cmdline()) and child.rlimit(psutil.RLIMIT_FSIZE)[0] != 0
