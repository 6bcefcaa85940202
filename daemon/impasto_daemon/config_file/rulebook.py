"""The rules in force at a path: of each .impasto.yaml above it, the nearest first, then the config's."""

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
from impasto_daemon.rules import ScopedRule, scope_rules
from impasto_daemon.settle import Signature, signature_of
from impasto_daemon.state import models_folder
from impasto_daemon.yaml_lines import read_yaml

OVERRIDE_NAME = ".impasto.yaml"


@dataclass(frozen=True, slots=True)
class FolderRules:
    """The rules for the files of one folder; with problems, there is nothing to go by but them."""

    rules: tuple[ScopedRule, ...]
    scope: Scope
    digest: str
    problems: tuple[Problem, ...] = ()


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
        self._roots = {
            watch.folder: FolderRules(scope_rules(config.rules, watch.folder), config.scope, config.digest)
            for watch in config.watch
        }
        self._folders: dict[Path, _Cached] = {}

    def watch_folder(self, path: Path) -> WatchFolder | None:
        """The watch folder that `path` (absolute) lies in, or is."""
        return next((one for one in self._config.watch if path.is_relative_to(one.folder)), None)

    def is_ignored(self, path: Path) -> bool:
        """Whether `path` is never a source: ignored, none of an artist's files, or in no watch folder."""
        watch = self.watch_folder(path)
        if watch is None or path == watch.folder:
            return watch is None
        return self._ignores.of_folder(path.parent, watch).ignores(path.name)

    def rules_for(self, path: Path) -> tuple[ScopedRule, ...]:
        """The rules that are tried on `path`, in order; none outside of the watch folders.

        Raises ConfigError where a .impasto.yaml or .impastoignore above it is broken.
        """
        return self._of_file(path).rules

    def digest_of(self, path: Path) -> str:
        """Changes when the rules for `path` do. Raises ConfigError as `rules_for` does."""
        return self._of_file(path).digest

    def _of_file(self, path: Path) -> FolderRules:
        watch = self.watch_folder(path)
        if watch is None or path == watch.folder:
            return FolderRules((), Scope(), "")
        found = self._of_folder(path.parent, watch)
        if problems := (*found.problems, *self._ignores.of_folder(path.parent, watch).problems):
            raise ConfigError(problems)
        return found

    def _of_folder(self, folder: Path, watch: WatchFolder) -> FolderRules:
        above = self._roots[folder] if folder == watch.folder else self._of_folder(folder.parent, watch)
        override = folder / OVERRIDE_NAME
        signature = signature_of(override)
        if signature is None or above.problems:
            return above
        cached = self._folders.get(folder)
        if (
            cached is None
            or cached.above is not above
            or cached.files != _signatures(path for path, _ in cached.files)
        ):
            cached = self._folders[folder] = self._read(override, watch, above)
        return cached.value

    def _read(self, override: Path, watch: WatchFolder, above: FolderRules) -> _Cached:
        before = _signatures((override,))
        try:
            reader = DocumentReader(read_yaml(override))
        except ConfigError as error:
            return _Cached(above, before, FolderRules((), Scope(), "", error.problems))
        roots = (self._config.path.parent, watch.folder)
        around = Surroundings(roots, models_folder(self._config.models), above.scope)
        found = read_rules(reader, reader.top(RulesDocument), around)
        value = FolderRules(
            (*scope_rules(found.rules, override.parent), *above.rules),
            found.scope,
            digest_rules(found.rules, above.digest),
            tuple(in_order(reader.problems)),
        )
        return _Cached(above, (*before, *_signatures(found.references)), value)


def _signatures(files: Iterable[Path]) -> tuple[tuple[Path, Signature | None], ...]:
    return tuple((file, signature_of(file)) for file in files)
