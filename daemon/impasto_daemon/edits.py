"""Whether an output is still what impasto wrote."""

import re
from mmap import ACCESS_READ, mmap
from pathlib import Path

from impasto_daemon.hashing import hash_file
from impasto_daemon.ledger_rows import Output
from impasto_daemon.settle import signature_of
from impasto_daemon.survey import FINGERPRINT_KEY

_MARK = re.compile(re.escape(FINGERPRINT_KEY.encode()) + rb"[^0-9a-f]{1,32}([0-9a-f]{64})")


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


def mark_of(output: Path) -> str | None:
    """The fingerprint that impasto wrote into the file; None where there is none, or no file."""
    try:  # read as bytes: no decoder is let near a file that comes from anywhere, not in this process
        with output.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            found = _MARK.search(content)
            return found[1].decode() if found else None
    except (OSError, ValueError):  # no file, or an empty one
        return None
