"""`service`: what has the system start the daemon when its user logs in, and start it again when it fails."""

import os
import plistlib
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from impasto_daemon.errors import ServiceError
from impasto_daemon.state import state_folder

System = Literal["systemd", "launchd", "windows"]

_KEPT_VARIABLES = (
    "XDG_STATE_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
)  # they decide where ledger and weights lie
_UNIT = """\
# Type=notify-reload needs systemd 253. An older one takes it for Type=simple: all works but `systemctl reload`,
# which an edited config does without.
[Unit]
Description={description}
StartLimitIntervalSec=0

[Service]
Type=notify-reload
NotifyAccess=main
ExecStart={command}
WorkingDirectory={folder}
{environment}\
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=64
TimeoutStartSec=infinity
TimeoutStopSec=90
WatchdogSec=5min
# The worker is left to finish what it has in hand: only the daemon is told to stop.
KillMode=mixed

NoNewPrivileges=yes
ProtectSystem=full
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"""
_WINDOWS = """\
# In PowerShell, as the user who will run it: a task that begins at logon and is begun again when it fails.
$action = New-ScheduledTaskAction -Execute {program} -Argument {arguments} -WorkingDirectory {folder}
$trigger = New-ScheduledTaskTrigger -AtLogOn -User $env:USERNAME
$settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
    -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
Register-ScheduledTask -TaskName {name} -Action $action -Trigger $trigger -Settings $settings
Start-ScheduledTask -TaskName {name}
# Ending the task ends the daemon at once. Nothing is lost: what was in hand is begun again at the next start.
# To take it away: Unregister-ScheduledTask -TaskName {name}
# A Windows service runs before anybody logs in, but does not see mapped network drives. Windows runs programs as
# services only through a wrapper such as WinSW; give it the same program and arguments.
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """text: what the system reads from the file at path; on Windows, where path is None, what a person runs.

    start, remove: commands for a shell.
    """

    text: str
    path: Path | None
    start: str
    remove: str


def this_system() -> System:
    """Raises ServiceError."""
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "launchd"
    if sys.platform == "linux":
        return "systemd"
    raise ServiceError(
        f"{sys.platform}: no services are known of; print one --for systemd, launchd or windows"
    )


def unit_for(config: Path, system: System) -> Unit:
    """The daemon of this config, run by this Python."""
    config = config.resolve()
    state = state_folder(config)
    command = [sys.executable, "-m", "impasto_daemon.cli", "watch", "--config", str(config)]
    logged = [*command, "--log", str(state / "daemon.log")]  # systemd's journal rotates by itself
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    if system == "systemd":
        return _systemd_unit(f"impasto-{state.name}.service", command, config, kept)
    if system == "launchd":
        return _launchd_unit(f"impasto.{state.name}", logged, config, kept)
    return _windows_task(f"impasto-{state.name}", logged, config)


def install(unit: Unit) -> Path:
    """Write the file that the system reads; it is not started yet. Raises ServiceError, OSError."""
    if unit.path is None:
        raise ServiceError(
            "Windows keeps tasks in no file: run in PowerShell what `impasto service print` prints"
        )
    unit.path.parent.mkdir(parents=True, exist_ok=True)
    unit.path.write_text(unit.text, encoding="utf-8")
    return unit.path


def _systemd_unit(name: str, command: Sequence[str], config: Path, kept: Mapping[str, str]) -> Unit:
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = home / "systemd" / "user" / name
    text = _UNIT.format(
        description=f"impasto, as {config} says".replace("%", "%%"),
        command=" ".join(_quoted(part, in_command=True) for part in command),
        folder=str(config.parent).replace("%", "%%"),
        environment="".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in kept.items()),
    )
    start = f"systemctl --user daemon-reload && systemctl --user enable --now {name}"
    remove = f"systemctl --user disable --now {name} && rm {shlex.quote(str(path))}"
    return Unit(text, path, start, remove)


def _quoted(text: str, *, in_command: bool = False) -> str:
    """systemd.syntax(7): specifiers begin with %, variables in a command with $."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text.replace("$", "$$") if in_command else text}"'


def _launchd_unit(name: str, command: Sequence[str], config: Path, kept: Mapping[str, str]) -> Unit:
    path = Path.home() / "Library" / "LaunchAgents" / f"{name}.plist"
    said = {
        "Label": name,
        "ProgramArguments": list(command),
        "WorkingDirectory": str(config.parent),
        "EnvironmentVariables": dict(kept),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "ExitTimeOut": 90,
    }
    quoted = shlex.quote(str(path))
    start, remove = f"launchctl load -w {quoted}", f"launchctl unload -w {quoted} && rm {quoted}"
    return Unit(plistlib.dumps(said).decode(), path, start, remove)


def _windows_task(name: str, command: Sequence[str], config: Path) -> Unit:
    program, *arguments = command
    text = _WINDOWS.format(
        program=_powershell(program),
        arguments=_powershell(" ".join(f'"{one}"' if " " in one else one for one in arguments)),
        folder=_powershell(str(config.parent)),
        name=_powershell(name),
    )
    return Unit(text, None, f"Start-ScheduledTask {name}", f"Unregister-ScheduledTask {name}")


def _powershell(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
