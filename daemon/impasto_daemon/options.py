"""How the engine is to run, by the config."""

from impasto_daemon.config import Config
from impasto_daemon.state import cache_folder, models_folder
from impasto_engine import EngineOptions


def engine_options(config: Config) -> EngineOptions:
    return EngineOptions(
        models=models_folder(config.models),
        device=config.device,
        memory_limit=config.memory_limit,
        low_priority=config.priority == "low",
        cache=cache_folder(),
    )
