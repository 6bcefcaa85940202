"""`init`: a commented config, its JSON Schema, and folders for textures and styles."""

import json
from importlib.resources import as_file, files
from pathlib import Path

from impasto_daemon.config_schema import config_schema
from impasto_daemon.errors import ConfigError, Problem

SCHEMA_NAME = "impasto.schema.json"


def scaffold(folder: Path) -> tuple[Path, ...]:
    """What was written. Raises ConfigError where a config stands already: it is never overwritten."""
    config = folder / "config.yaml"
    if config.exists():
        raise ConfigError([Problem(config, None, "", "stands already and is not overwritten")])
    for name in ("textures", "styles"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return write_config(folder, read_template())


def write_config(folder: Path, text: str) -> tuple[Path, Path]:
    """Write config.yaml and the schema that its first line points an editor to."""
    config, schema = folder / "config.yaml", folder / SCHEMA_NAME
    config.write_text(text, encoding="utf-8")
    schema.write_text(json.dumps(config_schema(), indent=2) + "\n", encoding="utf-8")
    return config, schema


def read_template() -> str:
    """The example config: in the package when installed, at the top of a checkout."""
    packaged = files("impasto_daemon") / "config.yaml"
    with as_file(packaged) as path:
        template = path if path.is_file() else Path(__file__).parents[3] / "config.yaml"
        return template.read_text(encoding="utf-8")
