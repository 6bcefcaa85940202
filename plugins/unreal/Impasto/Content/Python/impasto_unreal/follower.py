"""Follows the sidecars: looks, imports what is new a little at each tick, then switches the materials at once."""

import os
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import unreal

from impasto_sidecars import Found, HashGate, SidecarReader, find_sidecars
from impasto_sidecars.gate import stamp_of

from .choices_file import Choices, ChoicesError, choices_path, read_choices, write_choices
from .instances import AssetView, Kept, MaterialInstances
from .places import Places
from .plan import Plan, View, WantedTexture, make_plan
from .report import full_report, troubles
from .textures import TextureError, Textures

LOOK_EVERY = 2.0
HURRY = 0.5  # a file that does not match its hash is looked at again within a second
COST_SHARE = 50  # a look may take this part of the time, so that a large project does not stutter
FULL_LOOK_EVERY = 30.0  # materials that were made since then
SLICE = 0.1  # seconds of one tick that imports may take, but for the last one begun

Clock = Callable[[], float]
_NOTHING = Found((), ())


@dataclass(slots=True)
class _Round:
    """One look and what is still to be done for it."""

    found: Found = _NOTHING
    plan: Plan = field(default_factory=lambda: Plan((), (), frozenset(), frozenset()))
    queue: deque[WantedTexture] = field(default_factory=deque)
    chosen: frozenset[str] = frozenset()
    imported: int = 0
    open: bool = False


class Follower:
    """`on_change` is called when what a menu shows may have changed."""

    def __init__(self, project: Path, clock: Clock, on_change: Callable[[], None]) -> None:
        self.project = project
        self.choices = Choices()
        self._clock = clock
        self._on_change = on_change
        self._gate = HashGate()
        self._reader = SidecarReader()
        self._places = Places(project)
        self._textures = Textures(project)
        self._instances = MaterialInstances()
        self._round = _Round()
        self._stamp: object = None
        self._next_look = self._next_full = 0.0
        self._chosen: set[str] = set()
        self._said: set[str] = set()
        self._missing: dict[Path, str] = {}
        self._busy = False

    def tick(self, _delta: float = 0.0) -> None:
        if self._busy:  # an import pumps the editor's ticks
            return
        self._busy = True
        try:
            is_due = self._round.open or self._clock() >= self._next_look
            if is_due and _is_editor_ready():
                if self._round.open:
                    self._go_on()
                else:
                    self._look()
        except Exception:  # noqa: BLE001  an error in a tick would come again sixty times a second
            self._say(traceback.format_exc())
            self._round.open, self._stamp = False, None
            self._next_look = self._clock() + FULL_LOOK_EVERY
        finally:
            self._busy = False

    def look_now(self) -> None:
        """Everything anew at the next tick, what was refused included."""
        self._stamp, self._next_look = None, 0.0
        self._textures.forget_refusals()
        self._said.clear()

    @property
    def variants(self) -> tuple[str, ...]:
        ids = {variant.id for sidecar in self._round.found.sidecars for variant in sidecar.variants}
        return tuple(sorted(ids))

    def choose(self, change: Callable[[Choices], Choices], views: tuple[View, ...] | None = None) -> None:
        """views: whose materials give way where they were set by hand; all where not given. Raises ChoicesError."""
        self.choices = change(read_choices(self.project))  # a teammate's may have come in
        write_choices(self.project, self.choices)
        chosen = self._round.plan.views if views is None else views
        self._chosen |= {self._places.key_of(view.source) for view in chosen}
        self._stamp, self._next_look = None, 0.0

    def views_of(self, instances: list[unreal.MaterialInstanceConstant]) -> tuple[View, ...]:
        """The views of every material that one of the instances shows a texture of."""
        seen = self._asset_views(self._round.plan)
        sources = {key for one in instances for key in self._instances.sources_of(one, seen)}
        named = {
            (view.folder, view.material)
            for view in self._round.plan.views
            if self._places.key_of(view.source) in sources
        }
        return tuple(view for view in self._round.plan.views if (view.folder, view.material) in named)

    def report(self) -> Iterator[str]:
        return full_report(self._round.found, self._round.plan, self._missing.values())

    def _look(self) -> None:
        began = self._clock()
        try:
            self.choices = read_choices(self.project)
        except ChoicesError as error:  # those of before stay in force
            self._say(str(error))
        self._places = Places(
            self.project, tuple(_plain(self.project / name) for name in self.choices.folders)
        )
        paths = find_sidecars(self._places.folders(), self._places.beside())
        stamp = self._stamp_of(paths)
        if stamp != self._stamp or began >= self._next_full:
            self._plan(paths)
            self._next_full = began + FULL_LOOK_EVERY
        hurry = bool(self._round.plan.late) and stamp != self._stamp
        self._stamp = stamp
        now = self._clock()
        self._next_look = now + max(HURRY if hurry else LOOK_EVERY, COST_SHARE * (now - began))

    def _plan(self, paths: list[Path]) -> None:
        found = self._reader.read(paths)
        self._textures.refresh()
        held = {path for one in found.sidecars for path in one.files() if self._textures.asset_of(path)}
        plan = make_plan(found, paths, self.choices, (self._places, self._gate, held))
        self._round = _Round(found, plan, deque(plan.textures), frozenset(self._chosen), open=True)
        self._chosen.clear()
        for line in troubles(found):
            self._say(line)

    def _go_on(self) -> None:
        began = self._clock()
        while self._round.queue and self._clock() - began < SLICE:
            wanted = self._round.queue.popleft()
            try:
                if not self._textures.is_current(wanted):
                    self._textures.bring(wanted, self._places.asset_path(wanted.path))
                    self._round.imported += 1
                    self._missing.pop(wanted.path, None)
            except TextureError as error:
                self._miss(wanted, str(error))
            except Exception as error:  # noqa: BLE001  the editor raises no other kind, and the rest goes on
                self._miss(wanted, f"{wanted.path}: {error}")
        if not self._round.queue:
            self._round.open = False
            if self._round.imported:
                unreal.log(f"impasto: imported {self._round.imported} textures, not saved yet")
            self._show()

    def _miss(self, wanted: WantedTexture, line: str) -> None:
        self._missing[wanted.path] = line
        self._say(line)

    def _show(self) -> None:
        plan = self._round.plan
        views = self._asset_views(plan)
        without_asset = {self._places.key_of(view.source) for view in plan.views} - {
            one.source for one in views
        }
        unreadable = {self._places.key_of(path) for path in plan.unreadable}
        kept = Kept(frozenset(without_asset | unreadable), self.project)
        for line in self._instances.switch(views, kept):
            unreal.log(f"impasto: {line}")
        self._on_change()

    def _asset_views(self, plan: Plan) -> tuple[AssetView, ...]:
        seen = []
        for view in plan.views:
            original = self._textures.asset_of(view.source)
            if original is None:
                continue
            key = self._places.key_of(view.source)
            seen.append(
                AssetView(
                    source=key,
                    original=original,
                    shows=self._textures.asset_of(view.shows) or original,
                    family=frozenset(self._assets(view.family)),
                    gone=frozenset(self._assets(view.gone)),
                    chosen=key in self._round.chosen,
                )
            )
        return tuple(seen)

    def _assets(self, paths: tuple[Path, ...]) -> Iterator[str]:
        return (path for one in paths if (path := self._textures.asset_of(one)) is not None)

    def _stamp_of(self, paths: list[Path]) -> object:
        """Changes when a sidecar, a file that one names, or the choices do."""
        files = {path for one in self._round.found.sidecars for path in one.files()}
        return tuple((path, stamp_of(path)) for path in [choices_path(self.project), *paths, *sorted(files)])

    def _say(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            unreal.log_warning(f"impasto: {line}")


def _plain(folder: Path) -> Path:
    """Without `..`, as sidecars are found."""
    return Path(os.path.abspath(folder))  # noqa: PTH100  resolve() would follow links


def _is_editor_ready() -> bool:
    if unreal.AssetRegistryHelpers.get_asset_registry().is_loading_assets():
        return False
    level = unreal.get_editor_subsystem(unreal.LevelEditorSubsystem)
    return level is None or not level.is_in_play_in_editor()
