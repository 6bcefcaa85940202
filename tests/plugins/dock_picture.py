"""Makes a picture of the Godot dock: real textures, restyled by the daemon, in the real editor.

Run `xvfb-run -s "-screen 0 1600x1000x24" python tests/plugins/dock_picture.py OUT.png`
with IMPASTO_GODOT and IMPASTO_SHARED set.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from godot_editor import DRIVER, complaints, godot_binary, make_project, run_godot

ASSETS = Path(os.environ.get("IMPASTO_SHARED", "../shared")) / "assets"
TEXTURES = {
    "texture_bricks.jpg": "walls/bricks_albedo.jpg",
    "texture_bricks_normal.jpg": "walls/bricks_normal.jpg",
    "texture_bricks_ao.jpg": "walls/bricks_ao.jpg",
    "texture_rock_albedo.png": "walls/rock_albedo.png",
    "sand_albedo.jpg": "ground/sand_albedo.jpg",
    "sand_normal.jpg": "ground/sand_normal.jpg",
    "gBot.png": "sprites/gbot.png",
}
CONFIG = """
watch:
  - folder: art
styles:
  night: { image: styles/starry_night.jpg }
  scream: { image: styles/the_scream.jpg }
rules:
  - name: painted world
    match: ["*"]
    variants: [{ style: night }, { style: scream, strength: 0.8 }]
  - name: maps follow
    match: ["walls/**", "ground/**"]
    roles: [normal, ao]
    variants: [{ upscale: { scale: 2 } }]
"""
OUT_OF_MEMORY = "out of memory: needs 3.1 GiB, 2.0 GiB are free; give a smaller max_size"


def fill(project: Path) -> None:
    for name, target in TEXTURES.items():
        path = project / "art" / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ASSETS / "textures" / name, path)
    config = project / "impasto.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    shutil.copytree(ASSETS / "styles", project / "styles")
    (project / "styles" / ".gdignore").touch()
    command = [sys.executable, "-m", "impasto_daemon.cli", "once", "--config", str(config)]
    subprocess.run(command, check=True)


def spoil(project: Path) -> None:
    """What a good run does not show: a draft, a failure that keeps its picture, a broken sidecar."""
    tell(project / "art/walls/rock_albedo.png.impasto", 1, status="failed", error=OUT_OF_MEMORY)
    tell(project / "art/ground/sand_albedo.jpg.impasto", 0, draft=True)
    (project / "art/ground/cut.png.impasto").write_text('{"schema": "impasto.man', encoding="utf-8")


def tell(sidecar: Path, variant: int, **what: object) -> None:
    document = json.loads(sidecar.read_text(encoding="utf-8"))
    document["variants"][variant] |= what
    sidecar.write_text(json.dumps(document), encoding="utf-8")


def main() -> None:
    out = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project")
        shutil.copy(DRIVER.parent / "dock_picture.gd", project / "addons" / "driver" / "plugin.gd")
        fill(project)
        spoil(project)
        run_godot(project, "--import")
        command = [
            str(godot_binary()),
            "--editor",
            "--path",
            str(project),
            "--rendering-driver",
            "opengl3",
            "--audio-driver",
            "Dummy",
        ]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        for line in complaints(ended.stdout + ended.stderr):
            sys.stderr.write(line + "\n")
        shutil.copy(project / "dock.png", out)
        shutil.copy(project / "editor.png", out.with_name(out.stem + "_editor.png"))


if __name__ == "__main__":
    main()
