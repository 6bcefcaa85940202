"""What a daemon that systemd started tells it, on a real socket; and how it ends and reloads."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_clock import FakeClock
from fake_project import Project, Watching, invert, wait_until
from impasto_daemon.commands.running import _signals
from impasto_daemon.config import load_config
from impasto_daemon.ledger import JobState, Ledger
from impasto_daemon.live import Event
from impasto_daemon.processing import Order, Report
from impasto_daemon.service import Service
from impasto_daemon.state import ledger_path
from impasto_daemon.systemd import Systemd


class Listener:
    """The end of the socket that systemd holds."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    def told(self) -> list[str]:
        """What came since it was last asked."""
        found = []
        while True:
            try:
                found.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(autouse=True)
def hangup_heard() -> Iterator[None]:
    """Whether or not the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    listener = Listener(address)
    yield listener
    listener.close()


def test_the_socket_may_have_an_abstract_name() -> None:
    address = f"@impasto-test-{os.getpid()}"
    listener = Listener(address)
    Systemd({"NOTIFY_SOCKET": address}).ready()
    assert listener.told() == ["READY=1"]
    listener.close()


def test_a_reload_is_told_with_its_moment(listener: Listener) -> None:
    before = time.monotonic_ns() // 1000
    Systemd(os.environ).reloading()
    (message,) = listener.told()
    first, second = message.splitlines()
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_the_watchdog_is_told_twice_in_its_time_and_not_more(listener: Listener) -> None:
    systemd = Systemd({**os.environ, "WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())})
    for now in (100.0, 101.0, 104.9, 105.0, 109.0, 110.0):
        systemd.alive(now)
    assert listener.told() == ["WATCHDOG=1"] * 3


def test_another_process_s_watchdog_is_not_told(listener: Listener) -> None:
    systemd = Systemd({**os.environ, "WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"})
    systemd.alive(100.0)
    assert listener.told() == []


def test_without_systemd_nothing_is_told_and_nothing_fails(listener: Listener) -> None:
    systemd = Systemd({"WATCHDOG_USEC": "10000000"})
    systemd.ready()
    systemd.alive(1.0)
    assert listener.told() == []


def test_a_systemd_that_is_gone_does_not_stop_the_daemon(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.close()
    Systemd(os.environ).ready()
    assert "systemd is not told 'READY=1'" in caplog.text


def test_a_daemon_is_ready_alive_and_stopping(
    project: Project, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    source = project.draw("brick.png")
    told: list[str] = []
    with Watching(project):
        wait_until(lambda: project.is_ready(source))

        def has_told_of_it() -> bool:
            told.extend(listener.told())
            return "STATUS=0 queued, 1 done, 0 failed" in told

        wait_until(has_told_of_it)
    told += listener.told()
    assert [line for line in told if "STATUS" not in line] == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_sighup_reloads_and_systemd_is_told_when_it_has(project: Project, listener: Listener) -> None:
    source = project.draw("brick.png")
    with Watching(project) as watching:
        wait_until(lambda: project.is_ready(source))
        listener.told()
        with _signals(watching.service, has_terminal=False):
            os.kill(os.getpid(), signal.SIGHUP)
            wait_until(lambda: Event("config", "config.yaml", message="reloaded") in project.recorder.events)
    told = [line.splitlines()[0] for line in listener.told() if "STATUS" not in line]
    assert told == ["RELOADING=1", "READY=1", "STOPPING=1"]


@pytest.mark.parametrize(
    ("number", "has_terminal"), [(signal.SIGTERM, False), (signal.SIGINT, True), (signal.SIGHUP, True)]
)
def test_a_signal_ends_the_daemon_and_so_does_a_closed_terminal(
    project: Project, number: signal.Signals, has_terminal: bool
) -> None:
    with Watching(project) as watching, _signals(watching.service, has_terminal=has_terminal):
        os.kill(os.getpid(), number)
        watching.thread.join(20)
        assert not watching.thread.is_alive()


class Slow:
    """A daemon by a fake clock, with one job in a worker that does not finish it."""

    def __init__(self, project: Project) -> None:
        self.clock = FakeClock()
        self.orders: list[Order] = []
        self.ledger = Ledger(ledger_path(project.config))
        self.service = Service(
            load_config(project.config),
            self.ledger,
            project.recorder,
            lambda _options, on_report: project._executor(on_report, self._keep),
            clock=self.clock,
        )
        self.service.begin()
        while not self.orders:
            assert self.service.turn()

    def _keep(self, order: Order) -> Report | None:
        self.orders.append(order)
        order.temp.write_bytes(b"half a picture")
        return None

    def turn_for(self, seconds: float) -> bool:
        """Whether the daemon still runs at the end."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            if not self.service.turn():
                return False
        return True


def test_a_daemon_that_is_told_to_stop_waits_a_minute_for_the_worker_and_no_longer(project: Project) -> None:
    project.draw("brick.png")
    slow = Slow(project)
    slow.service.stop()
    assert slow.turn_for(59)
    assert not slow.turn_for(2)
    slow.service.end()
    (job,) = slow.ledger.jobs()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    assert not slow.orders[0].temp.exists()
    slow.ledger.close()
    assert project.once().done == 1


def test_what_the_worker_finishes_within_the_minute_is_published(project: Project) -> None:
    source = project.draw("brick.png")
    slow = Slow(project)
    slow.service.stop()
    assert slow.turn_for(30)
    project.answer(invert(slow.orders[0]))
    assert not slow.turn_for(2)
    slow.service.end()
    slow.ledger.close()
    assert project.is_ready(source)


def test_a_daemon_that_is_told_twice_stops_at_once(project: Project) -> None:
    project.draw("brick.png")
    slow = Slow(project)
    slow.service.stop()
    slow.service.stop()
    assert not slow.turn_for(1)
    slow.service.end()
    slow.ledger.close()
