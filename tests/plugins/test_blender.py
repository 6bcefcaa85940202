"""The extension in a real Blender: each chapter of blender_story.py, told once in an environment that has bpy.

bpy comes for one Python only and needs another numpy than impasto, so it has an environment of its own:

    python3.11 -m venv blender && blender/bin/pip install bpy==4.5.15 'numpy<2'      # or bpy==4.2.23
    IMPASTO_BPY_PYTHON=blender/bin/python pytest tests/plugins/test_blender.py
"""

import ast
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CHAPTERS = [
    node.name.removeprefix("chapter_")
    for part in ("blender_shows", "blender_keeps", "blender_lives")
    for node in ast.parse((HERE / f"{part}.py").read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("chapter_")
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    python = os.environ.get("IMPASTO_BPY_PYTHON")
    if not python:
        pytest.skip("IMPASTO_BPY_PYTHON names no Python that has bpy: the Blender extension was not run")
    file = tmp_path_factory.mktemp("blender") / "report.json"
    told = subprocess.run(
        [python, "-B", str(HERE / "blender_story.py"), str(file)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert file.is_file(), f"the story broke off:\n{told.stdout[-4000:]}\n{told.stderr[-4000:]}"
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_in_a_real_blender(report: dict[str, Any], chapter: str) -> None:
    assert report["raised"][chapter] == "", report["blender"]


def test_a_poll_over_300_sidecars_takes_less_than_a_second(report: dict[str, Any]) -> None:
    assert max(report["measured"].values()) < 1.0, report["measured"]
