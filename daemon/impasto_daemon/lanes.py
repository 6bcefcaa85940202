"""In the worker: decode, inference and encode overlap, one thread each.

While one texture is in the network, the next is decoded and the last is encoded; a result too large to hold
goes from the network to the encoder band by band. The network lane is a single thread, since two would only
share the same cores or GPU. Styles are learned on it too, in slices between the orders that wait.
"""

import logging
import os
import queue
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from threading import Condition, Lock

from impasto_daemon import failpoints
from impasto_daemon.processing import (
    Cancel,
    CancelledError,
    InHand,
    Learned,
    LearnOrder,
    Lesson,
    Order,
    Refused,
    Report,
    Step,
    Task,
    Workshop,
    decode,
    prepare,
    refusal,
)
from impasto_engine import Band, EngineOptions, Progress, Texture, is_device_lost, probe_texture

_log = logging.getLogger(__name__)
DEVICE_LOST = 76  # exit code of a worker that can compute nothing any more
_SLICE_SECONDS = 0.5  # of learning, which an order waits for at the most
_DECODED_AHEAD = 1 << 25  # pixels of the textures that wait decoded, or are in the network


def work(connection: Connection, options: EngineOptions) -> None:
    """The worker process: takes Tasks and Cancels until None comes or the daemon is gone; sends Reports.

    What a terminal sends to all its processes is the daemon's to answer: the worker would drop what it has in hand.
    """
    for name in ("SIGINT", "SIGHUP"):
        if number := getattr(signal, name, None):  # Windows has no SIGHUP
            signal.signal(number, signal.SIG_IGN)
    prepare(options)
    serve(connection, Lanes(connection, partial(Workshop, options)))


def serve(connection: Connection, lanes: "Lanes") -> None:
    """Without the daemon it ends at once: what it would still write, the next daemon would not know of."""
    try:
        while (message := connection.recv()) is not None:
            if isinstance(message, Cancel):
                lanes.cancel(message.ticket)
            else:
                lanes.take(message)
    except (EOFError, OSError):
        _log.warning("the daemon is gone: the worker ends")
        os._exit(1)
    lanes.drain()


class Lanes:
    def __init__(self, connection: Connection, make_workshop: Callable[[], Workshop]) -> None:
        self._connection = connection
        self._sending = Lock()
        self._make_workshop = make_workshop
        self._workshop: Workshop | None = None
        self._in_hand: set[int] = set()
        self._unwanted: set[int] = set()  # some of those
        self._room = _Room(_DECODED_AHEAD)
        self._decoding = ThreadPoolExecutor(1, "decode")
        self._inferring = ThreadPoolExecutor(1, "infer")
        self._encoding = ThreadPoolExecutor(1, "encode")
        self._learning = _Learning(self._inferring, self._ready_workshop, self._send, self._end_if_lost)

    def take(self, task: Task) -> None:
        if isinstance(task, LearnOrder):
            self._learning.take(task)
        else:
            self._in_hand.add(task.ticket)
            decoded = self._decoding.submit(self._decode, task)
            self._inferring.submit(self._infer, task, decoded)

    def cancel(self, ticket: int) -> None:
        if ticket in self._in_hand:
            self._unwanted.add(ticket)

    def drain(self) -> None:
        """Finish the orders; what is still to be learned goes back."""
        self._learning.end()
        for lane in (self._decoding, self._inferring, self._encoding):
            lane.shutdown(wait=True)
        self._learning.give_back()

    def _decode(self, order: Order) -> tuple[Texture, float]:
        header = probe_texture(order.source)
        self._room.enter(order.ticket, header.width * header.height)
        failpoints.reach("decode")
        started = time.monotonic()
        return decode(order), time.monotonic() - started

    def _infer(self, order: Order, decoded: "Future[tuple[Texture, float]]") -> None:
        failure: Exception | None = None
        try:
            self._send(Step(order.ticket, Progress("decode", 0, 1)))  # what hangs or breaks there is its own
            texture, seconds = decoded.result()
            self._tell(order, Progress("stylize", 0, 1))
            failpoints.reach("infer")
            started = time.monotonic()
            in_hand = self._ready_workshop().begin(order, texture, partial(self._tell, order))
            bands = _Handover()
            self._encoding.submit(self._encode, order, in_hand, bands, seconds + time.monotonic() - started)
            failure = bands.pass_on(in_hand.bands)
            self._send(Step(order.ticket, Progress("encode", 0, 1)))
        except Exception as error:  # noqa: BLE001  the job loop: one bad file never stops the rest
            failure = error
            self._send(refusal(order.ticket, error))
        finally:
            self._room.leave(order.ticket)
        self._end_if_lost(failure)

    def _encode(self, order: Order, in_hand: InHand, bands: "_Handover", seconds: float) -> None:
        try:
            report: Report = in_hand.finish(iter(bands), seconds)
            failpoints.reach("temp written")
        except Exception as error:  # noqa: BLE001  the job loop: one bad file never stops the rest
            report = refusal(order.ticket, error)
        finally:
            bands.close()
        self._send(report)

    def _end_if_lost(self, failure: Exception | None) -> None:
        """What is encoded ends well; all that waits for the network would fail here, and is for the next worker."""
        if failure is not None and is_device_lost(failure):
            self._encoding.shutdown(wait=True)
            os._exit(DEVICE_LOST)

    def _tell(self, order: Order, progress: Progress) -> None:
        """Raises CancelledError."""
        if order.ticket in self._unwanted:
            raise CancelledError
        self._send(Step(order.ticket, progress))

    def _ready_workshop(self) -> Workshop:
        if self._workshop is None:
            self._workshop = self._make_workshop()
        return self._workshop

    def _send(self, report: Report) -> None:
        if not isinstance(report, Step):
            self._in_hand.discard(report.ticket)
            self._unwanted.discard(report.ticket)
        with self._sending:
            try:
                self._connection.send(report)
            except OSError:
                _log.warning("the daemon is gone: the report on order %d is dropped", report.ticket)


class _Learning:
    """One style after another; each slice stands in line behind the orders that came before it."""

    def __init__(
        self,
        lane: ThreadPoolExecutor,
        workshop: Callable[[], Workshop],
        send: Callable[[Report], None],
        end_if_lost: Callable[[Exception | None], None],
    ) -> None:
        self._end_if_lost = end_if_lost
        self._lane = lane
        self._workshop = workshop
        self._send = send
        self._orders: deque[LearnOrder] = deque()
        self._lesson: Lesson | None = None  # of the first
        self._changing = Lock()
        self._ended = False

    def take(self, order: LearnOrder) -> None:
        with self._changing:
            self._orders.append(order)
            if len(self._orders) == 1:
                self._lane.submit(self._advance)

    def end(self) -> None:
        with self._changing:
            self._ended = True

    def give_back(self) -> None:
        """What was not learned, once the lane has ended."""
        while self._orders:
            ticket = self._orders.popleft().ticket
            self._send(Refused(ticket, "stopped", "the worker ended before the style was learned"))

    def _advance(self) -> None:
        order = self._orders[0]
        end: Report | None = None
        failure: Exception | None = None
        try:
            if self._lesson is None:
                self._send(Step(order.ticket, Progress("learn", 0, 1)))
                self._lesson = self._workshop().learn(order)
            if self._lesson.advance(_SLICE_SECONDS):
                end = Learned(order.ticket)
            self._send(Step(order.ticket, self._lesson.progress))
        except Exception as error:  # noqa: BLE001  the job loop: one bad file never stops the rest
            failure = error
            end = refusal(order.ticket, error)
        with self._changing:
            if end is not None:
                self._lesson = None
                self._orders.popleft()
            if self._orders and not self._ended:
                self._lane.submit(self._advance)
        if end is not None:
            self._send(end)
        self._end_if_lost(failure)


class _Handover:
    """Bands from one thread to another, few at a time; what stops the first is raised in the second."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Band | Exception | None] = queue.Queue(maxsize=2)
        self._closed = False

    def pass_on(self, bands: Iterator[Band]) -> Exception | None:
        """Returns when all are taken over, or none is wanted any more; what stopped it, if anything did."""
        end: Exception | None = None
        try:
            for band in bands:
                if self._closed:
                    return None
                self._queue.put(band)
        except Exception as error:  # noqa: BLE001  it is raised where the job is reported
            end = error
        self._queue.put(end)
        return end

    def __iter__(self) -> Iterator[Band]:
        while (band := self._queue.get()) is not None:
            if isinstance(band, Exception):
                raise band
            yield band

    def close(self) -> None:
        """Nothing more is wanted: whoever passes on is not left waiting."""
        self._closed = True
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                return


class _Room:
    """Lets textures in up to a number of pixels; one that is larger alone."""

    def __init__(self, pixels: int) -> None:
        self._pixels = pixels
        self._inside: dict[int, int] = {}
        self._changed = Condition()

    def enter(self, ticket: int, pixels: int) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: not self._inside or sum(self._inside.values()) + pixels <= self._pixels
            )
            self._inside[ticket] = pixels

    def leave(self, ticket: int) -> None:
        with self._changed:
            self._inside.pop(ticket, None)
            self._changed.notify_all()
