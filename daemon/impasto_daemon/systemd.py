"""What systemd is told of the daemon, by its notification protocol; nothing where no systemd started it.

sd_notify(3): datagrams of NAME=value lines to the socket that NOTIFY_SOCKET names.
"""

import logging
import os
import socket
import time
from collections.abc import Mapping

_log = logging.getLogger(__name__)


class Systemd:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET")
        is_ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._patience = int(environment.get("WATCHDOG_USEC", "0")) / 1e6 if is_ours else 0.0
        self._next_alive = 0.0

    def ready(self) -> None:
        """Started, or reloaded."""
        self._send("READY=1")

    def reloading(self) -> None:
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def alive(self, now: float) -> None:
        """Told twice in the time that the watchdog waits, however often it is called. now: monotonic seconds."""
        if self._patience and now >= self._next_alive:
            self._next_alive = now + self._patience / 2
            self._send("WATCHDOG=1")

    def show(self, status: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={status}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.setblocking(False)
                channel.sendto(message.encode(), address)
        except OSError as error:
            _log.warning("systemd is not told %r: %s", message, error)
