"""Two daemons for the textures of one project, each with a config and a clock of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fake_clock import FakeClock
from fake_project import CONFIG, Behaviour, Project, invert
from impasto_daemon.executors import WorkerDied
from impasto_daemon.processing import Order, Report
from impasto_daemon.service import Service


@dataclass
class Daemon:
    """A config of its own for the project's textures. state: None on the project's machine."""

    project: Project
    monkeypatch: pytest.MonkeyPatch
    state: Path | None = None
    behave: Behaviour = invert
    clock: FakeClock = field(default_factory=FakeClock)

    def start(self) -> Service:
        with self.monkeypatch.context() as patch:
            if self.state is not None:
                patch.setenv("XDG_STATE_HOME", str(self.state))
            self.service = self.project.service(self._answer, self.clock)
        self.service.begin()
        return self.service

    def _answer(self, order: Order) -> Report | WorkerDied | None:
        return self.behave(order)

    def run(self, seconds: float = 10.0) -> None:
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            self.service.turn()

    def run_until_ready(self, source: Path) -> None:
        """However slow the machine is: its threads have no part in the clock."""
        while not self.project.is_ready(source):
            self.run(1.0)

    def once(self, meanwhile: Callable[[], None] = lambda: None) -> frozenset[str]:
        """The kinds of failure."""
        self.start()
        while self.service.turn():
            meanwhile()
        self.service.end()
        return self.service._summary().failure_kinds

    def end(self) -> None:
        self.service.end()
        self.project.ledger.close()

    @property
    def waiting(self) -> tuple[str, ...]:
        assert self.project.recorder.last is not None
        return self.project.recorder.last.waiting

    @property
    def made(self) -> list[str]:
        """What it gave to its worker."""
        return [order.source.name for order in self.project.orders]


def daemon(project: Project, monkeypatch: pytest.MonkeyPatch, name: str, state: Path | None = None) -> Daemon:
    folder = project.folder.with_name(name)
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG.replace("folder: textures", "folder: ../game/textures"))
    return Daemon(Project(folder), monkeypatch, state)


def leases(project: Project) -> list[str]:
    return sorted(name for name in project.names() if name.startswith(".impasto.lease."))
