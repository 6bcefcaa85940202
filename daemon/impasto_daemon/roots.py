"""Which watch folders are this daemon's to write into: one daemon for each, on this machine and on a share, and
only while what the ledger knows of them is there: a share that is not mounted leaves an empty folder."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from impasto_daemon.clock import Clock
from impasto_daemon.config import WatchFolder
from impasto_daemon.errors import LockedError
from impasto_daemon.lease import Lease, is_lease, last_holder
from impasto_daemon.ledger import Ledger
from impasto_daemon.live import Event, Observer
from impasto_daemon.lock import FolderLocks
from impasto_daemon.mounts import is_network_mount

_Place = tuple[int, int]  # file system and folder in it


@dataclass(frozen=True, slots=True)
class _Wait:
    """Why a folder is not ours. is_final: for `once`, which does not wait for another to end."""

    message: str
    kind: Literal["locked", "write", "missing"] = "locked"
    is_final: bool = True


def is_shared(watch: WatchFolder) -> bool:
    """Whether other machines may write there too. What has to be polled is a share that is not known for one."""
    return watch.polling == "always" or is_network_mount(watch.folder)


class Roots:
    """`hold` at the start, `use` what an edited config watches, `look` now and then, `may_write` before a write.

    One that is not ours is waited for: nothing in it is touched, and the others go on.
    """

    def __init__(self, config: Path, ledger: Ledger, observer: Observer, clock: Clock) -> None:
        self._config = config
        self._ledger = ledger
        self._observer = observer
        self._clock = clock
        self._wanted: tuple[WatchFolder, ...] = ()
        self._locks = FolderLocks(config)
        self._places: dict[Path, _Place | None] = {}  # where each was when it was last looked at
        self._leases: dict[Path, Lease] = {}  # of those on shares
        self._ours: set[Path] = set()
        self._theirs: set[Path] = set()  # another had them since we did: what the ledger knows is outdated
        self._waits: dict[Path, _Wait] = {}
        self._nobodys: dict[Path, bool] = {}  # of folders that are not watched; until the next look

    @property
    def waiting(self) -> tuple[str, ...]:
        """A sentence for each folder that is not ours yet."""
        return tuple(wait.message for wait in self._waits.values())

    @property
    def waits_for(self) -> frozenset[str]:
        """What kinds of failure it is to `once` that it had no more than this."""
        return frozenset(wait.kind for wait in self._waits.values())

    @property
    def is_undecided(self) -> bool:
        """Whether any folder is neither ours nor known to be another's."""
        waits = [self._waits.get(watch.folder) for watch in self._wanted if watch.folder not in self._ours]
        return any(wait is None or not wait.is_final for wait in waits)

    def hold(self, folders: Sequence[WatchFolder]) -> None:
        """At the start. Raises LockedError where another daemon of this machine has one of them."""
        for watch in folders:
            self._lock(watch.folder)
        self.use(folders)

    def use(self, folders: Sequence[WatchFolder]) -> bool:
        """From now on these; whether there is more that is ours. One that cannot be had waits; one that was ours
        stays so until `let_go`."""
        self._wanted = tuple(folders)
        for watch in folders:
            if watch.folder not in self._leases and is_shared(watch):
                self._leases[watch.folder] = self._lease_of(watch.folder)
        for folder in self._waits.keys() - {watch.folder for watch in folders}:
            del self._waits[folder]
            self._ledger.forget_below(folder)  # no longer watched, and not ours to take anything back in
        return self.look()

    def let_go(self) -> None:
        """Of what is not wanted any more, once what was made there is taken back."""
        for folder in set(self._locks.held) - {watch.folder for watch in self._wanted}:
            self._release(folder)

    def release(self) -> None:
        for folder in self._locks.held:
            self._release(folder)

    def look(self) -> bool:
        """Keep what is ours, try to get what is not; whether there is more of it than before."""
        self._nobodys.clear()
        gained = [watch.folder for watch in self._wanted if self._look_at(watch)]
        return bool(gained)

    def may_write(self, path: Path) -> bool:
        """Whether nobody else writes there. On a share it is asked, at each call."""
        root = next((folder for folder in self._locks.held if path.is_relative_to(folder)), None)
        if root is None:
            is_watched = any(path.is_relative_to(watch.folder) for watch in self._wanted)
            return not is_watched and self._is_nobodys(path.parent)
        lease = self._leases.get(root)
        if self._is_elsewhere(root, _place_of(root)) or (lease is not None and not lease.is_held()):
            self._ours.discard(root)
        return root in self._ours

    def _is_nobodys(self, folder: Path) -> bool:
        """Of one that the config does not name any more."""
        if folder not in self._nobodys:
            notes = map(last_holder, (folder, *folder.parents))
            is_leased = any(note is not None and not note.is_free for note in notes)
            self._nobodys[folder] = not is_leased and self._locks.is_free(folder)
        return self._nobodys[folder]

    def _look_at(self, watch: WatchFolder) -> bool:
        folder = watch.folder
        self._find(watch)
        wait = self._try(folder)
        if wait != self._waits.get(folder):
            self._tell(folder, wait)
        if wait is not None:
            self._ours.discard(folder)
            self._waits[folder] = wait
            return False
        self._waits.pop(folder, None)
        is_news = folder not in self._ours
        if is_news:
            self._begin_in(folder)
        return is_news

    def _find(self, watch: WatchFolder) -> None:
        """Another folder may be in its place: something was mounted there, or unmounted."""
        folder, place = watch.folder, _place_of(watch.folder)
        if folder in self._places and self._is_elsewhere(folder, place):
            self._ours.discard(folder)
            self._leases.pop(folder, None)
            if is_shared(watch):
                self._leases[folder] = self._lease_of(folder)
        self._places[folder] = place

    def _is_elsewhere(self, folder: Path, place: _Place | None) -> bool:
        """On a share the numbers of folders may not last, on other file systems they do."""
        before = self._places.get(folder)
        if place is None or before is None or place[0] != before[0]:
            return place != before
        return place != before and not is_network_mount(folder)

    def _lease_of(self, folder: Path) -> Lease:
        # whoever took that one for this ledger would have the folder's lock, did it live
        own = self._ledger.fact(_last_token(folder))
        return Lease(folder, self._config, self._clock, own=own if isinstance(own, int) else None)

    def _try(self, folder: Path) -> _Wait | None:
        is_the_same = folder in self._ours  # if nothing is there, somebody has emptied it
        if not is_the_same and _is_bare(folder) and self._ledger.knows_below(folder):
            return _Wait(f"{folder}: nothing is there of what was made; is its share mounted?", "missing")
        try:
            self._lock(folder)
            lease = self._leases.get(folder)
            if lease is None:
                return None
            lease.look()
        except LockedError as error:
            return _Wait(str(error))
        except OSError as error:
            return _Wait(f"{folder}: its lease cannot be written: {error.strerror}", "write")
        if lease.token is not None:
            return None
        message = f"{folder}: another impasto has its lease ({lease.holder or 'who cannot be read'})"
        return _Wait(message, is_final=not lease.is_undecided)

    def _lock(self, folder: Path) -> None:
        if folder not in self._locks.held and self._locks.take(folder):
            self._theirs.add(folder)

    def _begin_in(self, folder: Path) -> None:
        """Where another has worked since, the sidecars know what was made, and the ledger does not."""
        lease, fact = self._leases.get(folder), _last_token(folder)
        with self._ledger.transaction():
            if lease is not None:
                ours = self._ledger.fact(fact)
                if lease.token != ours and lease.before not in {None, ours}:
                    self._theirs.add(folder)
                self._ledger.set_fact(fact, lease.token)
            if folder in self._theirs:
                self._ledger.forget_below(folder)
            self._ledger.wake()
        self._theirs.discard(folder)
        self._ours.add(folder)

    def _release(self, folder: Path) -> None:
        lease = self._leases.pop(folder, None)
        if lease is not None:
            lease.release()
        self._ours.discard(folder)
        self._places.pop(folder, None)
        self._locks.release(folder)

    def _tell(self, folder: Path, wait: _Wait | None) -> None:
        before = self._waits.get(folder)
        if wait is None:
            self._observer.happened(Event("paused", message=f"resumed: {folder} is ours to write into"))
        elif before is None or before.message != wait.message:
            self._observer.happened(Event("paused", message=f"waits: {wait.message}"))


def _place_of(folder: Path) -> _Place | None:
    """None where no such folder is."""
    try:
        status = os.stat(folder)  # noqa: PTH116  before each write: Path.stat costs twice as much
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _is_bare(folder: Path) -> bool:
    """Whether there is no such folder, or nothing of anybody's in it; not one that cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return all(is_lease(entry.name) for entry in entries)
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _last_token(folder: Path) -> str:
    """The name of the fact which token this ledger's daemon had last."""
    return f"lease {folder}"
