"""Whose a watch folder on a share is, told by a small file in it: no machine sees the locks of another.

`.impasto.lease.7` is the folder's seventh lease. To create it, which succeeds for one only, is to take it; its
number is the fencing token. Nobody but its holder writes to it, a beat every two seconds, and whoever takes the
next deletes it first. So the holder finds out by reading its own file, which it does before each write: one that
slept, and was given up for dead, writes nothing when it wakes.
"""

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from impasto_daemon.clock import Clock

_PREFIX = ".impasto.lease."
_BEAT_SECONDS = 2.0
_LOOKS = 30  # a beat apart and all alike: the holder is dead


@dataclass(frozen=True, slots=True)
class LeaseNote:
    """What the file says. is_free: its holder has ended, and anybody may take the next."""

    host: str
    pid: int
    config: str
    token: int
    beat: int = 0
    is_free: bool = False

    def __str__(self) -> str:
        return f"host {self.host}, pid {self.pid}, config {self.config}"


class Lease:
    """`look` now and then, `is_held` before each write, `release` at the end.

    Nothing goes by the time of day, or by that of the share: what did not change in so many looks of ours is dead.
    token: None while it is not held. before: whose turn it was before ours; None where there had been none.
    is_undecided: somebody has it, and whether that one lives is not known yet.
    own: the token of an earlier daemon of this machine that is surely dead, so that nobody waits for it.
    """

    def __init__(self, folder: Path, config: Path, clock: Clock, *, own: int | None = None) -> None:
        self._folder = folder
        self._clock = clock
        self._own = own
        self._note = LeaseNote(socket.gethostname(), os.getpid(), str(config), token=0)
        self._next_look = 0.0
        self._seen: tuple[int, bytes] | None = None
        self._looks = 0
        self.token: int | None = None
        self.before: int | None = None
        self.is_undecided = False

    @property
    def holder(self) -> LeaseNote | None:
        """Who has it, as last seen; None where nobody is known."""
        return None if self._seen is None else _decode(self._seen[1])

    def look(self) -> None:
        """Beat where it is held, else take it if it may be taken; at most once a beat. Raises OSError."""
        now = self._clock.monotonic()
        if now < self._next_look:
            return
        if self.token is None:
            self._try()
        else:
            self._beat(self.token, replace(self._note, beat=self._note.beat + 1))
        self._next_look = now + _BEAT_SECONDS

    def is_held(self) -> bool:
        """Asked of the share, not of a clock: one that stood still while the machine slept knows nothing."""
        try:
            if self.token is not None:
                self.look()
            if self.token is not None and self._read(self.token) != _encode(self._note):
                self._lose(self.token)
        except OSError:
            return False
        return self.token is not None

    def release(self) -> None:
        """The file stays, since the next token is counted from it."""
        if self.token is not None:
            with suppress(OSError):
                self._beat(self.token, replace(self._note, is_free=True))
            self.token = None

    def _try(self) -> None:
        newest = max(self._tokens(), default=None)
        if newest is not None:
            self._see(newest)
            if self._looks < _LOOKS and not self._is_over(newest):
                return
        self.before = newest
        self._take(max(newest or 0, self._note.token) + 1)

    def _is_over(self, token: int) -> bool:
        holder = self.holder
        return holder is not None and (
            holder.is_free or (token == self._own and holder.host == self._note.host)
        )

    def _see(self, token: int) -> None:
        seen = token, self._read(token) or b""
        if seen == self._seen:
            self._looks += 1
        else:
            self.is_undecided = self._seen is None or self._seen[0] != token
            self._seen, self._looks = seen, 0

    def _take(self, token: int) -> None:
        """Created is not held yet: two that saw different files may both have created one. The higher stays."""
        note = replace(self._note, token=token, beat=0, is_free=False)
        try:
            file = self._path(token).open("xb")
        except FileExistsError:
            return
        try:
            with file:
                file.write(_encode(note))
        except OSError:
            self._path(token).unlink(missing_ok=True)  # half a lease is nobody's
            raise
        if not self._outdates_others(token):
            self._path(token).unlink(missing_ok=True)
            return
        self._note, self.token = note, token
        self._seen, self._looks, self.is_undecided = None, 0, False

    def _outdates_others(self, token: int) -> bool:
        others = self._tokens() - {token}
        if max(others, default=0) > token:
            return False
        try:
            for other in others:
                self._path(other).unlink(missing_ok=True)
        except PermissionError:  # Windows deletes no file that is open
            return False
        return True

    def _beat(self, token: int, note: LeaseNote) -> None:
        try:
            with self._path(token).open("r+b") as file:  # which creates none
                if file.read() == _encode(self._note):
                    file.seek(0)
                    file.write(_encode(note))
                    file.truncate()
                    self._note = note
                    return
        except FileNotFoundError:
            pass
        self._lose(token)

    def _lose(self, token: int) -> None:
        """Another has taken it; or somebody deleted it by hand, then it is written anew."""
        self.token = None
        if tokens := self._tokens():
            self._see(max(tokens))
        else:
            self._take(token)

    def _tokens(self) -> set[int]:
        return _tokens_in(self._folder)

    def _read(self, token: int) -> bytes | None:
        return _read(_path(self._folder, token))

    def _path(self, token: int) -> Path:
        return _path(self._folder, token)


def is_lease(name: str) -> bool:
    return name.startswith(_PREFIX)


def last_holder(folder: Path) -> LeaseNote | None:
    """Who has the newest lease on a folder, or had; None where there is none that can be read."""
    try:
        newest = max(_tokens_in(folder), default=None)
        return None if newest is None else _decode(_read(_path(folder, newest)) or b"")
    except OSError:
        return None


def _tokens_in(folder: Path) -> set[int]:
    ends = (name.removeprefix(_PREFIX) for name in os.listdir(folder) if is_lease(name))  # noqa: PTH208  a Path for each costs more
    return {int(end) for end in ends if end.isascii() and end.isdigit()}


def _path(folder: Path, token: int) -> Path:
    return folder / f"{_PREFIX}{token}"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _encode(note: LeaseNote) -> bytes:
    return json.dumps(asdict(note)).encode()


def _decode(content: bytes) -> LeaseNote | None:
    try:
        document = json.loads(content)
        return LeaseNote(
            host=str(document["host"]),
            pid=int(document["pid"]),
            config=str(document["config"]),
            token=int(document["token"]),
            beat=int(document["beat"]),
            is_free=document["is_free"] is True,
        )
    except (ValueError, LookupError, TypeError):
        return None
