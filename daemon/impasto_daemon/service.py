"""Wires watcher, intake, dispatch and worker into one loop in one thread.

Everything that happens reaches the loop through one queue, so the ledger has one writer and nothing races.
"""

import logging
import os
import queue
from itertools import count
from pathlib import Path

from impasto_daemon.clock import Clock, SystemClock
from impasto_daemon.config import Config
from impasto_daemon.dispatch import Dispatch
from impasto_daemon.executors import ExecutorFactory, WorkerDied
from impasto_daemon.executors.local import LocalExecutor
from impasto_daemon.followed_config import FollowedConfig
from impasto_daemon.hints import Hints
from impasto_daemon.intake import Intake
from impasto_daemon.journal import Journal
from impasto_daemon.learning import Learning
from impasto_daemon.ledger import Command, JobState, Ledger
from impasto_daemon.live import Event, Moment, Observer, Summary
from impasto_daemon.options import engine_options
from impasto_daemon.plan import Plans
from impasto_daemon.processing import Learned, Made, Refused, Step
from impasto_daemon.roots import Roots
from impasto_daemon.survey import Survey
from impasto_daemon.systemd import Systemd
from impasto_daemon.telling import Telling
from impasto_daemon.watcher import FileChange, Watcher

_log = logging.getLogger(__name__)
_SCAN_SECONDS = 300.0
_SCAN_PAUSES = 1000  # the pause after a scan, in times of what it took
_CHORES_SECONDS, _IDLE_CHORES_SECONDS = 0.5, 1.0  # while something happens, and while nothing does
_DRAIN_SECONDS = 60.0  # for what is in the worker when the daemon is told to stop
_LAST_SECONDS = 5.0  # for the worker to end in
_ENDED_BADLY = (JobState.FAILED, JobState.BLOCKED, JobState.DEAD)


class Service:
    """The daemon. `watch` runs until stopped, `once` until there is nothing left to do."""

    def __init__(
        self,
        config: Config,
        ledger: Ledger,
        observer: Observer,
        make_executor: ExecutorFactory = LocalExecutor,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._followed = FollowedConfig(config, ledger, observer)
        self._ledger = ledger
        self._observer = observer
        self._hints = Hints()
        self._inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._plans = Plans(config, ledger)
        self._roots = Roots(config.path, ledger, observer, self._clock)
        self._journal = Journal(ledger, self._plans, observer, self._roots.may_write)
        self._executor = make_executor(engine_options(config), self._inbox.put)
        tickets, parts = count(1), (ledger, self._plans, self._journal, self._executor)
        self._dispatch = Dispatch(*parts, tickets=tickets, clock=self._clock)
        self._intake = Intake(
            *parts[:3], self._inbox.put, is_writing=self._dispatch.is_writing, clock=self._clock
        )
        self._learning = Learning(*parts, tickets=tickets)
        self._watcher: Watcher | None = None
        self._systemd = Systemd(os.environ)
        self._telling = Telling(ledger, self._journal, self._systemd)
        self._paused = bool(ledger.fact("paused"))
        self._stop_by: float | None = None  # set once the daemon is told to stop
        self._has_more = False  # to be given to jobs without any wait
        self._began = self._next_scan = self._next_chores = self._clock.monotonic()
        self._changes: tuple[int, int] | None = None  # of the ledger at the last chores; None: there is news

    def stop(self) -> None:
        """Take no new job, give those in the worker a minute, then end; said twice, at once.

        Safe to call from a signal or a thread.
        """
        self._inbox.put(Command("stop", ""))

    def reload(self) -> None:
        """Read the config again, and look at everything. Safe to call from a signal or a thread."""
        self._inbox.put(Command("reload", ""))

    def hint(self, change: FileChange) -> None:
        """Something happened on the disk. Safe to call from a thread."""
        if self._hints.put(change):
            self._inbox.put(self._hints)

    def watch(self) -> Summary:
        self._watcher = Watcher(self.hint)
        config = self._followed.config
        self._watcher.watch(config.watch)
        folders = ", ".join(str(watch.folder) for watch in config.watch)
        self._observer.happened(Event("config", config.path.name, message=f"watching {folders}"))
        try:
            return self._run()
        finally:
            self._watcher.stop()

    def once(self) -> Summary:
        return self._run()

    def _run(self) -> Summary:
        try:
            self.begin()
            while self.turn():
                pass
        finally:
            self.end()
        return self._summary()

    def begin(self) -> None:
        self._roots.hold(self._followed.config.watch)
        self._ledger.set_fact("config_error", None)
        self._dispatch.recover()
        self._ledger.retry([JobState.BLOCKED])
        self._scan(at_start=True)
        self._systemd.ready()

    def turn(self) -> bool:
        """Take what has come, do what is due; False once there is nothing left to run for."""
        self._take_messages()
        self._intake.look_at_settled()
        if self._intake.plan_complete():
            self._learning.look()
        self._dispatch.cancel_unwanted()
        if self._clock.monotonic() >= self._next_chores:
            self._do_chores()
        if self._clock.monotonic() >= self._next_scan:
            self._ledger.retry([JobState.BLOCKED])
            self._scan()
        self._followed.tell(self._intake.mistakes)
        may_begin = not (self._paused or self._stop_by is not None)
        self._has_more = may_begin and self._dispatch.fill(self._intake.is_held)
        if may_begin and self._intake.is_idle:  # what is dropped together is learned on together
            self._learning.fill()
        if self._stop_by is not None:
            return self._dispatch.in_flight > 0 and self._clock.monotonic() < self._stop_by
        return self._watcher is not None or not self._is_idle()

    def _do_chores(self) -> None:
        """For as long as nothing happens as well: that has to cost next to nothing."""
        changes = self._ledger.changes()
        has_news = changes != self._changes or self._dispatch.in_flight > 0 or self._learning.in_flight
        self._changes = changes
        self._next_chores = self._clock.monotonic() + (_CHORES_SECONDS if has_news else _IDLE_CHORES_SECONDS)
        for command in self._ledger.take_commands() if has_news else ():
            self._obey(command)
        if self._followed.is_edited():
            self._reload()
        if self._look_at_roots() or has_news:
            self._tell_moment()
        self._systemd.alive(self._clock.monotonic())

    def _look_at_roots(self) -> bool:
        """Whether there is something to tell of them."""
        before = self._roots.waiting
        if self._roots.look():
            config = self._followed.config
            self._plans.use(config)  # what it knew of the folders that are ours now may be outdated
            if self._watcher is not None:
                self._watcher.watch(config.watch)  # a share may have been mounted
            self._scan()
        return self._roots.waiting != before

    def end(self) -> None:
        """What still waits does so in the ledger, and what the worker has not finished by now."""
        self._executor.stop(_LAST_SECONDS)
        self._roots.release()
        self._intake.close()
        self._dispatch.recover()
        self._telling.end()

    def _scan(self, *, at_start: bool = False) -> None:
        """The next comes the later the longer this one took: a daemon with nothing to do costs nothing."""
        began = self._clock.monotonic()
        self._changes = None
        self._intake.reconcile(at_start=at_start)
        self._plans.tidy()
        self._journal.tally.scans += 1
        now = self._clock.monotonic()
        self._next_scan = now + max(_SCAN_SECONDS, _SCAN_PAUSES * (now - began))

    def _summary(self) -> Summary:
        counts = self._ledger.counts()
        kinds = set(self._journal.failure_kinds)
        if counts.get(JobState.FAILED) or counts.get(JobState.DEAD):
            kinds.add("input")
        if self._followed.error is not None:
            kinds.add("config")
        kinds |= self._roots.waits_for
        failed = sum(counts.get(state, 0) for state in _ENDED_BADLY)
        return Summary(self._journal.done, failed, frozenset(kinds))

    def _is_idle(self) -> bool:
        queued = self._ledger.has_queued() or self._learning.is_due
        waiting = (queued and not self._paused) or self._roots.is_undecided
        in_flight = self._dispatch.in_flight or self._learning.in_flight
        return self._intake.is_idle and self._inbox.empty() and not (waiting or in_flight)

    def _take_messages(self) -> None:
        """Wait until something is due, then take all that has come; but hints, which may be a flood, once only."""
        due = 0.0 if self._has_more else min(self._next_chores, self._next_scan, self._intake.next_due())
        try:
            message = self._clock.receive(self._inbox, max(0.0, due - self._clock.monotonic()))
            while True:
                self._take(message)
                if isinstance(message, Hints):
                    return
                message = self._inbox.get_nowait()
        except queue.Empty:
            return

    def _take(self, message: object) -> None:
        self._changes = None
        match message:
            case Hints():
                changes, is_flood = message.take()
                self._journal.tally.overflows += is_flood or any(change.is_overflow for change in changes)
                self._intake.hint(changes, is_flood)
            case Survey():
                self._intake.take_survey(message)
            case Learned() | Refused() | Step() if self._learning.owns(message.ticket):
                self._learning.take_report(message)
            case Made() | Refused() | Step():
                if isinstance(message, Made) and message.draft:
                    self._learning.look()
                changed = self._dispatch.take_report(message)
                if changed is not None:
                    self._intake.touch(changed)
            case Learned():
                _log.warning("order %d: nobody waits for what was learned any more", message.ticket)
            case WorkerDied():
                self._dispatch.take_death(message)
                self._learning.take_death(message)
            case Command():
                self._obey(message)
            case _:
                raise TypeError(f"{type(message).__name__} has no place in the service's inbox")

    def _obey(self, command: Command) -> None:
        match command.name:
            case "stop":
                now = self._clock.monotonic()
                self._stop_by = now + _DRAIN_SECONDS if self._stop_by is None else now
                self._systemd.stopping()
            case "pause" | "resume":
                self._paused = command.name == "pause"
                self._ledger.set_fact("paused", self._paused)
                self._observer.happened(Event("paused", message="paused" if self._paused else "resumed"))
            case "retry":
                self._learning.retry()
                source = Path(command.argument) if command.argument else None
                for path in self._ledger.retry(_ENDED_BADLY, source):
                    self._intake.look_at(path)
            case "reload":
                self._systemd.reloading()
                self._reload()
                self._systemd.ready()
            case _:
                _log.warning("the ledger holds an unknown command: %r", command.name)

    def _reload(self) -> None:
        watched = self._followed.config.watch
        if not self._followed.reload():
            return
        config = self._followed.config
        self._plans.use(config)
        has_more = self._roots.use(config.watch)
        if self._watcher is not None and (has_more or config.watch != watched):
            self._watcher.watch(config.watch)
        self._executor.configure(engine_options(config))
        self._observer.happened(Event("config", config.path.name, message="reloaded"))
        self._scan()
        self._roots.let_go()

    def _tell_moment(self) -> None:
        queued = self._ledger.counts().get(JobState.QUEUED, 0)
        done, in_flight = self._journal.done, self._dispatch.in_flight
        pace = (self._clock.monotonic() - self._began) / done if done and not self._paused else None
        moment = Moment(
            queued=queued,
            running=self._dispatch.running(),
            done=done,
            failed=self._journal.failed,
            paused=self._paused,
            eta=pace * (queued + in_flight) if pace is not None and in_flight else None,
            learning=self._learning.now(),
            waiting=self._roots.waiting,
        )
        self._telling.tell(moment)
