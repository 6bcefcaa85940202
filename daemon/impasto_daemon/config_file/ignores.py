"""What is never a source: by `ignore:`, by .impastoignore, and what is no artist's file at all."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.config_file.loading import WatchFolder
from impasto_daemon.errors import Problem
from impasto_daemon.rules import Patterns
from impasto_daemon.settle import Signature, signature_of

IGNORE_NAME = ".impastoignore"
_NEVER_SOURCES = (".tmp", ".impasto", ".import", ".meta")  # half-written; sidecars; Godot's; Unity's


@dataclass(frozen=True, slots=True)
class FolderIgnores:
    """What is ignored in one folder.

    hidden: everything below is. problems: lines that are no patterns, here and above.
    layers: patterns, the nearest last, each with the way from their folder to this one, as in "props/wood/".
    """

    hidden: bool
    layers: tuple[tuple[str, Patterns], ...]
    problems: tuple[Problem, ...] = ()

    @property
    def digest(self) -> str:
        """Changes when what is ignored does; "" where no patterns are."""
        asked = [(way, patterns.texts) for way, patterns in self.layers if patterns.texts]
        return hashlib.sha256(repr((self.hidden, asked)).encode()).hexdigest() if asked else ""

    def ignores(self, name: str) -> bool:
        """name: of a file in this folder, or of a folder, ending with `/`."""
        if self.hidden or name.startswith(".") or name.lower().endswith(_NEVER_SOURCES):
            return True
        for way, patterns in reversed(self.layers):
            verdict = patterns.deciding(way + name)
            if verdict is not None:
                return verdict[0]
        return False


@dataclass(frozen=True, slots=True)
class _Cached:
    above: FolderIgnores | None
    file: Path
    signature: Signature | None
    value: FolderIgnores


class Ignores:
    """Looks each folder's .impastoignore up when it is asked about, and again when it changed."""

    def __init__(self) -> None:
        self._folders: dict[Path, _Cached] = {}

    def of_folder(self, watch: WatchFolder, folders: tuple[Path, ...]) -> FolderIgnores:
        """folders: from the watch folder down to the one meant.

        As in git, no pattern brings back what lies in an ignored folder.
        """
        above = None
        for folder in folders:
            cached = self._folders.get(folder)
            file = folder / IGNORE_NAME if cached is None else cached.file
            signature = signature_of(file)
            if cached is None or cached.above is not above or cached.signature != signature:
                value = _root(watch) if above is None else _inherit(above, folder.name)
                if signature is not None:
                    value = _add(value, file)
                cached = self._folders[folder] = _Cached(above, file, signature, value)
            above = cached.value
        return _root(watch) if above is None else above

    def forget(self, folder: Path) -> None:
        self._folders.pop(folder, None)


def _root(watch: WatchFolder) -> FolderIgnores:
    return FolderIgnores(hidden=False, layers=(("", Patterns(watch.ignore)),))


def _inherit(above: FolderIgnores, name: str) -> FolderIgnores:
    layers = tuple((f"{way}{name}/", patterns) for way, patterns in above.layers)
    return FolderIgnores(above.ignores(f"{name}/"), layers, above.problems)


def _add(inherited: FolderIgnores, file: Path) -> FolderIgnores:
    texts, problems = [], list(inherited.problems)
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        lines = []
        problems.append(Problem(file, None, "", f"cannot be read: {error}"))
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            Patterns([line])
        except ValueError as error:
            problems.append(Problem(file, number, "", str(error)))
        else:
            texts.append(line)
    return FolderIgnores(inherited.hidden, (*inherited.layers, ("", Patterns(texts))), tuple(problems))
