"""`impasto plugins`: the companions into projects, and as zips."""

from pathlib import Path
from typing import Annotated

import typer

from impasto_daemon.commands.companions import CompanionName

app = typer.Typer(
    rich_markup_mode=None,
    help="The companions inside Blender, Godot, Unity and Unreal: into projects, or as zips.",
)


@app.command()
def install(
    name: Annotated[CompanionName, typer.Argument(help="Of which editor.")],
    project: Annotated[
        Path | None,
        typer.Option(
            "--project", metavar="DIR", help="The project. Blender's user folder is found when not given."
        ),
    ] = None,
) -> None:
    """Put a companion where its editor looks; run again, it takes the place of an older one."""
    from impasto_daemon.commands.companions import plugins_folder
    from impasto_daemon.commands.plugin_install import install_companion

    if project is None and name is not CompanionName.BLENDER:
        raise typer.BadParameter(f"{name} needs --project DIR")
    for line in install_companion(name, project, plugins_folder()):
        typer.echo(line)


@app.command()
def pack(
    names: Annotated[list[CompanionName] | None, typer.Argument(help="Default: all four.")] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where to write them.")
    ] = Path(),
) -> None:
    """Make a zip of each companion, to install by hand."""
    from impasto_daemon.commands.companions import plugins_folder
    from impasto_daemon.commands.plugin_pack import pack_companions

    for line in pack_companions(tuple(names or CompanionName), plugins_folder(), output):
        typer.echo(line)
