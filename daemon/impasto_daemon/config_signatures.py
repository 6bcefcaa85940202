"""What tells that a config has changed."""

from functools import lru_cache
from pathlib import Path

from impasto_daemon.config import Config
from impasto_daemon.hashing import hash_file
from impasto_daemon.settle import Signature, is_coarse, signature_of


def signatures_of(config: Config) -> tuple[Signature | str | None, ...]:
    """Of the style images it names: a repainted style is a new style. The config itself goes by its content: where
    time stamps are in seconds, two quick saves have the same."""
    return _content_of(config.path), *(signature_of(path) for path in config.references)


def _content_of(path: Path) -> str:
    signature = signature_of(path)
    try:
        return hash_file(path) if is_coarse(signature) else _hash_once(path, signature)
    except OSError:
        return ""


@lru_cache(maxsize=1)
def _hash_once(path: Path, _signature: Signature | None) -> str:
    """Asked for again and again, for as long as the daemon runs."""
    return hash_file(path)
