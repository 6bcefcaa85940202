"""Every kind of mistake in config.yaml, and what is answered."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impasto_daemon.config import Config, load_config
from impasto_daemon.errors import ConfigError, Problem

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

PAINTED = RULE.replace("builtin: 7", "image: styles/night.png") + "        stylizer: gatys\n"


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


MISTAKES = {
    "unknown_top_level_key": (RULE + "devise: cpu\n", 10, "devise", "did you mean 'device'?"),
    "unknown_key_of_a_variant": (
        RULE + "        strenght: 1\n",
        10,
        "rules[0].variants[0].strenght",
        "unknown key; did you mean 'strength'? valid: id, extends, style,",
    ),
    "unknown_key_of_a_rule": (RULE + "    role: [normal]\n", 10, "rules[0].role", "did you mean 'roles'?"),
    "unknown_key_of_upscale": (
        RULE + "        upscale: { scale: 2, modle: auto }\n",
        10,
        "rules[0].variants[0].upscale.modle",
        "did you mean 'model'? valid: model, scale",
    ),
    "unknown_style": (
        RULE.replace("style: ink", "style: inc"),
        9,
        "rules[0].variants[0].style",
        "unknown style 'inc'; did you mean 'ink'? valid: ink",
    ),
    "unknown_stylizer": (
        RULE + "        stylizer: magneta\n",
        10,
        "rules[0].variants[0].stylizer",
        "unknown stylizer 'magneta'; did you mean 'magenta'? valid: ",
    ),
    "unknown_stylizer_setting": (
        RULE + "        stylizer_settings:\n          style_crob: center\n",
        11,
        "rules[0].variants[0].stylizer_settings.style_crob",
        "unknown key; did you mean 'style_crop'? valid: style_crop",
    ),
    "quality_of_a_stylizer_that_has_none": (
        RULE + "        quality: best\n",
        10,
        "rules[0].variants[0].quality",
        "the stylizer magenta has none",
    ),
    "unknown_quality": (
        PAINTED + "        quality: bets\n",
        11,
        "rules[0].variants[0].quality",
        "did you mean 'best'? valid: draft, normal, best",
    ),
    "unknown_encoder": (
        PAINTED + "        encoder: vgg91\n",
        11,
        "rules[0].variants[0].encoder",
        "vgg19",
    ),
    "wrong_stylizer_setting": (
        RULE + "        stylizer_settings:\n          style_crop: centre\n",
        11,
        "rules[0].variants[0].stylizer_settings.style_crop",
        "did you mean 'center'? valid: center, whole",
    ),
    "unknown_role": (
        RULE + "    roles: [base_color,\n            base_colour]\n",
        11,
        "rules[0].roles[1]",
        "unknown role 'base_colour'; did you mean 'base_color'? valid: base_color, normal,",
    ),
    "unknown_profile": (
        RULE.replace("textures\n", "textures\n    profile: unrael\n"),
        3,
        "watch[0].profile",
        "did you mean 'unreal'? valid: neutral, unreal, unity",
    ),
    "unknown_upscaler": (
        RULE + "        upscale: { model: x4plus, scale: 4 }\n",
        10,
        "rules[0].variants[0].upscale.model",
        "unknown upscaler 'x4plus'; did you mean 'realesrgan-x4plus'? valid: auto, realesrgan-x4plus,",
    ),
    "style_on_data": (
        RULE + "    roles: [base_color, normal]\n",
        10,
        "rules[0].roles",
        "normal: data would be ruined by a style",
    ),
    "relief_on_color": (
        RULE + "        relief: 0.5\n    roles: [normal, base_color]\n",
        11,
        "rules[0].roles",
        "relief is for normal maps only; give them a rule with roles: [normal]",
    ),
    "relief_on_other_data": (
        RULE + "        relief: 0.5\n    roles: [normal, height]\n",
        11,
        "rules[0].roles",
        "relief is for normal maps only",
    ),
    "relief_beside_a_style_without_it": (
        RULE + "        relief: 0.5\n      - { style: ink, id: b }\n    roles: [normal]\n",
        12,
        "rules[0].roles",
        "normal: data would be ruined by a style",
    ),
    "relief_without_a_style": (
        RULE.replace("style: ink", "upscale: { scale: 2 }") + "        relief: 0.5\n    roles: [normal]\n",
        10,
        "rules[0].variants[0].relief",
        "is for a variant with a style; this one has none",
    ),
    "relief_out_of_range": (
        RULE + "        relief: 0\n    roles: [normal]\n",
        10,
        "rules[0].variants[0].relief",
        "cannot be 0; valid: greater than 0",
    ),
    "unknown_preset": (
        RULE + "        extends: painted\n",
        10,
        "rules[0].variants[0].extends",
        "unknown preset 'painted'; valid: none is defined here",
    ),
    "unknown_device": (RULE + "device: gpu\n", 10, "device", "valid: auto, cuda, mps, cpu"),
    "unknown_share": (
        RULE + "        share: folders\n",
        10,
        "rules[0].variants[0].share",
        "cannot be \"folders\"; did you mean 'folder'? valid: auto, folder, none",
    ),
    "unknown_format": (
        RULE + "        format: jpg\n",
        10,
        "rules[0].variants[0].format",
        "did you mean 'jpeg'? valid: same, png, tga, tiff, exr, webp, jpeg, bmp",
    ),
    "value_for_keys": (
        RULE + "        upscale: 4\n",
        10,
        "rules[0].variants[0].upscale",
        "expects keys with values, not 4; valid keys: model, scale",
    ),
    "name_for_an_entry": (
        RULE.replace("- folder: textures", "- textures"),
        2,
        "watch[0]",
        'expects keys with values, not "textures"; valid keys: folder, ignore, profile, polling',
    ),
    "missing_key": (
        RULE.replace("    match:", "    # match:"),
        6,
        "rules[0].match",
        "is missing",
    ),
    "text_for_a_number": (
        RULE + '        strength: "0.5"\n',
        10,
        "rules[0].variants[0].strength",
        'expects a number, not "0.5"',
    ),
    "empty_number": (
        RULE + "        strength:\n",
        10,
        "rules[0].variants[0].strength",
        "expects a number, not empty",
    ),
    "number_for_text": (
        RULE.replace("name: all", "name: 12"),
        6,
        "rules[0].name",
        'expects text, not 12; quote it: "12"',
    ),
    "no_is_read_as_false": (
        RULE.replace("style: ink", "style: no"),
        9,
        "rules[0].variants[0].style",
        'expects text, not false, which is how YAML reads no; quote it: "no"',
    ),
    "text_for_a_list": (
        RULE.replace('match: ["*"]', 'match: "*"'),
        7,
        "rules[0].match",
        'expects a list, not "*"; write ["*"]',
    ),
    "number_for_a_switch": (
        RULE + "        preserve_color: 1\n",
        10,
        "rules[0].variants[0].preserve_color",
        "expects true or false, not 1",
    ),
    "strength_out_of_range": (
        RULE + "        strength: 1.4\n",
        10,
        "rules[0].variants[0].strength",
        "cannot be 1.4; valid: 0 to 1",
    ),
    "scale_out_of_range": (
        RULE + "        upscale: { scale: 16 }\n",
        10,
        "rules[0].variants[0].upscale.scale",
        "cannot be 16; valid: 1 to 8",
    ),
    "wrong_wrap": (
        RULE + "        wrap: [repeat]\n",
        10,
        "rules[0].variants[0].wrap",
        "one of auto, repeat, clamp, or one for each axis as in [repeat, clamp]",
    ),
    "grid_in_one_number": (
        RULE + "        layout: atlas\n        grid: 64\n",
        11,
        "rules[0].variants[0].grid",
        "is '64'; valid: width x height of a cell, each from 4 to 8192 pixels, such as 64x64",
    ),
    "grid_of_tiny_cells": (
        RULE + "        layout: atlas\n        grid: 64x2\n",
        11,
        "rules[0].variants[0].grid",
        "is '64x2'; valid: width x height",
    ),
    "grid_without_layout": (
        RULE + "        grid: 64x64\n",
        10,
        "rules[0].variants[0].grid",
        "cuts nothing without a layout; add layout: atlas or layout: frames",
    ),
    "unknown_layout": (
        RULE + "        layout: atlass\n",
        10,
        "rules[0].variants[0].layout",
        "did you mean 'atlas'? valid: atlas, frames",
    ),
    "extruded_frames": (
        RULE + "        layout: frames\n        extrude: 2\n",
        11,
        "rules[0].variants[0].extrude",
        "add layout: atlas, or leave it out",
    ),
    "extruded_grid": (
        RULE + "        layout: atlas\n        grid: 64x64\n        extrude: 2\n",
        12,
        "rules[0].variants[0].extrude",
        "the cells of a grid touch",
    ),
    "extruded_too_far": (
        RULE + "        layout: atlas\n        extrude: 17\n",
        11,
        "rules[0].variants[0].extrude",
        "cannot be 17; valid: 0 to 16",
    ),
    "smoothed_pixel_art": (
        RULE + "        pixel_art: true\n        upscale: { model: realesrgan-x4plus, scale: 2 }\n",
        11,
        "rules[0].variants[0].upscale.model",
        "'realesrgan-x4plus' would smooth pixel art; leave out the model or pixel_art",
    ),
    "missing_watch_folder": (
        RULE.replace("folder: textures", "folder: texture"),
        2,
        "watch[0].folder",
        "folders there: styles, textures",
    ),
    "no_watch_folder": (RULE.replace("watch:\n  - folder: textures\n", ""), 1, "watch", "is missing"),
    "nested_watch_folders": (
        RULE.replace("textures\n", "textures\n  - folder: .\n"),
        3,
        "watch[1].folder",
        "share files; watch the outer one only",
    ),
    "bad_pattern": (
        RULE.replace('["*"]', '["a/*", "b["]'),
        7,
        "rules[0].match[1]",
        "pattern 'b[' is not valid",
    ),
    "backslash_in_a_pattern": (
        RULE.replace('"*"', r"'ui\*.png'"),
        7,
        "rules[0].match[0]",
        "write / between folders",
    ),
    "only_negated_patterns": (
        RULE.replace('"*"', '"!*.png"'),
        7,
        "rules[0].match",
        'it needs a pattern without "!"',
    ),
    "bad_ignore_pattern": (
        RULE.replace("textures\n", "textures\n    ignore: [../other]\n"),
        3,
        "watch[0].ignore[0]",
        "pattern '../other' can never match",
    ),
    "builtin_out_of_range": (
        RULE.replace("builtin: 7", "builtin: 26"),
        4,
        "styles.ink.builtin",
        "unknown built-in style 26; valid: 0 to 25",
    ),
    "style_with_two_origins": (
        RULE.replace("builtin: 7", "builtin: 7, image: styles/night.png"),
        4,
        "styles.ink",
        "exactly one of image, images, builtin, model; it has image and builtin",
    ),
    "style_image_is_missing": (
        RULE.replace("builtin: 7", "image: styles/nigth.png"),
        4,
        "styles.ink.image",
        "did you mean 'night.png'? files there: night.png",
    ),
    "style_image_is_no_picture": (
        RULE.replace("builtin: 7", "image: config.yaml"),
        4,
        "styles.ink.image",
        "no picture that impasto reads; valid: .bmp,",
    ),
    "style_image_outside_of_the_project": (
        RULE.replace("builtin: 7", "images: { ../other.png: 1 }"),
        4,
        "styles.ink.images.../other.png",
        "is outside of the project; copy it into one of:",
    ),
    "style_weight_is_not_positive": (
        RULE.replace("builtin: 7", "images: { styles/night.png: 0 }"),
        4,
        "styles.ink.images.styles/night.png",
        "cannot be 0; valid: greater than 0",
    ),
    "variant_that_asks_for_nothing": (
        RULE.replace("style: ink", "strength: 1"),
        9,
        "rules[0].variants[0]",
        "valid: one or more of style, upscale, format, power_of_two, max_size",
    ),
    "variant_without_a_name": (
        RULE.replace("style: ink", "format: png"),
        9,
        "rules[0].variants[0].id",
        "is missing",
    ),
    "id_that_is_no_file_name": (
        RULE + "        id: a/b\n",
        10,
        "rules[0].variants[0].id",
        "'a/b' cannot be part of a file name",
    ),
    "two_variants_of_one_id": (
        RULE + "      - { style: ink, seed: 1 }\n",
        10,
        "rules[0].variants[1]",
        "has the id 'ink' of the variant in line 9; give it an id",
    ),
    "ids_that_differ_in_case_only": (
        RULE + "      - { style: ink, id: INK }\n",
        10,
        "rules[0].variants[1]",
        "has the id 'INK' of the variant in line 9",
    ),
    "two_variants_of_one_output": (
        RULE + '      - { style: ink, id: b, output: "{stem}.ink{ext}" }\n',
        10,
        "rules[0].variants[1].output",
        "names the same file as the variant in line 9",
    ),
    "output_that_leaves_the_folder": (
        RULE + '        output: "../{stem}.{variant}{ext}"\n',
        10,
        "rules[0].variants[0].output",
        "outputs stand beside their source",
    ),
    "absolute_output": (
        RULE + '        output: "C:{stem}.{variant}{ext}"\n',
        10,
        "rules[0].variants[0].output",
        "outputs stand beside their source",
    ),
    "output_without_stem": (
        RULE + '        output: "{variant}{ext}"\n',
        10,
        "rules[0].variants[0].output",
        "lacks {stem}",
    ),
    "output_without_extension": (
        RULE + '        output: "{stem}.{variant}.png"\n',
        10,
        "rules[0].variants[0].output",
        "must end with {ext}; which file type it is, the key `format` says",
    ),
    "output_with_an_unknown_part": (
        RULE + '        output: "{stem}.{varient}{ext}"\n',
        10,
        "rules[0].variants[0].output",
        "did you mean '{variant}'? valid: {stem}, {variant}, {ext}",
    ),
    "output_over_its_source": (
        RULE + '        output: "{stem}{ext}"\n',
        10,
        "rules[0].variants[0].output",
        "would write over its source",
    ),
    "two_rules_of_one_name": (
        RULE + '  - { name: all, match: ["*"], variants: [style: ink] }\n',
        10,
        "rules[1].name",
        "'all' is also the name of the rule in line 6",
    ),
    "rule_without_variants": (
        RULE.replace("    variants:\n      - style: ink\n", ""),
        6,
        "rules[0].variants",
        "is missing",
    ),
    "preset_that_extends_itself": (
        RULE + "presets:\n  a: { extends: b }\n  b: { extends: a }\n",
        12,
        "presets.b.extends",
        "extends itself: a -> b -> a",
    ),
    "memory_limit_without_unit": (RULE + "memory_limit: 4\n", 10, "memory_limit", "such as 4GB"),
    "memory_limit_in_words": (RULE + "memory_limit: a lot\n", 10, "memory_limit", "valid: 512MB, 4GB, 4GiB"),
    "models_that_is_a_file": (RULE + "models: config.yaml\n", 10, "models", "is a file, not a folder"),
    "duplicate_key": (
        RULE + "        style: ink\n",
        10,
        "rules[0].variants[0].style",
        "line 9 and in line 10",
    ),
    "unquoted_pattern": (RULE.replace('"*"', "*.png"), 7, "", 'quote the pattern: "*.png"'),
    "list_for_the_whole": ("- watch\n", 1, "", "expects keys and values; valid keys: device,"),
    "mapping_for_a_list": (HEAD + "  name: all\n", 5, "rules", "expects a list"),
    "list_for_a_mapping": (RULE.replace("  ink: {", "  - ink: {"), 3, "styles", "expects a mapping"),
}


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_names_its_file_line_key_and_what_is_valid(
    project: Path, case: tuple[str, int, str, str]
) -> None:
    text, line, key, message = case
    found = problems(project, text)
    matching = [one for one in found if message in one.message]
    assert matching, "\n".join(str(one) for one in found)
    assert (matching[0].file, matching[0].line, matching[0].key) == (project / "config.yaml", line, key)


@pytest.mark.parametrize("name", [name for name in MISTAKES if name != "list_for_a_mapping"])
def test_one_mistake_is_reported_once(project: Path, name: str) -> None:
    assert len(problems(project, MISTAKES[name][0])) == 1


def test_all_problems_are_reported_in_the_order_of_the_lines(project: Path) -> None:
    found = problems(
        project,
        HEAD
        + """\
  - name: one
    match: ["*"]
    variants: [{ style: inc }, { style: ink, strength: 2, seed: x }]
  - name: two
    variants: [{ style: ink, strokes: 1 }, { upscale: { model: none, scale: 2 } }]
  - name: one
    match: ["*"]
    variants: [{ extends: nothing }]
device: gpu
""",
    )
    assert [(one.line, one.key) for one in found] == [
        (8, "rules[0].variants[0].style"),
        (8, "rules[0].variants[1].strength"),
        (8, "rules[0].variants[1].seed"),
        (9, "rules[1].match"),
        (10, "rules[1].variants[0].strokes"),
        (10, "rules[1].variants[1].upscale.model"),
        (11, "rules[2].name"),
        (13, "rules[2].variants[0].extends"),
        (14, "device"),
    ]


def test_a_problem_reads_as_place_key_and_message(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    (problem,) = problems(project, RULE + "        strenght: 1\n")
    assert str(problem).startswith(
        "config.yaml:10: rules[0].variants[0].strenght: unknown key; did you mean 'strength'? valid: id,"
    )


KEYS = [
    "watch",
    "folder",
    "styles",
    "ink",
    "rules",
    "name",
    "match",
    "variants",
    "style",
    "upscale",
    "extends",
]
KEYS += [
    "scale",
    "builtin",
    "images",
    "presets",
    "wrap",
    "roles",
    "memory_limit",
    "stylizer_settings",
    "output",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([*KEYS, "*", "textures", ""])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8))
def test_whatever_stands_in_a_config_the_answer_is_a_config_or_problems(
    project: Path, document: dict[str, object]
) -> None:
    try:
        load(project, json.dumps(document))  # JSON is YAML
    except ConfigError as error:
        assert all(problem.message and problem.file.name == "config.yaml" for problem in error.problems)
