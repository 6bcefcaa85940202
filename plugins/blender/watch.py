"""Looks at the project again and again: sidecars are read beside Blender's own thread, images changed in it."""

import threading
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from .choices import read_project
from .images import apply_changes, gather_facts
from .impasto_sidecars import Found, HashGate, SidecarReader, find_sidecars
from .notes import ProjectNote
from .plan import ImageFacts, Loaded, Plan, plan_images
from .preferences import read_preferences

REST = 10  # a look that took long is followed by a rest of so many times its length
TICK = 0.1  # s, until a look that is under way is asked for again
REST_AFTER_ERROR = 5.0  # s


@dataclass(frozen=True, slots=True)
class View:
    """What the last look saw, for the panel."""

    found: Found
    plan: Plan
    seconds: float = 0.0
    read: int = 0  # how many images read their file anew


NOTHING = View(Found((), ()), Plan())


@dataclass(frozen=True, slots=True)
class Question:
    """What a look needs to know of the open file."""

    folders: tuple[Path, ...]
    images: tuple[ImageFacts, ...]
    project: ProjectNote


class Watch:
    """Holds what is known between two looks."""

    def __init__(self) -> None:
        self.view = NOTHING
        self._gate = HashGate()
        self._reader = SidecarReader()
        self._loaded: dict[int, Loaded] = {}
        self._told: frozenset[str] = frozenset()
        self._looking: threading.Thread | None = None
        self._seen: View | None = None
        self._asked: Question | None = None
        self._next = 0.0

    @property
    def is_looking(self) -> bool:
        return self._looking is not None

    def poll(self) -> View:
        """One whole look, now."""
        self.finish()
        question = _question(self._loaded)
        self._take(self._look(question))
        return self.view

    def tick(self) -> float:
        """Starts a look, or takes up the one that ended; gives the seconds until it wants to be called again."""
        if self._looking is None:
            if time.monotonic() >= self._next:
                question = _question(self._loaded)
                self._asked = question
                self._looking = threading.Thread(target=self._look_beside, args=(question,), daemon=True)
                self._looking.start()
            return TICK
        if self._looking.is_alive():
            return TICK
        asked, seen = self._asked, self._seen
        self.finish()
        if (
            asked == _question(self._loaded) and asked and seen
        ):  # else something was changed by hand meanwhile
            self._take(seen)
        rest = REST * seen.seconds if seen else 0.0
        self._next = time.monotonic() + max(read_preferences().interval, rest)
        return TICK

    def finish(self) -> None:
        """Waits for a look that is under way, and forgets it."""
        if self._looking:
            self._looking.join()
        self._looking = self._seen = self._asked = None

    def forget_file(self) -> None:
        """Another blend file is open: its images were just read."""
        self.finish()
        self._loaded.clear()
        self.view = NOTHING
        self._next = 0.0

    def _look_beside(self, question: Question) -> None:
        self._seen = self._look(question)

    def _look(self, question: Question) -> View:
        start = time.perf_counter()
        beside = {image.source.parent for image in question.images}
        found = self._reader.read(find_sidecars(question.folders, beside))
        plan = plan_images(found, question.images, question.project, self._gate)
        return View(found, plan, time.perf_counter() - start)

    def _take(self, seen: View) -> None:
        read = apply_changes(seen.plan.changes, self._loaded)
        for line in seen.found.broken:
            if line not in self._told:
                print(f"impasto: {line}")
        self._told = frozenset(seen.found.broken)
        changed = (seen.found, seen.plan.materials, seen.plan.kept) != (
            self.view.found,
            self.view.plan.materials,
            self.view.plan.kept,
        )
        self.view = replace(seen, read=read)
        if changed or read:
            _redraw()


def _question(loaded: dict[int, Loaded]) -> Question:
    folders = list(read_preferences().folders)
    if bpy.data.filepath:
        folders.append(Path(bpy.data.filepath).parent)
    return Question(tuple(folders), gather_facts(loaded), read_project())


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


WATCH = Watch()


def tick() -> float:
    try:
        return WATCH.tick()
    except Exception:  # noqa: BLE001  Blender drops a timer that raises, and nobody would know
        traceback.print_exc()
        return REST_AFTER_ERROR


@persistent
def forget_file(*_unused: object) -> None:
    WATCH.forget_file()


def register() -> None:
    WATCH.forget_file()
    bpy.app.timers.register(tick, first_interval=TICK, persistent=True)
    bpy.app.handlers.load_post.append(forget_file)


def unregister() -> None:
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    if forget_file in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(forget_file)
    WATCH.finish()
