"""The ledger's file: its tables, as SQLite is told of them, and how it is opened."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from impasto_daemon.errors import LedgerError

_VERSION = 3


def folder_of(column: str) -> str:
    """The folder in a column of paths, with the separator at its end."""
    return f"rtrim({column}, replace({column}, '{os.sep}', ''))"


def start_of(folder: Path) -> str:
    """How the paths of all that is in the folder start."""
    return str(folder).rstrip(os.sep) + os.sep


_TABLES = f"""
CREATE TABLE IF NOT EXISTS sources (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL, digest TEXT NOT NULL, outcome TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sources_by_folder ON sources ({folder_of("path")});
CREATE TABLE IF NOT EXISTS contents (sha256 TEXT PRIMARY KEY, verdict TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, variant TEXT NOT NULL, fingerprint TEXT NOT NULL,
    output TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL,
    error TEXT, record TEXT NOT NULL, arrived REAL NOT NULL, finished REAL, UNIQUE (source, variant)
);
CREATE INDEX IF NOT EXISTS jobs_by_turn ON jobs (state, id);
CREATE INDEX IF NOT EXISTS jobs_by_arrival ON jobs (state, arrived);
CREATE INDEX IF NOT EXISTS jobs_by_fingerprint ON jobs (fingerprint, state);
CREATE INDEX IF NOT EXISTS jobs_by_output ON jobs (output);
CREATE INDEX IF NOT EXISTS jobs_by_folder ON jobs ({folder_of("source")}, state, source);
CREATE INDEX IF NOT EXISTS drafts ON jobs (id) WHERE json_extract(record, '$.draft') AND state='done';
CREATE TABLE IF NOT EXISTS outputs (
    path TEXT PRIMARY KEY, source TEXT NOT NULL, sha256 TEXT NOT NULL, incoming TEXT,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, edited INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outputs_by_source ON outputs (source);
CREATE INDEX IF NOT EXISTS outputs_by_folder ON outputs ({folder_of("source")});
CREATE TABLE IF NOT EXISTS untold (source TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS commands (id INTEGER PRIMARY KEY, name TEXT NOT NULL, argument TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class LedgerConnection(sqlite3.Connection):
    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Raises LedgerError where the file cannot be read or written: on a full disk, say."""
        try:
            return super().execute(sql, parameters)
        except sqlite3.OperationalError as error:
            raise LedgerError(f"the ledger cannot be used: {error}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self.in_transaction:
            yield
            return
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")


def delete_below(connection: LedgerConnection, folder: Path) -> None:
    """Every row of a source that stands in the folder or below it."""
    start = start_of(folder)
    for statement in (
        "DELETE FROM jobs WHERE substr(source, 1, ?)=?",
        "DELETE FROM outputs WHERE substr(source, 1, ?)=?",
        "DELETE FROM untold WHERE substr(source, 1, ?)=?",
        "DELETE FROM sources WHERE substr(path, 1, ?)=?",
    ):
        connection.execute(statement, (len(start), start))


def connect(path: Path) -> LedgerConnection:
    """Raises LedgerError when the file is no ledger or comes from a newer version."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=10.0, isolation_level=None, factory=LedgerConnection)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > _VERSION:
            raise LedgerError(f"{path}: written by a newer impasto (ledger version {version} > {_VERSION})")
        if 0 < version < _VERSION:  # the sidecars know all that was made
            connection.executescript("DROP TABLE jobs; DROP TABLE sources; DROP TABLE outputs;")
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA user_version={_VERSION}")
    except (OSError, sqlite3.DatabaseError) as error:
        raise LedgerError(f"{path}: {error}; delete it and it is rebuilt from the sidecars") from error
    return connection
