"""Files that a reader sees as they were or as they are, never half of one."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Makes the folder. Raises OSError, with nothing left behind."""
    temp = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temp.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
    finally:
        with suppress(OSError):  # the folder itself may be what failed
            temp.unlink(missing_ok=True)
