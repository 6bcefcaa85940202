"""Styles: the pictures and models they name, found, kept inside the project, and hashed."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from impasto_daemon.config_file.document import StyleEntry
from impasto_daemon.config_file.shape import DocumentReader
from impasto_daemon.hashing import hash_file
from impasto_daemon.yaml_lines import Loc
from impasto_engine import READABLE_EXTENSIONS, BuiltinStyle, StyleImage, StyleModel, StyleRequest

_SHOWN_FILES = 8


@dataclass(frozen=True, slots=True)
class _Reference:
    path: Path
    sha256: str


class StyleReader:
    """Reads the styles of one document; `references` grows with every file they name, there or not.

    roots: the folders that a file must lie in: those that are watched, and the config's.
    """

    def __init__(self, reader: DocumentReader, roots: tuple[Path, ...]) -> None:
        self._reader = reader
        self._roots = roots
        self.references: list[Path] = []

    def read(self, entries: Mapping[str, StyleEntry | None]) -> dict[str, StyleRequest | None]:
        """The styles by name; None for those that are wrong."""
        return {name: None if entry is None else self._style(name, entry) for name, entry in entries.items()}

    def _style(self, name: str, entry: StyleEntry) -> StyleRequest | None:
        loc: Loc = ("styles", name)
        given = [key for key in StyleEntry.model_fields if getattr(entry, key) is not None]
        if len(given) != 1:
            valid = ", ".join(StyleEntry.model_fields)
            has = " and ".join(given) or "none of them"
            self._reader.refuse(loc, f"needs exactly one of {valid}; it has {has}")
            return None
        if entry.builtin is not None:
            builtins = tuple(BuiltinStyle(index, weight) for index, weight in sorted(entry.builtin.items()))
            return StyleRequest(name, builtins=builtins)
        if entry.model is not None:
            model = self._reference((*loc, "model"), entry.model)
            return None if model is None else StyleRequest(name, model=StyleModel(model.path, model.sha256))
        if entry.image is not None:
            found = [self._image((*loc, "image"), entry.image, 1.0)]
        else:
            weights = (entry.images or {}).items()
            found = [self._image((*loc, "images", text), text, weight) for text, weight in weights]
        images = tuple(image for image in found if image is not None)
        return StyleRequest(name, images=images) if len(images) == len(found) else None

    def _image(self, loc: Loc, text: str, weight: float) -> StyleImage | None:
        reference = self._reference(loc, text)
        if reference is None:
            return None
        if reference.path.suffix.lower() not in READABLE_EXTENSIONS:
            valid = ", ".join(sorted(READABLE_EXTENSIONS))
            self._reader.refuse(loc, f"'{text}' is no picture that impasto reads; valid: {valid}")
            return None
        return StyleImage(reference.path, reference.sha256, weight)

    def _reference(self, loc: Loc, text: str) -> _Reference | None:
        path = resolve(text, self._reader.folder)
        self.references.append(path)
        if not any(path.is_relative_to(root) for root in self._roots):
            folders = ", ".join(str(root) for root in self._roots)
            self._reader.refuse(loc, f"{path} is outside of the project; copy it into one of: {folders}")
        elif not path.is_file():
            self._reader.refuse(loc, f"no such file: {path}{_files_near(path)}")
        else:
            try:
                return _Reference(path, hash_file(path))
            except OSError as error:
                self._reader.refuse(loc, f"{path} cannot be read: {error.strerror}")
        return None


def resolve(text: str, folder: Path) -> Path:
    """An artist's path, relative to `folder`, with `~` for the home folder, links followed."""
    home = Path.home() if text == "~" or text.startswith("~/") else None
    return (home / text[2:] if home is not None else folder / text).resolve()


def _files_near(path: Path) -> str:
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent}"
    names = sorted(file.name for file in path.parent.iterdir() if file.suffix.lower() in READABLE_EXTENSIONS)
    near = get_close_matches(path.name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ";"
    more = ", ..." if len(names) > _SHOWN_FILES else ""
    return f"{hint} pictures there: {', '.join(names[:_SHOWN_FILES]) or 'none'}{more}"
