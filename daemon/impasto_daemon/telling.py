"""Tells the moment: to whoever watches, to systemd, and by way of the ledger to the commands."""

from impasto_daemon.journal import Journal
from impasto_daemon.ledger import Ledger
from impasto_daemon.live import Moment
from impasto_daemon.systemd import Systemd
from impasto_daemon.tally import Tally


class Telling:
    def __init__(self, ledger: Ledger, journal: Journal, systemd: Systemd) -> None:
        self._ledger = ledger
        self._journal = journal
        self._systemd = systemd
        self._moment: Moment | None = None  # as last told
        self._tally: Tally | None = None  # as last told

    def tell(self, moment: Moment) -> None:
        if moment != self._moment or moment.running:  # a daemon with nothing to do writes nothing
            self._moment = moment
            self._journal.observer.moment(moment)
            self._systemd.show(f"{moment.queued} queued, {moment.done} done, {moment.failed} failed")
            self._ledger.set_fact("moment", moment.as_fact())
        if self._journal.tally != self._tally:
            self._tally = self._journal.tally.copy()
            self._ledger.set_fact("tally", self._tally.as_fact())

    def end(self) -> None:
        """Nothing goes on any more."""
        self._ledger.set_fact("moment", None)
        self._ledger.set_fact("tally", self._journal.tally.as_fact())
