"""A log that never fills the disk: what happens and what Python's logging says, as JSON lines in one file."""

import json
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_MOST_BYTES = 10 << 20
_OLDER_FILES = 4
_EVENTS = "impasto.events"


class LogFile:
    """`path`, and up to four older files beside it: `path.1` to `path.4`."""

    def __init__(self, path: Path, most_bytes: int = _MOST_BYTES) -> None:
        """Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handler = RotatingFileHandler(
            path, maxBytes=most_bytes, backupCount=_OLDER_FILES, encoding="utf-8"
        )
        self._handler.setFormatter(_Lines())

    def write(self, line: str) -> None:
        """A line that is JSON already."""
        self._handler.handle(logging.makeLogRecord({"name": _EVENTS, "msg": line}))

    def __enter__(self) -> "LogFile":
        logging.getLogger().addHandler(self._handler)
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception):
            logging.getLogger(__name__).error("the daemon ends", exc_info=error)
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        if record.name == _EVENTS:
            return record.getMessage()
        told = {"time": round(record.created, 3), "kind": record.levelname.lower()}
        told |= {"logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)
