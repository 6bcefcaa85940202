"""What the user chose, in `Config/Impasto.json` of the project: a team shares it, as it shares the materials."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any


class ChoicesError(ValueError):
    """One line that names the file and says why it cannot be read or written."""


@dataclass(frozen=True, slots=True)
class MaterialChoice:
    """`folder` is relative to the project, with /."""

    folder: str
    material: str
    variant: str


@dataclass(frozen=True, slots=True)
class Choices:
    """`project`: a variant's id, `original`, or empty where nothing is chosen. `folders`: empty for all."""

    follow: bool = True
    project: str = ""
    materials: tuple[MaterialChoice, ...] = ()
    folders: tuple[str, ...] = ()

    def for_material(self, folder: str, material: str) -> str:
        return next(
            (one.variant for one in self.materials if (one.folder, one.material) == (folder, material)), ""
        )

    def with_material(self, choice: MaterialChoice) -> "Choices":
        """An empty variant takes the choice back."""
        named = (choice.folder, choice.material)
        others = tuple(one for one in self.materials if (one.folder, one.material) != named)
        return replace(self, materials=(*others, choice) if choice.variant else others)


def choices_path(project: Path) -> Path:
    return project / "Config" / "Impasto.json"


def read_choices(project: Path) -> Choices:
    """The defaults where nobody chose anything. Raises ChoicesError."""
    path = choices_path(project)
    if not path.is_file():
        return Choices()
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        return Choices(
            follow=_is(bool, document.get("follow", True)),
            project=_is(str, document.get("project", "")),
            materials=tuple(
                MaterialChoice(*(_is(str, one[name]) for name in ("folder", "material", "variant")))
                for one in document.get("materials", [])
            ),
            folders=tuple(_is(str, one) for one in document.get("folders", [])),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ChoicesError(f"{path}: cannot be read: {error!r}; mend or remove it") from error


def _is(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not a {kind.__name__}")
    return value


def write_choices(project: Path, choices: Choices) -> None:
    """Raises ChoicesError."""
    path = choices_path(project)
    document = {
        "follow": choices.follow,
        "project": choices.project,
        "materials": [
            {"folder": one.folder, "material": one.material, "variant": one.variant}
            for one in choices.materials
        ],
        "folders": list(choices.folders),
    }
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(exist_ok=True)
        temporary.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise ChoicesError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
