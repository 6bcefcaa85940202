"""The sources that others may lean on: as the ledger remembers them, or looked up on disk where there is none."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from impasto_daemon.config import Rulebook
from impasto_daemon.errors import ManifestError
from impasto_daemon.ledger import Ledger
from impasto_daemon.manifest import SIDECAR_SUFFIX, read_manifest
from impasto_daemon.survey import SourceContent, Survey
from impasto_engine import READABLE_EXTENSIONS


class KnownSources(Protocol):
    def in_folder(self, folder: Path) -> Iterator[Path]:
        """Those that stand in the folder itself."""
        ...

    def survey_of(self, path: Path) -> Survey | None:
        """None where nothing is known of it."""
        ...


class RememberedSources:
    """What earlier surveys found, with nothing hashed or decoded again."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def in_folder(self, folder: Path) -> Iterator[Path]:
        return (folder / name for name in self._ledger.sources_in(folder))

    def survey_of(self, path: Path) -> Survey | None:
        seen = self._ledger.source(path)
        verdict = self._ledger.content(seen.sha256) if seen is not None else None
        if seen is None or verdict is None:
            return None
        return Survey(path, seen.signature, seen.sha256, SourceContent.model_validate_json(verdict))


class SourcesOnDisk:
    """For commands without a ledger: every file that is asked about is surveyed, by `look`."""

    def __init__(self, rulebook: Rulebook, look: Callable[[Path], Survey]) -> None:
        self._rulebook = rulebook
        self._look = look

    def in_folder(self, folder: Path) -> Iterator[Path]:
        files = [path for path in folder.iterdir() if path.is_file() and not path.is_symlink()]
        outputs = {name for path in files if path.suffix == SIDECAR_SUFFIX for name in _outputs(path)}
        for path in files:
            is_picture = path.suffix.lower() in READABLE_EXTENSIONS and path.name not in outputs
            if is_picture and not self._rulebook.is_ignored(path):
                yield path

    def survey_of(self, path: Path) -> Survey | None:
        return self._look(path)


def _outputs(sidecar: Path) -> list[str]:
    try:
        manifest = read_manifest(sidecar)
    except ManifestError:
        return []
    return [made.file for variant in manifest.variants for made in variant.maps]
