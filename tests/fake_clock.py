"""A clock that passes only while somebody waits, and that can be set wrong."""

import queue

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

    def pass_by(self, seconds: float) -> None:
        self._passed += seconds
