"""Where jobs run: the protocol every executor keeps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from impasto_daemon.processing import Order, Report
from impasto_engine import EngineOptions


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """Tickets of orders. started: what it had begun, which may be at fault; waiting: what it had not."""

    exit_code: int | None
    started: tuple[int, ...]
    waiting: tuple[int, ...]


class Executor(Protocol):
    @property
    def room(self) -> int:
        """How many more orders it takes now."""
        ...

    def submit(self, order: Order) -> None: ...

    def cancel(self, ticket: int) -> None:
        """The order is no longer wanted: it is refused soon, as "cancelled", unless it is nearly made."""
        ...

    def configure(self, options: EngineOptions) -> None:
        """Orders submitted from now on run with these."""
        ...

    def stop(self) -> None:
        """Finish what was submitted, then release what is held."""
        ...


ExecutorFactory = Callable[[EngineOptions, Callable[[Report | WorkerDied], None]], Executor]
