"""What an exit code means, and which one an error or a run's failures get."""

import sys
from enum import IntEnum

from impasto_daemon.errors import (
    ConfigError,
    InstallError,
    LedgerError,
    LockedError,
    ManifestError,
    PublishError,
    ServiceError,
)


class ExitCode(IntEnum):
    """After sysexits.h, as DESIGN fixes them."""

    DONE = 0
    USAGE = 64
    INPUT_FAILED = 65
    INPUT_MISSING = 66
    WEIGHTS_MISSING = 69
    CANNOT_WRITE = 73
    IO_ERROR = 74
    LOCKED = 75
    CONFIG = 78


_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (ConfigError, ExitCode.CONFIG),
    (LockedError, ExitCode.LOCKED),
    (LedgerError, ExitCode.IO_ERROR),
    (PublishError, ExitCode.CANNOT_WRITE),
    (ManifestError, ExitCode.CANNOT_WRITE),
    (InstallError, ExitCode.CANNOT_WRITE),
    (ServiceError, ExitCode.USAGE),
    (FileNotFoundError, ExitCode.INPUT_MISSING),
    (OSError, ExitCode.IO_ERROR),
)
_ENGINE_CODES = (
    ("WeightsError", ExitCode.WEIGHTS_MISSING),
    ("TextureWriteError", ExitCode.CANNOT_WRITE),
    ("RequestError", ExitCode.USAGE),
    ("EngineError", ExitCode.INPUT_FAILED),
)


def code_of(error: Exception) -> ExitCode | None:
    """None for what nobody expected: its traceback is wanted."""
    engine = sys.modules.get("impasto_engine")  # loaded if one of its errors came; importing it costs a start
    own = ((getattr(engine, name), code) for name, code in _ENGINE_CODES) if engine else ()
    return next((code for kind, code in (*_CODES, *own) if isinstance(error, kind)), None)


def code_of_failures(kinds: frozenset[str]) -> ExitCode:
    for kind, code in (
        ("config", ExitCode.CONFIG),
        ("weights", ExitCode.WEIGHTS_MISSING),
        ("device", ExitCode.USAGE),
        ("write", ExitCode.CANNOT_WRITE),
        ("locked", ExitCode.LOCKED),
        ("missing", ExitCode.INPUT_MISSING),
        ("input", ExitCode.INPUT_FAILED),
        ("fault", ExitCode.INPUT_FAILED),
    ):
        if kind in kinds:
            return code
    return ExitCode.DONE
