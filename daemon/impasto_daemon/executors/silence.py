"""For how long a worker says nothing: no honest job is silent that long."""

from collections.abc import Collection

# The longest that one is: VGG-19 looks once at 4096 x 4096 pixels, some five minutes on two cores, and slower ones
# get their time: hours of painting ended wrongly cost more than a worker that hangs for longer than it has to.
MOST_SECONDS = 1800.0
TURN_SECONDS = 15.0


class Silence:
    """Only what was watched counts, a turn at the most each time: neither a laptop that slept nor a clock that
    jumped makes a worker late.
    """

    def __init__(self, now: float) -> None:
        self._now = now
        self._watched = 0.0
        self._last = 0.0  # of the time watched, when anything was heard
        self._heard: dict[int, float] = {}  # the same of each order begun

    def is_too_long(self, now: float, heard: int | None, *, orders: Collection[int], idle: bool) -> bool:
        """heard: the ticket of what was just told of, if anything was. orders: those begun; each has the network or
        the encoder to itself, so that its own silence counts, while a style that is learned waits for them.
        idle: there is nothing to be heard.
        """
        self._watched += min(now - self._now, TURN_SECONDS)
        self._now = now
        if heard is not None:
            self._heard[heard] = self._watched
        if heard is not None or idle:
            self._last = self._watched
        self._heard = {ticket: self._heard.get(ticket, self._watched) for ticket in orders}
        return self._watched - min([self._last, *self._heard.values()]) >= MOST_SECONDS
