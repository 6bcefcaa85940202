"""What several commands of the command line have in common: the option that names the config."""

from pathlib import Path
from typing import Annotated

import typer

from impasto_daemon.exit_codes import ExitCode

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="The config; found by walking up when not given."),
]


def config_of(given: Path | None) -> Path:
    """The config that is meant; ends the command where there is none."""
    from impasto_daemon.state import find_config

    found = given or find_config(Path.cwd())
    if found is None or not found.is_file():
        missing = given or f"config.yaml in {Path.cwd()} or above"
        typer.secho(f"{missing}: no config there; `impasto init` writes one", err=True, fg="red")
        raise typer.Exit(ExitCode.CONFIG)
    return found.resolve()
