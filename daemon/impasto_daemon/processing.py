"""In the worker: jobs from source to temp file, decode, inference and encode overlapping.

Three lanes, one thread each, joined by executors: while one texture is in the network, the next is decoded and
the last is encoded. The network lane is a single thread, since two would only share the same cores or GPU.
"""

import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from impasto_daemon.hashing import hash_file
from impasto_engine import (
    AlphaMode,
    BitDepth,
    ColorSpace,
    EngineError,
    EngineOptions,
    OutOfMemoryError,
    Progress,
    RestyleRequest,
    Texture,
    TextureWriteError,
    WeightsError,
    Wrap,
    read_texture,
    write_texture,
)

if TYPE_CHECKING:  # torch loads in the worker only
    from impasto_engine.restyle import Restyled, Restyler

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """One variant of one source. ticket: no two orders of a daemon's run have the same, not even for one job.

    temp: where the worker writes. file_format: an extension such as ".png".
    """

    ticket: int
    source: Path
    sha256: str
    request: RestyleRequest
    temp: Path
    file_format: str
    linear: bool
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """A finished temp file, and all that the manifest says of it."""

    ticket: int
    sha256: str
    bytes: int
    width: int
    height: int
    source_width: int
    source_height: int
    bit_depth: BitDepth
    alpha_mode: AlphaMode
    grey: bool
    wrap: tuple[Wrap, Wrap]
    device: str
    upscaler: str | None
    notes: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Refused:
    """kind: "input" (the source is at fault), "weights", "write", "changed" (the source is another by now),
    "fault" (anything else: worth another attempt)."""

    ticket: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Step:
    """Where a job stands."""

    ticket: int
    progress: Progress


Report = Made | Refused | Step


def work(connection: Connection, options: EngineOptions) -> None:
    """The worker process: takes Orders until None comes or the daemon is gone; sends Reports."""
    from impasto_engine.restyle import prepare_process

    prepare_process(options)
    lanes = _Lanes(connection, options)
    try:
        while (order := connection.recv()) is not None:
            lanes.take(order)
    except (EOFError, OSError):
        _log.warning("the daemon is gone: the worker ends")
    lanes.drain()


class Workshop:
    """Jobs one after another in the caller's process, for commands that need no daemon."""

    def __init__(self, options: EngineOptions) -> None:
        from impasto_engine.restyle import Restyler, prepare_process

        prepare_process(options)
        self._restyler = Restyler(options)

    def process(self, order: Order) -> Made:
        """Raises EngineError."""
        texture, seconds = _decode(order)
        started = time.monotonic()
        restyled = self._restyler.restyle(texture, order.request, lambda _progress: None)
        size = (texture.width, texture.height)
        return _encode(order, restyled, size, seconds + time.monotonic() - started)


class _Lanes:
    def __init__(self, connection: Connection, options: EngineOptions) -> None:
        self._connection = connection
        self._sending = Lock()
        self._options = options
        self._restyler: Restyler | None = None
        self._decoding = ThreadPoolExecutor(1, "decode")
        self._inferring = ThreadPoolExecutor(1, "infer")
        self._encoding = ThreadPoolExecutor(1, "encode")

    def take(self, order: Order) -> None:
        decoded = self._decoding.submit(_decode, order)
        self._inferring.submit(self._infer, order, decoded)

    def drain(self) -> None:
        for lane in (self._decoding, self._inferring, self._encoding):
            lane.shutdown(wait=True)

    def _infer(self, order: Order, decoded: "Future[tuple[Texture, float]]") -> None:
        try:
            texture, decode_seconds = decoded.result()
            self._send(Step(order.ticket, Progress("stylize", 0, 1)))
            started = time.monotonic()
            restyled = self._ready_restyler().restyle(
                texture, order.request, lambda progress: self._send(Step(order.ticket, progress))
            )
            seconds = decode_seconds + time.monotonic() - started
            size = (texture.width, texture.height)
        except Exception as error:  # noqa: BLE001  the job loop: one bad file never stops the rest
            self._send(refusal(order.ticket, error))
            return
        self._encoding.submit(self._finish, order, restyled, size, seconds)

    def _finish(self, order: Order, restyled: "Restyled", size: tuple[int, int], seconds: float) -> None:
        try:
            self._send(Step(order.ticket, Progress("encode", 0, 1)))
            self._send(_encode(order, restyled, size, seconds))
        except Exception as error:  # noqa: BLE001  the job loop: one bad file never stops the rest
            self._send(refusal(order.ticket, error))

    def _ready_restyler(self) -> "Restyler":
        if self._restyler is None:
            from impasto_engine.restyle import Restyler

            self._restyler = Restyler(self._options)
        return self._restyler

    def _send(self, report: Report) -> None:
        with self._sending:
            try:
                self._connection.send(report)
            except OSError:
                _log.warning("the daemon is gone: the report on order %d is dropped", report.ticket)


class _SourceChangedError(Exception):
    pass


def refusal(ticket: int, error: Exception) -> Refused:
    """What an exception means for its job."""
    match error:
        case _SourceChangedError():
            kind = "changed"
        case OutOfMemoryError():
            kind = "input"
        case WeightsError():
            kind = "weights"
        case TextureWriteError():
            kind = "write"
        case EngineError():
            kind = "input"
        case _:
            _log.error("order %d", ticket, exc_info=error)
            return Refused(ticket, "fault", f"{type(error).__name__}: {error}")
    return Refused(ticket, kind, str(error))


def _decode(order: Order) -> "tuple[Texture, float]":
    started = time.monotonic()
    texture = read_texture(order.source, color_space=ColorSpace.LINEAR if order.linear else None)
    if hash_file(order.source) != order.sha256:
        raise _SourceChangedError(f"{order.source} changed while it was read")
    return texture, time.monotonic() - started


def _encode(order: Order, restyled: "Restyled", source_size: tuple[int, int], seconds: float) -> Made:
    started = time.monotonic()
    texture = restyled.texture
    written = write_texture(texture, order.temp, file_format=order.file_format, metadata=order.metadata)
    return Made(
        ticket=order.ticket,
        sha256=written.sha256,
        bytes=written.bytes,
        width=texture.width,
        height=texture.height,
        source_width=source_size[0],
        source_height=source_size[1],
        bit_depth=written.bit_depth,
        alpha_mode=texture.alpha_mode,
        grey=texture.grey,
        wrap=restyled.wrap,
        device=restyled.device,
        upscaler=restyled.upscaler,
        notes=restyled.notes,
        seconds=round(seconds + time.monotonic() - started, 3),
    )
