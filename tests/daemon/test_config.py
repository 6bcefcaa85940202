"""What config.yaml says, as values."""

from pathlib import Path

import pytest

from impasto_daemon.config import Config, load_config, validate_config
from impasto_daemon.errors import ConfigError, Problem
from impasto_daemon.state import find_config
from impasto_engine import BuiltinStyle, MapRole, Profile, SheetLayout, UpscaleRequest
from impasto_engine.stylizers.gatys import GatysSettings

HEAD = """\
watch:
  - folder: textures
styles:
  ink: { builtin: 7 }
rules:
"""
RULE = (
    HEAD
    + """\
  - name: all
    match: ["*"]
    variants:
      - style: ink
"""
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with textures/, styles/night.png and no config yet."""
    folder = tmp_path.resolve() / "project"
    (folder / "textures").mkdir(parents=True)
    (folder / "styles").mkdir()
    (folder / "styles" / "night.png").write_bytes(b"not decoded here")
    return folder


def load(project: Path, text: str) -> Config:
    file = project / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return load_config(file)


def problems(project: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load(project, text)
    return caught.value.problems


def test_defaults_are_those_of_the_documentation(project: Path) -> None:
    config = load(project, RULE)
    (rule,) = config.rules
    (variant,) = rule.variants
    assert (config.device, config.memory_limit, config.priority, config.models) == ("auto", None, "low", None)
    (watch,) = config.watch
    assert (watch.folder, watch.ignore) == (project / "textures", ())
    assert (watch.profile, watch.polling) == (Profile.NEUTRAL, "auto")
    assert rule.roles == (MapRole.BASE_COLOR, MapRole.SPRITE)
    assert (variant.id, variant.output, variant.format) == ("ink", "{stem}.{variant}{ext}", "same")
    assert (variant.sheet, variant.pixel_art) == (None, False)
    assert variant.share == "auto"
    request = variant.request(MapRole.SPRITE)
    assert (request.role, request.upscale, request.wrap) == (MapRole.SPRITE, None, ("auto", "auto"))
    assert request.cpu_fallback
    assert request.style is not None
    assert (request.style.name, request.style.stylizer) == ("ink", "magenta")
    assert request.style.builtins == (BuiltinStyle(7, 1.0),)
    assert (request.style.strength, request.style.stroke, request.style.settings) == (1.0, 1.0, None)


def test_every_key_arrives(project: Path) -> None:
    config = load(
        project,
        HEAD.replace("builtin: 7", "images: { styles/night.png: 2, textures/../styles/night.png: 1 }")
        + """\
  - name: all
    match: ["*.png", "!old/"]
    roles: [unknown]
    variants:
      - id: big
        style: ink
        stylizer_settings: { style_crop: whole }
        strength: 0
        stroke: 4
        preserve_color: yes
        seed: 4294967295
        wrap: [repeat, clamp]
        upscale: { scale: 2.5 }
        output: "{variant}-{stem}{ext}"
        format: exr
        share: folder
        power_of_two: on
        max_size: 4096
        layout: frames
        grid: 64x48
        pixel_art: true
        cpu_fallback: off
memory_limit: 4GiB
priority: normal
models: weights
""",
    )
    (variant,) = config.rules[0].variants
    assert variant.style is not None
    assert [image.weight for image in variant.style.images] == [2.0, 1.0]
    assert variant.style.images[0].path == project / "styles" / "night.png"
    assert len(variant.style.images[0].sha256) == 64
    assert (variant.style.strength, variant.style.stroke, variant.style.preserve_color) == (0.0, 4.0, True)
    assert variant.style.seed == 2**32 - 1
    assert variant.style.settings is not None
    assert variant.style.settings.model_dump() == {"style_crop": "whole"}
    assert variant.upscale == UpscaleRequest("auto", 2.5)
    assert (variant.id, variant.wrap, variant.format) == ("big", ("repeat", "clamp"), "exr")
    assert variant.share == "folder"
    assert (variant.power_of_two, variant.max_size, variant.cpu_fallback) == (True, 4096, False)
    assert (variant.sheet, variant.pixel_art) == (SheetLayout("frames", (64, 48)), True)
    assert config.rules[0].match == ("*.png", "!old/")
    assert (config.memory_limit, config.priority) == (4 * 2**30, "normal")
    assert config.models == project / "weights"


def test_an_atlas_may_be_extruded(project: Path) -> None:
    config = load(project, RULE + "        layout: atlas\n        extrude: 2\n")
    assert config.rules[0].variants[0].sheet == SheetLayout("atlas", extrude=2)


def test_relief_is_for_normal_maps_and_off_by_default(project: Path) -> None:
    assert load(project, RULE).rules[0].variants[0].request(MapRole.BASE_COLOR).relief is None
    config = load(project, RULE + "        relief: 0.5\n    roles: [normal]\n")
    request = config.rules[0].variants[0].request(MapRole.NORMAL)
    assert (request.relief, request.sibling) == (0.5, None)
    assert request.style is not None


@pytest.mark.parametrize(
    ("written", "size"),
    [("512MB", 512_000_000), ("4 GB", 4_000_000_000), ("1.5gib", 1_610_612_736), ("null", None)],
)
def test_memory_limit_takes_units(project: Path, written: str, size: int | None) -> None:
    assert load(project, RULE + f"memory_limit: {written}\n").memory_limit == size


@pytest.mark.parametrize(("scale", "name"), [("4", "x4"), ("2.5", "x2.5"), ("1", "x1")])
def test_a_variant_without_style_is_named_by_its_scale(project: Path, scale: str, name: str) -> None:
    config = load(project, RULE.replace("style: ink", f"upscale: {{ scale: {scale} }}"))
    assert config.rules[0].variants[0].id == name


def test_sections_may_be_empty(project: Path) -> None:
    config = load(project, "watch: [folder: textures]\nstyles:\npresets:\nrules:\n")
    assert (config.rules, dict(config.styles)) == ((), {})


def test_a_variant_s_own_keys_win_over_its_presets(project: Path) -> None:
    config = load(
        project,
        """\
watch: [folder: textures]
styles: { ink: { builtin: 7 }, "no": { builtin: 1 } }
presets:
  base: { strength: 0.2, stroke: 2, style: ink, upscale: { scale: 4 } }
  wide: { extends: base, stroke: 3 }
rules:
  - name: all
    match: ["*"]
    variants:
      - { extends: wide, strength: 0.9 }
      - { extends: wide, style: "no", upscale: null }
""",
    )
    first, second = config.rules[0].variants
    assert first.style is not None
    assert second.style is not None
    assert (first.id, first.style.strength, first.style.stroke) == ("ink", 0.9, 3.0)
    assert first.upscale == UpscaleRequest("auto", 4.0)
    assert (second.id, second.style.strength, second.upscale) == ("no", 0.2, None)


def test_a_wrong_setting_in_a_preset_is_reported_once_where_it_stands(project: Path) -> None:
    variants = "    variants: [{ extends: a, style: ink }, { extends: a, style: ink, id: other }]\n"
    text = HEAD + '  - name: all\n    match: ["*"]\n' + variants
    (problem,) = problems(project, text + "presets:\n  a:\n    stylizer_settings: { style_crop: all }\n")
    assert (problem.line, problem.key) == (11, "presets.a.stylizer_settings.style_crop")


def test_a_broken_preset_is_not_reported_for_each_variant_too(project: Path) -> None:
    (problem,) = problems(project, RULE + "        extends: a\npresets:\n  a: { strength: 3 }\n")
    assert problem.key == "presets.a.strength"


def test_a_style_image_may_lie_in_a_watch_folder_elsewhere(project: Path, tmp_path: Path) -> None:
    other = tmp_path.resolve() / "other"
    other.mkdir()
    (other / "a.png").write_bytes(b"a")
    text = RULE.replace("folder: textures", f"folder: {other}").replace("builtin: 7", f"image: {other}/a.png")
    assert load(project, text).references == (other / "a.png",)


def test_a_link_that_leads_out_of_the_project_is_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"a")
    (project / "styles" / "link.png").symlink_to(tmp_path / "secret.png")
    (problem,) = problems(project, RULE.replace("builtin: 7", "image: styles/link.png"))
    assert "secret.png is outside of the project" in problem.message


def test_the_digest_changes_with_what_decides_pixels_and_with_nothing_else(project: Path) -> None:
    text = RULE.replace("builtin: 7", "image: styles/night.png")
    digest = load(project, text).digest
    assert load(project, "# a comment\n" + text + "device: cpu\nmemory_limit: 1GB\n").digest == digest
    changed = {
        load(project, text + "        strength: 0.5\n").digest,
        load(project, text.replace('"*"', '"*.png"')).digest,
        load(project, text + "    roles: [sprite]\n").digest,
        load(project, text.replace("textures\n", "textures\n    profile: unity\n")).digest,
        load(project, text + "        stylizer_settings: { style_crop: whole }\n").digest,
    }
    (project / "styles" / "night.png").write_bytes(b"another painting")
    changed.add(load(project, text).digest)
    assert len(changed | {digest}) == 7


def test_a_moved_project_keeps_its_digest(project: Path, tmp_path: Path) -> None:
    text = RULE.replace("builtin: 7", "image: styles/night.png")
    digest = load(project, text).digest
    moved = project.rename(tmp_path / "moved")
    assert load_config(moved / "config.yaml").digest == digest


def test_a_missing_config_is_a_problem_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: no such file"):
        load_config(tmp_path / "nowhere.yaml")


def test_the_config_is_found_from_any_folder_below_it(project: Path) -> None:
    assert find_config(project / "textures") is None
    (project / "config.yaml").touch()
    assert find_config(project / "textures") == project / "config.yaml"
    (project / "impasto.yaml").touch()
    assert find_config(project / "textures") == project / "impasto.yaml"


def test_the_example_config_is_valid_in_a_new_folder(project: Path) -> None:
    example = Path(__file__).parents[2] / "config.yaml"
    config = load(project, example.read_text(encoding="utf-8"))
    assert len(config.rules) == 8
    assert validate_config(config.path).rules == 8


def test_quality_and_encoder_of_a_preset_are_the_stylizer_s_own_settings(project: Path) -> None:
    text = (
        HEAD.replace("builtin: 7", "image: styles/night.png")
        + """\
  - name: all
    match: ["*"]
    variants:
      - { style: ink, extends: fine, encoder: [squeezenet, vgg19] }
      - { style: ink, extends: fine, id: quick, quality: draft }
presets:
  fine: { stylizer: gatys, quality: best, stylizer_settings: { loss: w2 } }
"""
    )
    slow, quick = load(project, text).rules[0].variants
    assert slow.style is not None
    assert quick.style is not None
    assert slow.style.settings == GatysSettings(encoder=("squeezenet", "vgg19"), quality="best", loss="w2")
    assert quick.style.settings == GatysSettings(quality="draft", loss="w2")
