"""The artist's contract: config.yaml, .impasto.yaml and .impastoignore in, frozen values out."""

import os
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.config_file.ignores import IGNORE_NAME
from impasto_daemon.config_file.loading import Config, WatchFolder, load_config
from impasto_daemon.config_file.rulebook import OVERRIDE_NAME, Rulebook
from impasto_daemon.errors import ConfigError, Problem
from impasto_daemon.rules import Rule
from impasto_daemon.variants import RuleVariant, output_name

__all__ = [
    "IGNORE_NAME",
    "OVERRIDE_NAME",
    "CheckedConfig",
    "Config",
    "Rule",
    "RuleVariant",
    "Rulebook",
    "WatchFolder",
    "load_config",
    "output_name",
    "validate_config",
]


@dataclass(frozen=True, slots=True)
class CheckedConfig:
    """How much a valid config says, its overrides included. overrides: the number of .impasto.yaml files."""

    rules: int
    styles: int
    overrides: int


def validate_config(path: Path) -> CheckedConfig:
    """Check a config and every .impasto.yaml and .impastoignore below its watch folders.

    Raises ConfigError with every problem of the config, else with those of all that stands below.
    """
    config = load_config(path)
    rulebook = Rulebook(config)
    problems: dict[Problem, None] = {}
    rules = {(rule.file, rule.name) for rule in config.rules}
    overrides = 0
    for watch in config.watch:
        for name, folders, files in os.walk(watch.folder):
            folder = Path(name)
            folders[:] = sorted(one for one in folders if not rulebook.is_ignored(folder / one, folder=True))
            if not {OVERRIDE_NAME, IGNORE_NAME} & set(files):
                continue
            overrides += OVERRIDE_NAME in files
            try:
                rules |= {
                    (one.rule.file, one.rule.name) for one in rulebook.rules_for(folder / OVERRIDE_NAME)
                }
            except ConfigError as error:
                problems |= dict.fromkeys(error.problems)
    if problems:
        raise ConfigError(problems)
    return CheckedConfig(len(rules), len(config.styles), overrides)
