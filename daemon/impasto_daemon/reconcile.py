"""The truth: what is on disk against what the ledger remembers."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.config import Rulebook
from impasto_daemon.edits import differs
from impasto_daemon.ledger import JobState, Ledger, Output, SeenSource
from impasto_daemon.manifest import SIDECAR_SUFFIX, Manifest, is_temp
from impasto_daemon.settle import Signature, signature_of
from impasto_engine import READABLE_EXTENSIONS


@dataclass(frozen=True, slots=True)
class Scan:
    """Every file below the watch folders that could be a source or is ours.

    closed: folders that may not be read, and watch folders that are not there (an unmounted share): nothing
    below them counts as gone.
    unnameable: what no manifest could name, since its name is not UTF-8.
    """

    files: Mapping[Path, Signature]
    sidecars: tuple[Path, ...]
    temps: tuple[Path, ...]
    closed: tuple[Path, ...]
    unnameable: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """changed: to be looked at again. gone: sources that are no more."""

    changed: tuple[Path, ...]
    gone: tuple[Path, ...]


def scan(folders: tuple[Path, ...], rulebook: Rulebook) -> Scan:
    """Walk the folders. Symbolic links are not followed: they could lead out of the watch folder."""
    files: dict[Path, Signature] = {}
    sidecars: list[Path] = []
    temps: list[Path] = []
    unnameable: list[Path] = []
    closed: list[Path] = []
    waiting = list(folders)
    while waiting:
        folder = waiting.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            if folder in folders or not isinstance(error, FileNotFoundError | NotADirectoryError):
                closed.append(folder)
            continue  # what a folder held that vanished is gone
        for entry in entries:
            path = Path(entry.path)
            if not is_nameable(path):
                unnameable.append(path)
            elif entry.is_dir(follow_symlinks=False):
                if not rulebook.is_ignored(path, folder=True):
                    waiting.append(path)
            elif is_temp(entry.name):
                temps.append(path)
            elif entry.name.endswith(SIDECAR_SUFFIX):
                sidecars.append(path)
            elif path.suffix.lower() in READABLE_EXTENSIONS and entry.is_file(follow_symlinks=False):
                signature = signature_of(path)
                if signature is not None and not rulebook.is_ignored(path):
                    files[path] = signature
    return Scan(files, tuple(sidecars), tuple(temps), tuple(closed), tuple(unnameable))


def is_nameable(path: Path) -> bool:
    """Whether the path is text: Linux takes any bytes for a name, JSON and SQLite take UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def difference(
    found: Scan,
    seen: Mapping[Path, SeenSource],
    outputs: Mapping[Path, Output],
    digest_of: Callable[[Path], str],
) -> Difference:
    """What differs between the disk and the ledger: size, time or config of a source, or a missing output."""
    changed = {
        path
        for path, signature in found.files.items()
        if path not in outputs and not _is_as_seen(signature, seen.get(path), digest_of(path))
    }
    changed |= {
        output.source
        for path, output in outputs.items()
        if path not in found.files and output.source in found.files and not path.exists()
    }
    gone = tuple(
        path
        for path in seen
        if path not in found.files and not any(path.is_relative_to(folder) for folder in found.closed)
    )
    return Difference(tuple(sorted(changed)), gone)


def adopt(manifest: Manifest, sidecar: Path, ledger: Ledger) -> bool:
    """Take a sidecar the ledger knows nothing of as the record of finished work; False where it is known."""
    source = sidecar.parent / manifest.source.file
    if ledger.jobs_of(source):
        return False
    for variant in manifest.variants:
        if not variant.maps:
            continue
        made = variant.maps[0]
        output = sidecar.parent / made.file
        # maps of a failed or pending rerun are those before it: with no fingerprint, they are made again
        stale = variant.model_copy(update={"fingerprint": ""})
        ledger.put_job(source, variant if variant.status == "ready" else stale, output, JobState.DONE)
        signature = signature_of(output)
        if signature is not None:
            edited = signature[0] != made.bytes or differs(output, made.sha256)
            remembered = Output(output, source, made.sha256, None, signature[0], signature[1], edited)
            ledger.remember_output(remembered)
    return True


def _is_as_seen(signature: Signature, seen: SeenSource | None, digest: str) -> bool:
    if seen is None or not seen.sha256:  # what could not be read may be readable by now, with no trace of it
        return False
    return (seen.size, seen.mtime_ns, seen.digest) == (*signature, digest)
