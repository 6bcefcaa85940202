"""Named places where a test has the process killed, as a power cut would end it."""

import os
import signal
from pathlib import Path
from typing import Literal

Failpoint = Literal["claim", "decode", "infer", "temp written", "renamed", "manifest written", "done"]
FOLDER_VARIABLE = "IMPASTO_FAILPOINTS"

_folder = os.environ.get(FOLDER_VARIABLE)


def reach(name: Failpoint) -> None:
    """Nothing, unless a file of that name lies in the folder that the variable names. It goes first, so that
    each file kills once, whichever process gets there."""
    if _folder is None:
        return
    try:
        Path(_folder, name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
