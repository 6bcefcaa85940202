"""An editor with the companion started in it."""

import sys
from pathlib import Path

import pytest
from in_unreal.art import Art
from in_unreal.fake_editor import FakeEditor
from in_unreal.fake_module import fill_module

PYTHON = Path(__file__).parents[3] / "plugins/unreal/Impasto/Content/Python"


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEditor:
    """With the companion started in it, and a folder Art that is empty."""
    project = tmp_path / "Game"
    (project / "Art").mkdir(parents=True)
    (project / "Content").mkdir()
    editor = FakeEditor(project)
    fill_module(editor)
    monkeypatch.setitem(sys.modules, "unreal", editor.module)
    monkeypatch.syspath_prepend(str(PYTHON))
    for name in [name for name in sys.modules if name.startswith("impasto_unreal")]:
        monkeypatch.delitem(sys.modules, name)
    from impasto_unreal import session

    session.start(editor.clock)
    return editor


@pytest.fixture
def art(editor: FakeEditor) -> Art:
    return Art(str(editor.project / "Art"))
