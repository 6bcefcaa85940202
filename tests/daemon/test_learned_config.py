"""What config.yaml may say of learned styles, and what is answered where it may not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from impasto_daemon.config import load_config
from impasto_daemon.errors import ConfigError, Problem
from impasto_engine import LearnedStyle, write_learned

CONFIG = """\
watch:
  - folder: textures
styles:
  ink: { builtin: 7 }
  night: { image: night.png }
  ours: { model: ours.safetensors }
presets:
  fast: { stylizer: learned }
rules:
  - name: all
    match: ["*"]
    variants:
      - style: night
        stylizer: learned
"""


def draw_learned() -> LearnedStyle:
    row = np.ones(495, np.float32)
    return LearnedStyle("multistyle", row, row, "squeezenet", "night.png", "0" * 64, steps=1)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config that is right, beside it a painting and a learned style."""
    (tmp_path / "textures").mkdir()
    Image.new("RGB", (8, 8), "navy").save(tmp_path / "night.png")
    write_learned(tmp_path / "ours.safetensors", draw_learned())
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path / "config.yaml"


def problem(config: Path, before: str, after: str) -> Problem:
    """The one that an edit makes."""
    text = config.read_text()
    assert before in text
    config.write_text(text.replace(before, after))
    with pytest.raises(ConfigError) as caught:
        load_config(config)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize("style", ["night", "ours"])
def test_a_picture_or_a_shared_file_is_a_learned_style(config: Path, style: str) -> None:
    config.write_text(CONFIG.replace("style: night", f"style: {style}"))
    (rule,) = load_config(config).rules
    request = rule.variants[0].style
    assert request is not None
    assert (request.name, request.stylizer) == (style, "learned")


def test_a_built_in_style_is_not_learned(config: Path) -> None:
    found = problem(config, "style: night", "style: ink")
    assert (found.line, found.key) == (14, "rules[0].variants[0].stylizer")
    assert "learned takes a style with image or model, but 'ink' has builtin" in found.message
    assert "valid for that: stylizer: magenta" in found.message


def test_a_shared_file_is_for_learned_alone(config: Path) -> None:
    found = problem(config, "style: night\n        stylizer: learned", "style: ours")
    assert (found.line, found.key) == (13, "rules[0].variants[0].style")
    assert "magenta takes a style with image or builtin, but 'ours' has model" in found.message
    assert "valid for that: stylizer: learned" in found.message


def test_a_stylizer_from_a_preset_is_told_of_at_the_style(config: Path) -> None:
    found = problem(config, "style: night\n        stylizer: learned", "style: ink\n        extends: fast")
    assert (found.line, found.key) == (13, "rules[0].variants[0].style")


def test_a_file_that_is_no_learned_style_is_refused(config: Path) -> None:
    (config.parent / "ours.safetensors").write_bytes(b"something else")
    found = problem(config, "name: all", "name: every")
    assert (found.line, found.key) == (6, "styles.ours.model")
    assert "ours.safetensors" in found.message
