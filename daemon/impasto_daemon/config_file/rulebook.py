"""The rules in force at a path: of each .impasto.yaml above it, the nearest first, then the config's."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.config_file.digest import digest_rules
from impasto_daemon.config_file.document import RulesDocument
from impasto_daemon.config_file.ignores import Ignores
from impasto_daemon.config_file.loading import Config, WatchFolder, in_order
from impasto_daemon.config_file.rules import Surroundings, read_rules
from impasto_daemon.config_file.shape import DocumentReader
from impasto_daemon.config_file.variants import Scope
from impasto_daemon.errors import ConfigError, Problem
from impasto_daemon.rules import Rule, ScopedRule, scope_rules
from impasto_daemon.settle import Signature, signature_of
from impasto_daemon.state import models_folder
from impasto_daemon.yaml_lines import read_yaml

OVERRIDE_NAME = ".impasto.yaml"


@dataclass(frozen=True, slots=True)
class FolderRules:
    """The rules for the files of one folder; with problems, there is nothing to go by but them.

    pictures: of the watch folder, those that the rules paint with.
    """

    rules: tuple[ScopedRule, ...]
    scope: Scope
    digest: str
    problems: tuple[Problem, ...] = ()
    pictures: frozenset[Path] = frozenset()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file lies: the folders from the watch folder down to its own, and their overrides, there or not."""

    watch: WatchFolder
    folders: tuple[Path, ...]
    overrides: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Cached:
    above: FolderRules
    files: tuple[tuple[Path, Signature | None], ...]
    value: FolderRules


class Rulebook:
    """Reads a folder's .impasto.yaml and .impastoignore when first asked, and again when they change."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._ignores = Ignores()
        self._roots = {watch.folder: _root(config, watch.folder) for watch in config.watch}
        self._places: dict[Path, _Place | None] = {}
        self._overrides: dict[Path, _Cached] = {}

    def watch_folder(self, path: Path) -> WatchFolder | None:
        """The watch folder that `path` (absolute) lies in, or is."""
        place = self._place(path)
        return place.watch if place is not None else self._watch_of(path)

    def is_ignored(self, path: Path, *, folder: bool = False) -> bool:
        """Whether `path` is never a source: ignored, none of an artist's files, or in no watch folder.

        folder: `path` is one, and patterns that end with `/` count; what lies in it is ignored either way.
        """
        place = self._place(path)
        if place is None:
            return self._watch_of(path) is None
        return self._ignores.of_folder(place.watch, place.folders).ignores(path.name + "/" * folder)

    def rules_for(self, path: Path) -> tuple[ScopedRule, ...]:
        """The rules that are tried on `path`, in order; none outside of the watch folders.

        Raises ConfigError where a .impasto.yaml or .impastoignore above it is broken.
        """
        return self.in_force(path).rules

    def digest_of(self, path: Path) -> str:
        """Changes when the rules for `path` do, or what is ignored. Raises ConfigError as `rules_for` does."""
        digest = self.in_force(path).digest
        place = self._place(path)
        ignored = "" if place is None else self._ignores.of_folder(place.watch, place.folders).digest
        return digest + ignored

    def forget_gone(self) -> None:
        """Let go of what is held for folders that are no more."""
        for folder in [folder for folder in self._places if signature_of(folder) is None]:
            del self._places[folder]
            self._overrides.pop(folder / OVERRIDE_NAME, None)
            self._ignores.forget(folder)

    def in_force(self, path: Path) -> FolderRules:
        """Raises ConfigError as `rules_for` does."""
        place = self._place(path)
        if place is None:
            return FolderRules((), Scope(), "")
        found = self._roots[place.watch.folder]
        for override in place.overrides:
            if not found.problems and signature_of(override) is not None:
                found = self._below(override, place.watch, found)
        if problems := (*found.problems, *self._ignores.of_folder(place.watch, place.folders).problems):
            raise ConfigError(problems)
        return found

    def _watch_of(self, path: Path) -> WatchFolder | None:
        return next((one for one in self._config.watch if path.is_relative_to(one.folder)), None)

    def _place(self, path: Path) -> _Place | None:
        """None for a watch folder itself, and outside of all."""
        folder = path.parent
        if folder not in self._places:
            watch = self._watch_of(folder)
            folders = () if watch is None else tuple(_down(watch.folder, folder))
            overrides = tuple(one / OVERRIDE_NAME for one in folders)
            self._places[folder] = None if watch is None else _Place(watch, folders, overrides)
        return self._places[folder]

    def _below(self, override: Path, watch: WatchFolder, above: FolderRules) -> FolderRules:
        cached = self._overrides.get(override)
        if (
            cached is None
            or cached.above is not above
            or cached.files != _signatures(path for path, _ in cached.files)
        ):
            cached = self._overrides[override] = self._read(override, watch, above)
        return cached.value

    def _read(self, override: Path, watch: WatchFolder, above: FolderRules) -> _Cached:
        before = _signatures((override,))
        try:
            reader = DocumentReader(read_yaml(override))
            values = reader.top(RulesDocument)
        except ConfigError as error:
            return _Cached(above, before, FolderRules((), Scope(), "", error.problems))
        roots = (self._config.path.parent, watch.folder)
        around = Surroundings(roots, models_folder(self._config.models), above.scope)
        found = read_rules(reader, values, around)
        pictures = above.pictures | _pictures(found.rules, watch.folder)
        value = FolderRules(
            (*scope_rules(found.rules, override.parent), *above.rules),
            found.scope,
            _with_names(digest_rules(found.rules, above.digest), pictures, watch.folder),
            tuple(in_order(reader.problems)),
            pictures,
        )
        return _Cached(above, (*before, *_signatures(found.references)), value)


def _root(config: Config, folder: Path) -> FolderRules:
    rules, pictures = scope_rules(config.rules, folder), _pictures(config.rules, folder)
    digest = _with_names(config.digest, pictures, folder)
    return FolderRules(rules, config.scope, digest, pictures=pictures)


def _pictures(rules: Iterable[Rule], folder: Path) -> frozenset[Path]:
    styles = (variant.style for rule in rules for variant in rule.variants)
    used = (path for style in styles if style is not None for path in style.pictures)
    return frozenset(path for path in used if path.is_relative_to(folder))


def _with_names(digest: str, pictures: Iterable[Path], folder: Path) -> str:
    """The rules' digest goes by what is in a picture; which file it is decides what is no source."""
    names = sorted(path.relative_to(folder).as_posix() for path in pictures)
    return hashlib.sha256(repr((digest, names)).encode()).hexdigest() if names else digest


def _down(start: Path, end: Path) -> list[Path]:
    """The folders from `start` to `end`, both included."""
    above = [folder for folder in end.parents if folder.is_relative_to(start)]
    return [*reversed(above), end]


def _signatures(files: Iterable[Path]) -> tuple[tuple[Path, Signature | None], ...]:
    return tuple((file, signature_of(file)) for file in files)
