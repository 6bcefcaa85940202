"""The files that a config names: found, kept inside the project, and hashed."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from impasto_daemon.config_file.shape import DocumentReader
from impasto_daemon.hashing import hash_file
from impasto_daemon.yaml_lines import Loc

_SHOWN_FILES = 8


@dataclass(frozen=True, slots=True)
class Reference:
    path: Path
    sha256: str


class References:
    """Finds the files that one document names; `files` grows with every one of them, there or not.

    roots: the folders that a file must lie in: those that are watched, and the config's.
    """

    def __init__(self, reader: DocumentReader, roots: tuple[Path, ...]) -> None:
        self._reader = reader
        self._roots = roots
        self.files: list[Path] = []

    def find(self, loc: Loc, text: str, extensions: Collection[str]) -> Reference | None:
        """The file that `text` means; None where something is wrong with it, which is said at `loc`.

        extensions: which files there to tell of where it is missing.
        """
        path = resolve(text, self._reader.folder)
        self.files.append(path)
        if not any(path.is_relative_to(root) for root in self._roots):
            folders = ", ".join(str(root) for root in self._roots)
            self._reader.refuse(loc, f"{path} is outside of the project; copy it into one of: {folders}")
        elif not path.is_file():
            self._reader.refuse(loc, f"no such file: {path}{_files_near(path, extensions)}")
        else:
            try:
                return Reference(path, hash_file(path))
            except OSError as error:
                self._reader.refuse(loc, f"{path} cannot be read: {error.strerror}")
        return None


def resolve(text: str, folder: Path) -> Path:
    """An artist's path, relative to `folder`, with `~` for the home folder, links followed."""
    home = Path.home() if text == "~" or text.startswith("~/") else None
    return (home / text[2:] if home is not None else folder / text).resolve()


def _files_near(path: Path, extensions: Collection[str]) -> str:
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent}"
    names = sorted(file.name for file in path.parent.iterdir() if file.suffix.lower() in extensions)
    near = get_close_matches(path.name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ";"
    more = ", ..." if len(names) > _SHOWN_FILES else ""
    return f"{hint} files there: {', '.join(names[:_SHOWN_FILES]) or 'none'}{more}"
