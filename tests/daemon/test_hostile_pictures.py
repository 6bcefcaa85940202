"""No picture breaks or hangs a command: each is decoded in a process of its own, before the command does it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_project import Project
from impasto_daemon import cli
from impasto_daemon.commands import learn
from impasto_daemon.examiner import Examiner
from leaky_decoder import serve_leakily

SECONDS = 8.0  # for one picture: on a busy machine a process takes a while to start
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def impasto(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command whose decoder has holes: exit code, and all that it says."""
    for looks in ("explain", "apply", "learn", "style_sheet"):
        monkeypatch.setattr(
            f"impasto_daemon.commands.{looks}.Examiner", lambda: Examiner(SECONDS, target=serve_leakily)
        )
    monkeypatch.chdir(project.folder)

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["impasto", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, said.out + said.err

    return run


@pytest.mark.parametrize(
    ("name", "why"), [("segfault.png", "breaks its decoder"), ("endless.png", "took longer than 8 s to read")]
)
def test_explain_says_what_is_wrong_with_it_and_goes_on(
    project: Project, impasto: Command, name: str, why: str
) -> None:
    bad, good = project.draw(name, seed=1), project.draw("good.png", seed=2)
    code, said = impasto("explain", bad, good)
    assert code == 0
    assert f"cannot be made: {bad}: {why}" in said
    assert "variant  ink -> good.ink.png" in said


def test_explain_outlives_those_that_a_picture_leans_on(project: Project, impasto: Command) -> None:
    project.rewrite("{ style: ink }", "{ style: ink, share: folder }")
    project.draw("segfault.png", seed=1)
    good = [project.draw(f"{name}.png", seed=ord(name)) for name in "ab"]
    code, said = impasto("explain", good[0])
    assert code == 0
    assert "one of 2 that share their statistics: a.png to b.png" in said


def test_apply_refuses_it_as_texture_and_as_style(project: Project, impasto: Command) -> None:
    bad, good = project.draw("segfault.png", seed=1), project.draw("good.png", seed=2)
    before = project.names()
    for arguments in ((bad, "--style", "3"), (good, "--style", bad)):
        code, said = impasto("apply", *arguments)
        assert (code, said.strip()) == (65, f"{bad}: breaks its decoder")
    assert project.names() == before


def test_learn_refuses_it_as_style_and_as_texture(project: Project, impasto: Command) -> None:
    bad, good = project.draw("segfault.png", seed=1), project.draw("good.png", seed=2)
    for style, texture in ((bad, good), (good, bad)):
        code, said = impasto("learn", style, "--textures", texture)
        assert (code, said.strip()) == (65, f"{bad}: breaks its decoder")


@pytest.mark.parametrize("by", ["folder", "config"])
def test_learn_leaves_it_out_of_many(
    project: Project, impasto: Command, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    project.draw("../night.png", seed=3)
    project.rewrite("ink: { builtin: 19 }", "ink: { image: night.png }")
    project.draw("segfault.png", seed=1)
    good = project.draw("good.png", seed=2)
    learned: list[tuple[Path, ...]] = []

    def note(_style: object, sources: tuple[Path, ...], _config: object) -> float:
        learned.append(sources)
        return 0.0

    monkeypatch.setattr(learn, "_learn", note)
    textures = ("--textures", project.textures) if by == "folder" else ()
    code, said = impasto("learn", "ink", *textures)
    assert (code, learned) == (0, [(good,)]), said


def test_styles_refuses_it_as_texture_and_as_style(project: Project, impasto: Command) -> None:
    bad = project.draw("../segfault.png")
    code, said = impasto("styles", bad)
    assert (code, said.strip()) == (65, f"{bad.resolve()}: breaks its decoder")
    project.rewrite("ink: { builtin: 19 }", "ink: { image: segfault.png }")
    code, said = impasto("styles")
    assert (code, said.strip()) == (65, f"{bad.resolve()}: breaks its decoder")
