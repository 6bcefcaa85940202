"""Where sidecars are looked for in a project, and which asset a file becomes."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

MADE_BY_UNREAL = {"Binaries", "Build", "DerivedDataCache", "Intermediate", "Saved"}
HOME = "/Game/Impasto"
_NOT_IN_A_NAME = re.compile(
    r"[^\w-]"
)  # letters of any script are welcome, all else that Unreal refuses is not


@dataclass(frozen=True, slots=True)
class Places:
    """`listed`: the folders of the setting, if it names any; else all of the project that Unreal does not make."""

    project: Path
    listed: tuple[Path, ...] = ()

    def folders(self) -> tuple[Path, ...]:
        if self.listed:
            return self.listed
        return tuple(
            sorted(
                path
                for path in self.project.iterdir()
                if path.is_dir() and path.name not in MADE_BY_UNREAL and not path.name.startswith(".")
            )
        )

    def beside(self) -> tuple[Path, ...]:
        """Folders that are looked into, but not below."""
        return () if self.listed else (self.project,)

    def key_of(self, path: Path) -> str:
        """How a file or folder is written down: relative to the project, with /, also where it is outside."""
        try:
            return Path(os.path.relpath(path, self.project)).as_posix()
        except ValueError:  # another drive
            return path.as_posix()

    def asset_path(self, path: Path) -> str:
        """`Content/a/b.night.png` becomes `/Game/a/b_night`, any other `Art/b.png` `/Game/Impasto/Art/b`."""
        content = self.project / "Content"
        if path.is_relative_to(content):
            home, inner = "/Game", path.relative_to(content)
        else:
            roots = [folder.parent for folder in self.listed if path.is_relative_to(folder)]
            home, inner = HOME, path.relative_to(roots[0] if roots else self.project)
        return "/".join([home, *(_asset_name(part) for part in inner.parent.parts), _asset_name(inner.stem)])


def _asset_name(name: str) -> str:
    return _NOT_IN_A_NAME.sub("_", name)
