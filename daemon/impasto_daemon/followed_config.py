"""The config in force, followed while it is edited: one that is broken changes nothing."""

import time
from functools import lru_cache
from pathlib import Path

from impasto_daemon.config import Config, load_config
from impasto_daemon.errors import ConfigError
from impasto_daemon.hashing import hash_file
from impasto_daemon.ledger import Ledger
from impasto_daemon.live import Event, Observer
from impasto_daemon.settle import Signature, is_coarse, signature_of

_FRESH_SECONDS = 1.0
Signatures = tuple[str, tuple[Signature | None, ...]]


class FollowedConfig:
    """error: what is wrong with it, or below its watch folders, as last told."""

    def __init__(self, config: Config, ledger: Ledger, observer: Observer) -> None:
        self.config = config
        self.error: str | None = None
        self._ledger = ledger
        self._observer = observer
        self._signatures: Signatures | None = signatures_of(config)
        self._broken: str | None = None  # what is wrong with it as it stands on disk

    def is_edited(self) -> bool:
        """Whether it changed since it was last asked."""
        before, self._signatures = self._signatures, signatures_of(self.config)
        return self._signatures != before

    def reload(self) -> bool:
        """Whether there is a good one to go by from now on."""
        content = _content_of(self.config.path)  # before it is read: what is saved meanwhile is then seen
        try:
            self.config = load_config(self.config.path)
        except ConfigError as error:
            self._broken = str(error)
            self._signatures = None  # tried again soon: what is missing may arrive without another edit
            return False
        self._signatures = content, signatures_of(self.config)[1]
        self._broken = None
        return True

    def tell(self, mistakes: str | None) -> None:
        """What is wrong, where that is news. mistakes: below the watch folders."""
        text = self._broken or mistakes
        if text == self.error:
            return
        self.error = text
        self._ledger.set_fact("config_error", text)
        message = f"broken, the last good one stays in force:\n{text}" if text else "mended"
        self._observer.happened(Event("config", message=message))


def signatures_of(config: Config) -> Signatures:
    """Of it and of the style images that it names: a repainted style is a new style. The config itself goes by its
    content: where time stamps are in seconds, two quick saves have the same."""
    return _content_of(config.path), tuple(signature_of(path) for path in config.references)


def _content_of(path: Path) -> str:
    signature = signature_of(path)
    # two saves within one tick of the file system's clock have the same time
    is_fresh = signature is not None and time.time() - max(signature[1:]) / 1e9 < _FRESH_SECONDS
    try:
        return hash_file(path) if is_fresh or is_coarse(signature) else _hash_once(path, signature)
    except OSError:
        return ""


@lru_cache(maxsize=1)
def _hash_once(path: Path, _signature: Signature | None) -> str:
    """Asked for again and again, for as long as the daemon runs."""
    return hash_file(path)
