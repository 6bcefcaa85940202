"""What the Blender extension does in a real Blender: `python blender_story.py REPORT`, with a Python that has bpy.

Each chapter begins with an empty blend file in a folder of its own. The report is JSON: what each chapter raised,
empty for one that passed, and what was measured.
"""

import json
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import blender_stage as stage
import bpy
import lit_plane
from drawn_layout import DrawnLayout
from small_sidecars import SmallSidecar, write_png

GOLDENS = stage.REPO / "plugins" / "goldens"
EXPECTED = json.loads((GOLDENS / "expected.json").read_text(encoding="utf-8"))
RED, BLUE, GREEN, GREY = (200, 10, 10), (10, 10, 200), (10, 200, 10), (99, 99, 99)
MEASURED: dict[str, float] = {}


def chapter_the_extension_registers(folder: Path) -> None:
    watch = sys.modules[f"{stage.MODULE}.watch"]
    assert bpy.app.timers.is_registered(watch.tick)
    assert watch.forget_file in bpy.app.handlers.load_post
    assert hasattr(bpy.types, "IMPASTO_PT_sources")
    for name in ("choose_for_material", "choose_for_project", "follow", "link_maps"):
        assert "UNDO" in getattr(bpy.types, f"IMPASTO_OT_{name}").bl_options


def chapter_every_golden_is_seen_as_the_table_says(folder: Path) -> None:
    shutil.copytree(GOLDENS, folder, dirs_exist_ok=True)
    with stage.console() as told:
        found = stage.watch().poll().found
    good = {row["sidecar"]: row for row in EXPECTED["sidecars"] if not row["broken"]}
    broken = {row["sidecar"]: row["says"] for row in EXPECTED["sidecars"] if row["broken"]}
    seen = {one.path.relative_to(folder).as_posix(): one for one in found.sidecars}
    assert sorted(seen) == sorted(good)
    for name, sidecar in seen.items():
        row = good[name]
        assert (sidecar.source.file, sidecar.source.material) == (row["source"], row["material"])
        assert [(one.id, one.status, one.draft, one.error, one.reason) for one in sidecar.variants] == [
            (one["id"], one["status"], one["draft"], one["error"], one["reason"]) for one in row["variants"]
        ]
    assert len(found.broken) == len(broken)
    for name, says in broken.items():
        line = next(line for line in found.broken if line.startswith(f"{folder / name}: "))
        assert says in line or repr(says) in line
        assert told.getvalue().count(line) == 1


def chapter_every_golden_shows_the_file_the_table_says(folder: Path) -> None:
    for at, row in enumerate(EXPECTED["choices"]):
        place = stage.SCRATCH / "choices" / str(at)
        shutil.copytree(GOLDENS / row["folder"], place)
        stage.open_in(place)
        images = {one["source"]: stage.load(place / one["source"]) for one in row["shows"]}
        with stage.console():
            stage.watch().poll()
        bpy.ops.impasto.follow(follow=row["follow"])
        bpy.ops.impasto.choose_for_material(
            folder=str(place), material=row["material"], variant=row["wanted"]
        )
        shown = {source: stage.file_of(image) for source, image in images.items()}
        assert shown == {one["source"]: one["file"] for one in row["shows"]}, row
        bpy.ops.impasto.choose_for_material(folder=str(place), material=row["material"], variant="")
        bpy.ops.impasto.choose_for_project(variant=row["wanted"])
        assert shown == {source: stage.file_of(image) for source, image in images.items()}, row


def chapter_a_variant_comes_and_is_shown_in_its_colour_space(folder: Path) -> None:
    color = SmallSidecar(write_png(folder / "brick_basecolor.png", RED))
    normal = SmallSidecar(write_png(folder / "brick_normal.png", (128, 128, 255)), role="normal")
    images = [stage.load(one.source) for one in (color, normal)]
    assert stage.watch().poll().read == 0
    color.add("night", BLUE)
    normal.add("x2", (120, 128, 255), style=None)
    for one in (color, normal):
        one.write()
    assert stage.watch().poll().read == 2
    assert [stage.file_of(one) for one in images] == ["brick_basecolor.night.png", "brick_normal.x2.png"]
    assert [one.colorspace_settings.name for one in images] == ["sRGB", "Non-Color"]
    assert stage.color_of(images[0]) == BLUE
    assert tuple(images[0].size) == (16, 16)
    assert stage.watch().poll().read == 0


def chapter_a_source_and_a_variant_that_change_are_followed(folder: Path) -> None:
    sidecar, image = _shown_variant(folder)
    sidecar.add("night", GREEN)
    assert stage.watch().poll().read == 0  # the picture has landed, its sidecar has not
    assert stage.color_of(image) == BLUE
    second = stage.load(sidecar.source)
    assert stage.watch().poll().read == 0  # nor does another image read what is late
    assert stage.color_of(second) == RED
    sidecar.write()
    assert stage.watch().poll().read == 2
    assert [stage.color_of(one) for one in (image, second)] == [GREEN, GREEN]

    bpy.ops.impasto.choose_for_project(variant="original")
    assert stage.color_of(image) == RED
    write_png(sidecar.source, GREY)
    sidecar.write()
    assert stage.watch().poll().read == 2
    assert stage.color_of(image) == GREY


def chapter_a_retired_variant_is_let_go_and_shown_when_it_comes_back(folder: Path) -> None:
    sidecar, image = _shown_variant(folder)
    sidecar.add("scream", GREEN, "scream")
    sidecar.write()
    _choose(sidecar, "scream")
    assert stage.color_of(image) == GREEN
    sidecar.retire("scream")
    sidecar.write()
    stage.watch().poll()
    assert (stage.file_of(image), stage.color_of(image)) == ("brick_basecolor.png", RED)
    sidecar.add("scream", GREY, "scream")
    sidecar.write()
    stage.watch().poll()
    assert stage.color_of(image) == GREY
    sidecar.path.unlink()
    sidecar.variant_file("scream").unlink()
    stage.watch().poll()
    assert stage.color_of(image) == RED


def chapter_choices_are_kept_in_the_blend_file(folder: Path) -> None:
    sidecar, _ = _shown_variant(folder)
    other = SmallSidecar(write_png(folder / "wall_basecolor.png", RED), material="wall")
    other.add("night", BLUE)
    other.write()
    stage.load(other.source)
    _choose(sidecar, "original")
    bpy.ops.impasto.choose_for_project(variant="night")
    bpy.ops.impasto.follow(follow=False)
    bpy.ops.file.make_paths_relative()
    bpy.ops.wm.save_mainfile()
    moved = folder.with_name("moved")
    folder.rename(moved)
    bpy.ops.wm.open_mainfile(filepath=str(moved / "scene.blend"))
    stage.watch().poll()
    shown = {image.name: stage.file_of(image) for image in bpy.data.images if image.filepath}
    assert shown["brick_basecolor.png"] == "brick_basecolor.png"
    assert shown["wall_basecolor.png"] == "wall_basecolor.night.png"
    bpy.ops.impasto.choose_for_project(variant="")
    assert bpy.data.images["wall_basecolor.png"].filepath == "//wall_basecolor.png"


def chapter_what_a_user_changed_stays(folder: Path) -> None:
    sidecar, image = _shown_variant(folder)
    image.colorspace_settings.name = "Non-Color"
    image.alpha_mode = "CHANNEL_PACKED"
    _choose(sidecar, "original")
    assert (image.colorspace_settings.name, image.alpha_mode) == ("sRGB", "STRAIGHT")
    sidecar.add("night", GREEN)
    sidecar.write()
    _choose(sidecar, "night")
    assert stage.color_of(image) == GREEN
    assert (image.colorspace_settings.name, image.alpha_mode) == ("Non-Color", "CHANNEL_PACKED")


def chapter_nodes_take_wrap_and_filter_once(folder: Path) -> None:
    sidecar = SmallSidecar(write_png(folder / "tree_basecolor.png", RED), role="sprite")
    tree = _material("leaf")
    nodes = [tree.nodes.new("ShaderNodeTexImage") for _ in range(2)]
    for node in nodes:
        node.image = bpy.data.images.load(str(sidecar.source), check_existing=True)
    nodes[1].interpolation = "Cubic"
    hints = {"wrap_u": "clamp", "wrap_v": "clamp", "filter_hint": "nearest"}
    sidecar.add("night", BLUE, of_map=hints)
    sidecar.write()
    stage.watch().poll()
    assert [(one.interpolation, one.extension) for one in nodes] == [
        ("Closest", "EXTEND"),
        ("Cubic", "EXTEND"),
    ]
    nodes[0].interpolation = "Smart"
    for choice in ("original", "night"):
        _choose(sidecar, choice, material="brick")
    assert nodes[0].interpolation == "Smart"


def chapter_paint_and_packed_images_are_not_touched(folder: Path) -> None:
    sidecar, image = _shown_variant(folder)
    image.pixels[0] = 0.5
    image.update()
    assert image.is_dirty
    sidecar.add("night", GREEN)
    sidecar.write()
    view = stage.watch().poll()
    assert view.read == 0
    assert view.plan.kept == ("brick_basecolor.png has unsaved paint",)
    image.pack()
    view = stage.watch().poll()
    assert (view.read, view.plan.kept) == (0, ("brick_basecolor.png is packed into the blend file",))


def chapter_an_output_that_a_user_loaded_stays_until_it_is_gone(folder: Path) -> None:
    sidecar, _ = _shown_variant(folder)
    sidecar.add("scream", GREEN, "scream")
    sidecar.write()
    image = stage.load(sidecar.variant_file("scream"))
    stage.watch().poll()
    assert stage.file_of(image) == "brick_basecolor.scream.png"
    sidecar.add("scream", GREY, "scream")
    sidecar.write()
    stage.watch().poll()
    assert stage.color_of(image) == GREY
    sidecar.retire("scream")
    sidecar.write()
    stage.watch().poll()
    assert stage.file_of(image) == "brick_basecolor.night.png"


def chapter_an_image_that_undo_gave_another_file_is_read_again(folder: Path) -> None:
    sidecar, image = _shown_variant(folder)
    note, path = image["impasto"], image.filepath
    _choose(sidecar, "original")
    image["impasto"] = note  # what undo does: the fields of before, and the pixels of now
    image.filepath_raw = path
    assert stage.watch().poll().read == 1
    assert stage.color_of(image) == BLUE

    write_png(sidecar.source, GREY)  # and the source, which the daemon has not seen yet
    image["impasto"] = '{"choice": "original"}'
    image.filepath_raw = str(sidecar.source)
    assert stage.watch().poll().read == 1
    assert stage.color_of(image) == GREY


def chapter_an_image_that_a_user_gave_another_file_is_left(folder: Path) -> None:
    _, image = _shown_variant(folder)
    image.filepath = str(write_png(folder / "mine.png", GREY))
    assert stage.watch().poll().read == 0
    assert (stage.file_of(image), stage.color_of(image)) == ("mine.png", GREY)


def chapter_the_panel_says_what_is_there_and_its_buttons_choose(folder: Path) -> None:
    sidecar, image = _shown_variant(folder)
    sidecar.add("ours", GREEN, "ours", draft=True)
    sidecar.fail("scream", "out of memory: needs 3.1 GiB, 2.0 GiB are free; give a smaller max_size")
    sidecar.write()
    unused = SmallSidecar(write_png(folder / "door_basecolor.png", RED), material="door")
    unused.add("night", BLUE, status="pending")
    unused.write()
    (folder / "cut.png.impasto").write_text("{")
    with stage.console():
        stage.watch().poll()
    drawn = _draw()
    told = " ".join(drawn.lines)
    for words in (
        "cut.png.impasto: is not JSON",
        "brick_basecolor.png: night",
        "scream failed: out of memory: needs 3.1 GiB, 2.0 GiB are free; give a smaller max_size",
        "night: rule 'environment' matches '*' and role base_color",
        "Not in this file (1)",
        "door: night pending",
    ):
        assert words in told, (words, told)
    assert [one.text for one in drawn.buttons if one.depress] == [
        "Follow new variants",
        "By material",
        "As the project",
    ]
    assert drawn.button("ours (draft)").press() == {"FINISHED"}
    assert stage.color_of(image) == GREEN
    assert _draw().button("ours (draft)").depress
    _draw().button("As the project").press()
    _draw().button("Follow new variants").press()
    assert stage.color_of(image) == RED
    _draw().button("night").press()
    assert stage.color_of(image) == BLUE
    _draw().button("Original", at=1).press()
    assert stage.color_of(image) == RED


def chapter_the_tiles_of_a_udim_set_switch_together(folder: Path) -> None:
    tiles = [SmallSidecar(write_png(folder / f"rock.{at}.png", RED), material="rock") for at in (1001, 1002)]
    image = stage.load(tiles[0].source)
    image.source = "TILED"
    image.filepath = str(folder / "rock.<UDIM>.png")
    image.tiles.new(1002)
    assert stage.watch().poll().read == 0
    for tile in tiles:
        tile.add("night", BLUE)
    tiles[0].write()
    assert stage.watch().poll().read == 0  # the second tile's sidecar has not landed
    tiles[1].write()
    assert stage.watch().poll().read == 1
    assert (stage.file_of(image), stage.color_of(image)) == ("rock.night.<UDIM>.png", BLUE)
    assert stage.watch().poll().read == 0
    bpy.ops.impasto.choose_for_project(variant="original")
    assert (stage.file_of(image), stage.color_of(image)) == ("rock.<UDIM>.png", RED)


def chapter_missing_maps_are_linked_where_an_input_is_free(folder: Path) -> None:
    color = SmallSidecar(write_png(folder / "brick_basecolor.png", RED))
    normal = SmallSidecar(write_png(folder / "brick_normal.png", (128, 128, 255)), role="normal")
    packed = SmallSidecar(write_png(folder / "brick_orm.png", (255, 180, 0)), role="packed")
    color.add("night", BLUE)
    for one in (normal, packed):
        one.add("x2", (120, 128, 255), style=None)
    tree = _material("brick")
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(str(color.source))
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    value = tree.nodes.new("ShaderNodeValue")
    tree.links.new(value.outputs[0], shader.inputs["Metallic"])
    for one in (color, normal, packed):
        one.write()
    stage.watch().poll()
    assert bpy.ops.impasto.link_maps(folder=str(folder), material="brick") == {"FINISHED"}
    assert shader.inputs["Metallic"].links[0].from_node == value
    split = shader.inputs["Roughness"].links[0]
    assert (split.from_node.type, split.from_socket.name) == ("SEPARATE_COLOR", "Green")
    bumps = shader.inputs["Normal"].links[0].from_node
    turned = bumps.inputs["Color"].links[0].from_node
    assert (bumps.type, turned.operation) == ("NORMAL_MAP", "MULTIPLY_ADD")
    linked = [turned.inputs[0].links[0].from_node.image, split.from_node.inputs[0].links[0].from_node.image]
    assert [stage.file_of(one) for one in linked] == ["brick_normal.x2.png", "brick_orm.x2.png"]
    assert [one.colorspace_settings.name for one in linked] == ["Non-Color", "Non-Color"]
    assert bpy.ops.impasto.link_maps(folder=str(folder), material="brick") == {"CANCELLED"}


def chapter_a_broken_sidecar_says_one_line_and_what_was_shown_stays(folder: Path) -> None:
    sidecar, image = _shown_variant(folder)
    sidecar.path.write_text("{")
    with stage.console() as told:
        found = stage.watch().poll().found
        stage.watch().poll()
    assert len(found.broken) == 1
    assert told.getvalue().splitlines() == [f"impasto: {found.broken[0]}"]
    assert stage.color_of(image) == BLUE
    sidecar.write()
    assert stage.watch().poll().found.broken == ()


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


def chapter_300_sidecars_are_one_look(folder: Path) -> None:
    sidecars = []
    for at in range(300):
        one = SmallSidecar(write_png(folder / f"{at % 7}" / f"m{at}_basecolor.png", RED), material=f"m{at}")
        one.add("night", BLUE)
        one.write()
        sidecars.append(one)
    images = [stage.load(one.source) for one in sidecars]
    start = time.perf_counter()
    view = stage.watch().poll()
    MEASURED["300 sidecars, first look, s"] = time.perf_counter() - start
    assert view.read == 300
    assert all(stage.color_of(image) == BLUE for image in images)
    start = time.perf_counter()
    view = stage.watch().poll()
    MEASURED["300 sidecars, next look, s"] = time.perf_counter() - start
    assert (view.read, view.plan.changes) == (0, ())


def chapter_a_render_shows_the_variant(folder: Path) -> None:
    sidecar = SmallSidecar(write_png(folder / "brick_basecolor.png", RED))
    lit_plane.show_on_plane(sidecar.source)
    stage.watch().poll()
    shades = []
    for _ in range(2):
        lit_plane.render(folder / "render.png", size=16, samples=1)
        picture = bpy.data.images.load(str(folder / "render.png"))
        middle = 4 * (16 * 6 + 8)
        red, _, blue = picture.pixels[middle : middle + 3]
        shades.append((red > 2 * blue, blue > 2 * red))
        bpy.data.images.remove(picture)
        sidecar.add("night", BLUE)
        sidecar.write()
        stage.watch().poll()
    assert shades == [(True, False), (False, True)]


def chapter_unregister_leaves_nothing_behind(folder: Path) -> None:
    _shown_variant(folder)
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


def _shown_variant(folder: Path) -> tuple[SmallSidecar, Any]:
    """A source with a variant that its image shows."""
    sidecar = SmallSidecar(write_png(folder / "brick_basecolor.png", RED))
    sidecar.add("night", BLUE)
    sidecar.write()
    image = stage.load(sidecar.source)
    stage.watch().poll()
    assert stage.color_of(image) == BLUE
    return sidecar, image


def _choose(sidecar: SmallSidecar, choice: str, material: str = "brick") -> None:
    bpy.ops.impasto.choose_for_material(folder=str(sidecar.source.parent), material=material, variant=choice)


def _draw() -> DrawnLayout:
    layout = DrawnLayout()
    panel = sys.modules[f"{stage.MODULE}.panel"]
    panel.draw_view(layout, stage.watch().view, sys.modules[f"{stage.MODULE}.choices"].read_project())
    return layout


def _material(name: str) -> Any:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    return material.node_tree


CHAPTERS: dict[str, Callable[[Path], None]] = {
    name.removeprefix("chapter_"): told
    for name, told in list(globals().items())
    if name.startswith("chapter_")
}


def main(report_file: Path) -> None:
    stage.install(stage.build())
    raised = {}
    for name, told in CHAPTERS.items():
        try:
            told(stage.empty_project(name))
            raised[name] = ""
        except Exception:  # noqa: BLE001  the next chapter is told anyway
            raised[name] = traceback.format_exc()
    report = {"blender": bpy.app.version_string, "raised": raised, "measured": MEASURED}
    report_file.write_text(json.dumps(report, indent=2), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    finally:
        shutil.rmtree(stage.SCRATCH)
