"""Names as the libraries, tools and engines that artists get textures from write them."""

import pytest

from impasto_engine.map_roles import MapRole, material_of, role_by_name

COLOR, NORMAL, ROUGH, METAL = MapRole.BASE_COLOR, MapRole.NORMAL, MapRole.ROUGHNESS, MapRole.METALLIC
GLOSS, AO, PACKED, HEIGHT = MapRole.GLOSS, MapRole.AO, MapRole.PACKED, MapRole.HEIGHT
GLOW, OPACITY, NO_TREATMENT = MapRole.EMISSIVE, MapRole.OPACITY, MapRole.UNKNOWN

PACKS = {
    "ambientCG": {
        "Bricks076_1K-PNG_Color.png": COLOR,
        "Bricks076_1K-PNG_NormalGL.png": NORMAL,
        "Bricks076_1K-PNG_NormalDX.png": NORMAL,
        "Bricks076_1K-PNG_Roughness.png": ROUGH,
        "Bricks076_1K-PNG_AmbientOcclusion.png": AO,
        "Bricks076_1K-PNG_Displacement.png": HEIGHT,
        "Bricks076_1K-PNG_Metalness.png": METAL,
        "Bricks076_1K-PNG_Opacity.png": OPACITY,
        "Bricks076_1K-PNG_Emission.png": GLOW,
    },
    "Poly Haven": {
        "rock_wall_10_diff_4k.jpg": COLOR,
        "rock_wall_10_col_1_4k.jpg": COLOR,
        "rock_wall_10_nor_gl_4k.exr": NORMAL,
        "rock_wall_10_nor_dx_4k.png": NORMAL,
        "rock_wall_10_rough_4k.jpg": ROUGH,
        "rock_wall_10_metal_4k.jpg": METAL,
        "rock_wall_10_arm_4k.jpg": PACKED,
        "rock_wall_10_ao_4k.jpg": AO,
        "rock_wall_10_disp_4k.png": HEIGHT,
        "rock_wall_10_spec_4k.png": NO_TREATMENT,
        "rock_wall_10_translucent_4k.png": NO_TREATMENT,
    },
    "Substance": {
        "M_Wood_BaseColor.1001.png": COLOR,
        "M_Wood_Base_Color.1001.png": COLOR,
        "M_Wood_Normal.1001.png": NORMAL,
        "M_Wood_Normal_OpenGL.1001.png": NORMAL,
        "M_Wood_Normal_DirectX.1001.png": NORMAL,
        "M_Wood_OcclusionRoughnessMetallic.1001.png": PACKED,
        "M_Wood_Ambient_Occlusion.1001.png": AO,
        "M_Wood_Height.1001.png": HEIGHT,
        "M_Wood_Emissive.1001.png": GLOW,
        "M_Wood_Curvature.1001.png": NO_TREATMENT,
        "M_Wood_Position.1001.png": NO_TREATMENT,
    },
    "Quixel": {
        "uiakfgjn_2K_Albedo.jpg": COLOR,
        "uiakfgjn_2K_DiffuseOriginal.jpg": COLOR,
        "uiakfgjn_2K_Normal.jpg": NORMAL,
        "uiakfgjn_2K_Roughness.jpg": ROUGH,
        "uiakfgjn_2K_Gloss.jpg": GLOSS,
        "uiakfgjn_2K_AO.jpg": AO,
        "uiakfgjn_2K_Displacement.exr": HEIGHT,
        "uiakfgjn_2K_Bump.jpg": HEIGHT,
        "uiakfgjn_2K_Opacity.jpg": OPACITY,
        "uiakfgjn_2K_Cavity.jpg": NO_TREATMENT,
        "uiakfgjn_2K_Specular.jpg": NO_TREATMENT,
    },
    "textures.com": {
        "TexturesCom_Brick_2x2_1K_albedo.tif": COLOR,
        "TexturesCom_Brick_2x2_1K_normal.tif": NORMAL,
        "TexturesCom_Brick_2x2_1K_roughness.tif": ROUGH,
        "TexturesCom_Brick_2x2_1K_height.tif": HEIGHT,
        "TexturesCom_Brick_2x2_1K_ao.tif": AO,
    },
    "Unity": {
        "Crate_AlbedoTransparency.png": COLOR,
        "Crate_Normal.png": NORMAL,
        "Crate_MetallicSmoothness.png": PACKED,
        "Crate_MaskMap.png": PACKED,
        "Crate_Emission.png": GLOW,
        "Crate_SpecularSmoothness.png": NO_TREATMENT,
        "Crate_DetailMap.png": NO_TREATMENT,
    },
    "glTF": {
        "Crate_baseColor.png": COLOR,
        "Crate_baseColorTexture.png": COLOR,
        "Crate_normal.png": NORMAL,
        "Crate_normalTexture.png": NORMAL,
        "Crate_metallicRoughness.png": PACKED,
        "Crate_metalRoughness.png": PACKED,
        "Crate_occlusionRoughnessMetallic.png": PACKED,
        "Crate_occlusion.png": AO,
        "Crate_emissive.png": GLOW,
    },
    "Godot": {
        "crate_albedo.png": COLOR,
        "crate_orm.png": PACKED,
        "crate_normal.png": NORMAL,
        "crate_roughness.png": ROUGH,
        "crate_metallic.png": METAL,
        "crate_emission.png": GLOW,
    },
    "people": {
        "crate_diff_v2.png": COLOR,
        "crate-alb.png": COLOR,
        "crate.dif.png": COLOR,
        "crateColorMap.png": COLOR,
        "crate_normalmap.png": NORMAL,
        "crate-normal-map.png": NORMAL,
        "crate_ddn.tga": NORMAL,
        "crate_ORM_Map.png": PACKED,
        "crate_RoughnessMap.png": ROUGH,
        "crate_roughness_2048x2048.png": ROUGH,
        "crate_hgt.png": HEIGHT,
        "crate_emi.png": GLOW,
        "crate_occ.png": AO,
    },
}


@pytest.mark.parametrize(
    ("source", "name"), [(source, name) for source, names in PACKS.items() for name in names]
)
def test_names_of_real_packs_are_read(source: str, name: str) -> None:
    named = role_by_name(name)
    assert named is not None
    assert named.role is PACKS[source][name]


@pytest.mark.parametrize("source", PACKS)
def test_all_maps_of_a_pack_are_of_one_material(source: str) -> None:
    assert len({material_of(name) for name in PACKS[source]}) == 1


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("Bricks076_1K-PNG_NormalGL.png", "+"),
        ("Bricks076_1K-PNG_NormalDX.png", "-"),
        ("rock_nor_gl_4k.exr", "+"),
        ("rock_nor_dx_4k.exr", "-"),
        ("M_Wood_Normal_OpenGL.1001.png", "+"),
        ("M_Wood_Normal_DirectX.1001.png", "-"),
        ("crate_normal_ogl.png", "+"),
    ],
)
def test_signs_of_normals_are_read(name: str, sign: str) -> None:
    named = role_by_name(name)
    assert named is not None
    assert named.normal_y == sign


@pytest.mark.parametrize(
    "name",
    [
        "wood_texture.png",
        "treasure_map.png",
        "world_map.png",
        "bitmap.png",
        "road_smooth.png",
        "lava_flow.png",
    ],
)
def test_words_that_name_things_name_no_maps(name: str) -> None:
    assert role_by_name(name) is None
