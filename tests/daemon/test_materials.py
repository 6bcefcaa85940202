"""The maps of one material, from end to end with a fake network: they wrap alike, and ask their base colour."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from fake_project import Project
from impasto_daemon.variants import RuleVariant
from ordered import refs, requests


def flat(path: Path, color: tuple[int, int, int] = (128, 128, 255)) -> Path:
    Image.new("RGB", (16, 12), color).save(path)
    return path


def test_maps_that_come_together_wrap_as_their_base_color_does_and_are_done_once(project: Project) -> None:
    normal = flat(project.textures / "brick_normal.png")
    rough = flat(project.textures / "brick_roughness.png", (90, 90, 90))
    base = project.draw("brick_albedo.png")
    other = flat(project.textures / "stone_normal.png")
    project.once()
    asked = requests(project)
    (ref,) = refs(base)
    assert asked[normal.name].wrap_from == asked[rough.name].wrap_from == ref
    assert asked[base.name].wrap_from is asked[other.name].wrap_from is None


def test_maps_that_come_before_their_base_color_wait_for_nothing(project: Project) -> None:
    normal = flat(project.textures / "brick_normal.png")
    assert project.once().done == 1
    base = project.draw("brick_albedo.png", seed=1)
    assert project.once().done == 2
    assert requests(project)[normal.name].wrap_from == refs(base)[0]
    project.draw(base.name, seed=2)
    assert project.once().done == 2
    base.unlink()
    assert project.once().done == 1
    assert requests(project)[normal.name].wrap_from is None
    assert project.once().done == 0


def test_a_map_whose_wrap_is_said_asks_nobody(project: Project) -> None:
    project.rewrite("{ upscale: { scale: 2 } }", "{ upscale: { scale: 2 }, wrap: repeat }")
    normal = flat(project.textures / "brick_normal.png")
    project.draw("brick_albedo.png", seed=1)
    project.once()
    assert requests(project)[normal.name].wrap_from is None


def test_a_base_color_that_cannot_be_decoded_says_nothing_of_the_wrap(project: Project) -> None:
    normal = flat(project.textures / "brick_normal.png")
    (project.textures / "brick_albedo.png").write_text("no picture")
    project.once()
    assert requests(project)[normal.name].wrap_from is None


def test_a_relief_takes_the_base_color_for_its_sibling(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = RuleVariant.request
    monkeypatch.setattr(
        RuleVariant,
        "request",
        lambda self, role: replace(ask(self, role), relief=0.5 if role == "normal" else None),
    )
    project.rewrite("{ upscale: { scale: 2 } }", "{ upscale: { scale: 2 }, wrap: clamp }")
    normal = flat(project.textures / "brick_normal.png")
    base = project.draw("brick_albedo.png", seed=1)
    project.once()
    asked = requests(project)
    assert (asked[normal.name].sibling, asked[normal.name].wrap_from) == (refs(base)[0], None)
    assert asked[base.name].sibling is None
    project.draw(base.name, seed=2)
    assert project.once().done == 2
