"""Where jobs run: the protocol every executor keeps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from impasto_daemon.executors.silence import MOST_SECONDS
from impasto_daemon.lanes import DEVICE_LOST
from impasto_daemon.processing import Report, Task
from impasto_engine import EngineOptions


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """Tickets of tasks. started: what it had begun; waiting: what it had not.

    hung: it was ended, since it got no further.
    """

    exit_code: int | None
    started: tuple[int, ...]
    waiting: tuple[int, ...]
    hung: bool = False

    @property
    def message(self) -> str:
        if self.hung:
            return f"the worker hung: it got no further for {MOST_SECONDS / 60:.0f} min, and was ended"
        if self.exit_code == DEVICE_LOST:
            return "the worker lost its device, and ended"
        return f"the worker died with exit code {self.exit_code}"

    @property
    def suspects(self) -> tuple[int, ...]:
        """Which may be at fault: what it had begun, or all, where it had begun none, since it may never start. One
        that lost its device has told whose fault that was.
        """
        return () if self.exit_code == DEVICE_LOST else self.started or self.waiting


class Executor(Protocol):
    @property
    def capacity(self) -> int:
        """How many orders it is given at a time. What it learns is not among them: that goes on between them."""
        ...

    @property
    def is_learning(self) -> bool: ...

    def submit(self, task: Task) -> None: ...

    def cancel(self, ticket: int) -> None:
        """The order is no longer wanted: it is refused soon, as "cancelled", unless it is nearly made."""
        ...

    def configure(self, options: EngineOptions) -> None:
        """Orders submitted from now on run with these."""
        ...

    def stop(self, timeout: float) -> None:
        """Finish what was submitted, but for learning, in so many seconds, then release what is held."""
        ...


ExecutorFactory = Callable[[EngineOptions, Callable[[Report | WorkerDied], None]], Executor]
