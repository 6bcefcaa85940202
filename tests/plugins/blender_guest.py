"""The other end of blender_session.py: a real Blender, told what to open and asked what it shows."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


class Blender:
    def __init__(self, session: subprocess.Popen[str]) -> None:
        self._session = session

    def tell(self, line: str) -> dict[str, list[Any]]:
        """A folder for a blend file, or a picture to load; empty for a tick of its timer."""
        assert self._session.stdin and self._session.stdout
        self._session.stdin.write(f"{line}\n")
        self._session.stdin.flush()
        shown: dict[str, list[Any]] = json.loads(self._session.stdout.readline())
        return shown

    def shows(self, image: str) -> tuple[str, tuple[int, ...]]:
        """The name of the file it shows, and the colour of its first pixel."""
        file, *color = self.tell("")[image]
        return file, tuple(color)


@contextmanager
def running_blender(python: str) -> Iterator[Blender]:
    """python: one that has bpy."""
    script = Path(__file__).with_name("blender_session.py")
    with subprocess.Popen(
        [python, "-B", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as session:
        yield Blender(session)
        assert session.stdin
        session.stdin.close()


def first_pixel(path: Path) -> tuple[int, ...]:
    """Blender begins at the bottom."""
    with Image.open(path) as picture:
        return tuple(np.asarray(picture.convert("RGB"))[-1, 0].tolist())
