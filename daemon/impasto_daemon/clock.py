"""What time it is, and waiting: all of the daemon's that matters goes by one clock, which a test can turn."""

import queue
import time
from multiprocessing.connection import Connection
from typing import Protocol


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds that only grow: what is waited for goes by them."""
        ...

    def wall(self) -> float:
        """Seconds since 1970, which files are stamped with: they jump when somebody sets the clock."""
        ...

    def receive(self, inbox: "queue.SimpleQueue[object]", seconds: float) -> object:
        """The next message, waited for so long at the most. Raises queue.Empty."""
        ...

    def hear(self, connection: Connection, seconds: float) -> bool:
        """Whether another process has something to say, waited for so long at the most. Raises OSError."""
        ...


class SystemClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def receive(self, inbox: "queue.SimpleQueue[object]", seconds: float) -> object:
        return inbox.get(timeout=seconds)

    def hear(self, connection: Connection, seconds: float) -> bool:
        return connection.poll(seconds)
