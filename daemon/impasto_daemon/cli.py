"""The command line; the only place that exits. Each command's work is in a module of its own, loaded when run."""

import os
from pathlib import Path
from typing import Annotated, Literal, NoReturn

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # none is used, and looking for them takes time

import typer

from impasto_daemon.cli_options import ConfigOption, config_of
from impasto_daemon.cli_plugins import app as plugins_app
from impasto_daemon.cli_service import service_app
from impasto_daemon.cli_weights import weights_app
from impasto_daemon.exit_codes import ExitCode, code_of, code_of_failures

app = typer.Typer(
    name="impasto",
    help="Restyles and upscales game textures as artists export them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help starts in half the time
    pretty_exceptions_enable=False,
)
app.add_typer(weights_app, name="weights", no_args_is_help=True)
app.add_typer(plugins_app, name="plugins", no_args_is_help=True)
app.add_typer(service_app, name="service", no_args_is_help=True)

OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it.")]
Device = Literal["auto", "cuda", "mps", "cpu"]


def main() -> NoReturn:
    """Run the command line and exit with a code that tells."""
    try:
        app()
    except SystemExit as error:  # typer exits with 2 for usage
        raise SystemExit(ExitCode.USAGE if error.code == 2 else error.code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        code = code_of(error)
        if code is None:
            raise
        typer.secho(str(error), err=True, fg="red")
        raise SystemExit(int(code)) from None
    raise SystemExit(0)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to write config.yaml and its folders.")] = Path(),
) -> None:
    """Write a commented config.yaml, its JSON Schema, and folders for styles and textures."""
    from impasto_daemon.commands.scaffold import scaffold

    for path in scaffold(folder):
        typer.echo(f"wrote {path}")


@app.command()
def watch(
    config: ConfigOption = None,
    log: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write JSON lines there, 10 MB and four older files at the most."),
    ] = None,
) -> None:
    """Run the daemon: restyle what changes, until stopped."""
    from impasto_daemon.commands.running import run_watch

    raise typer.Exit(code_of_failures(run_watch(config_of(config), log)))


@app.command()
def once(config: ConfigOption = None) -> None:
    """Process everything that is there, then exit with a code that tells."""
    from impasto_daemon.commands.running import run_once

    raise typer.Exit(code_of_failures(run_once(config_of(config))))


@app.command()
def apply(  # noqa: PLR0913, PLR0917  each is an option of the command
    file: Annotated[Path, typer.Argument(help="A texture.")],
    style: Annotated[
        str | None,
        typer.Option(
            "--style", "-s", help="A style image, a learned style's file, or a built-in one's number (0-25)."
        ),
    ] = None,
    stylizer: Annotated[str | None, typer.Option(help="Default: magenta, or learned for its files.")] = None,
    scale: Annotated[float, typer.Option(help="1 to 8.")] = 1.0,
    strength: Annotated[float, typer.Option(help="0 to 1.")] = 1.0,
    model: Annotated[str, typer.Option(help="The upscaler.")] = "auto",
    output: OutputOption = None,
    preserve_color: Annotated[bool, typer.Option("--preserve-color")] = False,
    device: Annotated[Device, typer.Option()] = "auto",
) -> None:
    """Restyle one file, without a config."""
    from impasto_daemon.commands.apply import Application, apply_style

    asked = Application(file, style, stylizer, scale, strength, model, output, preserve_color, device)
    made = apply_style(asked)
    typer.echo(f"{made.path}  {made.width}x{made.height}  {made.seconds:.1f} s on {made.device}")


@app.command()
def learn(
    style: Annotated[str, typer.Argument(help="A style of the config, or a style image.")],
    config: ConfigOption = None,
    textures: Annotated[
        list[Path] | None, typer.Option(help="A file or folder to learn on. Default: those of the config.")
    ] = None,
    output: OutputOption = None,
) -> None:
    """Learn a style now, for `stylizer: learned`; --output FILE.safetensors writes it to share as well."""
    from impasto_daemon.commands.learn import Wish, learn_style
    from impasto_daemon.state import find_config

    found = config_of(config) if config else find_config(Path.cwd())
    for line in learn_style(Wish(style, found, tuple(textures or ()), output)):
        typer.echo(line)


@app.command()
def validate(config: ConfigOption = None) -> None:
    """Check the config and every .impasto.yaml below the watch folders; name each mistake's file, line and key."""
    from impasto_daemon.config import validate_config

    path = config_of(config)
    checked = validate_config(path)
    typer.echo(
        f"{path}: valid ({checked.rules} rules, {checked.styles} styles, {checked.overrides} overrides)"
    )


@app.command()
def explain(
    files: Annotated[list[Path], typer.Argument(help="Textures.")], config: ConfigOption = None
) -> None:
    """Which rule a file matches, why, and what would be written."""
    from impasto_daemon.commands.explain import explain_files

    path = config_of(config)
    for text in explain_files(path, files):
        typer.echo(text)


@app.command()
def status(
    config: ConfigOption = None,
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
    metrics: Annotated[bool, typer.Option("--metrics", help="For Prometheus.")] = False,
) -> None:
    """The queue, what runs, what failed and why, and outputs that were edited by hand."""
    from impasto_daemon.commands.status import read_status, show_status

    if metrics:
        from impasto_daemon.commands.metrics import metrics_text

        typer.echo(metrics_text(read_status(config_of(config))), nl=False)
    else:
        show_status(config_of(config), as_json=json)


@app.command()
def retry(
    file: Annotated[Path | None, typer.Argument(help="One source; all when not given.")] = None,
    config: ConfigOption = None,
) -> None:
    """Give failed, blocked and dead jobs another try."""
    _send(config, "retry", str(file.resolve()) if file else "")


@app.command()
def pause(config: ConfigOption = None) -> None:
    """Start no new job until `resume`; what runs is finished."""
    _send(config, "pause")


@app.command()
def resume(config: ConfigOption = None) -> None:
    """Take up work again after `pause`."""
    _send(config, "resume")


def _send(config: Path | None, name: str, argument: str = "") -> None:
    """Commands reach a running daemon, or the next one, through a row of its ledger."""
    from impasto_daemon.ledger import Command, Ledger
    from impasto_daemon.lock import is_running
    from impasto_daemon.state import ledger_path

    path = config_of(config)
    ledger = Ledger(ledger_path(path))
    ledger.send(Command(name, argument))
    ledger.close()
    typer.echo(name if is_running(path) else f"{name}: no daemon is running; the next one will do it")


@app.command()
def clean(
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
) -> None:
    """Delete every output and sidecar impasto made, but for outputs that were edited by hand."""
    from impasto_daemon.commands.clean import clean_outputs

    for line in clean_outputs(config_of(config), dry_run=dry_run):
        typer.echo(line)


@app.command()
def doctor(
    config: ConfigOption = None,
    device: Annotated[
        Device | None, typer.Option(help="Run every network there and compare with the CPU.")
    ] = None,
) -> None:
    """Check device, weights, watch limits, file systems and config."""
    from impasto_daemon.commands.doctor import examine
    from impasto_daemon.state import find_config

    if not examine(config or find_config(Path.cwd()), device):
        raise typer.Exit(ExitCode.INPUT_FAILED)


@app.command()
def schema(
    manifest: Annotated[bool, typer.Option("--manifest", help="Of the sidecar, not the config.")] = False,
) -> None:
    """Print the JSON Schema of config.yaml."""
    import json

    from impasto_daemon.config_schema import config_schema
    from impasto_daemon.manifest import manifest_schema

    typer.echo(json.dumps(manifest_schema() if manifest else config_schema(), indent=2))


@app.command()
def styles(
    texture: Annotated[Path | None, typer.Argument(help="A texture to show them on.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o")] = Path("styles.png"),
    config: ConfigOption = None,
) -> None:
    """Draw a sheet of every built-in style, and those of the config, on a texture."""
    from impasto_daemon.commands.style_sheet import draw_style_sheet
    from impasto_daemon.state import find_config

    typer.echo(f"wrote {draw_style_sheet(texture, output, config or find_config(Path.cwd()))}")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make it.")] = Path("impasto-demo"),
) -> None:
    """Draw a few textures, run the daemon on them, and show before and after on a sheet."""
    from impasto_daemon.commands.demo import run_demo

    raise typer.Exit(code_of_failures(run_demo(folder)))


if __name__ == "__main__":
    main()
