"""Palettes that a config names: what their files say, where they are looked for, and every mistake in them."""

from pathlib import Path

import pytest

from impasto_daemon.config import Config, Rulebook, load_config
from impasto_daemon.config_file.palettes import parse_palette
from impasto_daemon.errors import ConfigError
from impasto_engine import MapRole, Palette, PaletteChoice

GPL = """\
GIMP Palette
Name: Dusk
Columns: 4
#
# drawn at the harbour
 13   8  31\tnight, 1 of 3
\t96 48 80
250 200  120 lamp #1
255 255 255
"""
DUSK = [(13, 8, 31), (96, 48, 80), (250, 200, 120), (255, 255, 255)]
CONFIG = """\
watch:
  - folder: textures
styles:
  ink: { builtin: 7 }
  night: { image: styles/night.png }
presets:
  dusky: { palette: palettes/dusk.gpl }
rules:
  - name: all
    match: ["*"]
    variants:
      - style: night
        palette: palettes/dusk.hex
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "project"
    for name in ("textures/walls", "styles", "palettes"):
        (folder / name).mkdir(parents=True)
    (folder / "styles" / "night.png").write_bytes(b"not decoded here")
    (folder / "palettes" / "dusk.gpl").write_text(GPL)
    (folder / "palettes" / "dusk.hex").write_text("0d081f\n603050\n")
    return folder


def load(project: Path, text: str = CONFIG) -> Config:
    (project / "config.yaml").write_text(text)
    return load_config(project / "config.yaml")


def palette(config: Config) -> PaletteChoice | None:
    style = config.rules[0].variants[0].request(MapRole.BASE_COLOR).style
    assert style is not None
    return style.palette


def problem(project: Path, text: str = CONFIG) -> str:
    with pytest.raises(ConfigError) as caught:
        load(project, text)
    (only,) = caught.value.problems
    assert only.file == project / "config.yaml"
    return f"{only.line}: {only.key}: {only.message}"


def bytes_of(found: PaletteChoice | None) -> list[tuple[float, ...]]:
    assert isinstance(found, Palette)
    return [tuple(channel * 255 for channel in color) for color in found.colors]


@pytest.mark.parametrize("text", [GPL, GPL.replace("\n", "\r\n"), "\ufeff" + GPL])
def test_gimp_s_palettes_are_read_as_gimp_writes_them(project: Path, text: str) -> None:
    (project / "palettes" / "dusk.gpl").write_text(text, newline="")
    assert bytes_of(palette(load(project, CONFIG.replace("dusk.hex", "dusk.gpl")))) == DUSK


def test_aseprite_s_palettes_with_alpha_are_read_without_it() -> None:
    text = "GIMP Palette\nChannels: RGBA\n#\n 13   8  31 255\tUntitled\n 96  48  80 128\tUntitled\n"
    assert bytes_of(parse_palette(text, ".gpl")) == DUSK[:2]


@pytest.mark.parametrize("text", ["0d081f\n603050\n", "0D081F\r\n#603050", "0d081f\n\n603050\n0d081f\n"])
def test_hex_palettes_have_one_colour_a_line_and_count_it_once(text: str) -> None:
    assert bytes_of(parse_palette(text, ".hex")) == DUSK[:2]


def test_a_palette_arrives_in_the_request(project: Path) -> None:
    assert bytes_of(palette(load(project))) == DUSK[:2]
    assert palette(load(project, CONFIG.replace("palettes/dusk.hex", "style"))) == "style"
    assert palette(load(project, CONFIG.replace("        palette: palettes/dusk.hex\n", ""))) is None


def test_a_preset_s_palette_holds_unless_the_variant_says_otherwise(project: Path) -> None:
    own = "        palette: palettes/dusk.hex\n"
    text = CONFIG.replace(own, "        extends: dusky\n")
    assert bytes_of(palette(load(project, text))) == DUSK
    assert palette(load(project, text + "        palette: style\n")) == "style"
    assert palette(load(project, text + "        palette: null\n")) is None


def test_a_palette_is_looked_for_beside_the_file_that_names_it(project: Path) -> None:
    (project / "textures" / "walls" / "own.hex").write_text("000000\nffffff\n")
    (project / "textures" / "walls" / ".impasto.yaml").write_text(
        'rules: [{ name: walls, match: ["*"], variants: ['
        "{ style: ink, palette: own.hex }, { style: night, extends: dusky }] }]"
    )
    rules = Rulebook(load(project)).rules_for(project / "textures" / "walls" / "brick.png")
    own, preset = (variant.style for variant in rules[0].rule.variants)
    assert own is not None
    assert preset is not None
    assert bytes_of(own.palette) == [(0, 0, 0), (255, 255, 255)]
    assert bytes_of(preset.palette) == DUSK


def test_a_changed_palette_reloads_what_names_it_and_changes_its_digest(project: Path) -> None:
    config = load(project)
    assert project / "palettes" / "dusk.hex" in config.references
    assert project / "palettes" / "dusk.gpl" in config.references
    (project / "palettes" / "dusk.hex").write_text("0d081f\n603051\n")
    assert load(project).digest != config.digest


def test_an_override_is_read_again_when_its_palette_changes(project: Path) -> None:
    (project / "textures" / "walls" / "own.hex").write_text("000000\nffffff\n")
    (project / "textures" / "walls" / ".impasto.yaml").write_text(
        'rules: [{ name: walls, match: ["*"], variants: [{ style: ink, palette: own.hex }] }]'
    )
    rulebook, path = Rulebook(load(project)), project / "textures" / "walls" / "brick.png"
    before = rulebook.digest_of(path)
    (project / "textures" / "walls" / "own.hex").write_text("000000\nffffff\nff0000\n")
    assert rulebook.digest_of(path) != before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "13   8  31\t",
            "13   8\t",
            "dusk.gpl:6: '13   8\tnight, 1 of 3' is no colour; valid: red, green and",
        ),
        ("13   8  31", "13   8  310", "dusk.gpl:6: '13   8  310\tnight, 1 of 3' is no colour; valid: red"),
        ("GIMP Palette", "JASC-PAL", "dusk.gpl:1: the first line of a .gpl file must be 'GIMP Palette'"),
        (GPL, "", "dusk.gpl:1: the first line of a .gpl file must be 'GIMP Palette'"),
        (GPL, "GIMP Palette\n#\n", "dusk.gpl: a palette has 2 to 256 colours; this one has 0"),
        (GPL, "GIMP Palette\n1 2 3\n1 2 3\n", "dusk.gpl: a palette has 2 to 256 colours; this one has 1"),
    ],
)
def test_a_wrong_gpl_file_is_named_with_its_line(project: Path, old: str, new: str, message: str) -> None:
    (project / "palettes" / "dusk.gpl").write_text(GPL.replace(old, new))
    found = problem(project)
    assert found.startswith("7: presets.dusky.palette: ")
    assert message in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0d081f\nff00ff00\n", "dusk.hex:2: 'ff00ff00' is no colour; valid: rrggbb, as in 1a2b3c"),
        ("0d081f\n\nnight\n", "dusk.hex:3: 'night' is no colour"),
        ("", "dusk.hex: a palette has 2 to 256 colours; this one has 0"),
        (
            "".join(f"0000{one:02x}\n0001{one:02x}\n" for one in range(256)),
            "a palette has 2 to 256 colours; this one has 512",
        ),
    ],
)
def test_a_wrong_hex_file_is_named_with_its_line(project: Path, text: str, message: str) -> None:
    (project / "palettes" / "dusk.hex").write_text(text)
    found = problem(project)
    assert found.startswith("13: rules[0].variants[0].palette: ")
    assert message in found


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("palettes/dsk.hex", "did you mean 'dusk.hex'? files there: dusk.gpl, dusk.hex"),
        ("../dusk.hex", "is outside of the project; copy it into one of:"),
        (
            "styles/night.png",
            "'styles/night.png' is no palette; valid: style, for the colours of its image, or",
        ),
        ("dusk", "'dusk' is no palette; valid: style,"),
        ("7", "expects text, not 7"),
    ],
)
def test_what_is_no_palette_is_refused(project: Path, written: str, message: str) -> None:
    found = problem(project, CONFIG.replace("palettes/dusk.hex", written))
    assert found.startswith("13: rules[0].variants[0].palette: ")
    assert message in found


def test_a_built_in_style_has_no_colours_of_its_own_to_hold_to(project: Path) -> None:
    text = CONFIG.replace("style: night", "style: ink")
    assert isinstance(palette(load(project, text)), Palette)
    found = problem(project, text.replace("palettes/dusk.hex", "style"))
    assert found == (
        "13: rules[0].variants[0].palette: the style 'ink' has no image to take colours from; "
        "valid: a .gpl or .hex file"
    )


def test_a_palette_without_a_style_is_refused_where_it_would_do_nothing(project: Path) -> None:
    found = problem(project, CONFIG.replace("style: night", "upscale: { scale: 2 }"))
    assert found == "13: rules[0].variants[0].palette: is for a variant with a style; this one has none"
