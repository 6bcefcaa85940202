"""The plugin as it lies in a project: with nothing of impasto's own around it."""

import subprocess
import sys
from pathlib import Path

from in_unreal.art import Art

from impasto_daemon.commands.companions import CompanionName, plugins_folder
from impasto_daemon.commands.plugin_install import install_companion

FAKES = Path(__file__).parents[1]
START = """
import sys
from pathlib import Path

sys.path[:0] = sys.argv[2:]
from in_unreal.fake_editor import FakeEditor
from in_unreal.fake_module import fill_module

editor = FakeEditor(Path(sys.argv[1]))
fill_module(editor)
sys.modules["unreal"] = editor.module
import init_unreal

editor.settle(5)
print(*editor.assets, *editor.warnings)
"""


def test_it_is_whole_and_starts_by_itself(tmp_path: Path) -> None:
    (tmp_path / "Game.uproject").write_text("{}")
    Art(str(tmp_path / "Art")).make("brick", "night")
    list(install_companion(CompanionName.UNREAL, tmp_path, plugins_folder()))
    python = tmp_path / "Plugins/Impasto/Content/Python"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", START, tmp_path, python, FAKES],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.split() == ["/Game/Impasto/Art/brick", "/Game/Impasto/Art/brick_night"], ran.stderr
