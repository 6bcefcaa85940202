"""What should stand beside a source: the rule that won, why, and a key that changes with the pixels alone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fake_project import CONFIG, Project
from impasto_daemon import fingerprint
from impasto_daemon.commands.explain import explain_files
from impasto_daemon.config import load_config
from impasto_daemon.ledger import Ledger
from impasto_daemon.plan import Plan, Plans
from impasto_daemon.state import ledger_path
from impasto_daemon.survey import survey


def plans(project: Project) -> Plans:
    return Plans(load_config(project.config), ledger=None)


def plan(project: Project, source: Path) -> Plan:
    return plans(project).of_survey(survey(source))


def key(project: Project, source: Path) -> str:
    (variant,) = plan(project, source).variants
    return variant.record.fingerprint


def flat(path: Path, color: tuple[int, int, int]) -> Path:
    Image.new("RGB", (16, 12), color).save(path)
    return path


def test_a_plan_names_rule_reason_output_and_facts(project: Project) -> None:
    source = project.draw("walls/brick_albedo.png")
    made = plan(project, source)
    (variant,) = made.variants
    assert made.rule == "colour"
    assert made.outcome == variant.record.reason
    assert made.outcome.startswith("rule 'colour' matches '*' and role base_color")
    assert (variant.record.id, variant.record.status, variant.error) == ("ink", "pending", None)
    assert variant.output == source.with_name("brick_albedo.ink.png")
    facts = made.facts
    assert (facts.width, facts.height, facts.role, facts.color_space) == (16, 12, "base_color", "srgb")
    assert facts.material == "brick"


def test_a_normal_map_is_data_with_a_sign_and_no_style(project: Project) -> None:
    source = flat(project.textures / "brick_normal.png", (128, 128, 255))
    made = plan(project, source)
    (variant,) = made.variants
    assert (made.rule, variant.request.style, variant.linear, variant.normal_y) == ("maps", None, True, "+")
    assert made.facts.color_space == "linear"


def test_what_a_rule_paints_with_is_no_source_until_it_is_not(project: Project) -> None:
    style, mask = (project.draw(f"looks/{name}.png") for name in ("night", "mask"))
    before = plans(project)
    assert before.of_survey(survey(style)).rule == "colour"
    painting = CONFIG.replace("{ builtin: 19 }", "{ image: textures/looks/night.png }")
    project.config.write_text(painting.replace("style: ink }", "style: ink, mask: textures/looks/mask.png }"))
    after = plans(project)
    for picture in (style, mask):
        made = after.of_survey(survey(picture))
        assert (made.rule, made.variants) == (None, ())
        assert made.outcome == "left alone: a rule paints with it, as a style or a mask"
        assert after.digest_of(picture) != before.digest_of(picture)  # so that it is looked at again
    copy = project.draw("looks/night copy.png")
    assert after.of_survey(survey(copy)).rule == "colour"


def test_another_picture_of_the_same_content_is_another_digest(project: Project) -> None:
    """Else the one that was let go of would be left alone for ever."""
    project.draw("looks/a.png", seed=3)
    project.draw("looks/b.png", seed=3)
    digests = set()
    for name in "ab":
        project.config.write_text(
            CONFIG.replace("{ builtin: 19 }", f"{{ image: textures/looks/{name}.png }}")
        )
        digests.add(plans(project).digest_of(project.textures / "looks/a.png"))
    assert len(digests) == 2


def test_a_picture_no_rule_wants_gets_a_reason_and_nothing_else(project: Project) -> None:
    made = plan(project, flat(project.textures / "brick_metallic.png", (9, 9, 9)))
    assert (made.rule, made.variants) == (None, ())
    assert made.outcome.startswith("no rule matches: metallic (")


def test_explain_says_what_is_then_made(project: Project) -> None:
    sources = [
        project.draw("brick_albedo.png"),
        flat(project.textures / "brick_normal.png", (128, 128, 255)),
        flat(project.textures / "brick_metallic.png", (9, 9, 9)),
        project.draw("ui/icon.jpg", size=(32, 32)),
    ]
    said = dict(zip(sources, explain_files(project.config, sources), strict=True))
    project.once()
    for source, text in said.items():
        made = plan(project, source)
        assert f"rule     {made.rule or 'none'}: {made.outcome}" in text
        told = {line.split(" -> ")[1] for line in text.splitlines() if " -> " in line}
        assert told == {variant.output.name for variant in made.variants}
        assert told <= project.names()
    asked = {order.source for order in project.orders}
    assert asked == {source for source, text in said.items() if " -> " in text}


def write_style(project: Project, color: str) -> None:
    (project.folder / "styles").mkdir(exist_ok=True)
    Image.new("RGB", (8, 8), color).save(project.folder / "styles" / "night.png")


IMAGE_CONFIG = CONFIG.replace("{ builtin: 19 }", "{ image: styles/night.png }")


@pytest.mark.parametrize(
    ("change", "is_another"),
    [
        (lambda project: project.draw("brick.png", seed=2), True),
        (lambda project: write_style(project, "gold"), True),
        (lambda project: project.rewrite("{ style: ink }", "{ style: ink, strength: 0.5 }"), True),
        (lambda project: project.rewrite("{ style: ink }", "{ style: ink, format: tga }"), True),
        (lambda project: project.rewrite("{ style: ink }", "{ style: ink, upscale: { scale: 2 } }"), True),
        (lambda project: project.rewrite("ink", "moonlight"), False),
        (lambda project: project.rewrite("watch:", "device: cpu\npriority: normal\nwatch:"), False),
        (lambda project: project.rewrite("name: colour", "name: color"), False),
        (lambda project: project.rewrite("{ style: ink }", "{ style: ink, output: '{stem}_x{ext}' }"), False),
        (lambda project: (project.textures / "brick.png").touch(), False),
    ],
    ids=[
        "source",
        "style image",
        "strength",
        "format",
        "scale",
        "style name",
        "device",
        "rule",
        "output",
        "time",
    ],
)
def test_a_key_changes_with_what_decides_the_pixels_alone(
    project: Project, change: Callable[[Project], object], is_another: bool
) -> None:
    write_style(project, "navy")
    project.config.write_text(IMAGE_CONFIG)
    source = project.draw("brick.png", seed=1)
    before = key(project, source)
    change(project)
    assert (key(project, source) != before) is is_another


@pytest.mark.parametrize(
    ("change", "is_another"),
    [
        (lambda project: project.rewrite("{ style: ink }", "{ style: ink, strength: 0.5 }"), True),
        (lambda project: project.rewrite("builtin: 19", "builtin: 18"), True),
        (lambda project: project.rewrite("watch:", "device: cpu\nwatch:"), False),
        (lambda project: project.rewrite("watch:", "# a comment\nwatch:"), False),
    ],
    ids=["strength", "style", "device", "comment"],
)
def test_a_source_is_looked_at_again_when_its_rules_ask_for_something_else(
    project: Project, change: Callable[[Project], object], is_another: bool
) -> None:
    source = project.draw("brick.png")
    before = plans(project).digest_of(source)
    change(project)
    assert (plans(project).digest_of(source) != before) is is_another


def test_a_source_is_looked_at_again_when_what_serves_its_rules_is_newer(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = project.draw("brick.png")
    before = plans(project).digest_of(source)
    monkeypatch.setattr(fingerprint, "UPSCALER_VERSION", fingerprint.UPSCALER_VERSION + 1)
    assert plans(project).digest_of(source) != before


def test_mistakes_of_an_override_are_those_of_its_folder_and_all_below(project: Project) -> None:
    ui = project.textures / "ui"
    (ui / "deep").mkdir(parents=True)
    (ui / ".impasto.yaml").write_text("rules: [{ nme: own }]\n")
    made = plans(project)
    assert "rules[0].nme" in {mistake.key for mistake in made.mistakes_in(ui)}
    assert made.mistakes_in(ui / "deep") == made.mistakes_in(ui)
    assert made.mistakes_in(project.textures) == ()


def test_a_plan_is_remembered_across_a_restart(project: Project) -> None:
    source = project.draw("brick_albedo.png")
    project.once()
    ledger = Ledger(ledger_path(project.config))
    again = Plans(load_config(project.config), ledger)
    assert again.facts(source) == project.manifest(source).source
    planned = again.variant(source, "ink")
    assert planned is not None
    assert planned.record.fingerprint == project.variant(source).fingerprint
    assert again.variant(source, "another") is None
    ledger.close()


def test_a_picture_that_cannot_be_decoded_is_planned_with_its_error(project: Project) -> None:
    source = project.textures / "brick_albedo.png"
    source.write_text("no picture")
    (variant,) = plan(project, source).variants
    assert "brick_albedo.png" in (variant.error or "")
    assert (plan(project, source).facts.width, plan(project, source).facts.role) == (None, None)


def test_pixels_of_a_float_file_are_linear(project: Project) -> None:
    source = project.textures / "glow_albedo.tif"
    Image.fromarray(np.full((8, 8), 0.5, np.float32)).save(source)
    assert plan(project, source).facts.color_space == "linear"
