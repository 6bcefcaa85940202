"""The whole story with a real daemon: a texture comes, is restyled, changes, is retired; the editors follow.

Run `python tests/plugins/story.py` with IMPASTO_GODOT, IMPASTO_BPY_PYTHON (a Python that has bpy) and
IMPASTO_SHARED set: a Godot and a Blender follow one project. It prints, for each step and editor, the seconds from
the manifest to what uses it, and ends with 1 where one took longer than 5.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blender_guest import Blender, first_pixel, running_blender
from godot_editor import GodotEditor, make_project, run_godot, write_material
from PIL import Image

from impasto_daemon.state import ledger_path

ASSETS = Path(os.environ.get("IMPASTO_SHARED", "../shared")) / "assets"
LONGEST = 5.0
CONFIG = """
watch:
  - folder: art
styles:
  night: { image: styles/starry_night.jpg }
rules:
  - name: painted world
    match: ["MATCH"]
    variants: [{ style: night, upscale: { scale: 2 } }]
"""
WALL = "res://materials/wall.tres"
SOURCE, NIGHT = "res://art/wall_albedo.png", "res://art/wall_albedo.night.png"


@dataclass
class Daemon:
    """`impasto watch` on a project, in a process of its own."""

    project: Path
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "impasto_daemon.cli", "watch", "--config", "impasto.yaml"]
        log = (self.project.parent / "daemon.log").open("ab")
        self._process = subprocess.Popen(command, cwd=self.project, stdout=log, stderr=log)

    def kill(self) -> None:
        """As kill -9 does: nothing is tidied."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def is_at_work(self) -> bool:
        """Whether a job runs just now, by the ledger."""
        path = ledger_path(self.project / "impasto.yaml")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as ledger:
            return bool(ledger.execute("SELECT 1 FROM jobs WHERE state='running'").fetchall())

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=30)


@dataclass
class Story:
    """The project, and what was measured so far."""

    project: Path
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def sidecar(self) -> Path:
        return self.project / "art" / "wall_albedo.png.impasto"

    def export(self, texture: str, size: int) -> None:
        """Writes the source as an artist's tool does: elsewhere, then renamed into place."""
        target = self.project / "art" / "wall_albedo.png"
        part = target.with_name(".wall_albedo.tmp")
        Image.open(ASSETS / "textures" / texture).convert("RGB").resize((size, size)).save(part, "PNG")
        part.replace(target)

    def configure(self, match: str) -> None:
        (self.project / "impasto.yaml").write_text(CONFIG.replace("MATCH", match), encoding="utf-8")

    def manifest_that(self, true: Callable[[dict[str, Any]], bool]) -> float:
        """When the manifest that says so was written."""

        def says_so() -> float:
            if not self.sidecar.exists():
                return 0.0
            written = self.sidecar.stat().st_mtime
            return written if true(json.loads(self.sidecar.read_text(encoding="utf-8"))) else 0.0

        return wait_until(says_so)

    def follow(self, step: str, manifest_written: float, editors: dict[str, Callable[[], bool]]) -> None:
        """Until all of them show what they should."""
        waiting = dict(editors)

        def all_done() -> float:
            for name in [name for name, shows in waiting.items() if shows()]:
                del waiting[name]
                taken = self.seconds[f"{step}, {name}"] = time.time() - manifest_written
                sys.stdout.write(f"{step}: {name} {taken:.2f} s after the manifest\n")
            return float(not waiting)

        wait_until(all_done)


def wait_until(true: Callable[[], float]) -> float:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if value := true():
            return value
        time.sleep(0.02)
    raise TimeoutError("it did not come about in 90 seconds")


def is_ready(width: int) -> Callable[[dict[str, Any]], bool]:
    def true(manifest: dict[str, Any]) -> bool:
        return any(
            one["status"] == "ready" and any(entry["width"] == width for entry in one["maps"])
            for one in manifest["variants"]
        )

    return true


def play(story: Story, daemon: Daemon, editor: GodotEditor, blender: Blender) -> None:
    source, night = Path(SOURCE).name, Path(NIGHT).name
    scenes = story.project / "scenes"
    scenes.mkdir()
    (scenes / ".gdignore").touch()  # or Godot asks for a Blender of its own
    blender.tell(str(scenes))
    blender.tell(str(story.project / "art" / source))
    editor.wait_for(lambda state: editor.albedo(WALL) == SOURCE)
    assert blender.shows(source)[0] == source

    def godot_shows(file: str) -> bool:
        editor.now()
        return editor.albedo(WALL) == file

    def blender_shows(file: str) -> bool:
        return blender.shows(source) == (file, first_pixel(story.project / "art" / file))

    daemon.start()
    written = story.manifest_that(is_ready(1024))
    arrived = {"Godot": lambda: godot_shows(NIGHT), "Blender": lambda: blender_shows(night)}
    story.follow("a variant comes", written, arrived)

    story.export("texture_rock_albedo.png", 384)
    wait_until(daemon.is_at_work)
    daemon.kill()
    assert not is_ready(768)(json.loads(story.sidecar.read_text(encoding="utf-8")))
    sys.stdout.write("the daemon was killed while it painted, and is started again\n")
    daemon.start()
    written = story.manifest_that(is_ready(768))
    larger = {
        "Godot": lambda: editor.now()["materials"][WALL]["width"] == 768,
        "Blender": lambda: blender_shows(night),
    }
    story.follow("the source changes", written, larger)

    story.configure("nothing/**")
    written = story.manifest_that(lambda manifest: not manifest["variants"])
    gone = {"Godot": lambda: godot_shows(SOURCE), "Blender": lambda: blender_shows(source)}
    story.follow("the variant is retired", written, gone)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = f"{folder}/{name}"
        project = make_project(Path(folder) / "project")
        story, daemon = Story(project), Daemon(project)
        (project / "art").mkdir()
        shutil.copytree(ASSETS / "styles", project / "styles")
        (project / "styles" / ".gdignore").touch()
        story.configure("*")
        story.export("texture_bricks.jpg", 512)
        write_material(project / "materials" / "wall.tres", albedo_texture=SOURCE)
        run_godot(project, "--import")
        with GodotEditor(project) as editor, running_blender(os.environ["IMPASTO_BPY_PYTHON"]) as blender:
            try:
                play(story, daemon, editor, blender)
            finally:
                daemon.stop()
            for line in editor.complaints():
                sys.stdout.write(f"the editor complained: {line}\n")
            return int(bool(editor.complaints()) or max(story.seconds.values()) > LONGEST)


if __name__ == "__main__":
    sys.exit(main())
