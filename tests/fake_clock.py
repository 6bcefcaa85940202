"""A clock that passes only while somebody waits, and that can be set wrong."""

import queue
from collections.abc import Callable
from multiprocessing.connection import Connection

_START = 1_700_000_000.0


class FakeClock:
    """A real moment is left to threads before time passes. skew: by how much the wall clock is set wrong."""

    def __init__(self) -> None:
        self._passed = 0.0
        self.skew = 0.0

    def monotonic(self) -> float:
        return self._passed

    def wall(self) -> float:
        return _START + self._passed + self.skew

    def receive(self, inbox: "queue.SimpleQueue[object]", seconds: float) -> object:
        try:
            return inbox.get(timeout=0.002)
        except queue.Empty:
            self._passed += seconds
            raise

    def hear(self, connection: Connection, seconds: float) -> bool:
        heard = connection.poll(0.002)
        self._passed += 0.0 if heard else seconds
        return heard

    def pass_by(self, seconds: float) -> None:
        self._passed += seconds


class HeldClock(FakeClock):
    """A FakeClock that stands still but while `may_pass`: what is honest at work takes no time."""

    def __init__(self, may_pass: Callable[[], bool]) -> None:
        super().__init__()
        self._may_pass = may_pass

    def hear(self, connection: Connection, seconds: float) -> bool:
        return super().hear(connection, seconds if self._may_pass() else 0.0)
