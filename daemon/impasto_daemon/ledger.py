"""What the daemon remembers: sources seen, jobs, outputs, and what commands asked for. SQLite in WAL mode."""

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from impasto_daemon.ledger_messages import Messages
from impasto_daemon.ledger_rows import (
    Command,
    Job,
    JobState,
    Output,
    SeenSource,
    read_job,
    read_output,
    read_seen,
)
from impasto_daemon.ledger_tables import connect, delete_below, folder_of, start_of

if TYPE_CHECKING:  # see ledger_rows
    from impasto_daemon.manifest import Variant

__all__ = ["Command", "Job", "JobState", "Ledger", "Output", "SeenSource"]

_OLDEST, _NEWEST = "ORDER BY id", "AND attempts=0 ORDER BY arrived DESC"
_DUE = (
    "state='queued' AND not_before<=?"
    " AND fingerprint NOT IN (SELECT fingerprint FROM jobs WHERE state='running')"  # it gets a copy
)
_NEWEST_EVERY = 4  # claims: a file that comes after thousands is not made to wait for all of them


class Ledger(Messages):
    """One writer (the daemon); `status` and the other commands read it, or add a command row."""

    def __init__(self, path: Path) -> None:
        """Raises LedgerError when the file is no ledger or comes from a newer version."""
        super().__init__(connect(path))
        self.path = path
        self._claims = 0
        self._counted_at: tuple[int, int] | None = None
        self._counts: dict[JobState, int] = {}

    def close(self) -> None:
        self._connection.close()

    def transaction(self) -> AbstractContextManager[None]:
        """One within another is part of it."""
        return self._connection.transaction()

    # sources

    def sources(self) -> dict[Path, SeenSource]:
        rows = self._connection.execute("SELECT * FROM sources")
        return {Path(row["path"]): read_seen(row) for row in rows}

    def source(self, path: Path) -> SeenSource | None:
        row = self._connection.execute("SELECT * FROM sources WHERE path=?", (str(path),)).fetchone()
        return read_seen(row) if row else None

    def remember_source(self, seen: SeenSource) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO sources VALUES (?,?,?,?,?,?,?)",
            (str(seen.path), *seen.signature, seen.sha256, seen.digest, seen.outcome),
        )

    def sources_in(self, folder: Path) -> dict[str, tuple[int, int, int, str]]:
        """Those that stand in the folder itself: signature and digest by name; no digest for what could not be
        read."""
        start = start_of(folder)
        found = "substr(path, ?), size, mtime_ns, changed_ns, iif(sha256='', '', digest)"
        query = f"SELECT {found} FROM sources WHERE {folder_of('path')}=?"
        return {row[0]: row[1:] for row in self._connection.execute(query, (len(start) + 1, start))}

    def folders(self) -> list[Path]:
        """Those that sources stand in, or stood in when something was made of them."""
        sources = f"SELECT DISTINCT {folder_of('path')} FROM sources"
        rows = self._connection.execute(f"{sources} UNION SELECT DISTINCT {folder_of('source')} FROM outputs")
        return [Path(folder) for (folder,) in rows]

    def doubt_source(self, path: Path) -> None:
        """The next scan looks at it again, whatever its size and times."""
        self._connection.execute("UPDATE sources SET digest='' WHERE path=?", (str(path),))

    def forget_source(self, path: Path) -> None:
        self._connection.execute("DELETE FROM sources WHERE path=?", (str(path),))

    def content(self, sha256: str) -> str | None:
        row = self._connection.execute("SELECT verdict FROM contents WHERE sha256=?", (sha256,)).fetchone()
        return str(row["verdict"]) if row else None

    def forget_contents(self) -> None:
        """Of files that no source is any more, or has been edited since."""
        self._connection.execute("DELETE FROM contents WHERE sha256 NOT IN (SELECT sha256 FROM sources)")

    def remember_content(self, sha256: str, verdict: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO contents VALUES (?,?)", (sha256, verdict))

    def knows_below(self, folder: Path) -> bool:
        """Whether anything was made of a source in the folder or below it, or is to be."""
        start = start_of(folder)
        query = "SELECT 1 FROM jobs WHERE substr(source, 1, ?)=? LIMIT 1"
        return self._connection.execute(query, (len(start), start)).fetchone() is not None

    def forget_below(self, folder: Path) -> None:
        """All that is in the folder and below, as if the ledger were new: the sidecars know what was made."""
        delete_below(self._connection, folder)

    # jobs

    def jobs(self, state: JobState | None = None) -> list[Job]:
        return self._jobs() if state is None else self._jobs("WHERE state=?", state)

    def jobs_of(self, source: Path) -> list[Job]:
        return self._jobs("WHERE source=?", str(source))

    def jobs_with(self, fingerprint: str, state: JobState) -> list[Job]:
        return self._jobs("WHERE fingerprint=? AND state=?", fingerprint, state)

    def job(self, job_id: int) -> Job | None:
        return next(iter(self._jobs("WHERE id=?", job_id)), None)

    def _jobs(self, where: str = "", *asked: object) -> list[Job]:
        rows = self._connection.execute(f"SELECT * FROM jobs {where} ORDER BY id", asked)
        return [read_job(row) for row in rows]

    def owner_of(self, output: Path) -> Path | None:
        """The source whose job writes this output; where there are several, the first one's."""
        query = "SELECT source FROM jobs WHERE output=? ORDER BY id LIMIT 1"
        row = self._connection.execute(query, (str(output),)).fetchone()
        return Path(row["source"]) if row else None

    def put_job(
        self, source: Path, record: "Variant", output: Path, state: JobState, *, arrived: float = 0.0
    ) -> None:
        """Add the job of a source's variant, or replace it: attempts start anew. arrived: see Survey."""
        self._connection.execute(
            "INSERT INTO jobs (source, variant, fingerprint, output, state, not_before, error, record, arrived)"
            " VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (source, variant) DO UPDATE SET"
            " fingerprint=excluded.fingerprint, output=excluded.output, state=excluded.state, attempts=0,"
            " not_before=excluded.not_before, error=excluded.error, record=excluded.record,"
            " arrived=excluded.arrived, finished=NULL",
            (
                str(source), record.id, record.fingerprint, str(output), state, 0.0, record.error,
                record.model_dump_json(), arrived,
            ),
        )  # fmt: skip

    def claim(self, now: float) -> Job | None:
        """The oldest job that is due, but now and then the newest: now running, its attempt counted.

        now: of the clock that `requeue` goes by.
        """
        if self._connection.execute(f"SELECT 1 FROM jobs WHERE {_DUE} LIMIT 1", (now,)).fetchone() is None:
            return None  # a daemon with nothing to do asks again and again: an UPDATE would take the lock
        self._claims += 1
        newest = self._claim(now, _NEWEST) if self._claims % _NEWEST_EVERY == 0 else None
        return newest or self._claim(now, _OLDEST)

    def _claim(self, now: float, which: str) -> Job | None:
        row = self._connection.execute(
            "UPDATE jobs SET state='running', attempts=attempts+1 WHERE id = (SELECT id FROM jobs"
            f" WHERE {_DUE} {which} LIMIT 1) RETURNING *",
            (now,),
        ).fetchone()
        return read_job(row) if row else None

    def finish(self, job_id: int, state: JobState, record: "Variant") -> None:
        self._owe_sidecar(job_id)
        self._connection.execute(
            "UPDATE jobs SET state=?, error=?, record=?, finished=? WHERE id=?",
            (state, record.error, record.model_dump_json(), time.time(), job_id),
        )

    def recover(self) -> None:
        """What an earlier run left running goes back to the queue; what it let wait, by its own clock, is due."""
        self._connection.execute(
            "UPDATE jobs SET state='queued', attempts=max(0, attempts-1) WHERE state='running'"
        )
        self.wake()

    def wake(self) -> None:
        """What waits in the queue is due."""
        self._connection.execute("UPDATE jobs SET not_before=0 WHERE state='queued'")

    def has_queued(self) -> bool:
        """Whether any job waits that will be due without `wake`."""
        query = "SELECT 1 FROM jobs WHERE state='queued' AND not_before<9e999 LIMIT 1"
        return self._connection.execute(query).fetchone() is not None

    def requeue(self, job_id: int, not_before: float = 0.0, *, refund: bool = False) -> None:
        """Back to the queue, until `wake` where it is infinite; refund gives the attempt back where the job was not
        at fault."""
        self._connection.execute(
            "UPDATE jobs SET state='queued', not_before=?, attempts=max(0, attempts-?) WHERE id=?",
            (not_before, int(refund), job_id),
        )

    def retry(self, states: Iterable[JobState], source: Path | None = None) -> list[Path]:
        """Queue ended jobs anew, all of them or those of one source; the sources concerned."""
        retried = []
        for state in states:
            rows = self._connection.execute(
                "UPDATE jobs SET state='queued', attempts=0, not_before=0 WHERE state=?"
                " AND (?2 IS NULL OR source=?2) RETURNING source",
                (state, str(source) if source else None),
            )
            retried += [Path(row["source"]) for row in rows.fetchall()]
        return sorted(set(retried))

    def drafts(self) -> list[Job]:
        """Those done with a style that had still to be learned."""
        return self._jobs("WHERE json_extract(record, '$.draft') AND state='done'")

    def redo(self, job_id: int) -> None:
        """Queue a job that is done once more."""
        change = "UPDATE jobs SET state='queued', attempts=0, not_before=0 WHERE id=?"
        self._connection.execute(change, (job_id,))

    def jobs_in_style(self, style: str, stylizer: str) -> list[Job]:
        where = "WHERE json_extract(record, '$.style')=? AND json_extract(record, '$.stylizer')=?"
        return self._jobs(where, style, stylizer)

    def has_suspects(self) -> bool:
        """Whether any unfinished job may have broken the worker before."""
        query = (
            "SELECT 1 FROM jobs WHERE state='queued' AND attempts>0 OR state='running' AND attempts>1 LIMIT 1"
        )
        return self._connection.execute(query).fetchone() is not None

    def drop_job(self, job_id: int) -> None:
        self._owe_sidecar(job_id)
        self._connection.execute("DELETE FROM jobs WHERE id=?", (job_id,))

    def counts(self) -> dict[JobState, int]:
        """How many jobs there are: counted anew only after a write."""
        if (changes := self.changes()) != self._counted_at:
            rows = self._connection.execute("SELECT state, count(*) AS n FROM jobs GROUP BY state")
            self._counts = {JobState(row["state"]): int(row["n"]) for row in rows}
            self._counted_at = changes
        return self._counts

    def oldest_arrival(self) -> float | None:
        """When the source that waits longest came, in seconds since 1970; None where none waits, or not known."""
        rows = self._connection.execute("SELECT min(arrived) FROM jobs WHERE state='queued' AND arrived>0")
        (oldest,) = rows.fetchone()
        return None if oldest is None else float(oldest)

    # sidecars that are yet to say what has become of a source's jobs

    def _owe_sidecar(self, job_id: int) -> None:
        self._connection.execute("INSERT OR IGNORE INTO untold SELECT source FROM jobs WHERE id=?", (job_id,))

    def untold(self) -> list[Path]:
        return [Path(row["source"]) for row in self._connection.execute("SELECT source FROM untold")]

    def told(self, source: Path) -> None:
        self._connection.execute("DELETE FROM untold WHERE source=?", (str(source),))

    def ended_in(self, folder: Path) -> set[str]:
        """The names of the sources in the folder itself that have jobs which have ended."""
        start = start_of(folder)
        ended = f"{folder_of('source')}=? AND state NOT IN ('queued', 'running')"
        rows = self._connection.execute(f"SELECT DISTINCT source FROM jobs WHERE {ended}", (start,))
        return {source[len(start) :] for (source,) in rows}

    # outputs

    def outputs_for(self, folder: Path) -> list[tuple[str, str]]:
        """Those of sources in the folder itself, each with its source's name; by name where it is there too."""
        start = start_of(folder)
        path = f"iif({folder_of('path')}=?2, substr(path, ?1), path)"
        query = f"SELECT {path}, substr(source, ?1) FROM outputs WHERE {folder_of('source')}=?2"
        return [tuple(row) for row in self._connection.execute(query, (len(start) + 1, start))]

    def outputs(self) -> dict[Path, Output]:
        rows = self._connection.execute("SELECT * FROM outputs")
        return {Path(row["path"]): read_output(row) for row in rows}

    def output(self, path: Path) -> Output | None:
        row = self._connection.execute("SELECT * FROM outputs WHERE path=?", (str(path),)).fetchone()
        return read_output(row) if row else None

    def outputs_of(self, source: Path) -> list[Output]:
        rows = self._connection.execute("SELECT * FROM outputs WHERE source=?", (str(source),))
        return [read_output(row) for row in rows]

    def remember_output(self, output: Output) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO outputs VALUES (?,?,?,?,?,?,?)",
            (
                str(output.path), str(output.source), output.sha256, output.incoming, output.size,
                output.mtime_ns, int(output.edited),
            ),
        )  # fmt: skip

    def forget_output(self, path: Path) -> None:
        self._connection.execute("DELETE FROM outputs WHERE path=?", (str(path),))
