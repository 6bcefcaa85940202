"""`doctor`: whether this machine, its weights, file systems and config are fit for the daemon."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from impasto_daemon.commands.weights_shelf import known_weights
from impasto_daemon.config import Config, load_config
from impasto_daemon.errors import ConfigError
from impasto_daemon.lease import last_holder
from impasto_daemon.mounts import file_system_type, is_network_mount
from impasto_daemon.options import engine_options
from impasto_daemon.roots import is_shared
from impasto_daemon.state import cache_folder, models_folder
from impasto_engine import (
    DevicePreference,
    EngineError,
    EngineOptions,
    WeightsError,
    WeightsMissingError,
    WeightsStore,
    available_devices,
)

_WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")


@dataclass(frozen=True, slots=True)
class Finding:
    good: bool
    subject: str
    message: str


def examine(config_path: Path | None, device: DevicePreference | None) -> bool:
    """Print what was found; whether all of it is good. device: also run every network there."""
    console = Console()
    good = True
    config = None
    if config_path is None:
        findings = iter([Finding(True, "config", "none here; `impasto init` writes one")])
    else:
        config, findings = _check_config(config_path)
    for finding in (*findings, *_check_weights(config), *_check_device()):
        good &= finding.good
        mark = "[green]good[/]" if finding.good else "[red]BAD [/]"
        console.print(f"{mark} {escape(finding.subject)}: {escape(finding.message)}", soft_wrap=True)
    return _check_networks(device, config, console) and good if device is not None else good


def _check_config(path: Path) -> tuple[Config | None, Iterator[Finding]]:
    try:
        config = load_config(path)
    except ConfigError as error:
        return None, iter([Finding(False, "config", str(error))])
    return config, _check_folders(config)


def _check_folders(config: Config) -> Iterator[Finding]:
    yield Finding(True, "config", f"{config.path} is valid")
    for watch in config.watch:
        kind = file_system_type(watch.folder)
        polled = watch.polling == "always" or (watch.polling == "auto" and is_network_mount(watch.folder))
        how = "polled: a share sends no events" if polled else "watched by events"
        yield Finding(watch.folder.is_dir(), str(watch.folder), f"file system {kind}, {how}")
        if is_shared(watch):
            yield Finding(True, str(watch.folder), f"shared with other machines: {_turn(watch.folder)}")
        folders = 1 + sum(1 for path in watch.folder.rglob("*") if path.is_dir())
        if _WATCHES.exists() and not polled:
            limit = int(_WATCHES.read_text())
            advice = (
                "" if folders < limit else "; raise fs.inotify.max_user_watches, or set `polling: always`"
            )
            yield Finding(folders < limit, "watch limit", f"{folders} folders of {limit} allowed{advice}")


def _turn(folder: Path) -> str:
    note = last_holder(folder)
    if note is None or note.is_free:
        return "nobody has its lease"
    return f"its lease is with {note}, if that one lives"


def _check_weights(config: Config | None) -> Iterator[Finding]:
    models = models_folder(config.models if config else None)
    store = WeightsStore(models)
    rules = config.rules if config else ()
    used = {variant.style.stylizer for rule in rules for variant in rule.variants if variant.style}
    for name, (user, file) in known_weights(models).items():
        try:
            yield Finding(True, name, f"{store.find(file)} (for {user}, {file.licence})")
        except WeightsError as error:
            if isinstance(error, WeightsMissingError) and not file.is_packaged and user not in used:
                message = f"not installed; for {user}, which no rule uses: `impasto weights fetch {name}`"
                yield Finding(True, name, message)
                continue
            yield Finding(False, name, str(error))


def _check_device() -> Iterator[Finding]:
    devices = available_devices()
    message = f"{', '.join(devices)} found; `impasto doctor --device {devices[0]}` runs every network there"
    yield Finding(True, "device", message)


def _check_networks(device: DevicePreference, config: Config | None, console: Console) -> bool:
    from impasto_engine.self_check import check_networks

    options = engine_options(config) if config else EngineOptions(models_folder(), cache=cache_folder())
    network = Column("network", no_wrap=True)
    table = Table(network, "device", "largest difference", "seconds", "CPU seconds", "peak MB", "")
    good = True
    try:
        for check in check_networks(replace(options, device=device, low_priority=False)):
            good &= check.passed
            peak = f"{check.peak / 1e6:.0f}" if check.peak is not None else "-"
            verdict = "[green]good" if check.passed else "[red]BAD"
            table.add_row(
                check.network, check.device, f"{check.difference:.5f}", f"{check.seconds:.3f}",
                f"{check.cpu_seconds:.3f}", peak, verdict,
            )  # fmt: skip
    except EngineError as error:
        console.print(f"[red]BAD [/] {error}")
        return False
    console.print(table)
    return good
