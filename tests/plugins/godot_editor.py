"""A Godot project with the companion in it, and the real editor working there, headless."""

import json
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

REPO = Path(__file__).parents[2]
COMPANION = REPO / "plugins" / "godot" / "addons" / "impasto"
SCREEN = ("xvfb-run", "-a", "-s", "-screen 0 1280x800x24")
DRIVER = Path(__file__).parent / "godot" / "driver"
# Godot ends with 0 even where a script does not parse
COMPLAINTS = ("SCRIPT ERROR", "Parse Error", "Failed to load script", "ERROR:")
State = dict[str, Any]

PROJECT = """config_version=5

[application]

config/name="impasto"

[editor_plugins]

enabled=PackedStringArray({addons})
"""


def godot_binary() -> str | None:
    return os.environ.get("IMPASTO_GODOT")


def make_project(folder: Path, *, driven: bool = True) -> Path:
    """A project with the companion switched on and, where `driven`, the driver that tells what is shown."""
    names = ["impasto", "driver"] if driven else ["impasto"]
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(COMPANION, folder / "addons" / "impasto")
    if driven:
        shutil.copytree(DRIVER, folder / "addons" / "driver")
    enabled = ", ".join(f'"res://addons/{name}/plugin.cfg"' for name in names)
    (folder / "project.godot").write_text(PROJECT.format(addons=enabled), encoding="utf-8")
    return folder


def write_material(path: Path, **textures: str) -> None:
    """`textures`: res:// paths by the material's property, such as albedo_texture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ['[gd_resource type="StandardMaterial3D" format=3]', ""]
    for number, file in enumerate(textures.values(), 1):
        lines += [f'[ext_resource type="Texture2D" path="{file}" id="{number}"]']
    lines += ["", "[resource]"]
    lines += [f'{name} = ExtResource("{number}")' for number, name in enumerate(textures, 1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_godot(project: Path, *arguments: str) -> str:
    """Runs Godot to its end and gives what it said; complains are the caller's to look for."""
    command = [str(godot_binary()), "--headless", "--path", str(project), *arguments]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=110, stdin=subprocess.DEVNULL
    )
    return ended.stdout + ended.stderr


def complaints(said: str) -> list[str]:
    return [line for line in said.splitlines() if any(word in line for word in COMPLAINTS)]


@dataclass
class GodotEditor:
    """The editor in a project with the driver. `wait_for` reads what the driver says; nothing sleeps.

    windowed: on a virtual screen, where it draws, previews and shows progress, as headless it does not.
    """

    project: Path
    windowed: bool = False
    state: State = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    _commands: int = 0

    def __enter__(self) -> Self:
        command = [str(godot_binary()), "--editor", "--path", str(self.project), "--audio-driver", "Dummy"]
        if self.windowed:
            command = [*SCREEN, *command, "--rendering-driver", "opengl3"]
        else:
            command.append("--headless")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        group = self._process.pid
        if self._process.poll() is None:
            os.killpg(group, signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(group, signal.SIGKILL)
        self._reader.join()

    def wait_for(self, true: Callable[[State], bool], *, seconds: float = 40.0) -> float:
        """The seconds that it took until the state was as wanted; raises TimeoutError with the last state."""
        started = time.monotonic()
        while not (self.state and true(self.state)):
            left = started + seconds - time.monotonic()
            try:
                line = self._lines.get(timeout=max(left, 0.001))
            except queue.Empty:
                raise TimeoutError(f"still {self.state}\n" + "\n".join(self.said[-30:])) from None
            if line is None:
                raise TimeoutError("the editor ended:\n" + "\n".join(self.said[-30:]))
            if line.startswith("STATE "):
                self.state = json.loads(line.removeprefix("STATE "))
        return time.monotonic() - started

    def now(self) -> State:
        """The last state that was said."""
        while True:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                return self.state
            if line is None:
                raise TimeoutError("the editor ended:\n" + "\n".join(self.said[-30:]))
            if line.startswith("STATE "):
                self.state = json.loads(line.removeprefix("STATE "))

    def do(self, do: str, **what: Any) -> None:
        """Has the driver do something, and waits until it did."""
        self._commands += 1
        number = self._commands
        folder = self.project / "commands"
        folder.mkdir(exist_ok=True)
        (folder / ".gdignore").touch()
        part = folder / f".{number}.tmp"
        part.write_text(json.dumps({"do": do, **what}), encoding="utf-8")
        part.rename(folder / f"{number}.json")
        self.wait_for(lambda state: state["commands"] >= number)

    def albedo(self, material: str) -> str:
        return str(self.state["materials"].get(material, {}).get("slots", {}).get("0", ""))

    def complaints(self) -> list[str]:
        return complaints("\n".join(self.said))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not line.startswith("STATE "):
                self.said.append(line.rstrip())
            self._lines.put(line.rstrip())
        self._lines.put(None)
