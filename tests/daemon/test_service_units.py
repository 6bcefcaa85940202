"""`impasto service`: the text that makes the system run the daemon is one that the system takes."""

import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fake_project import CONFIG
from impasto_daemon import cli
from impasto_daemon.commands import service_units
from impasto_daemon.commands.service_units import unit_for
from impasto_daemon.errors import ServiceError


@pytest.fixture
def config(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In a folder whose name has all that needs quoting."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    folder = tmp_path / 'my "$game" 100% it\'s'
    (folder / "textures").mkdir(parents=True)
    path = folder / "config.yaml"
    path.write_text(CONFIG)
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> object:
    monkeypatch.setattr(sys, "argv", ["impasto", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


def test_systemd_finds_no_fault_with_its_unit(config: Path, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not on this machine")
    unit = tmp_path / "impasto-test.service"
    unit.write_text(unit_for(config, "systemd").text)
    found = subprocess.run(
        [verify, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    about_ours = [line for line in found.stderr.splitlines() if unit.name in line]
    older = [line for line in about_ours if "Failed to parse service type, ignoring: notify-reload" in line]
    assert about_ours == older, "a systemd before 253 knows no notify-reload, and all the rest"


def test_systemd_s_unit_says_how_the_daemon_is_watched_stopped_and_confined(config: Path) -> None:
    lines = unit_for(config, "systemd").text.splitlines()
    for line in (
        "Type=notify-reload",
        "WatchdogSec=5min",
        "Restart=on-failure",
        "KillMode=mixed",
        "TimeoutStopSec=90",
        "NoNewPrivileges=yes",
        "ProtectSystem=full",
    ):
        assert line in lines


def test_systemd_starts_the_daemon_of_this_config_with_the_ledger_of_this_shell(
    config: Path, state: Path
) -> None:
    text = unit_for(config, "systemd").text
    (command,) = [line for line in text.splitlines() if line.startswith("ExecStart=")]
    escaped = str(config).replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    assert command == f'ExecStart="{sys.executable}" "-m" "impasto_daemon.cli" "watch" "--config" "{escaped}"'
    assert f'Environment="XDG_STATE_HOME={state}"' in text.splitlines()


def test_launchd_s_agent_starts_the_daemon_and_gives_it_time_to_drain(config: Path) -> None:
    said = plistlib.loads(unit_for(config, "launchd").text.encode())
    assert said["ProgramArguments"][:6] == [
        sys.executable, "-m", "impasto_daemon.cli", "watch", "--config", str(config),
    ]  # fmt: skip
    assert said["ProgramArguments"][6] == "--log"
    assert (said["RunAtLoad"], said["KeepAlive"]) == (True, {"SuccessfulExit": False})
    assert said["ExitTimeOut"] > 60


def test_windows_is_told_what_to_run(config: Path) -> None:
    unit = unit_for(config, "windows")
    assert unit.path is None
    assert f'--config "{config}"'.replace("'", "''") in unit.text
    assert "Register-ScheduledTask" in unit.text


@pytest.mark.parametrize("system", [("linux", ".config/systemd/user"), ("darwin", "Library/LaunchAgents")])
def test_install_writes_the_file_and_says_how_to_start_and_remove_it(
    config: Path,
    system: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    platform, folder = system
    monkeypatch.setattr(service_units.sys, "platform", platform)
    assert run(monkeypatch, "service", "install", "--config", config) == 0
    told = capsys.readouterr().out.splitlines()
    (written,) = (tmp_path / "home" / folder).iterdir()
    assert told[0] == f"wrote {written}"
    assert written.name in told[1]
    assert written.name in told[2]


def test_install_on_windows_writes_nothing_and_says_so(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(service_units.sys, "platform", "win32")
    assert run(monkeypatch, "service", "install", "--config", config) == 64
    assert "run in PowerShell" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


def test_a_system_without_services_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_units.sys, "platform", "freebsd14")
    with pytest.raises(ServiceError, match="freebsd14"):
        service_units.this_system()
