"""The roles a map can have, and the words that files' names use for them, engine by engine."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal


class MapRole(StrEnum):
    BASE_COLOR = "base_color"
    NORMAL = "normal"
    ROUGHNESS = "roughness"
    GLOSS = "gloss"
    METALLIC = "metallic"
    AO = "ao"
    PACKED = "packed"
    HEIGHT = "height"
    EMISSIVE = "emissive"
    OPACITY = "opacity"
    SPRITE = "sprite"
    ENVIRONMENT = "environment"
    UNKNOWN = "unknown"


# What may be stylized. UNKNOWN is colour once a rule names it.
COLOR_ROLES = frozenset({MapRole.BASE_COLOR, MapRole.SPRITE, MapRole.EMISSIVE, MapRole.UNKNOWN})


class Profile(StrEnum):
    """Whose naming habits to read: they disagree on single letters."""

    NEUTRAL = "neutral"
    UNREAL = "unreal"
    UNITY = "unity"
    GODOT = "godot"
    BLENDER = "blender"
    POLYHAVEN = "polyhaven"
    O3DE = "o3de"


NormalY = Literal["+", "-"]


def _words(table: Mapping[MapRole, str]) -> Mapping[str, MapRole]:
    return MappingProxyType({word: role for role, words in table.items() for word in words.split()})


# A word may also end in "map": `normalmap`, `AO_Map`.
WORDS = _words(
    {
        MapRole.BASE_COLOR: "basecolor basecolour basecol basecolortexture albedo alb albedotransparency diffuse "
        "diffuseoriginal diff dif color colour col clr bc",
        MapRole.NORMAL: "normal normals normaltexture nor nrm norm nrml ddn ddna",
        MapRole.ROUGHNESS: "roughness rough rgh",
        MapRole.GLOSS: "gloss glossiness smoothness",
        MapRole.METALLIC: "metallic metalness metal mtl",
        MapRole.AO: "ao ambientocclusion occlusion occlusiontexture ambocc occ",
        MapRole.HEIGHT: "height hgt disp displ displacement displace bump depth",
        MapRole.EMISSIVE: "emissive emissivetexture emission emit emi glow selfillumination",
        MapRole.OPACITY: "opacity alpha mask transparency",
        # Maps that impasto has no treatment for: named here, a colourful one does not pass as base colour.
        MapRole.UNKNOWN: "specular spec specularity specularsmoothness specularglossiness reflection subsurface "
        "sss translucency translucent transmission thickness curvature cavity clearcoat anisotropy sheen lightmap "
        "detailmap flowmap vectordisplacement vdm vertexcolor position id",
    }
)
ENVIRONMENT_WORDS = frozenset(
    ["hdr", "hdri", "lut", "skybox", "cubemap", "equirectangular", "latlong", "ibl"]
)
_GLTF = (MapRole.UNKNOWN, MapRole.ROUGHNESS, MapRole.METALLIC)
PACKINGS: Mapping[str, tuple[MapRole, ...]] = MappingProxyType(
    {
        "orm": (MapRole.AO, MapRole.ROUGHNESS, MapRole.METALLIC),
        "arm": (MapRole.AO, MapRole.ROUGHNESS, MapRole.METALLIC),
        "occlusionroughnessmetallic": (MapRole.AO, MapRole.ROUGHNESS, MapRole.METALLIC),
        "aorm": (MapRole.AO, MapRole.ROUGHNESS, MapRole.METALLIC),
        "rma": (MapRole.ROUGHNESS, MapRole.METALLIC, MapRole.AO),
        "rmao": (MapRole.ROUGHNESS, MapRole.METALLIC, MapRole.AO),
        "mra": (MapRole.METALLIC, MapRole.ROUGHNESS, MapRole.AO),
        "mrao": (MapRole.METALLIC, MapRole.ROUGHNESS, MapRole.AO),
        "metallicroughness": _GLTF,
        "metalroughness": _GLTF,
        "roughnessmetallic": _GLTF,
        "metallicroughnesstexture": _GLTF,
        "metallicsmoothness": (MapRole.METALLIC, MapRole.UNKNOWN, MapRole.UNKNOWN, MapRole.GLOSS),  # Unity
        "maskmap": (MapRole.METALLIC, MapRole.AO, MapRole.UNKNOWN, MapRole.GLOSS),  # Unity's HDRP
    }
)
NORMAL_SIGNS: Mapping[str, NormalY] = MappingProxyType(
    {"gl": "+", "ogl": "+", "opengl": "+", "dx": "-", "directx": "-"}
)

# Words and letters that only one engine's people use so.
PROFILE_WORDS: Mapping[Profile, Mapping[str, MapRole]] = MappingProxyType(
    {
        Profile.NEUTRAL: _words({}),
        Profile.UNREAL: _words(
            {
                MapRole.BASE_COLOR: "d",
                MapRole.NORMAL: "n",
                MapRole.ROUGHNESS: "r",
                MapRole.METALLIC: "mt",
                MapRole.AO: "o",
                MapRole.HEIGHT: "h b dp",
                MapRole.EMISSIVE: "e",
                MapRole.OPACITY: "a m",
                MapRole.UNKNOWN: "s",
            }
        ),
        Profile.UNITY: _words(
            {
                MapRole.BASE_COLOR: "d",
                MapRole.NORMAL: "n",
                MapRole.METALLIC: "m",
                MapRole.AO: "o",
                MapRole.HEIGHT: "h",
                MapRole.EMISSIVE: "e",
            }
        ),
        Profile.GODOT: _words(
            {
                MapRole.NORMAL: "n",
                MapRole.ROUGHNESS: "r",
                MapRole.METALLIC: "m",
                MapRole.HEIGHT: "h",
                MapRole.EMISSIVE: "e",
            }
        ),
        Profile.BLENDER: _words(
            {MapRole.BASE_COLOR: "base", MapRole.HEIGHT: "bmp dsp", MapRole.GLOSS: "glossy"}
        ),
        Profile.POLYHAVEN: _words({}),
        Profile.O3DE: _words(
            {
                MapRole.HEIGHT: "d dm dsp h hm ht",
                MapRole.METALLIC: "m",
                MapRole.NORMAL: "n",
                MapRole.ROUGHNESS: "r",
                MapRole.AO: "amb",
                MapRole.EMISSIVE: "e em",
                MapRole.ENVIRONMENT: "cm",
            }
        ),
    }
)
# Letters on which all profiles agree: enough where siblings share the stem.
SIBLING_LETTERS = _words({MapRole.NORMAL: "n", MapRole.ROUGHNESS: "r", MapRole.HEIGHT: "h"})

# The green channel's direction in each engine's own normal maps; the others follow the file.
PROFILE_NORMAL_Y: Mapping[Profile, NormalY] = MappingProxyType(
    {Profile.UNREAL: "-", Profile.UNITY: "+", Profile.GODOT: "+", Profile.BLENDER: "+"}
)
