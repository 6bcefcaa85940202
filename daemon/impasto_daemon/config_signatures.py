"""What tells that a config has changed."""

from impasto_daemon.config import Config
from impasto_daemon.hashing import hash_file
from impasto_daemon.settle import Signature, signature_of


def signatures_of(config: Config) -> tuple[Signature | str | None, ...]:
    """Of the style images it names: a repainted style is a new style. The config itself goes by its content: where
    time stamps are in seconds, two quick saves have the same."""
    try:
        content = hash_file(config.path)
    except OSError:
        content = ""
    return content, *(signature_of(path) for path in config.references)
