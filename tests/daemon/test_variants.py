"""What the output of a variant is called."""

import pytest

from impasto_daemon.variants import RuleVariant, output_name


@pytest.mark.parametrize(
    ("source", "extension", "name"),
    [
        ("brick_basecolor.png", ".png", "brick_basecolor.night.png"),
        ("brick.v2.jpg", ".png", "brick.v2.night.png"),
        ("no_extension", ".png", "no_extension.night.png"),
        ("wall.1001.exr", ".exr", "wall.night.1001.exr"),
        ("wall.1999.exr", ".exr", "wall.night.1999.exr"),
        ("wall.2001.exr", ".exr", "wall.2001.night.exr"),
        ("wall_1001.exr", ".exr", "wall_1001.night.exr"),
        ("{variant}.png", ".png", "{variant}.night.png"),
    ],
)
def test_an_output_stands_beside_its_source_with_a_udim_number_last(
    source: str, extension: str, name: str
) -> None:
    assert output_name(RuleVariant("night"), source, extension) == name


def test_a_pattern_of_one_s_own_is_followed() -> None:
    variant = RuleVariant("x4", output="{variant}-{stem}_big{ext}")
    assert output_name(variant, "brick.jpg", ".png") == "x4-brick_big.png"
