"""What a map is, by its name and by its content."""

import numpy as np
import pytest

from impasto_engine.map_roles import (
    Content,
    ContentKind,
    MapRole,
    Profile,
    cut_name,
    decide_role,
    inspect_content,
    material_of,
    role_by_name,
)
from impasto_engine.texture import Texture


@pytest.mark.parametrize(
    ("name", "profile", "role"),
    [
        ("T_Brick_D.png", Profile.UNREAL, MapRole.BASE_COLOR),
        ("T_Brick_D.png", Profile.O3DE, MapRole.HEIGHT),
        ("brick_M.png", Profile.UNITY, MapRole.METALLIC),
        ("T_Brick_M.png", Profile.UNREAL, MapRole.OPACITY),
        ("brick_basecolor_4k.1001.png", Profile.NEUTRAL, MapRole.BASE_COLOR),
        ("brick_albedo_1001_2k.png", Profile.NEUTRAL, MapRole.BASE_COLOR),
        ("BrickAO.png", Profile.NEUTRAL, MapRole.AO),
        ("T_BrickORM.tga", Profile.NEUTRAL, MapRole.PACKED),
        ("brick_normal_map.png", Profile.NEUTRAL, MapRole.NORMAL),
        ("brick_MaskMap.png", Profile.NEUTRAL, MapRole.PACKED),
        ("forest_4k.hdr", Profile.NEUTRAL, MapRole.ENVIRONMENT),
        ("LUT_warm.png", Profile.NEUTRAL, MapRole.ENVIRONMENT),
        ("skybox_front.png", Profile.NEUTRAL, MapRole.ENVIRONMENT),
        ("wood_specular.png", Profile.NEUTRAL, MapRole.UNKNOWN),
    ],
)
def test_the_last_token_names_the_role(name: str, profile: Profile, role: MapRole) -> None:
    named = role_by_name(name, profile)
    assert named is not None
    assert named.role is role


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("tree_alpha_16bit.png", Profile.NEUTRAL),
        ("T_Brick_N.png", Profile.NEUTRAL),
        ("PlanB.png", Profile.UNREAL),
        ("n.png", Profile.UNREAL),
        ("albedo_study.png", Profile.NEUTRAL),
        ("1024.png", Profile.NEUTRAL),
    ],
)
def test_a_name_without_a_role_token_has_no_role(name: str, profile: Profile) -> None:
    assert role_by_name(name, profile) is None


def test_a_letter_needs_a_profile_or_a_sibling_of_the_same_stem() -> None:
    assert role_by_name("brick_n.png", siblings=["brick_n.png", "sand_r.png"]) is None
    for sibling in ("brick_r.png", "brick.png", "brick_albedo.png"):
        named = role_by_name("brick_n.png", siblings=[sibling])
        assert named is not None
        assert named.role is MapRole.NORMAL
        assert sibling in named.reason


@pytest.mark.parametrize(
    ("name", "profile", "sign"),
    [
        ("a_nor_gl.png", Profile.UNREAL, "+"),
        ("a_NormalDX.png", Profile.NEUTRAL, "-"),
        ("a_N.png", Profile.UNREAL, "-"),
        ("a_normal.png", Profile.GODOT, "+"),
        ("a_normal.png", Profile.NEUTRAL, None),
    ],
)
def test_normal_maps_carry_their_green_sign(name: str, profile: Profile, sign: str | None) -> None:
    named = role_by_name(name, profile)
    assert named is not None
    assert named.normal_y == sign


@pytest.mark.parametrize(
    ("name", "packing"),
    [
        ("a_ORM.png", ["ao", "roughness", "metallic"]),
        ("a_arm.png", ["ao", "roughness", "metallic"]),
        ("a_RMA.png", ["roughness", "metallic", "ao"]),
        ("a_MaskMap.png", ["metallic", "ao", "unknown", "gloss"]),
    ],
)
def test_packed_names_tell_the_order_of_channels(name: str, packing: list[str]) -> None:
    named = role_by_name(name)
    assert named is not None
    assert list(named.packing) == packing


def test_maps_of_one_material_share_its_name() -> None:
    names = ["bricks_01.png", "bricks_01_normal_2k.png", "bricks_01_ORM.1001.png", "bricks_01.1002.png"]
    assert {material_of(name) for name in names} == {"bricks_01"}


def picture(red: float, green: float, blue: float, noise: float = 0.0, *, cutout: bool = False) -> Texture:
    rng = np.random.default_rng(0)
    rgb = np.full((64, 64, 3), (red, green, blue), np.float32)
    rgb = (rgb + noise * rng.standard_normal((64, 64, 1))).clip(0, 1).astype(np.float32)
    alpha = np.zeros((64, 64), np.float32)
    alpha[16:48, 16:48] = 1.0
    return Texture(rgb, alpha if cutout else None)


def bumps() -> Texture:
    """The normal map of a wavy surface."""
    v, u = np.mgrid[:64, :64] / 64 * 2 * np.pi
    slopes = np.stack([np.sin(3 * u), np.cos(2 * v), np.full_like(u, 1.5)], axis=2)
    normals = slopes / np.linalg.norm(slopes, axis=2, keepdims=True)
    return Texture((normals * 0.5 + 0.5).astype(np.float32))


def judge(name: str, texture: Texture) -> tuple[MapRole, str]:
    verdict = decide_role(role_by_name(name), inspect_content(texture))
    return verdict.role, verdict.reason


def test_a_normal_map_named_albedo_is_a_normal_map() -> None:
    role, reason = judge("wall_albedo.png", bumps())
    assert role is MapRole.NORMAL
    assert reason.startswith("content")


def test_a_flat_normal_map_is_a_normal_map() -> None:
    assert judge("wall.png", picture(0.5, 0.5, 1.0))[0] is MapRole.NORMAL


def test_a_blue_sky_is_no_normal_map() -> None:
    assert judge("sky.png", picture(0.35, 0.6, 0.95, 0.03))[0] is MapRole.BASE_COLOR


@pytest.mark.parametrize("name", ["a_normal.png", "a_opacity.png", "rusty_metal.png", "a_roughness.png"])
def test_a_data_name_on_a_colourful_picture_is_unknown(name: str) -> None:
    role, reason = judge(name, picture(0.7, 0.3, 0.1, 0.1))
    assert role is MapRole.UNKNOWN
    assert "name ends in" in reason


def test_a_cutout_called_arm_is_not_packed() -> None:
    assert judge("robot_arm.png", picture(0.7, 0.3, 0.1, cutout=True))[0] is MapRole.UNKNOWN


def test_without_a_name_content_decides_or_nothing_does() -> None:
    assert judge("wall.png", picture(0.7, 0.3, 0.1, 0.1))[0] is MapRole.BASE_COLOR
    assert judge("wall.png", picture(0.7, 0.3, 0.1, cutout=True))[0] is MapRole.SPRITE
    assert judge("wall.png", picture(0.5, 0.5, 0.5, 0.1))[0] is MapRole.UNKNOWN


def test_an_unnamed_picture_of_light_is_an_environment() -> None:
    light = Texture(picture(0.7, 0.3, 0.1).rgb * 10)
    assert judge("sunset_4k.exr", light)[0] is MapRole.ENVIRONMENT


def test_grey_maps_are_believed_by_name() -> None:
    grey = Content(ContentKind.GREY, varying_alpha=False, hdr=False)
    for word in ("roughness", "ao", "height", "metallic", "opacity", "gloss"):
        assert decide_role(role_by_name(f"wall_{word}.png"), grey).role == word


@pytest.mark.parametrize(
    ("name", "before", "number", "after", "is_tile"),
    [
        ("rock_albedo.1001_2k.png", "rock_albedo.", "1001", "_2k.png", True),
        ("rock.u1_v2.exr", "rock.", "u1_v2", ".exr", True),
        ("walk-07.png", "walk-", "07", ".png", False),
        ("walk7.png", "walk", "7", ".png", False),
        ("0001.png", "", "0001", ".png", False),
        ("brick_01_albedo.png", "brick_01_albedo", "", ".png", False),
        ("brick_512x512.png", "brick", "", "_512x512.png", False),
        ("v2.png", "v2", "", ".png", False),
        ("_1001.png", "_", "1001", ".png", False),
    ],
)
def test_a_name_is_cut_at_the_number_it_ends_in(
    name: str, before: str, number: str, after: str, is_tile: bool
) -> None:
    cut = cut_name(name)
    assert (cut.before, cut.number, cut.after, cut.is_tile) == (before, number, after, is_tile)
    assert cut.before + cut.number + cut.after == name
