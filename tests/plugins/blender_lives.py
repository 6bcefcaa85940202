"""How the extension lives in Blender, from registering to unregistering: chapters of blender_story.py."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import blender_stage as stage
import bpy
from blender_stage import BLUE, GREY, RED
from small_sidecars import SmallSidecar, write_png


def chapter_the_extension_registers(folder: Path) -> None:
    watch = sys.modules[f"{stage.MODULE}.watch"]
    assert bpy.app.timers.is_registered(watch.tick)
    assert watch.forget_file in bpy.app.handlers.load_post
    assert hasattr(bpy.types, "IMPASTO_PT_sources")
    for name in ("choose_for_material", "choose_for_project", "follow", "link_maps"):
        assert "UNDO" in getattr(bpy.types, f"IMPASTO_OT_{name}").bl_options


def chapter_it_starts_with_blender(folder: Path) -> None:
    check = (  # a Blender without a window reads no preferences, and 4.2 falls over when told to
        f"import bpy, addon_utils, sys; addon_utils.enable('{stage.MODULE}', default_set=True);"
        f"watch = sys.modules['{stage.MODULE}.watch']; assert bpy.app.timers.is_registered(watch.tick);"
        "assert watch.tick() > 0; watch.WATCH.poll()"
    )
    subprocess.run([sys.executable, "-B", "-c", check], check=True)  # BLENDER_USER_RESOURCES is handed on


def chapter_folders_of_the_preferences_are_watched(folder: Path) -> None:
    far = stage.SCRATCH / "far" / "textures"
    sidecar = SmallSidecar(write_png(far / "brick_basecolor.png", RED))
    sidecar.add("night", BLUE)
    sidecar.write()
    assert stage.watch().poll().found.sidecars == ()
    own = bpy.context.preferences.addons[stage.MODULE].preferences
    bpy.ops.impasto.add_folder()
    own.folders[0].path = str(far.parent)
    assert len(stage.watch().poll().found.sidecars) == 1
    bpy.ops.impasto.remove_folder(at=0)
    assert stage.watch().poll().found.sidecars == ()
    image = stage.load(sidecar.source)  # beside an image of the file, no folder need be named
    stage.watch().poll()
    assert stage.color_of(image) == BLUE


def chapter_the_timer_looks_beside_blender_s_own_thread(folder: Path) -> None:
    sidecar = SmallSidecar(write_png(folder / "brick_basecolor.png", RED))
    sidecar.add("night", BLUE)
    sidecar.write()
    image = stage.load(sidecar.source)
    tick = sys.modules[f"{stage.MODULE}.watch"].tick
    end = time.monotonic() + 20
    while stage.file_of(image) != "brick_basecolor.night.png" and time.monotonic() < end:
        assert 0 < tick() <= 1
    assert stage.color_of(image) == BLUE


def chapter_what_a_user_did_during_a_look_is_not_overruled(folder: Path) -> None:
    sidecar = SmallSidecar(write_png(folder / "brick_basecolor.png", RED))
    sidecar.add("night", BLUE)
    sidecar.write()
    image = stage.load(sidecar.source)
    watch = stage.watch()
    watch.tick()
    image.filepath = str(write_png(folder / "mine.png", GREY))
    while watch.is_looking:
        watch.tick()
    assert stage.file_of(image) == "mine.png"


def chapter_unregister_leaves_nothing_behind(folder: Path) -> None:
    stage.shown_variant(folder)
    watch = sys.modules[f"{stage.MODULE}.watch"]
    tick, handler = watch.tick, watch.forget_file
    tick()
    bpy.ops.preferences.addon_disable(module=stage.MODULE)
    assert not bpy.app.timers.is_registered(tick)
    assert handler not in bpy.app.handlers.load_post
    assert threading.active_count() == 1
    left = [name for name in dir(bpy.types) if "impasto" in name.lower()]
    assert (left, dir(bpy.ops.impasto)) == ([], [])
    bpy.ops.preferences.addon_enable(module=stage.MODULE)
    assert bpy.app.timers.is_registered(sys.modules[f"{stage.MODULE}.watch"].tick)
