"""`impasto service`: the daemon as something that the system starts and keeps running."""

from typing import Annotated, Literal

import typer

from impasto_daemon.cli_options import ConfigOption, config_of

service_app = typer.Typer(
    rich_markup_mode=None, help="Have the system start the daemon, and keep it running."
)


@service_app.command("install")
def service_install(config: ConfigOption = None) -> None:
    """Write this user's systemd unit or launchd agent; say how to start it and how to take it away."""
    from impasto_daemon.commands.service_units import install, this_system, unit_for

    unit = unit_for(config_of(config), this_system())
    typer.echo(f"wrote {install(unit)}")
    typer.echo(f"start it:  {unit.start}")
    typer.echo(f"remove it: {unit.remove}")


@service_app.command("print")
def service_print(
    config: ConfigOption = None,
    system: Annotated[
        Literal["systemd", "launchd", "windows"] | None, typer.Option("--for", help="Default: this one.")
    ] = None,
) -> None:
    """Print the unit, the agent, or what sets up a task on Windows; write nothing."""
    from impasto_daemon.commands.service_units import this_system, unit_for

    typer.echo(unit_for(config_of(config), system or this_system()).text, nl=False)
