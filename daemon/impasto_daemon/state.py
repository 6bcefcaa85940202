"""Where the config is found, and where what is not the artist's is kept: ledger, lock, models, cache."""

import hashlib
import re
from pathlib import Path

import platformdirs

CONFIG_NAMES = ("impasto.yaml", "config.yaml")  # the first goes before the second in one folder


def find_config(start: Path) -> Path | None:
    """The nearest config in the folder `start` or above it."""
    folder = start.resolve()
    places = (parent / name for parent in (folder, *folder.parents) for name in CONFIG_NAMES)
    return next((place for place in places if place.is_file()), None)


def state_folder(config: Path) -> Path:
    """One folder for each config file, keyed by its path."""
    resolved = config.resolve()
    key = hashlib.sha256(str(resolved).encode()).hexdigest()[:12]
    name = re.sub(r"[^\w-]", "_", resolved.parent.name) or "root"
    return platformdirs.user_state_path("impasto") / f"{name}-{key}"


def ledger_path(config: Path) -> Path:
    return state_folder(config) / "ledger.sqlite"


def lock_path(config: Path) -> Path:
    return state_folder(config) / "daemon.lock"


def folder_locks_path() -> Path:
    """Which daemon writes into which watch folder: one place for all configs of this user."""
    return platformdirs.user_state_path("impasto") / "folders"


def cache_folder() -> Path:
    """What was found once and can be found again: it is keyed by content, so all projects share it."""
    return platformdirs.user_cache_path("impasto")


def models_folder(configured: Path | None = None) -> Path:
    """Where weights that are fetched, imported or the user's own lie."""
    return configured or platformdirs.user_data_path("impasto") / "models"
