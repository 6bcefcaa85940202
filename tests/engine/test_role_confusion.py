"""Every real texture is what it is taken for: by its name, and by its pixels alone."""

from pathlib import Path

import pytest

from impasto_engine.map_roles import ContentKind, MapRole, decide_role, role_by_name
from real_maps import (
    GREY_ROLES,
    ROLES,
    Judged,
    confusion_table,
    content_of,
    judged_by_content,
    judged_by_name,
    kind_of,
)

STYLES = ["starry_night.jpg", "the_scream.jpg", "shipwreck.jpg", "painting_babel.jpg"]


@pytest.fixture(scope="module")
def textures(shared: Path) -> Path:
    return shared / "assets" / "textures"


def mistaken(judged: list[Judged]) -> list[Judged]:
    return [one for one in judged if one.truth != one.verdict]


def test_no_real_texture_is_left_out(textures: Path) -> None:
    assert {path.name for path in textures.iterdir()} == set(ROLES)


def test_every_role_is_right_under_the_artist_s_name(textures: Path) -> None:
    judged = list(judged_by_name(textures))
    assert mistaken(judged) == [], confusion_table(judged)


def test_content_alone_tells_normal_colour_grey_and_packed(textures: Path) -> None:
    judged = list(judged_by_content(textures))
    assert mistaken(judged) == [], confusion_table(judged)
    assert {one.truth for one in judged} == set(ContentKind)


def test_paintings_are_colour(shared: Path) -> None:
    assert {content_of(shared / "assets" / "styles" / name).kind for name in STYLES} == {ContentKind.COLOR}


def test_under_names_that_say_nothing_no_data_map_but_a_packed_one_is_taken_for_colour(
    textures: Path,
) -> None:
    judged = {one.name: one for one in judged_by_name(textures, rename=lambda _: "1f3a.png")}
    for name, role in ROLES.items():
        if role in GREY_ROLES:
            assert judged[name].verdict == MapRole.UNKNOWN, name
        elif role is MapRole.NORMAL:
            assert judged[name].verdict == MapRole.NORMAL, name
        else:
            assert judged[name].verdict in (MapRole.BASE_COLOR, MapRole.SPRITE), name


def test_a_real_normal_map_is_found_under_any_other_map_s_name(textures: Path) -> None:
    for name in (name for name in ROLES if kind_of(name) is ContentKind.NORMAL):
        for word in ("albedo", "roughness", "ao", "height", "ORM"):
            verdict = decide_role(role_by_name(f"wall_{word}.png"), content_of(textures / name))
            assert verdict.role is MapRole.NORMAL, name
            assert verdict.reason == f"content: a normal map, though name ends in '{word}'"


def test_a_real_picture_under_a_data_map_s_name_is_reported_and_left_alone(textures: Path) -> None:
    for name in (name for name in ROLES if kind_of(name) is ContentKind.COLOR):
        for word, reason in (
            ("normal", "the picture is no normal map"),
            ("rough", "the picture is colourful"),
            ("ORM", "its channels move together, as a picture's do"),
        ):
            verdict = decide_role(role_by_name(f"wall_{word}.png"), content_of(textures / name))
            assert verdict.role is MapRole.UNKNOWN, name
            assert verdict.reason == f"name ends in '{word}', but {reason}"


def test_a_real_grey_or_packed_map_named_normal_is_reported_and_left_alone(textures: Path) -> None:
    for name in ROLES:
        if kind_of(name) in (ContentKind.GREY, ContentKind.PACKED_LIKE):
            verdict = decide_role(role_by_name("wall_nor_gl.png"), content_of(textures / name))
            assert verdict.role is MapRole.UNKNOWN, name
            assert "no normal map" in verdict.reason
