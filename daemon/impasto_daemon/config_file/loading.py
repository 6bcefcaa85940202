"""config.yaml as one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.config_file.digest import digest_rules
from impasto_daemon.config_file.document import (
    ConfigDocument,
    ConfigHead,
    Device,
    Polling,
    Priority,
    WatchEntry,
)
from impasto_daemon.config_file.references import resolve
from impasto_daemon.config_file.rules import Surroundings, read_rules
from impasto_daemon.config_file.shape import DocumentReader
from impasto_daemon.config_file.variants import Scope
from impasto_daemon.errors import ConfigError, Problem
from impasto_daemon.rules import Rule
from impasto_daemon.state import models_folder
from impasto_daemon.yaml_lines import Loc, read_yaml
from impasto_engine import Profile, StyleRequest


@dataclass(frozen=True, slots=True)
class WatchFolder:
    """One watched folder, absolute, links followed. ignore: gitignore patterns relative to it."""

    folder: Path
    ignore: tuple[str, ...] = ()
    profile: Profile = Profile.NEUTRAL
    polling: Polling = "auto"


@dataclass(frozen=True, slots=True)
class Config:
    """What config.yaml says, checked. The rules' patterns are relative to each watch folder in turn.

    scope: what .impasto.yaml files may name. references: the files that styles and variants name.
    digest: changes with all that decides pixels, names and manifests; not with device, memory or priority.
    memory_limit: bytes of graphics memory. models: None for the platform's folder.
    """

    path: Path
    watch: tuple[WatchFolder, ...]
    rules: tuple[Rule, ...]
    scope: Scope
    references: tuple[Path, ...]
    digest: str
    device: Device = "auto"
    memory_limit: int | None = None
    priority: Priority = "low"
    models: Path | None = None

    @property
    def styles(self) -> Mapping[str, StyleRequest]:
        return self.scope.styles


def load_config(path: Path) -> Config:
    """Read and check a config. Raises ConfigError with every problem, each with its line and key."""
    path = path.resolve()
    reader = DocumentReader(read_yaml(path))
    values = reader.top(ConfigDocument)
    one_valued = {key: values[key] for key in ConfigHead.model_fields if key in values}
    head = reader.entry(ConfigHead, (), one_valued) or ConfigHead()
    models = None if head.models is None else resolve(head.models, reader.folder)
    if models is not None and models.exists() and not models.is_dir():
        reader.refuse(("models",), f"{models} is a file, not a folder")
    watch = _read_watch(reader, values.get("watch"))
    roots = (reader.folder, *(one.folder for one in watch))
    found = read_rules(reader, values, Surroundings(roots, models_folder(models), Scope()))
    if reader.problems:
        raise ConfigError(in_order(reader.problems))
    watched = [f"{_short(one.folder, reader.folder)} {one.ignore} {one.profile}" for one in watch]
    return Config(
        path=path,
        watch=watch,
        rules=found.rules,
        scope=found.scope,
        references=found.references,
        digest=digest_rules(found.rules, *watched),
        device=head.device,
        memory_limit=head.memory_limit,
        priority=head.priority,
        models=models,
    )


def in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (str(problem.file), problem.line or 0))


def _read_watch(reader: DocumentReader, value: object) -> tuple[WatchFolder, ...]:
    if not value:
        reader.refuse(
            ("watch",), 'is missing: name a folder that textures are exported into, as "- folder: textures"'
        )
    folders: dict[Loc, WatchFolder] = {}
    for loc, item in reader.items(("watch",), value):
        entry = reader.entry(WatchEntry, loc, item)
        if entry is None:
            continue
        folder = resolve(entry.folder, reader.folder)
        if not folder.is_dir():
            reader.refuse((*loc, "folder"), f"no such folder: {folder}{_folders_near(folder)}")
        for other_loc, other in folders.items():
            if folder.is_relative_to(other.folder) or other.folder.is_relative_to(folder):
                line = reader.document.line_of(other_loc)
                message = f"{folder} and the folder of line {line} share files; watch the outer one only"
                reader.refuse((*loc, "folder"), message)
        folders[loc] = WatchFolder(folder, tuple(entry.ignore), entry.profile, entry.polling)
    return tuple(folders.values())


def _folders_near(folder: Path) -> str:
    if not folder.parent.is_dir():
        return ""
    names = sorted(path.name for path in folder.parent.iterdir() if path.is_dir() and path.name[0] != ".")
    return f"; folders there: {', '.join(names) or 'none'}"


def _short(folder: Path, base: Path) -> str:
    return folder.relative_to(base).as_posix() if folder.is_relative_to(base) else str(folder)
