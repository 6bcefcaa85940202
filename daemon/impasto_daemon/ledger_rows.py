"""The values a ledger keeps: sources, jobs, outputs, commands. No pydantic: `status` has to start fast."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impasto_daemon.settle import Signature

if TYPE_CHECKING:  # loading the manifest's models takes longer than reading the ledger
    from impasto_daemon.manifest import Variant


class JobState(StrEnum):
    """queued and running end as done, failed (the input is at fault), blocked (the output cannot be written, or
    weights are missing) or dead (three attempts broke the worker)."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class SeenSource:
    """A source as it was when it was last planned; outcome is a sentence for `status` and `explain`."""

    path: Path
    size: int
    mtime_ns: int
    changed_ns: int
    sha256: str
    digest: str
    outcome: str

    @property
    def signature(self) -> Signature:
        return self.size, self.mtime_ns, self.changed_ns


@dataclass(frozen=True, slots=True)
class Job:
    id: int
    source: Path
    variant: str
    fingerprint: str
    output: Path
    state: JobState
    attempts: int
    error: str | None
    record_json: str

    @property
    def record(self) -> "Variant":
        """What the manifest says of this variant, as last known."""
        from impasto_daemon.manifest import Variant

        return Variant.model_validate_json(self.record_json)


@dataclass(frozen=True, slots=True)
class Output:
    """A file the daemon wrote. incoming: the hash it is about to get, noted before the rename."""

    path: Path
    source: Path
    sha256: str
    incoming: str | None
    size: int
    mtime_ns: int
    edited: bool


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    argument: str


def read_seen(row: Mapping[str, Any]) -> SeenSource:
    return SeenSource(
        path=Path(row["path"]),
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        changed_ns=row["changed_ns"],
        sha256=row["sha256"],
        digest=row["digest"],
        outcome=row["outcome"],
    )


def read_job(row: Mapping[str, Any]) -> Job:
    return Job(
        id=row["id"],
        source=Path(row["source"]),
        variant=row["variant"],
        fingerprint=row["fingerprint"],
        output=Path(row["output"]),
        state=JobState(row["state"]),
        attempts=row["attempts"],
        error=row["error"],
        record_json=row["record"],
    )


def read_output(row: Mapping[str, Any]) -> Output:
    return Output(
        path=Path(row["path"]),
        source=Path(row["source"]),
        sha256=row["sha256"],
        incoming=row["incoming"],
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        edited=bool(row["edited"]),
    )
