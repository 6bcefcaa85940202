"""Masks that a config names: what they mean, where they are looked for, and every mistake in them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from impasto_daemon.config import Config, load_config
from impasto_daemon.errors import ConfigError
from impasto_engine import MapRole, MaskRegion, StyleMask, StyleRequest

CONFIG = """\
watch:
  - folder: textures
styles:
  ink: { builtin: 7 }
  night: { image: styles/night.png }
presets:
  walled: { mask: masks/wall.png }
rules:
  - name: all
    match: ["*"]
    variants:
      - style: night
        strength: 0.5
        mask:
          image: masks/regions.png
          regions:
            "#ff0000": ink
            "#0000FF": none
"""
PLAIN = CONFIG[: CONFIG.index("        mask:\n          image")] + "        mask: masks/wall.png\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "project"
    for name in ("textures", "styles", "masks"):
        (folder / name).mkdir(parents=True)
    (folder / "styles" / "night.png").write_bytes(b"not decoded here")
    for name in ("wall", "regions"):
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(folder / "masks" / f"{name}.png")
    return folder


def load(project: Path, text: str = CONFIG) -> Config:
    (project / "config.yaml").write_text(text)
    return load_config(project / "config.yaml")


def style_of(config: Config) -> StyleRequest:
    style = config.rules[0].variants[0].request(MapRole.BASE_COLOR).style
    assert style is not None
    return style


def mask_of(config: Config) -> StyleMask:
    mask = style_of(config).mask
    assert mask is not None
    return mask


def problem(project: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(project, text)
    (only,) = caught.value.problems
    assert only.file == project / "config.yaml"
    return f"{only.line}: {only.key}: {only.message}"


def test_a_plain_mask_arrives_in_the_request(project: Path) -> None:
    mask = mask_of(load(project, PLAIN))
    assert (mask.path, mask.regions) == (project / "masks" / "wall.png", ())
    assert style_of(load(project, PLAIN.replace("        mask: masks/wall.png\n", ""))).mask is None


def test_the_styles_of_regions_are_painted_as_the_variant_says(project: Path) -> None:
    config = load(project)
    red, blue = mask_of(config).regions
    assert red.color == (255, 0, 0)
    assert red.style is not None
    assert (red.style.name, red.style.strength, red.style.mask) == ("ink", 0.5, None)
    assert blue == MaskRegion((0, 0, 255), None)
    assert style_of(config).name == "night"


def test_a_preset_s_mask_holds_unless_the_variant_says_otherwise(project: Path) -> None:
    text = PLAIN.replace("        mask: masks/wall.png\n", "        extends: walled\n")
    assert mask_of(load(project, text)).path.name == "wall.png"
    assert mask_of(load(project, text + "        mask: masks/regions.png\n")).path.name == "regions.png"
    assert style_of(load(project, text + "        mask: null\n")).mask is None


def test_a_repainted_mask_reloads_what_names_it_and_changes_its_digest(project: Path) -> None:
    config = load(project)
    assert {project / "masks" / "wall.png", project / "masks" / "regions.png"} <= set(config.references)
    Image.fromarray(np.ones((4, 4), np.uint8)).save(project / "masks" / "regions.png")
    assert load(project).digest != config.digest


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("image: masks/regions.png", "image: masks/region.png", "15: {}.image: no such file: "),
        ("image: masks/regions.png", "image: ../regions.png", "15: {}.image: {outside}"),
        ("image: masks/regions.png", "image: config.yaml", "15: {}.image: 'config.yaml' is no picture that"),
        ("          image: masks/regions.png\n", "", "14: {}.image: is missing"),
        ("regions:", "region:", "16: {}.region: unknown key; did you mean 'regions'? valid: image, regions"),
        (
            '"#ff0000": ink',
            '"#ff0000": inc',
            "17: {}.regions.#ff0000: unknown style 'inc'; did you mean 'ink'?",
        ),
        ('"#ff0000": ink', "red: ink", "17: {}.regions.red: 'red' is no colour; valid: \"#rrggbb\""),
        ('"#0000FF": none', '"#FF0000": none', "16: {}.regions: has a colour twice"),
        ('"#ff0000": ink', '"#ff0000": 3', "17: {}.regions.#ff0000: expects text, not 3"),
        (
            "strength: 0.5",
            "layout: atlas",
            "14: {}: is laid over a whole texture, not over the cells of a sheet",
        ),
        ("style: night", "upscale: { scale: 2 }", "14: {}: is for a variant with a style; this one has none"),
    ],
)
def test_a_wrong_mask_is_named_with_its_line(project: Path, old: str, new: str, message: str) -> None:
    (project.parent / "regions.png").write_bytes(b"")
    outside = f"{project.parent / 'regions.png'} is outside of the project"
    text = CONFIG.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        load(project, text)
    found = [f"{one.line}: {one.key}: {one.message}" for one in caught.value.problems]
    expected = message.format("rules[0].variants[0].mask", outside=outside)
    assert any(one.startswith(expected) for one in found), found


def test_the_colours_of_a_style_s_images_are_those_of_all_regions(project: Path) -> None:
    found = problem(project, CONFIG.replace("strength: 0.5", "palette: style"))
    assert found.startswith(
        "13: rules[0].variants[0].palette: the style 'ink' has no image to take colours from"
    )
    text = CONFIG.replace("strength: 0.5", "palette: style").replace('"#ff0000": ink', '"#ff0000": night')
    assert style_of(load(project, text)).palette == "style"


@pytest.mark.parametrize("written", ["7", "[masks/wall.png]", "true"])
def test_what_is_no_mask_is_refused(project: Path, written: str) -> None:
    found = problem(project, CONFIG.replace("mask: masks/wall.png", f"mask: {written}"))
    assert found == "7: presets.walled.mask: expects the name of a picture, or the keys image and regions"
