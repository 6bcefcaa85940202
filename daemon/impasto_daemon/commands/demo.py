"""`demo`: textures drawn by code, the real daemon run on them, and a sheet of before and after."""

import sys
from pathlib import Path

from rich.console import Console

from impasto_daemon.commands.running import observer, tell
from impasto_daemon.commands.scaffold import write_config
from impasto_daemon.config import load_config
from impasto_daemon.errors import ManifestError
from impasto_daemon.ledger import Ledger
from impasto_daemon.lock import hold_lock
from impasto_daemon.manifest import Manifest, read_manifest
from impasto_daemon.pictures.contact_sheet import SheetCell, SheetRow, write_contact_sheet
from impasto_daemon.pictures.textures import draw_demo
from impasto_daemon.service import Service
from impasto_daemon.state import ledger_path

_CONFIG = """\
# yaml-language-server: $schema=./impasto.schema.json
# The demo's rules. Change a strength or a style, save, and run `impasto watch` here.
watch:
  - folder: textures

styles:
  swirls: { image: styles/swirls.png }   # any picture is a style
  woodcut: { builtin: 11 }               # one of 26 that need no picture; `impasto styles` shows them

rules:                                   # the first that matches wins
  - name: walls and floors
    match: ["*_albedo.png"]
    variants:                            # a file may have several
      - { style: swirls, strength: 0.9, upscale: { scale: 2 } }
      - { style: woodcut, upscale: { scale: 2 } }

  - name: sprites                        # alpha stays as it is, and no colour bleeds in from outside
    match: ["*"]
    roles: [sprite]
    variants:
      - { style: swirls, upscale: { scale: 2 } }
      - { style: woodcut, upscale: { scale: 2 } }

  - name: maps follow                    # data is upscaled by what it means, never stylized
    match: ["*"]
    roles: [normal, roughness, metallic, ao, packed, height]
    variants:
      - { upscale: { scale: 2 } }
"""


def run_demo(folder: Path) -> frozenset[str]:
    """The kinds of failure, for the exit code. A second run finds everything done."""
    console = Console(stderr=True)
    console.print(f"Drawing textures into {folder}/textures and a painting into {folder}/styles ...")
    if not (folder / "config.yaml").exists():
        folder.mkdir(parents=True, exist_ok=True)
        draw_demo(folder)
        write_config(folder, _CONFIG)
    path = (folder / "config.yaml").resolve()
    config = load_config(path)
    with hold_lock(path), observer(console) as told:
        ledger = Ledger(ledger_path(path))
        summary = Service(config, ledger, told).once()
        ledger.close()
    sheet = folder / "contact_sheet.png"
    rows = [row for watch in config.watch for row in _rows(watch.folder)]
    write_contact_sheet(rows, sheet, title="impasto demo")
    sys.stdout.write(
        f"{tell(summary)}\n"
        f"before and after:  {sheet}\n"
        f"results:           {folder}/textures/*.swirls.png, *.woodcut.png, each with its manifest\n"
        f"go on:             edit {folder}/config.yaml, then `impasto watch --config {folder}/config.yaml`\n"
    )
    return summary.failure_kinds


def _rows(folder: Path) -> list[SheetRow]:
    rows = []
    for sidecar in sorted(folder.glob("*.impasto")):
        try:
            manifest = read_manifest(sidecar)
        except ManifestError as error:
            sys.stderr.write(f"{error}\n")
            continue
        rows.append(sheet_row(folder, manifest))
    return sorted(rows, key=lambda row: -len(row.cells))


def sheet_row(folder: Path, manifest: Manifest) -> SheetRow:
    """The source, then each ready variant."""
    cells = [SheetCell(folder / manifest.source.file, manifest.source.file, "source")]
    for variant in manifest.variants:
        for made in variant.maps:
            how = " + ".join(part for part in (variant.stylizer, variant.upscaler) if part)
            cells.append(
                SheetCell(folder / made.file, variant.style or variant.id, f"{how}, {variant.seconds:.1f} s")
            )
    return SheetRow(manifest.source.file, tuple(cells), str(manifest.source.role or ""))
