"""The sha256 of a file: hashes decide whether something is the same, times only inform."""

import hashlib
from pathlib import Path


def hash_file(path: Path) -> str:
    """Hexadecimal sha256 of the file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
