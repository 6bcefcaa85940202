"""Each test has a game project and a state folder of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fake_project import CONFIG, Behaviour, HereExaminer, Project
from impasto_daemon.processing import Refused


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ledger, lock and models go to a folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "state"


@pytest.fixture
def project(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    del state
    monkeypatch.setattr("impasto_daemon.intake._YOUNG_SECONDS", 0.0)  # nothing writes while a test looks
    monkeypatch.setattr("impasto_daemon.departures._GRACE_SECONDS", 0.0)
    for looks in ("surveyor", "commands.explain", "commands.apply", "commands.learn", "commands.style_sheet"):
        monkeypatch.setattr(f"impasto_daemon.{looks}.Examiner", HereExaminer)
    monkeypatch.setattr("impasto_daemon.dispatch._BACKOFF_SECONDS", 0.0)
    folder = tmp_path / "game"
    (folder / "textures").mkdir(parents=True)
    (folder / "config.yaml").write_text(CONFIG)
    return Project(folder)


@pytest.fixture
def refused() -> Callable[[str, str], Behaviour]:
    return lambda kind, message: lambda order: Refused(order.ticket, kind, message)
