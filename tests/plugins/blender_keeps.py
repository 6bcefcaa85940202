"""What is the user's in Blender and stays so, and what the panel does: chapters of blender_story.py."""

import sys
from pathlib import Path

import blender_stage as stage
import bpy
from blender_stage import BLUE, GREEN, GREY, RED
from drawn_layout import DrawnLayout
from small_sidecars import SmallSidecar, write_png


def chapter_choices_are_kept_in_the_blend_file(folder: Path) -> None:
    sidecar, _ = stage.shown_variant(folder)
    other = SmallSidecar(write_png(folder / "wall_basecolor.png", RED), material="wall")
    other.add("night", BLUE)
    other.write()
    stage.load(other.source)
    stage.choose(sidecar, "original")
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
    sidecar, image = stage.shown_variant(folder)
    image.colorspace_settings.name = "Non-Color"
    image.alpha_mode = "CHANNEL_PACKED"
    stage.choose(sidecar, "original")
    assert (image.colorspace_settings.name, image.alpha_mode) == ("sRGB", "STRAIGHT")
    sidecar.add("night", GREEN)
    sidecar.write()
    stage.choose(sidecar, "night")
    assert stage.color_of(image) == GREEN
    assert (image.colorspace_settings.name, image.alpha_mode) == ("Non-Color", "CHANNEL_PACKED")


def chapter_nodes_take_wrap_and_filter_once(folder: Path) -> None:
    sidecar = SmallSidecar(write_png(folder / "tree_basecolor.png", RED), role="sprite")
    tree = stage.new_material("leaf")
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
        stage.choose(sidecar, choice)
    assert nodes[0].interpolation == "Smart"


def chapter_paint_and_packed_images_are_not_touched(folder: Path) -> None:
    sidecar, image = stage.shown_variant(folder)
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


def chapter_an_image_that_undo_gave_another_file_is_read_again(folder: Path) -> None:
    sidecar, image = stage.shown_variant(folder)
    note, path = image["impasto"], image.filepath
    stage.choose(sidecar, "original")
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
    _, image = stage.shown_variant(folder)
    image.filepath = str(write_png(folder / "mine.png", GREY))
    assert stage.watch().poll().read == 0
    assert (stage.file_of(image), stage.color_of(image)) == ("mine.png", GREY)


def chapter_the_panel_says_what_is_there_and_its_buttons_choose(folder: Path) -> None:
    sidecar, image = stage.shown_variant(folder)
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


def chapter_missing_maps_are_linked_where_an_input_is_free(folder: Path) -> None:
    color = SmallSidecar(write_png(folder / "brick_basecolor.png", RED))
    normal = SmallSidecar(write_png(folder / "brick_normal.png", (128, 128, 255)), role="normal")
    packed = SmallSidecar(write_png(folder / "brick_orm.png", (255, 180, 0)), role="packed")
    color.add("night", BLUE)
    for one in (normal, packed):
        one.add("x2", (120, 128, 255), style=None)
    tree = stage.new_material("brick")
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


def _draw() -> DrawnLayout:
    layout = DrawnLayout()
    panel = sys.modules[f"{stage.MODULE}.panel"]
    panel.draw_view(layout, stage.watch().view, sys.modules[f"{stage.MODULE}.choices"].read_project())
    return layout
