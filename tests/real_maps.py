"""What the real textures are, and confusion tables of what impasto takes them for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impasto_engine.map_roles import Content, ContentKind, MapRole, decide_role, inspect_content, role_by_name
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_io import sample_texture

ROLES = {
    "Leav_material_baseColor.png": MapRole.BASE_COLOR,
    "fabric_pattern_07_arm_1k.jpg": MapRole.PACKED,
    "fabric_pattern_07_col_1_1k.jpg": MapRole.BASE_COLOR,
    "fabric_pattern_07_nor_gl_1k.jpg": MapRole.NORMAL,
    "fire.png": MapRole.SPRITE,
    "gBot.png": MapRole.SPRITE,
    "godot_icon.tga": MapRole.SPRITE,
    "isotiles.png": MapRole.SPRITE,
    "robot.webp": MapRole.SPRITE,
    "rug_1.png": MapRole.SPRITE,
    "sand_albedo.jpg": MapRole.BASE_COLOR,
    "sand_metal.jpg": MapRole.METALLIC,
    "sand_normal.jpg": MapRole.NORMAL,
    "sand_rough.jpg": MapRole.ROUGHNESS,
    "scifi_1_albedo.png": MapRole.BASE_COLOR,
    "scifi_1_normal.png": MapRole.NORMAL,
    "texture_bricks.jpg": MapRole.BASE_COLOR,
    "texture_bricks_ao.jpg": MapRole.AO,
    "texture_bricks_depth.jpg": MapRole.HEIGHT,
    "texture_bricks_metal.jpg": MapRole.METALLIC,
    "texture_bricks_normal.jpg": MapRole.NORMAL,
    "texture_rock_albedo.png": MapRole.BASE_COLOR,
    "texture_rock_ao.png": MapRole.AO,
    "texture_rock_depth.png": MapRole.HEIGHT,
    "texture_rock_metal.png": MapRole.METALLIC,
    "texture_rock_normal.png": MapRole.NORMAL,
    "texture_wood.png": MapRole.BASE_COLOR,
    "tiles.webp": MapRole.SPRITE,
    "tree_alpha_16bit.png": MapRole.SPRITE,
}
GREY_ROLES = (MapRole.AO, MapRole.HEIGHT, MapRole.METALLIC, MapRole.ROUGHNESS)
GREY_SPRITE = "fire.png"


@dataclass(frozen=True, slots=True)
class Judged:
    """One texture: what it is, and what impasto takes it for."""

    name: str
    truth: str
    verdict: str


def kind_of(name: str) -> ContentKind:
    """What the pixels of a real texture are."""
    role = ROLES[name]
    if role is MapRole.NORMAL:
        return ContentKind.NORMAL
    if role is MapRole.PACKED:
        return ContentKind.PACKED_LIKE
    return ContentKind.GREY if role in GREY_ROLES or name == GREY_SPRITE else ContentKind.COLOR


def content_of(path: Path) -> Content:
    return inspect_content(sample_texture(path).texture)


def judged_by_name(textures: Path, rename: Callable[[str], str] = str) -> Iterator[Judged]:
    """The roles as the daemon decides them, under the names that `rename` gives."""
    for name, role in ROLES.items():
        verdict = decide_role(role_by_name(rename(name)), content_of(textures / name))
        yield Judged(name, role, verdict.role)


def judged_by_content(textures: Path) -> Iterator[Judged]:
    """The kinds of all real textures by their pixels alone, and of packed maps put together from grey ones."""
    for name in ROLES:
        yield Judged(name, kind_of(name), content_of(textures / name).kind)
    for name, packed in packed_from_real(textures):
        yield Judged(name, ContentKind.PACKED_LIKE, inspect_content(Texture(packed)).kind)


def packed_from_real(textures: Path) -> Iterator[tuple[str, FloatArray]]:
    """AO, roughness and metal of one material in one file, as engines pack them. The heights stand in for
    roughness that follows them or their opposite."""

    def grey(name: str) -> FloatArray:
        return sample_texture(textures / name).texture.rgb[..., 0]

    def pack(*planes: FloatArray) -> FloatArray:
        return np.stack(planes, axis=2)

    for material, suffix in (("texture_bricks", "jpg"), ("texture_rock", "png")):
        ao, depth = grey(f"{material}_ao.{suffix}"), grey(f"{material}_depth.{suffix}")
        metal = grey(f"{material}_metal.{suffix}")
        yield f"{material}_orm", pack(ao, depth, metal)
        yield f"{material}_orm, rough where deep", pack(ao, 1 - depth, metal)
        yield f"{material}_orm, no metal", pack(ao, depth, np.zeros_like(ao))
        yield f"{material}_mra", pack(metal, depth, ao)
    rough, metal = grey("sand_rough.jpg"), grey("sand_metal.jpg")
    yield "sand_orm, no occlusion", pack(np.ones_like(rough), rough, metal)
    yield "sand_orm, roughness only", pack(np.ones_like(rough), rough, np.zeros_like(rough))


def confusion_table(judged: Iterable[Judged]) -> str:
    """Markdown: a row for what they are, a column for what they are taken for."""
    counted = Counter((one.truth, one.verdict) for one in judged)
    names = sorted({name for pair in counted for name in pair})
    rows = [
        f"| {truth} | " + " | ".join(str(counted[truth, verdict] or "·") for verdict in names) + " |"
        for truth in names
    ]
    return "\n".join(
        ["| is \\ taken for | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|", *rows]
    )
