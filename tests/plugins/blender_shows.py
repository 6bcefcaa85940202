"""What images show in Blender as sidecars come, change and go: chapters of blender_story.py."""

import json
import shutil
import sys
import time
from pathlib import Path

import blender_stage as stage
import bpy
import lit_plane
from blender_stage import BLUE, GREEN, GREY, RED
from python_verdicts import seen
from small_sidecars import SmallSidecar, write_png

GOLDENS = stage.REPO / "plugins" / "goldens"
EXPECTED = json.loads((GOLDENS / "expected.json").read_text(encoding="utf-8"))


def chapter_every_golden_is_seen_as_the_table_says(folder: Path) -> None:
    shutil.copytree(GOLDENS, folder, dirs_exist_ok=True)
    with stage.console() as told:
        found = stage.watch().poll().found
    core = sys.modules[f"{stage.MODULE}.impasto_sidecars"]
    assert [seen(core, one.path, folder) for one in found.sidecars] == sorted(
        (row for row in EXPECTED["sidecars"] if not row["broken"]), key=lambda row: folder / row["sidecar"]
    )
    broken = {row["sidecar"]: row["says"] for row in EXPECTED["sidecars"] if row["broken"]}
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
    sidecar, image = stage.shown_variant(folder)
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
    sidecar, image = stage.shown_variant(folder)
    sidecar.add("scream", GREEN, "scream")
    sidecar.write()
    stage.choose(sidecar, "scream")
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


def chapter_an_output_that_a_user_loaded_stays_until_it_is_gone(folder: Path) -> None:
    sidecar, _ = stage.shown_variant(folder)
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


def chapter_a_broken_sidecar_says_one_line_and_what_was_shown_stays(folder: Path) -> None:
    sidecar, image = stage.shown_variant(folder)
    sidecar.path.write_text("{")
    with stage.console() as told:
        found = stage.watch().poll().found
        stage.watch().poll()
    assert len(found.broken) == 1
    assert told.getvalue().splitlines() == [f"impasto: {found.broken[0]}"]
    assert stage.color_of(image) == BLUE
    sidecar.write()
    assert stage.watch().poll().found.broken == ()


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
    stage.MEASURED["300 sidecars, first look, s"] = time.perf_counter() - start
    assert view.read == 300
    assert all(stage.color_of(image) == BLUE for image in images)
    start = time.perf_counter()
    view = stage.watch().poll()
    stage.MEASURED["300 sidecars, next look, s"] = time.perf_counter() - start
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
