"""The rules in force in a folder: overrides, and what is ignored."""

from pathlib import Path

import pytest

from impasto_daemon.config import Rulebook, load_config, validate_config
from impasto_daemon.errors import ConfigError
from impasto_daemon.rules import match_rule
from impasto_engine import MapRole, StyleRequest

CONFIG = """\
watch:
  - folder: textures
    ignore: ["*_preview.*", "wip/"]
styles:
  ink: { builtin: 7 }
  oil: { builtin: 8 }
presets:
  soft: { strength: 0.3, style: ink }
rules:
  - name: all
    match: ["*.png"]
    variants: [{ style: ink }]
"""
OVERRIDE = """\
styles:
  ink: { builtin: 1 }
rules:
  - name: walls
    match: ["/*.png"]
    variants: [{ style: ink }, { style: oil }, { extends: soft, id: soft }]
"""


@pytest.fixture
def textures(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "textures"
    (folder / "walls" / "old").mkdir(parents=True)
    (folder / "props").mkdir()
    write(folder.parent / "config.yaml", CONFIG)
    return folder


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def book(textures: Path) -> Rulebook:
    return Rulebook(load_config(textures.parent / "config.yaml"))


def names(rulebook: Rulebook, path: Path) -> list[str]:
    return [scoped.rule.name for scoped in rulebook.rules_for(path)]


def problem_of(rulebook: Rulebook, path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        rulebook.rules_for(path)
    return str(caught.value)


def test_without_overrides_the_config_s_rules_are_in_force(textures: Path) -> None:
    rulebook = book(textures)
    assert names(rulebook, textures / "walls" / "brick.png") == ["all"]
    watch = rulebook.watch_folder(textures / "walls" / "brick.png")
    assert watch is not None
    assert watch.folder == textures
    assert rulebook.watch_folder(textures.parent / "brick.png") is None
    assert names(rulebook, textures.parent / "brick.png") == []


def test_the_nearest_override_goes_first(textures: Path) -> None:
    write(textures / "walls" / ".impasto.yaml", OVERRIDE)
    write(textures / "walls" / "old" / ".impasto.yaml", OVERRIDE.replace("name: walls", "name: old"))
    rulebook = book(textures)
    assert names(rulebook, textures / "walls" / "old" / "brick.png") == ["old", "walls", "all"]
    assert names(rulebook, textures / "walls" / "brick.png") == ["walls", "all"]
    assert names(rulebook, textures / "props" / "brick.png") == ["all"]


def test_an_override_s_patterns_are_relative_to_its_folder(textures: Path) -> None:
    write(textures / "walls" / ".impasto.yaml", OVERRIDE)
    rulebook = book(textures)
    below = textures / "walls" / "old" / "brick.png"
    found = match_rule(rulebook.rules_for(below), below, MapRole.BASE_COLOR)
    assert found is not None
    assert found.rule.name == "all"


def test_an_override_s_styles_shadow_for_its_own_rules_only(textures: Path) -> None:
    write(textures / "walls" / ".impasto.yaml", OVERRIDE)
    own, above = (scoped.rule for scoped in book(textures).rules_for(textures / "walls" / "brick.png"))
    assert [builtin_of(variant.style) for variant in own.variants] == [
        1,
        8,
        7,
    ]  # a preset means its file's style
    assert [builtin_of(variant.style) for variant in above.variants] == [7]


def builtin_of(style: StyleRequest | None) -> int:
    assert style is not None
    return style.builtins[0].index


def test_an_override_is_followed_when_it_comes_changes_and_goes(textures: Path) -> None:
    rulebook, path = book(textures), textures / "walls" / "brick.png"
    file = textures / "walls" / ".impasto.yaml"
    digests = [rulebook.digest_of(path)]
    write(file, OVERRIDE)
    assert names(rulebook, path) == ["walls", "all"]
    digests.append(rulebook.digest_of(path))
    write(file, OVERRIDE.replace("name: walls", "name: another"))
    assert names(rulebook, path) == ["another", "all"]
    digests.append(rulebook.digest_of(path))
    file.unlink()
    assert names(rulebook, path) == ["all"]
    assert rulebook.digest_of(path) == digests[0]
    assert len(set(digests)) == 3


def test_a_repainted_style_image_changes_the_digest_below_its_override(textures: Path) -> None:
    (textures / "walls" / "style.png").write_bytes(b"one")
    write(textures / "walls" / ".impasto.yaml", OVERRIDE.replace("builtin: 1", "image: style.png"))
    rulebook = book(textures)
    before = rulebook.digest_of(textures / "walls" / "old" / "brick.png")
    other = rulebook.digest_of(textures / "props" / "brick.png")
    (textures / "walls" / "style.png").write_bytes(b"another")
    assert rulebook.digest_of(textures / "walls" / "old" / "brick.png") != before
    assert rulebook.digest_of(textures / "props" / "brick.png") == other


def test_a_broken_override_stops_its_subtree_only_and_heals(textures: Path) -> None:
    file = textures / "walls" / ".impasto.yaml"
    write(file, OVERRIDE.replace("style: oil", "style: oli"))
    rulebook, path = book(textures), textures / "walls" / "old" / "brick.png"
    message = problem_of(rulebook, path)
    assert f"{file}:6: rules[0].variants[1].style: unknown style 'oli'; did you mean 'oil'?" in message
    assert names(rulebook, textures / "props" / "brick.png") == ["all"]
    write(file, OVERRIDE)
    assert names(rulebook, path) == ["walls", "all"]


def test_an_override_heals_when_its_missing_image_arrives(textures: Path) -> None:
    write(textures / "walls" / ".impasto.yaml", OVERRIDE.replace("builtin: 1", "image: style.png"))
    rulebook, path = book(textures), textures / "walls" / "brick.png"
    assert "no such file" in problem_of(rulebook, path)
    (textures / "walls" / "style.png").write_bytes(b"here")
    assert names(rulebook, path) == ["walls", "all"]


def test_an_override_with_a_yaml_mistake_is_explained(textures: Path) -> None:
    write(textures / "props" / ".impasto.yaml", "rules:\n  - match: *.png\n")
    assert ".impasto.yaml:2: *.png is read as a YAML alias" in problem_of(
        book(textures), textures / "props" / "a.png"
    )


def test_an_override_has_no_watch(textures: Path) -> None:
    write(textures / "props" / ".impasto.yaml", "watch: [folder: .]\n")
    message = problem_of(book(textures), textures / "props" / "a.png")
    assert ".impasto.yaml:1: watch: unknown key; valid: styles, presets, rules" in message


def test_an_override_s_image_may_lie_beside_the_config_but_not_elsewhere(
    textures: Path, tmp_path: Path
) -> None:
    (textures.parent / "style.png").write_bytes(b"a")
    file = textures / "props" / ".impasto.yaml"
    write(file, "styles: { a: { image: ../../style.png } }\n")
    assert names(book(textures), textures / "props" / "a.png") == ["all"]
    write(file, "styles: { a: { image: ../../../style.png } }\n")
    assert "outside of the project" in problem_of(book(textures), textures / "props" / "a.png")


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("brick.png", False),
        ("walls/brick.png", False),
        ("brick_preview.png", True),
        ("walls/old/brick_preview.png", True),
        ("wip/brick.png", True),
        ("walls/wip/deep/brick.png", True),
        (".brick.png", True),
        (".git/brick.png", True),
        ("brick.png.impasto", True),
        ("brick.png.import", True),
        ("brick.png.META", True),
        (".brick.png.tmp", True),
        ("brick.tmp", True),
        ("../brick.png", True),
    ],
)
def test_what_is_ignored(textures: Path, name: str, ignored: bool) -> None:
    path = textures.parent / name[3:] if name.startswith("../") else textures / name
    assert book(textures).is_ignored(path) == ignored


def test_the_watch_folder_itself_is_not_ignored(textures: Path) -> None:
    assert not book(textures).is_ignored(textures)


def test_ignore_files_nest_as_in_git(textures: Path) -> None:
    write(textures / ".impastoignore", "# big ones\n*.tga\n/walls/old\nprops/*.exr\n")
    write(textures / "walls" / ".impastoignore", "!keep.tga\n!brick_preview.png\n")
    write(textures / "walls" / "old" / ".gitkeep", "")
    rulebook = book(textures)
    assert rulebook.is_ignored(textures / "a.tga")
    assert rulebook.is_ignored(textures / "walls" / "a.tga")
    assert not rulebook.is_ignored(textures / "walls" / "keep.tga")
    assert not rulebook.is_ignored(textures / "walls" / "brick_preview.png")
    assert rulebook.is_ignored(textures / "props" / "a.exr")
    assert not rulebook.is_ignored(textures / "a.exr")
    write(textures / "walls" / "old" / ".impastoignore", "!*\n")
    assert rulebook.is_ignored(textures / "walls" / "old" / "a.png"), "its folder is ignored"


def test_an_ignore_file_is_followed_when_it_changes(textures: Path) -> None:
    rulebook, file, path = book(textures), textures / ".impastoignore", textures / "walls" / "a.png"
    assert not rulebook.is_ignored(path)
    write(file, "walls/\n")
    assert rulebook.is_ignored(path)
    file.unlink()
    assert not rulebook.is_ignored(path)


def test_a_bad_line_in_an_ignore_file_stops_its_subtree(textures: Path) -> None:
    """What was meant to be ignored is not known, so nothing is made there."""
    write(textures / "walls" / ".impastoignore", "*.tga\n\nold\\*.png\n")
    rulebook = book(textures)
    assert rulebook.is_ignored(textures / "walls" / "a.tga")
    assert ".impastoignore:3: pattern 'old\\*.png' has a \\" in problem_of(
        rulebook, textures / "walls" / "a.png"
    )
    assert names(rulebook, textures / "props" / "a.png") == ["all"]


def test_validate_finds_every_broken_file_below(textures: Path) -> None:
    write(textures / "walls" / ".impasto.yaml", OVERRIDE)
    (textures / "wip").mkdir()
    write(textures / "wip" / ".impasto.yaml", "broken")
    config = textures.parent / "config.yaml"
    checked = validate_config(config)
    assert (checked.rules, checked.styles, checked.overrides) == (2, 2, 1)
    write(textures / "walls" / "old" / ".impasto.yaml", "rulez: []\n")
    write(textures / "props" / ".impastoignore", "a[\n")
    with pytest.raises(ConfigError) as caught:
        validate_config(config)
    places = [(problem.file.parent.name, problem.line) for problem in caught.value.problems]
    assert places == [("props", 1), ("old", 1)]
