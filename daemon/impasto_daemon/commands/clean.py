"""`clean`: take back everything impasto made, but for what was edited by hand."""

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil

from impasto_daemon.config import Rulebook, load_config
from impasto_daemon.edits import differs
from impasto_daemon.errors import LockedError, ManifestError
from impasto_daemon.lease import LeaseNote, is_lease, last_holder
from impasto_daemon.lock import FolderLocks, hold_lock
from impasto_daemon.manifest import read_manifest
from impasto_daemon.reconcile import scan
from impasto_daemon.state import ledger_path


def clean_outputs(config: Path, *, dry_run: bool) -> Iterator[str]:
    """What was deleted, or would be, a line each. Goes by the sidecars: it needs no ledger, and empties it.

    Raises LockedError while a daemon runs, here or on another machine: it would make everything again.
    """
    loaded = load_config(config)
    folders = tuple(watch.folder for watch in loaded.watch)
    with hold_lock(config), FolderLocks(config).held_for_now(folders):
        for folder in folders:
            _check_lease(folder)
        found = scan(folders, Rulebook(loaded))
        verb = "would delete" if dry_run else "deleted"
        for sidecar in found.sidecars:
            try:
                manifest = read_manifest(sidecar)
            except ManifestError as error:
                yield f"kept {sidecar}: {error}"
                continue
            kept = False
            for made in (made for variant in manifest.variants for made in variant.maps):
                output = sidecar.parent / made.file
                if not output.exists():
                    continue
                if differs(output, made.sha256):
                    kept = True
                    yield f"kept {output}: edited by hand"
                    continue
                yield f"{verb} {output}"
                if not dry_run:
                    output.unlink()
            if not kept:
                yield f"{verb} {sidecar}"
                if not dry_run:
                    sidecar.unlink()
        if not dry_run:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{ledger_path(config)}{suffix}").unlink(missing_ok=True)


def _check_lease(folder: Path) -> None:
    holder = last_holder(folder)
    if holder is None and not any(is_lease(entry.name) for entry in folder.iterdir()):
        return
    if holder is None or not (holder.is_free or _is_dead(holder)):
        raise LockedError(
            f"{folder}: another impasto has its lease ({holder or 'who cannot be read'}); end that one, or, where"
            " it was killed, run `impasto once` first, which waits until it is clear that it is dead"
        )


def _is_dead(holder: LeaseNote) -> bool:
    """Known at once of this machine's alone."""
    return holder.host == socket.gethostname() and not psutil.pid_exists(holder.pid)
