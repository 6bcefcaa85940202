"""The one follower of this editor, and what its menu does; `init_unreal` starts it."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import unreal

from .choices_file import Choices, ChoicesError, MaterialChoice
from .follower import Follower
from .menu import MenuState, build_menu


class _Session:
    def __init__(self, clock: Callable[[], float]) -> None:
        project = unreal.Paths.convert_relative_path_to_full(unreal.Paths.project_dir())
        self.follower = Follower(Path(project), clock, self.show_menu)
        self._shown: MenuState | None = None
        self._tick = unreal.register_slate_post_tick_callback(self.follower.tick)

    def show_menu(self) -> None:
        choices = self.follower.choices
        state = MenuState(self.follower.variants, choices.project, choices.follow)
        if state != self._shown and build_menu(state):
            self._shown = state

    def stop(self) -> None:
        unreal.unregister_slate_post_tick_callback(self._tick)


_running: list[_Session] = []


def start(clock: Callable[[], float] = time.monotonic) -> None:
    """Run again, as `py` reloads do, it takes the place of the one before."""
    stop()
    _running.append(_Session(clock))
    unreal.register_python_shutdown_callback(stop)


def stop() -> None:
    while _running:
        _running.pop().stop()


def choose_for_project(variant: str) -> None:
    """A variant's id, `original`, or empty to take the choice back."""
    _try(lambda: _running[0].follower.choose(lambda choices: replace(choices, project=variant)))


def follow(new_variants: bool) -> None:
    _try(lambda: _running[0].follower.choose(lambda choices: replace(choices, follow=new_variants), ()))


def choose_for_selected(variant: str) -> None:
    """For the materials whose textures the material instances selected in the Content Browser show."""
    follower = _running[0].follower
    selected = [
        asset
        for asset in unreal.EditorUtilityLibrary.get_selected_assets()
        if isinstance(asset, unreal.MaterialInstanceConstant)
    ]
    views = follower.views_of(selected)
    if not views:
        unreal.log_warning("impasto: select a material instance that shows a texture impasto knows")
        return
    named = sorted({(view.folder, view.material) for view in views})

    def change(choices: Choices) -> Choices:
        for folder, material in named:
            choices = choices.with_material(MaterialChoice(folder, material, variant))
        return choices

    _try(lambda: follower.choose(change, views))


def look_now() -> None:
    _running[0].follower.look_now()


def report() -> None:
    for line in _running[0].follower.report():
        unreal.log(f"impasto: {line}")


def _try(change: Callable[[], None]) -> None:
    try:
        change()
    except ChoicesError as error:
        unreal.log_error(f"impasto: {error}")
