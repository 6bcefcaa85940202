"""Surveys files in a process of its own, without torch, so that a file that breaks its decoder breaks nothing else.

All of a file's pixels are decoded there before the worker, or anything else, decodes it. Linux holds the process to
its share of memory; macOS and Windows know no such limit.
"""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from impasto_daemon.hashing import hash_file
from impasto_daemon.settle import source_signature_of
from impasto_daemon.survey import SourceContent, Survey, survey
from impasto_engine import TextureReadError

_SECONDS = 300.0  # for one file: the largest take half a minute, on a busy machine more
_MOST_MEMORY = 6 << 30  # bytes of address space: the largest picture that is let through takes 4 GiB of them
_LONGEST_ANSWER = 1 << 20
_ATTEMPTS = 2  # the first process may have been ended by something else
_STARTS = 10  # of a process that something ends before it is ready
_START_SECONDS = 120.0
_READY = b"ready"


def serve(connection: Connection, most_memory: int, look: Callable[[Path], Survey] = survey) -> None:
    """In the process: paths in, surveys out, until the daemon is gone."""
    for name in ("SIGINT", "SIGHUP"):  # a terminal sends them to all; the daemon answers
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    _confine(most_memory)
    connection.send_bytes(_READY)
    while True:
        try:
            path = Path(os.fsdecode(connection.recv_bytes()))
        except (EOFError, OSError):
            return
        try:
            found = look(path)
        except Exception as error:  # noqa: BLE001  whatever a decoder throws, it is the file's fault
            found = _unreadable(path, f"cannot be read: {type(error).__name__}: {error}")
        said = {"signature": found.signature, "sha256": found.sha256, "content": found.content.model_dump()}
        connection.send_bytes(json.dumps(said).encode())


class Examiner:
    """One process, started with the first file and again after one that broke it. `survey` is for one thread."""

    def __init__(
        self,
        seconds: float = _SECONDS,
        most_memory: int = _MOST_MEMORY,
        target: Callable[[Connection, int], None] = serve,
    ) -> None:
        self._target = target
        self._seconds = seconds
        self._most_memory = most_memory
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._closed = False

    def survey(self, path: Path) -> Survey:
        """See `survey.survey`; a file that takes too long, or breaks two processes, is one with an error.

        Raises ChildProcessError where no process gets as far as to the file.
        """
        for _ in range(_ATTEMPTS):
            connection = self._connection or self._start()
            try:
                connection.send_bytes(os.fsencode(path))
                if not connection.poll(self._seconds):
                    self._end()
                    return _unreadable(path, f"took longer than {self._seconds:g} s to read")
                # no pickle: what a decoder was made to do there stays there
                return _read(path, connection.recv_bytes(_LONGEST_ANSWER))
            except (EOFError, OSError, ValueError):
                self._end()
        return _unreadable(path, "breaks its decoder")

    def check(self, path: Path) -> Survey:
        """Before this process decodes it itself. Raises TextureReadError for what cannot be read; see survey."""
        found = self.survey(path)
        if found.content.error is not None:
            raise TextureReadError(found.content.error)
        return found

    def close(self) -> None:
        """From any thread: a survey that is going on ends."""
        self._closed = True
        self._end()

    def _start(self) -> Connection:
        for _ in range(_STARTS):
            connection = self._spawn()
            try:
                if connection.poll(_START_SECONDS) and connection.recv_bytes(len(_READY)) == _READY:
                    return connection
            except (EOFError, OSError):
                pass
            self._end()
        raise ChildProcessError("the process that reads pictures ends before it has begun")

    def _spawn(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(
            target=self._target, args=(theirs, self._most_memory), name="impasto-examiner", daemon=True
        )
        self._process.start()
        theirs.close()
        self._connection = ours
        if self._closed:
            self._end()
            raise RuntimeError("the examiner is closed")
        return ours

    def _end(self) -> None:
        process, self._process, self._connection = self._process, None, None
        if process is not None:
            process.kill()
            process.join(5.0)


def _confine(most_memory: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file


def _read(path: Path, answer: bytes) -> Survey:
    """Raises ValueError."""
    said = json.loads(answer)
    signature = said["signature"]
    content = SourceContent.model_validate(said["content"])
    return Survey(path, None if signature is None else tuple(signature), said["sha256"], content)


def _unreadable(path: Path, why: str) -> Survey:
    """With its hash, so that it is not tried again until it changes."""
    try:
        return Survey(path, source_signature_of(path), hash_file(path), SourceContent(error=f"{path}: {why}"))
    except OSError as error:
        return Survey(path, source_signature_of(path), "", SourceContent(error=f"{path}: {error.strerror}"))
