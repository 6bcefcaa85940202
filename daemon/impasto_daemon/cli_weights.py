"""`impasto weights`: the networks' weights."""

from pathlib import Path

import typer

from impasto_daemon.cli_options import ConfigOption
from impasto_daemon.exit_codes import ExitCode

weights_app = typer.Typer(
    rich_markup_mode=None, help="The networks' weights: what there is, from where, under which licence."
)


@weights_app.command("list")
def weights_list(config: ConfigOption = None) -> None:
    """Every file: installed or not, size, licence, origin."""
    from impasto_daemon.commands.weights_shelf import list_weights

    list_weights(config)


@weights_app.command("fetch")
def weights_fetch(name: str, config: ConfigOption = None) -> None:
    """Download one file, checked against its sha256."""
    from impasto_daemon.commands.weights_shelf import fetch_weights

    typer.echo(f"wrote {fetch_weights(name, config)}")


@weights_app.command("verify")
def weights_verify(config: ConfigOption = None) -> None:
    """Hash every installed file."""
    from impasto_daemon.commands.weights_shelf import verify_weights

    if not verify_weights(config):
        raise typer.Exit(ExitCode.WEIGHTS_MISSING)


@weights_app.command("import")
def weights_import(file: Path, config: ConfigOption = None) -> None:
    """Take a downloaded file into the models folder, recognized by its sha256."""
    from impasto_daemon.commands.weights_shelf import import_weights

    typer.echo(f"wrote {import_weights(file, config)}")
