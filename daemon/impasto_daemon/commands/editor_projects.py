"""Where each editor looks for a companion, and what is left to do there once it is in."""

import os
import re
import sys
from pathlib import Path

from impasto_daemon.commands.companions import Companion, CompanionName
from impasto_daemon.errors import InstallError

_EARLIEST_BLENDER = (4, 2)


def place_in_project(companion: Companion, project: Path) -> Path:
    """The folder it goes to. Raises FileNotFoundError for what is not such a project, InstallError for a link."""
    if not project.is_dir():
        raise FileNotFoundError(f"{project}: no such folder")
    match companion.name:
        case CompanionName.GODOT:
            _expect(project, (project / "project.godot").is_file(), "a Godot project has project.godot")
            place = project / "addons"
        case CompanionName.UNITY:
            good = (project / "Assets").is_dir() and (project / "ProjectSettings").is_dir()
            _expect(project, good, "a Unity project has the folders Assets and ProjectSettings")
            place = project / "Packages"
        case CompanionName.UNREAL:
            _expect(project, any(project.glob("*.uproject")), "an Unreal project has a .uproject file")
            place = project / "Plugins"
        case CompanionName.BLENDER:
            good = _blender_version(project) is not None or any(
                (project / name).is_dir() for name in ("config", "extensions")
            )
            _expect(project, good, "Blender's user folder has config or extensions, or is named as 4.5")
            place = project / "extensions" / "user_default"
    folder = place / companion.folder_name
    if not folder.resolve().is_relative_to(project.resolve()):
        raise InstallError(
            f"{folder}: leads out of the project, to {folder.resolve()}; remove that link first"
        )
    return folder


def _expect(project: Path, good: bool, why: str) -> None:
    if not good:
        raise FileNotFoundError(f"{project}: {why}, and this folder does not")


def newest_blender() -> Path | None:
    """The user folder of the newest Blender that takes extensions, or None where none has run here."""
    own = os.environ.get("BLENDER_USER_RESOURCES")
    if own:
        return Path(own)
    found = [
        (version, path)
        for path in _blender_home().glob("*")
        if path.is_dir() and (version := _blender_version(path)) and version >= _EARLIEST_BLENDER
    ]
    return max(found)[1] if found else None


def _blender_home() -> Path:
    if sys.platform == "win32":
        return Path(os.environ["APPDATA"], "Blender Foundation", "Blender")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Blender"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "blender"


def _blender_version(folder: Path) -> tuple[int, int] | None:
    parts = re.fullmatch(r"(\d+)\.(\d+)", folder.name)
    return (int(parts[1]), int(parts[2])) if parts else None


def next_step(companion: Companion) -> str:
    match companion.name:
        case CompanionName.BLENDER:
            return "next: start Blender and tick impasto in Edit > Preferences > Add-ons"
        case CompanionName.GODOT:
            return "next: open the project, or Project > Reload Current Project where it is open"
        case CompanionName.UNITY:
            return "next: return to Unity, which loads the package by itself; its window is under Window > impasto"
        case CompanionName.UNREAL:
            return "next: restart the editor; it may ask to enable the Python plugin; its menu is Tools > impasto"


def by_hand(companion: Companion) -> str:
    """What to do with the zip that `pack` made of it."""
    match companion.name:
        case CompanionName.BLENDER:
            return "drag it onto Blender's window, or Preferences > Get Extensions > Install from Disk"
        case CompanionName.GODOT:
            return "unpack it at the top of a project, then tick it in Project Settings > Plugins"
        case CompanionName.UNITY:
            return "unpack it into a project's Packages folder"
        case CompanionName.UNREAL:
            return "unpack it into a project's Plugins folder"
