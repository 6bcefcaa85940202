"""Which files of a folder belong together, by their names alone."""

from pathlib import Path

import pytest

from impasto_daemon.neighbours import base_color_of, group_of, ties_of
from impasto_engine import Profile

FOLDER = Path("/w/textures")


def group(name: str, *others: str) -> list[str]:
    return [path.name for path in group_of(FOLDER / name, others)]


@pytest.mark.parametrize(
    "names",
    [
        ["rock.1001.png", "rock.1002.png"],
        ["rock_albedo_1001.png", "rock_albedo_1011.png"],
        ["rock.u1_v1.png", "rock.u2_v1.png"],
        ["rock.1001_2k.png", "rock.1002_2k.png"],
        ["walk_01.png", "walk_02.png", "walk_03.png"],
        ["walk1.png", "walk10.png", "walk2.png"],
        ["tile1.png", "tile2.png", "tile3.png"],
        ["0001.png", "0002.png", "0003.png"],
        ["walk-1_512x512.tga", "walk-2_512x512.tga", "walk-9_512x512.tga"],
        ["f_0999.png", "f_1000.png", "f_1001.png"],
    ],
)
def test_tiles_and_frames_are_one_group_whichever_is_asked_about(names: list[str]) -> None:
    for name in names:
        assert group(name, *names, "wall.png", "walk.png", "rock.png") == names


@pytest.mark.parametrize(
    "names",
    [
        ["rock.1001.png"],
        ["walk_01.png", "walk_02.png"],
        ["brick_1k.png", "brick_2k.png", "brick_4k.png"],
        ["brick_256x256.png", "brick_512x512.png", "brick_1024x1024.png"],
        ["icon_16.png", "icon_32.png", "icon_64.png"],
        ["brick_512.png", "brick_1024.png", "brick_2048.png"],
        ["brick_01_albedo.png", "brick_02_albedo.png", "brick_03_albedo.png"],
        ["brick_v1.png", "brick_v2.png", "brick_v3.png"],
        ["walk_01.png", "walk_02.png", "run_03.png"],
        ["walk_01.png", "walk_02.jpg", "walk-03.png"],
        ["walk_01_1k.png", "walk_02_2k.png", "walk_03_4k.png"],
        ["rock_albedo.1001.png", "rock_normal.1001.png", "rock_rough.1001.png"],
        ["rock.1001.png", "rock.night.1001.png", "rock.night.1002.png"],
        ["brick.png", "brick_albedo.png", "brick_normal.png"],
        ["walk_01.ink.png", "walk_02.ink.png", "walk_03.ink.png"],
    ],
)
def test_what_only_looks_numbered_is_no_group(names: list[str]) -> None:
    assert group(names[0], *names) == []


def test_files_of_a_group_have_the_tie_of_their_number_and_others_have_none() -> None:
    def ties(name: str) -> set[object]:
        return {tie for tie in ties_of(FOLDER / name, Profile.NEUTRAL) if tie.kind == "number"}

    assert ties("walk_01.png") == ties("walk_99.png") != set()
    assert ties("walk_01.png") != ties("walk_01.jpg")
    assert ties("brick.png") == ties("brick_2k.png") == set()


def base(name: str, *others: str, profile: Profile = Profile.NEUTRAL) -> str | None:
    found = base_color_of(FOLDER / name, [*others, name], profile)
    return found.name if found else None


def test_the_maps_of_a_material_have_one_base_color() -> None:
    others = ["brick_albedo.png", "brick_rough.png", "stone_albedo.png"]
    assert base("brick_normal.png", *others) == "brick_albedo.png"
    assert base("brick_rough.png", *others) == "brick_albedo.png"
    assert base("brick_albedo.png", *others, "brick_col.png") is None
    assert base("wood_normal.png", *others) is None
    assert base("texture_bricks_ao.jpg", "texture_bricks.jpg", "texture_wood.png") == "texture_bricks.jpg"
    assert base("N_normal.png", "albedo.png") is None
    assert base("normal.png", "albedo.png") == "albedo.png"


def test_a_profile_says_what_a_single_letter_is() -> None:
    assert base("brick_N.png", "brick_D.png", profile=Profile.UNREAL) == "brick_D.png"
    assert base("brick_N.png", "brick_D.png") is None


@pytest.mark.parametrize(
    ("name", "others", "nearest"),
    [
        ("brick_normal.png", ["brick.png", "brick_albedo.png"], "brick_albedo.png"),
        ("rock_normal.1002.png", ["rock_albedo.1001.png", "rock_albedo.1002.png"], "rock_albedo.1002.png"),
        ("rock_normal.1003.png", ["rock_albedo.1002.png", "rock_albedo.1001.png"], "rock_albedo.1001.png"),
        ("wood_nor_2k.jpg", ["wood_col_1k.jpg", "wood_col_2k.jpg"], "wood_col_2k.jpg"),
    ],
)
def test_of_several_base_colors_the_nearest_counts(name: str, others: list[str], nearest: str) -> None:
    assert base(name, *others) == nearest
