"""Which sidecars lie below some folders, and what they say."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .sidecar import Sidecar, SidecarError, read_sidecar

SIDECAR_SUFFIX = ".impasto"


@dataclass(frozen=True, slots=True)
class Found:
    """`broken` has one line for each sidecar that cannot be read."""

    sidecars: tuple[Sidecar, ...]
    broken: tuple[str, ...]


def find_sidecars(folders: Iterable[Path], beside: Iterable[Path] = ()) -> list[Path]:
    """Every sidecar below `folders` and directly in those `beside` them, once, in order of its path.

    Names that begin with a dot are passed over.
    """
    found: set[Path] = set()
    for folder in folders:
        for place, inner, files in os.walk(_plain(folder)):
            inner[:] = [name for name in inner if not name.startswith(".")]
            found.update(Path(place, name) for name in files if _names_a_sidecar(name))
    for folder in beside:
        if folder.is_dir():
            found.update(path for path in _plain(folder).iterdir() if _names_a_sidecar(path.name))
    return sorted(path for path in found if path.is_file())  # a pipe of that name would never end


def _plain(folder: Path) -> Path:
    """Absolute and without `..`, so that one file has one path; links are not followed."""
    return Path(os.path.abspath(folder))  # noqa: PTH100  resolve() would follow them


def _names_a_sidecar(name: str) -> bool:
    return name.endswith(SIDECAR_SUFFIX) and not name.startswith(".")


def read_sidecars(paths: Iterable[Path]) -> Found:
    """Reads what can be read; a broken one does not keep the rest from being read."""
    sidecars: list[Sidecar] = []
    broken: list[str] = []
    for path in paths:
        try:
            sidecars.append(read_sidecar(path))
        except SidecarError as error:
            broken.append(str(error))
    return Found(tuple(sidecars), tuple(broken))
