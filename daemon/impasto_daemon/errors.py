"""Every error the daemon raises on purpose.

DaemonError
├── ConfigError     a config, .impasto.yaml or .impastoignore that cannot be followed; lists every problem
├── ManifestError   a sidecar is not one, or cannot be written
├── LedgerError     the database of what was seen and done cannot be used
├── LockedError     another daemon runs with the same config, or watches one of its folders
├── PlanError       what a rule asks for cannot be made of this source
├── PublishError    an output cannot take its place beside the source
├── InstallError    a companion cannot be put into a project
└── ServiceError    this system cannot be asked to run the daemon
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file that an artist wrote.

    line counts from 1; None where the file as a whole is meant.
    key: as in `rules[0].variants[0].strength`; "" where none is meant.
    """

    file: Path
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        working_folder = Path.cwd()
        inside = self.file.is_relative_to(working_folder)
        place = str(self.file.relative_to(working_folder) if inside else self.file)
        if self.line is not None:
            place += f":{self.line}"
        return ": ".join(part for part in (place, self.key, self.message) if part)


class DaemonError(Exception):
    """Root of the daemon's errors; the message names the value, the place and what would be valid."""


class ConfigError(DaemonError):
    """problems: all that were found, in the order of the lines; there is at least one."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ManifestError(DaemonError):
    pass


class LedgerError(DaemonError):
    pass


class LockedError(DaemonError):
    pass


class PlanError(DaemonError):
    pass


class PublishError(DaemonError):
    pass


class InstallError(DaemonError):
    pass


class ServiceError(DaemonError):
    pass
