"""`styles`: a sheet of every built-in style, and those of the config, on one texture."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from impasto_daemon.config import load_config
from impasto_daemon.examiner import Examiner
from impasto_daemon.hashing import hash_file
from impasto_daemon.options import engine_options
from impasto_daemon.pictures.contact_sheet import SheetCell, SheetRow, write_contact_sheet
from impasto_daemon.pictures.textures import draw_demo
from impasto_daemon.processing import Order, Workshop
from impasto_daemon.state import cache_folder, models_folder
from impasto_engine import (
    BUILTIN_STYLES,
    BuiltinStyle,
    EngineOptions,
    MapRole,
    RestyleRequest,
    StyleRequest,
)

_SIDE = 320


def draw_style_sheet(texture: Path | None, output: Path, config_path: Path | None) -> Path:
    """Where the sheet is. Raises EngineError for a texture that cannot be read."""
    config = load_config(config_path) if config_path else None
    options = engine_options(config) if config else EngineOptions(models_folder(), cache=cache_folder())
    own = tuple(config.styles.values()) if config else ()
    pictures = [image.path for style in own for image in style.images]
    with closing(Examiner()) as examiner:
        for path in [*pictures, *([texture.resolve()] if texture else [])]:
            examiner.check(path)
    builtins = tuple(StyleRequest(f"builtin {i}", builtins=(BuiltinStyle(i),)) for i in range(BUILTIN_STYLES))
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source = texture or draw_demo(folder)[0]
        workshop = Workshop(replace(options, low_priority=False))
        cells = [SheetCell(source, source.name, "source")]
        for style in (*own, *builtins):
            temp = folder / f"{len(cells)}.png"
            workshop.process(_order(source, style, temp))
            cells.append(SheetCell(temp, style.name, "from the config" if style in own else "built in"))
        rows = [SheetRow("styles", tuple(cells), detail=False)]
        write_contact_sheet(rows, output, title="impasto styles")
    return output


def _order(source: Path, style: StyleRequest, temp: Path) -> Order:
    return Order(
        ticket=0,
        source=source,
        sha256=hash_file(source),
        request=RestyleRequest(MapRole.BASE_COLOR, style, max_size=_SIDE),
        temp=temp,
        file_format=".png",
        linear=False,
        metadata={},
    )
