"""One job from source to temp file, and what is said of it. The engine's heavy door opens here only."""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from impasto_daemon.hashing import hash_file
from impasto_daemon.settle import Signature, signature_of
from impasto_engine import (
    AlphaMode,
    Band,
    BitDepth,
    ColorSpace,
    DeviceMissingError,
    EngineError,
    EngineOptions,
    OutOfMemoryError,
    Progress,
    ProgressCallback,
    RestyleRequest,
    StyleRequest,
    Texture,
    TextureWriteError,
    WeightsError,
    Wrap,
    read_texture,
    write_texture,
)

if TYPE_CHECKING:  # torch loads in the worker only
    from impasto_engine.restyle import Learner, Restyled

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """One variant of one source. ticket: no two orders of a daemon's run have the same, not even for one job.

    temp: where the worker writes. file_format: an extension such as ".png". may_draft: a style that has still to
    be learned is not waited for, see Made.
    """

    ticket: int
    source: Path
    sha256: str
    request: RestyleRequest
    temp: Path
    file_format: str
    linear: bool
    metadata: Mapping[str, str]
    may_draft: bool = False


@dataclass(frozen=True, slots=True)
class LearnOrder:
    """What is not learned yet of a style, from crops of these textures. ticket: see Order."""

    ticket: int
    style: StyleRequest
    sources: tuple[Path, ...]


Task = Order | LearnOrder


@dataclass(frozen=True, slots=True)
class Cancel:
    """The order with this ticket is no longer wanted: it ends at its next progress, if it has not ended yet."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Made:
    """A finished temp file, and all that the manifest says of it. draft: its style has still to be learned.

    retries: times that memory ran out on the way, and it went on with less.
    """

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
    encoder: str | None = None
    draft: bool = False
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Learned:
    """The style lies in the cache from now on."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Refused:
    """kind: "input" (the source is at fault), "weights", "device" (it is not there), "write", "changed" (the source
    is another by now), "cancelled" (it was not wanted any more), "stopped" (the worker was told to end while it
    learned), "fault" (anything else: worth another attempt).

    changed: the file that is another by now, where kind is "changed"; it may be one the source leans on.
    """

    ticket: int
    kind: str
    message: str
    changed: Path | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Where a job stands."""

    ticket: int
    progress: Progress


Report = Made | Learned | Refused | Step


def prepare(options: EngineOptions) -> None:
    """Call it first of all in a process that is for jobs alone: it takes a second, and jobs then start at once."""
    # read once, as torch loads: threads that spin while they wait starve each other beside a busy program
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from impasto_engine.restyle import prepare_process

    prepare_process(options)


def _unheard(_progress: Progress) -> None:
    pass


class Workshop:
    """Makes what orders ask for, in the caller's process; holds the warm networks."""

    def __init__(self, options: EngineOptions) -> None:
        """Raises RequestError for a device that is not there."""
        from impasto_engine.restyle import Restyler, prepare_process

        prepare_process(options)
        self._restyler = Restyler(options)

    def begin(self, order: Order, source: Texture, progress: ProgressCallback) -> "InHand":
        """Raises EngineError."""
        restyled = self._restyler.restyle(source, order.request, progress, may_draft=order.may_draft)
        return InHand(order, source, restyled)

    def process(self, order: Order, progress: ProgressCallback = _unheard) -> Made:
        """A whole order, for commands that need no daemon. Raises EngineError."""
        started = time.monotonic()
        in_hand = self.begin(order, decode(order), progress)
        return in_hand.finish(in_hand.bands, time.monotonic() - started)

    def learn(self, order: LearnOrder) -> "Lesson":
        """Raises EngineError."""
        return Lesson(self._restyler.learner(order.style, order.sources))


class InHand:
    """An order that is being made: its bands are computed as they are taken, and raise EngineError."""

    def __init__(self, order: Order, source: Texture, restyled: "Restyled") -> None:
        self._order = order
        self._source = source
        self._restyled = restyled
        self.bands = restyled.texture.bands

    def finish(self, bands: Iterator[Band], seconds: float) -> Made:
        """Write the bands, whoever has taken them meanwhile, to the order's temp file; seconds: spent before.

        Raises EngineError, and what the bands raise.
        """
        started = time.monotonic()
        order, restyled = self._order, self._restyled
        texture = replace(restyled.texture, bands=bands)
        written = write_texture(texture, order.temp, file_format=order.file_format, metadata=order.metadata)
        return Made(
            ticket=order.ticket,
            sha256=written.sha256,
            bytes=written.bytes,
            width=texture.width,
            height=texture.height,
            source_width=self._source.width,
            source_height=self._source.height,
            bit_depth=written.bit_depth,
            alpha_mode=texture.alpha_mode,
            grey=texture.grey,
            wrap=restyled.wrap,
            device=restyled.device,
            upscaler=restyled.upscaler,
            encoder=restyled.encoder,
            notes=restyled.notes,
            draft=restyled.draft,
            retries=restyled.retries,
            seconds=round(seconds + time.monotonic() - started, 3),
        )


class Lesson:
    """A style that is being learned, as far as it is advanced."""

    def __init__(self, learner: "Learner") -> None:
        self._learner = learner

    @property
    def progress(self) -> Progress:
        return Progress("learn", self._learner.done, self._learner.total)

    def advance(self, seconds: float) -> bool:
        """Go on for about so long; True once it is learned, and in the cache. Raises EngineError."""
        return self._learner.advance(seconds)


class _SourceChangedError(Exception):
    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path} {message}")
        self.path = path


class CancelledError(Exception):
    """Raised from a progress callback: it passes through the engine, which catches none such."""


def refusal(ticket: int, error: Exception) -> Refused:
    """What an exception means for its job."""
    match error:
        case _SourceChangedError():
            return Refused(ticket, "changed", str(error), error.path)
        case CancelledError():
            return Refused(ticket, "cancelled", "it was no longer wanted")
        case OutOfMemoryError():
            kind = "input"
        case WeightsError():
            kind = "weights"
        case DeviceMissingError():
            kind = "device"
        case TextureWriteError():
            kind = "write"
        case EngineError():
            kind = "input"
        case MemoryError():  # of the texture itself: that of the networks is guarded
            said = f"no memory: close what else uses the machine's, or give a smaller texture ({error})"
            return Refused(ticket, "fault", said)
        case _:
            _log.error("order %d", ticket, exc_info=error)
            return Refused(ticket, "fault", f"{type(error).__name__}: {error}")
    return Refused(ticket, kind, str(error))


def decode(order: Order) -> Texture:
    """Raises EngineError, or what `refusal` knows as changed."""
    texture = read_texture(order.source, color_space=ColorSpace.LINEAR if order.linear else None)
    if hash_file(order.source) != order.sha256:
        raise _SourceChangedError(order.source, "changed while it was read")
    check_refs(order.request)
    return texture


def check_refs(request: RestyleRequest) -> None:
    """That the sources a request leans on are still those it was made for; what is not is refused as changed."""
    for ref in request.refs:
        try:
            sha256 = _hash_source(ref.path, signature_of(ref.path))
        except OSError as error:
            raise _SourceChangedError(ref.path, f"cannot be read any more: {error.strerror}") from error
        if sha256 != ref.sha256:
            raise _SourceChangedError(ref.path, "changed since it was looked at")


@lru_cache(maxsize=4096)
def _hash_source(path: Path, _signature: Signature | None) -> str:
    """Hashed once for each signature: the members of a group are all asked about for each of them."""
    return hash_file(path)
