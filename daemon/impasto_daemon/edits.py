"""Whether an output is still what impasto wrote."""

from pathlib import Path

from impasto_daemon.hashing import hash_file
from impasto_daemon.ledger_rows import Output
from impasto_daemon.settle import signature_of


def is_edited(known: Output) -> bool:
    """Whether the file's hash is no longer the recorded one; hashes only where size or time differ."""
    signature = signature_of(known.path)
    if signature is None:
        return False
    if signature[:2] == (known.size, known.mtime_ns) and not known.edited and known.incoming is None:
        return False
    return differs(known.path, known.sha256, known.incoming)


def differs(path: Path, *hashes: str | None) -> bool:
    """Whether what stands there has none of these hashes; a folder, or what cannot be read, has none."""
    try:
        return hash_file(path) not in hashes
    except OSError:
        return True
