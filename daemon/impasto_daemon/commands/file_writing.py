"""A file that is there whole or not at all."""

import os
from pathlib import Path

from impasto_daemon.manifest import temp_path


def write_whole(path: Path, content: bytes) -> None:
    temporary = temp_path(path)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
