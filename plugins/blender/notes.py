"""What the companion writes into a blend file: a note on each image, and one for the project; no bpy here."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

KEY = "impasto"


@dataclass(frozen=True, slots=True)
class Look:
    """How an image stood when it last showed `file`, so that what a user changed comes back with the file."""

    file: str
    color_space: str
    alpha_mode: str


@dataclass(frozen=True, slots=True)
class ImageNote:
    """`shown` is the name of the file that was put there, `source` its source as seen from that file's folder."""

    source: str = ""
    shown: str = ""
    choice: str = ""
    looks: tuple[Look, ...] = ()

    def source_of(self, path: Path) -> Path:
        """The source an image with this path stands for: itself, when somebody gave the image another file."""
        if not self.source or path.name != self.shown:
            return path
        return Path(os.path.normpath(path.parent / self.source))

    def look_of(self, file: str) -> Look | None:
        return next((look for look in self.looks if look.file == file), None)

    def with_look(self, look: Look) -> "ImageNote":
        return replace(self, looks=(*(one for one in self.looks if one.file != look.file), look))


@dataclass(frozen=True, slots=True)
class ProjectNote:
    """`choice` is a variant's id, `original`, or empty for each material's own."""

    follow: bool = True
    choice: str = ""


def between(path: Path, folder: Path) -> str:
    """The path as seen from the folder, with `/`; as it is, where Windows has them on two drives."""
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:
        return path.as_posix()


def image_note(text: object) -> ImageNote:
    """An unreadable note is none: the image then stands for its own file."""
    known = _known(text)
    looks = known.get("looks")
    rows = looks if isinstance(looks, list) else []
    return ImageNote(
        _text(known, "source"),
        _text(known, "shown"),
        _text(known, "choice"),
        tuple(
            Look(*row) for row in rows if isinstance(row, list) and [type(one) for one in row] == [str] * 3
        ),
    )


def image_text(note: ImageNote) -> str:
    looks = [[look.file, look.color_space, look.alpha_mode] for look in note.looks]
    known = {"source": note.source, "shown": note.shown, "choice": note.choice, "looks": looks}
    return json.dumps({name: value for name, value in known.items() if value}, ensure_ascii=False)


def project_note(text: object) -> ProjectNote:
    known = _known(text)
    return ProjectNote(known.get("follow") is not False, _text(known, "choice"))


def project_text(note: ProjectNote) -> str:
    return json.dumps({"follow": note.follow, "choice": note.choice}, ensure_ascii=False)


def _known(text: object) -> dict[str, object]:
    try:
        known = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}


def _text(known: dict[str, object], name: str) -> str:
    value = known.get(name)
    return value if isinstance(value, str) else ""
