"""The hash gate: a file is used when its bytes are the recorded ones, and no bytes are read twice."""

import hashlib
import stat
from collections.abc import Collection
from enum import Enum
from pathlib import Path

from .sidecar import Sidecar, Variant

Stamp = tuple[int, int, int]


class Arrival(Enum):
    ARRIVED = "arrived"
    LATE = "late"  # it is there with other bytes: on its way, or edited by hand
    GONE = "gone"


class HashGate:
    """Remembers the hash of each path for as long as its size, time and inode stay."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[Stamp, str]] = {}
        self.hashed = 0  # how many files were read

    def hash_of(self, path: Path) -> str | None:
        """The sha256 of a regular file; None when there is none that can be read."""
        stamp = stamp_of(path)
        if stamp is None:
            self._seen.pop(path, None)
            return None
        seen = self._seen.get(path)
        if seen is None or seen[0] != stamp:
            try:
                seen = (stamp, _sha256(path))
            except OSError:
                return None
            self._seen[path] = seen
            self.hashed += 1
        return seen[1]

    def arrival(self, path: Path, sha256: str) -> Arrival:
        found = self.hash_of(path)
        if found is None:
            return Arrival.GONE
        return Arrival.ARRIVED if found == sha256.lower() else Arrival.LATE

    def usable(self, sidecar: Sidecar, variant: Variant, held: Collection[Path] = ()) -> bool:
        """Whether all maps of it passed; one that is `held`, shown already, may be late but not gone."""
        for entry in variant.maps:
            path = sidecar.path_of(entry)
            arrival = self.arrival(path, entry.sha256)
            if arrival is Arrival.GONE or (arrival is Arrival.LATE and path not in held):
                return False
        return bool(variant.maps)


def stamp_of(path: Path) -> Stamp | None:
    """What changes when a file is written or replaced; None for what is no regular file."""
    try:
        about = path.stat()
    except OSError:
        return None
    return (about.st_size, about.st_mtime_ns, about.st_ino) if stat.S_ISREG(about.st_mode) else None


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
