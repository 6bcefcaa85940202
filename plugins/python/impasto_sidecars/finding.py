"""Which sidecars lie below some folders, and what they say."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .gate import Stamp, stamp_of
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


class SidecarReader:
    """Reads what can be read, and what has not changed only once; a broken one does not stop the rest."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[Stamp, Sidecar | str]] = {}

    def read(self, paths: Iterable[Path]) -> Found:
        seen: dict[Path, tuple[Stamp, Sidecar | str]] = {}
        for path in paths:
            stamp = stamp_of(path)
            if stamp is None:
                continue  # it went since it was found
            known = self._seen.get(path)
            is_same = known and known[0] == stamp and isinstance(known[1], Sidecar)
            seen[path] = known if known and is_same else (stamp, _read(path))
        self._seen = seen
        told = [one for _, one in seen.values()]
        return Found(
            tuple(one for one in told if isinstance(one, Sidecar)),
            tuple(one for one in told if isinstance(one, str)),
        )


def read_sidecars(paths: Iterable[Path]) -> Found:
    """Reads them once and anew."""
    return SidecarReader().read(paths)


def _read(path: Path) -> Sidecar | str:
    try:
        return read_sidecar(path)
    except SidecarError as error:
        return str(error)
