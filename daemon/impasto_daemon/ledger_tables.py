"""The ledger's tables, as SQLite is told of them."""

import os

VERSION = 1


def folder_of(column: str) -> str:
    """The folder in a column of paths, with the separator at its end."""
    return f"rtrim({column}, replace({column}, '{os.sep}', ''))"


TABLES = f"""
CREATE TABLE IF NOT EXISTS sources (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    digest TEXT NOT NULL, outcome TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sources_by_folder ON sources ({folder_of("path")});
CREATE TABLE IF NOT EXISTS contents (sha256 TEXT PRIMARY KEY, verdict TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, variant TEXT NOT NULL, fingerprint TEXT NOT NULL,
    output TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL,
    error TEXT, record TEXT NOT NULL, enqueued REAL NOT NULL, finished REAL, UNIQUE (source, variant)
);
CREATE INDEX IF NOT EXISTS jobs_by_turn ON jobs (state, id);
CREATE INDEX IF NOT EXISTS jobs_by_output ON jobs (output);
CREATE INDEX IF NOT EXISTS jobs_by_folder ON jobs ({folder_of("source")}, source);
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
