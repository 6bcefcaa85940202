"""`impasto learn` up to the network: which style, on which textures, and what is said of it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fake_project import Project, learn
from impasto_daemon.commands import learn as command
from impasto_daemon.commands.apply import Application, apply_style
from impasto_daemon.commands.learn import Wish, learn_style
from impasto_daemon.errors import PublishError
from impasto_daemon.processing import LearnOrder
from impasto_engine import (
    EngineOptions,
    LearnedSettings,
    LearnedStyle,
    Progress,
    RequestError,
    TextureReadError,
    write_learned,
)


class FakeWorkshop:
    """Learns in three slices."""

    def __init__(self, orders: list[LearnOrder]) -> None:
        self._orders = orders

    def learn(self, order: LearnOrder) -> "FakeLesson":
        self._orders.append(order)
        return FakeLesson(order)


class FakeLesson:
    def __init__(self, order: LearnOrder) -> None:
        self._order = order
        self._done = 0

    @property
    def progress(self) -> Progress:
        return Progress("learn", self._done, 3)

    def advance(self, _seconds: float) -> bool:
        self._done += 1
        if self._done == 3:
            learn(self._order.style)
        return self._done == 3


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[LearnOrder]:
    """What the workshop was asked to learn."""
    found: list[LearnOrder] = []
    workshop: Callable[[EngineOptions], FakeWorkshop] = lambda _options: FakeWorkshop(found)  # noqa: E731  typed
    monkeypatch.setattr(command, "Workshop", workshop)
    return found


@pytest.fixture
def painted(project: Project) -> Project:
    """Its rule paints all of walls/ in the style `night`."""
    (project.folder / "styles").mkdir()
    Image.new("RGB", (16, 16), "navy").save(project.folder / "styles" / "night.png")
    project.rewrite("ink: { builtin: 19 }", "night: { image: styles/night.png }\n  ink: { builtin: 19 }")
    project.rewrite('["*"]\n    variants: [{ style: ink }]', '["walls/*"]\n    variants: [{ style: night }]')
    return project


def test_a_style_of_the_config_is_learned_on_the_textures_that_rules_paint_in_it(
    painted: Project, orders: list[LearnOrder]
) -> None:
    brick = painted.draw("walls/brick.png")
    painted.draw("floor/tile.png", seed=1)
    Image.new("RGB", (16, 12), (128, 128, 255)).save(painted.textures / "walls" / "brick_normal.png")
    painted.once()
    lines = learn_style(Wish("night", painted.config))
    (order,) = orders
    assert (order.style.stylizer, order.style.name, order.sources) == ("learned", "night", (brick,))
    assert lines[0].startswith("night: learned in ")
    assert lines[0].endswith(" s (textures: 1)")
    assert lines[1:] == ("variants: [{ style: night, stylizer: learned }]",)


def test_what_is_learned_already_is_not_learned_again(painted: Project, orders: list[LearnOrder]) -> None:
    painted.draw("walls/brick.png")
    learn_style(Wish("night", painted.config))
    lines = learn_style(Wish("night", painted.config))
    assert lines[0] == "night: is learned already"
    assert len(orders) == 1


def test_the_settings_of_the_rule_that_has_it_learned_count(
    painted: Project, orders: list[LearnOrder]
) -> None:
    painted.draw("walls/brick.png")
    settings = "stylizer: learned, stylizer_settings: { encoder: squeezenet }"
    painted.rewrite("{ style: night }", f"{{ style: night, {settings} }}")
    learn_style(Wish("night", painted.config))
    assert orders[0].style.settings == LearnedSettings(encoder="squeezenet")


def test_a_picture_needs_no_config_but_textures(
    painted: Project, orders: list[LearnOrder], tmp_path: Path
) -> None:
    picture = painted.folder / "styles" / "night.png"
    with pytest.raises(RequestError, match="--textures"):
        learn_style(Wish(str(picture), None))
    sources = [painted.draw("walls/brick.png"), painted.draw("floor/tile.png", seed=1)]
    Image.new("RGB", (16, 12), (128, 128, 255)).save(painted.textures / "walls" / "brick_normal.png")
    output = tmp_path / "ours.safetensors"
    lines = learn_style(Wish(str(picture), None, (painted.textures / "walls", sources[1]), output))
    assert orders[0].sources == tuple(sources)
    assert output.is_file()
    assert lines[1:] == (
        f"wrote {output}",
        f"styles:   {{ night: {{ model: {output} }} }}",
        "variants: [{ style: night, stylizer: learned }]",
    )


def test_a_picture_that_the_config_has_is_learned_on_the_config_s_textures(
    painted: Project, orders: list[LearnOrder]
) -> None:
    brick = painted.draw("walls/brick.png")
    learn_style(Wish(str(painted.folder / "styles" / "night.png"), painted.config))
    assert orders[0].sources == (brick,)


@pytest.mark.parametrize(
    ("wish", "error", "message"),
    [
        (("nigth",), FileNotFoundError, "no style of the config: night, ink"),
        (("ink",), RequestError, "no picture to learn from"),
        (("night",), RequestError, "give some to learn on with --textures"),
        (("night", ("none.png",)), FileNotFoundError, "none.png: no such file or folder"),
        (("night", ("config.yaml",)), TextureReadError, "config.yaml"),
        (("night", (), "ours.png"), RequestError, "a learned style is a .safetensors file"),
        (("night", (), "none/ours.safetensors"), PublishError, "there is no folder"),
    ],
)
def test_what_cannot_be_learned_is_refused_before_any_work(
    painted: Project,
    orders: list[LearnOrder],
    wish: tuple[str, tuple[str, ...], str | None],
    error: type[Exception],
    message: str,
) -> None:
    style, *rest = wish
    textures = tuple(painted.folder / name for name in (rest[0] if rest else ()))
    output = painted.folder / rest[1] if len(rest) > 1 and rest[1] else None
    with pytest.raises(error, match=message):
        learn_style(Wish(style, painted.config, textures, output))
    assert orders == []


def test_apply_paints_with_a_style_that_was_shared(project: Project, tmp_path: Path) -> None:
    rows = np.ones(495, np.float32), np.zeros(495, np.float32)
    shared = tmp_path / "ours.safetensors"
    write_learned(shared, LearnedStyle("multistyle", *rows, "squeezenet", "night.png", "0" * 64, steps=1))
    made = apply_style(Application(project.draw("brick.png", size=(64, 64)), str(shared), device="cpu"))
    assert made.path.name == "brick.ours.png"
    with pytest.raises(RequestError, match="not for magenta, which takes images or builtins"):
        apply_style(Application(project.textures / "brick.png", str(shared), "magenta"))
