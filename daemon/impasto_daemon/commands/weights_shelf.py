"""`weights`: what there is, installed or not, from where, under which licence."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Table

from impasto_daemon.config import load_config
from impasto_daemon.state import find_config, models_folder
from impasto_engine import (
    RequestError,
    WeightsError,
    WeightsFile,
    WeightsMissingError,
    WeightsStore,
    find_stylizer,
    stylizer_names,
    upscaler_names,
    upscaler_weights,
)


def known_weights(models: Path) -> dict[str, tuple[str, WeightsFile]]:
    """Every registered file by name, with what uses it."""
    users = [(name, find_stylizer(name).weights) for name in stylizer_names()]
    users += [(name, upscaler_weights(name)) for name in upscaler_names(models)]
    return {file.name: (user, file) for user, files in users for file in files}


def list_weights(config: Path | None) -> None:
    models = _models(config)
    store = WeightsStore(models)
    table = Table("file", "for", "MB", "installed", "licence", "origin", show_edge=False)
    for name, (user, file) in known_weights(models).items():
        table.add_row(name, user, f"{file.bytes / 1e6:.1f}", _state(store, file), file.licence, file.origin)
    for name in upscaler_names(models):
        if not upscaler_weights(name):
            table.add_row(name, "your own model", "", "[green]yes", "yours to know", str(models))
    console = Console()
    console.print(table)
    console.print(f"models folder: {models}", style="dim")


def verify_weights(config: Path | None) -> bool:
    """Print a line for each file; whether all that are there are right, and none is missing that a package has."""
    models = _models(config)
    store = WeightsStore(models)
    console = Console()
    good = True
    for name, (_, file) in known_weights(models).items():
        try:
            console.print(f"{name}: right ({store.find(file)})", markup=False)
        except WeightsError as error:
            if isinstance(error, WeightsMissingError) and not file.is_packaged:
                console.print(f"{name}: not installed", markup=False)
                continue
            good = False
            console.print(f"{name}: {error}", style="red", markup=False)
    return good


def fetch_weights(name: str, config: Path | None) -> Path:
    """Raises RequestError for a name nobody knows, WeightsMissingError where it cannot be had."""
    models = _models(config)
    known = known_weights(models)
    if name not in known:
        raise RequestError(f"no weights are called {name!r}; there are: {', '.join(known)}")
    store = WeightsStore(models)
    file = known[name][1]
    try:
        return store.find(file)
    except WeightsError:
        columns = (TextColumn(name), BarColumn(), DownloadColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task(name, total=file.bytes)
            return store.fetch(file, lambda done, total: progress.update(task, completed=done, total=total))


def import_weights(path: Path, config: Path | None) -> Path:
    models = _models(config)
    return WeightsStore(models).import_file(path, [file for _, file in known_weights(models).values()])


def _state(store: WeightsStore, file: WeightsFile) -> str:
    try:
        store.find(file)
    except WeightsError as error:
        return f"[red]no: {type(error).__name__}"
    return "[green]yes"


def _models(config: Path | None) -> Path:
    found = config or find_config(Path.cwd())
    return models_folder(load_config(found).models if found else None)
