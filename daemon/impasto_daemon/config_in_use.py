"""The config that is in force: whether it was edited since, and what it asks of the engine besides pictures."""

from impasto_daemon.config import Config
from impasto_daemon.hashing import hash_file
from impasto_daemon.settle import Signature, signature_of
from impasto_daemon.state import cache_folder, models_folder
from impasto_engine import EngineOptions


def signatures_of(config: Config) -> tuple[Signature | str | None, ...]:
    """Of the config and of the style images it names: a repainted style is a new style.

    The config itself goes by its content: where time stamps are in seconds, two quick saves have the same.
    """
    try:
        content = hash_file(config.path)
    except OSError:
        content = ""
    return content, *(signature_of(path) for path in config.references)


def engine_options(config: Config) -> EngineOptions:
    return EngineOptions(
        models=models_folder(config.models),
        device=config.device,
        memory_limit=config.memory_limit,
        low_priority=config.priority == "low",
        cache=cache_folder(),
    )
