"""The four companions' files: found by what marks each, in the package or at the top of a checkout."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath


class CompanionName(StrEnum):
    BLENDER = "blender"
    GODOT = "godot"
    UNITY = "unity"
    UNREAL = "unreal"


_MARKS = {
    CompanionName.BLENDER: "blender_manifest.toml",
    CompanionName.GODOT: "plugin.cfg",
    CompanionName.UNITY: "package.json",
    CompanionName.UNREAL: "*.uplugin",
}
_CORE = "impasto_sidecars"
_CORE_PLACE = {
    CompanionName.BLENDER: PurePosixPath(_CORE),
    CompanionName.UNREAL: PurePosixPath("Content/Python", _CORE),
}
_NO_PART_OF_IT = {"__pycache__", ".DS_Store", "Thumbs.db"}


@dataclass(frozen=True, slots=True)
class Companion:
    """`folder_name`: what its editor knows it by. `files`: by its path in that folder, where each lies."""

    name: CompanionName
    folder_name: str
    files: tuple[tuple[PurePosixPath, Path], ...]


def plugins_folder() -> Path:
    with as_file(files("impasto_daemon") / "plugins") as packaged:
        return packaged if packaged.is_dir() else Path(__file__).parents[3] / "plugins"


def find_companion(name: CompanionName, plugins: Path) -> Companion:
    """Raises FileNotFoundError where it is not among the plugins."""
    home = plugins / name
    marks = sorted(home.rglob(_MARKS[name]), key=lambda path: (len(path.parts), path))
    if not marks:
        raise FileNotFoundError(f"{home}: no {_MARKS[name]} there; impasto is not installed whole")
    root = marks[0].parent
    found = dict(_files_below(root, PurePosixPath()))
    core = _CORE_PLACE.get(name)
    if core is not None:
        shared = dict(_files_below(plugins / "python" / _CORE, core))
        if not shared:
            raise FileNotFoundError(
                f"{plugins / 'python' / _CORE}: not there; impasto is not installed whole"
            )
        found |= shared
    return Companion(name, _folder_name(name, marks[0]), tuple(sorted(found.items())))


def _folder_name(name: CompanionName, mark: Path) -> str:
    text = mark.read_text(encoding="utf-8")
    match name:
        case CompanionName.BLENDER:
            return str(tomllib.loads(text)["id"])
        case CompanionName.UNITY:
            return str(json.loads(text)["name"])
        case CompanionName.UNREAL:
            return mark.stem
        case CompanionName.GODOT:
            return mark.parent.name


def _files_below(folder: Path, place: PurePosixPath) -> Iterator[tuple[PurePosixPath, Path]]:
    for path in folder.rglob("*"):
        inner = path.relative_to(folder)
        if path.is_file() and path.suffix != ".pyc" and not _NO_PART_OF_IT.intersection(inner.parts):
            yield place / inner.as_posix(), path
