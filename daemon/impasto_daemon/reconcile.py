"""The truth: what is on disk against what the ledger remembers, one folder at a time."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.config import Rulebook
from impasto_daemon.edits import differs, mark_of
from impasto_daemon.hashing import hash_file
from impasto_daemon.ledger import JobState, Ledger, Output
from impasto_daemon.manifest import SIDECAR_SUFFIX, Manifest, is_temp
from impasto_daemon.plan import Plans
from impasto_daemon.settle import Signature, signature_in, signature_of
from impasto_engine import READABLE_EXTENSIONS


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands in one folder that could be a source or is ours, by name: ignored files too.

    is_closed: the folder may not be read, or is a watch folder that is not there (an unmounted share): nothing
    below it counts as gone. unnameable: what no manifest could name, since its name is not UTF-8.
    """

    folder: Path
    files: Mapping[str, Signature]
    sidecars: frozenset[str] = frozenset()
    temps: tuple[str, ...] = ()
    unnameable: tuple[str, ...] = ()
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """Every file below the watch folders that could be a source, and every sidecar."""

    files: Mapping[Path, Signature]
    sidecars: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """In one folder. changed: to be looked at again. gone: sources that are no more. untold: sources with
    ended jobs and no sidecar. orphaned: what sidecars tell of that is not there, and has no job."""

    changed: tuple[Path, ...] = ()
    gone: tuple[Path, ...] = ()
    untold: tuple[Path, ...] = ()
    orphaned: tuple[Path, ...] = ()


def walk(folders: Iterable[Path], rulebook: Rulebook) -> Iterator[Listing]:
    """Each folder that is not ignored. Symbolic links are not followed: they could lead out of the watch folder."""
    roots = tuple(folders)
    waiting = list(roots)
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                listing, below = _list(folder, entries)
        except OSError as error:
            if folder in roots or not isinstance(error, FileNotFoundError | NotADirectoryError):
                yield Listing(folder, {}, is_closed=True)
            continue  # what a folder held that vanished is gone
        yield listing
        waiting += [path for path in below if not rulebook.is_ignored(path, folder=True)]


def _list(folder: Path, entries: "Iterator[os.DirEntry[str]]") -> tuple[Listing, list[Path]]:
    """And the folders below."""
    files: dict[str, Signature] = {}
    sidecars, temps, unnameable, below = [], [], [], []
    for entry in entries:
        name = entry.name
        if not is_nameable(name):
            unnameable.append(name)
        elif _is_picture(name) and entry.is_file(follow_symlinks=False):
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # it went meanwhile
            files[name] = signature_in(status)
        elif entry.is_dir(follow_symlinks=False):
            below.append(folder / name)
        elif is_temp(name):
            temps.append(name)
        elif name.endswith(SIDECAR_SUFFIX):
            sidecars.append(name)
    return Listing(folder, files, frozenset(sidecars), tuple(temps), tuple(unnameable)), below


def scan(folders: Iterable[Path], rulebook: Rulebook) -> Scan:
    """All at once, without what is ignored."""
    files: dict[Path, Signature] = {}
    sidecars: list[Path] = []
    for listing in walk(folders, rulebook):
        paths = {listing.folder / name: signature for name, signature in listing.files.items()}
        files |= {path: signature for path, signature in paths.items() if not rulebook.is_ignored(path)}
        sidecars += [listing.folder / name for name in sorted(listing.sidecars)]
    return Scan(files, tuple(sidecars))


def is_nameable(name: str) -> bool:
    """Whether the name is text: Linux takes any bytes for one, JSON and SQLite take UTF-8."""
    try:
        return name.isascii() or bool(name.encode())
    except UnicodeEncodeError:
        return False


def difference(found: Listing, ledger: Ledger, plans: Plans) -> Difference:
    """Size, times or rules of a source, or a missing output. Patterns are matched against what differs only."""
    folder, seen, rulebook = found.folder, ledger.sources_in(found.folder), plans.rulebook
    outputs = ledger.outputs_for(folder)
    own = {path for path, _ in outputs}
    digest, goes_by_file = plans.digest_in(folder)
    changed, ignored = [], set()
    for name, signature in found.files.items():
        if name in own:
            continue
        path = folder / name if goes_by_file else None
        if seen.get(name) == (*signature, plans.digest_of(path) if path else digest):
            continue
        path = path or folder / name
        if rulebook.is_ignored(path):
            ignored.add(name)
        elif ledger.output(path) is None:
            changed.append(path)
    there = found.files.keys() - ignored
    changed += [
        folder / source
        for path, source in outputs
        if source in there and path not in found.files and not (folder / path).exists()
    ]
    told = {name.removesuffix(SIDECAR_SUFFIX) for name in found.sidecars}
    ended = ledger.ended_in(folder)
    made = ended | {
        source for _, source in outputs
    }  # not all of them seen: a sidecar may have been taken over
    return Difference(
        tuple(sorted(set(changed))),
        tuple(sorted(folder / name for name in (made | seen.keys()) - there)),
        tuple(sorted(folder / name for name in (ended - told) & there)),
        tuple(sorted(folder / name for name in told - there - made)),
    )


def unknown_sidecars(found: Listing, ledger: Ledger) -> list[Path]:
    """Those of sources that the ledger has no output of."""
    recorded = {source + SIDECAR_SUFFIX for _, source in ledger.outputs_for(found.folder)}
    return [found.folder / name for name in sorted(found.sidecars - recorded)]


def gone_with_their_folders(walked: set[Path], closed: Iterable[Path], ledger: Ledger) -> list[Path]:
    """The sources in folders that are no more. walked: all that are, closed: those among them that hide theirs."""
    hidden = tuple(closed)
    return [
        folder / name
        for folder in ledger.folders()
        if folder not in walked and not any(folder.is_relative_to(one) for one in hidden)
        for name in sorted(
            {*ledger.sources_in(folder), *(source for _, source in ledger.outputs_for(folder))}
        )
    ]


def adopt(manifest: Manifest, sidecar: Path, ledger: Ledger) -> None:
    """Take a sidecar as the record of finished work, unless the ledger knows of that source.

    A daemon that was killed may have put newer files in their places, and not told of them yet: by the mark in them
    these are told from what was edited by hand.
    """
    source = sidecar.parent / manifest.source.file
    if ledger.jobs_of(source):
        return
    for variant in manifest.variants:
        if not variant.maps:
            continue
        made, is_stale = variant.maps[0], variant.status != "ready"  # then the maps are those before it
        output = sidecar.parent / made.file
        signature, landed = signature_of(output), False
        if signature is not None:
            edited, mark = signature[0] != made.bytes or differs(output, made.sha256), mark_of(output)
            if not edited and mark is None:
                continue
            landed = edited and mark is not None and (mark == variant.fingerprint) == is_stale
            sha256 = hash_file(output) if landed else made.sha256
            known = Output(output, source, sha256, None, *signature[:2], edited=edited and not landed)
            ledger.remember_output(known)
        # with no fingerprint, it is made again
        record = variant.model_copy(update={"fingerprint": ""}) if is_stale or landed else variant
        ledger.put_job(source, record, output, JobState.DONE)
    for retired in manifest.retired:  # what still stands was edited by hand: else it would have been deleted
        output = sidecar.parent / retired.file
        signature = signature_of(output)
        if signature is not None and ledger.output(output) is None and ledger.source(output) is None:
            kept = Output(output, source, retired.sha256, None, *signature[:2], edited=True)
            ledger.remember_output(kept)


def _is_picture(name: str) -> bool:
    dot = name.rfind(".")  # a Path for each file of a scan costs more, and so does os.path.splitext
    return dot > 0 and name[dot:].lower() in READABLE_EXTENSIONS
