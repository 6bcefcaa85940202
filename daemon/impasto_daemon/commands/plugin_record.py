"""Which files of a folder impasto put there, by hash: a hidden file beside them, in zips too."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from impasto_daemon.errors import InstallError
from impasto_daemon.version import VERSION

RECORD_NAME = ".impasto-installed.json"


def digest_of(path: Path) -> str:
    """A version control that rewrote the ends of lines has not edited a file."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def record_of(files: Iterable[tuple[PurePosixPath, Path]]) -> bytes:
    listed = [{"file": str(inner), "sha256": digest_of(path)} for inner, path in files]
    return (json.dumps({"impasto": VERSION, "files": listed}, indent=1) + "\n").encode()


def read_record(folder: Path) -> dict[PurePosixPath, str]:
    """Hash by path in the folder; empty where impasto installed nothing. Raises InstallError for a broken one."""
    path = folder / RECORD_NAME
    if not path.is_file():
        return {}
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["files"]
        found = {PurePosixPath(one["file"]): str(one["sha256"]) for one in listed}
    except (ValueError, KeyError, TypeError) as error:
        raise InstallError(
            f"{path}: not a record of installed files ({error}); remove the folder first"
        ) from None
    for inner in found:
        if inner.is_absolute() or ".." in inner.parts:
            raise InstallError(f"{path}: names {inner}, outside its folder; remove the folder first")
    return found
