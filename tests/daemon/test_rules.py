"""Which rule wins, and why."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto_daemon.rules import Patterns, Rule, match_rule, rules_matching_path, scope_rules
from impasto_daemon.variants import RuleVariant
from impasto_engine import MapRole

FOLDER = Path("/project/textures")
COLOR = (MapRole.BASE_COLOR, MapRole.SPRITE)


def rule(name: str, *match: str, roles: tuple[MapRole, ...] = COLOR) -> Rule:
    return Rule(name, match, roles, (RuleVariant("x4"),), Path("/project/config.yaml"), 1)


def test_the_first_rule_that_matches_wins() -> None:
    rules = scope_rules([rule("a", "ui/**"), rule("b", "*.png"), rule("c", "*")], FOLDER)
    found = match_rule(rules, FOLDER / "walls" / "brick.png", MapRole.BASE_COLOR)
    assert found is not None
    assert found.rule.name == "b"


def test_the_reason_names_rule_pattern_and_role() -> None:
    rules = scope_rules([rule("environment", "*.tga", "environment/**")], FOLDER)
    found = match_rule(rules, FOLDER / "environment" / "brick.png", MapRole.BASE_COLOR)
    assert found is not None
    assert found.reason == "rule 'environment' matches 'environment/**' and role base_color"


def test_a_rule_with_another_role_is_passed_over() -> None:
    rules = scope_rules([rule("color", "*"), rule("maps", "*", roles=(MapRole.NORMAL,))], FOLDER)
    found = match_rule(rules, FOLDER / "brick_n.png", MapRole.NORMAL)
    assert found is not None
    assert found.rule.name == "maps"
    assert match_rule(rules, FOLDER / "brick_x.png", MapRole.UNKNOWN) is None


def test_rules_that_match_the_path_are_known_before_the_role_is() -> None:
    rules = scope_rules([rule("a", "*.png"), rule("b", "*.tga"), rule("c", "*", roles=(MapRole.AO,))], FOLDER)
    found = rules_matching_path(rules, FOLDER / "brick.png")
    assert [scoped.rule.name for scoped in found] == ["a", "c"]


def test_patterns_are_relative_to_the_rule_s_own_folder() -> None:
    rules = scope_rules([rule("below", "/brick.png")], FOLDER / "walls")
    assert match_rule(rules, FOLDER / "walls" / "brick.png", MapRole.SPRITE) is not None
    assert match_rule(rules, FOLDER / "walls" / "old" / "brick.png", MapRole.SPRITE) is None
    assert match_rule(rules, FOLDER / "brick.png", MapRole.SPRITE) is None


@pytest.mark.parametrize(
    ("patterns", "path", "matches"),
    [
        (["*.png"], "a/b.png", True),
        (["*.png"], "a/b.PNG", False),
        (["/*.png"], "a/b.png", False),
        (["environment/**"], "environment/a/b.png", True),
        (["environment"], "deep/environment/b.png", True),
        (["a/**/b.png"], "a/b.png", True),
        (["a/*/b.png"], "a/x/y/b.png", False),
        (["brick_?.png"], "brick_2.png", True),
        (["brick_[0-9].png"], "brick_x.png", False),
        (["*.png", "!*_old.png"], "a_old.png", False),
        (["*.png", "!*_old.png", "keep_old.png"], "keep_old.png", True),
        (["!*_old.png", "*.png"], "a_old.png", True),
        ([r"\#1.png"], "#1.png", True),
    ],
)
def test_patterns_match_as_gitignore_s_do(patterns: list[str], path: str, matches: bool) -> None:
    verdict = Patterns(patterns).deciding(path)
    assert (verdict is not None and verdict[0]) == matches


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "the pattern is empty"),
        ("  ", "the pattern is empty"),
        ("# old", "is a comment to gitignore"),
        (r"ui\*.png", "write / between folders"),
        ("./ui/*", "without ./ ../ //"),
        ("../ui/*", "without ./ ../ //"),
        ("ui//a", "without ./ ../ //"),
        ("/", "can never match"),
        ("!", "can never match"),
        ("a[", "a [ needs its ]"),
        ("[z-a]", "is not valid"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match="pattern") as caught:
        Patterns([pattern])
    assert message in str(caught.value)


NAMES = st.text(st.sampled_from("abcé_-. 0"), min_size=1, max_size=12).filter(
    lambda name: name.strip(" .") == name and bool(name)
)


@given(NAMES, st.lists(NAMES, max_size=3))
def test_a_plain_name_matches_in_every_folder_and_can_be_taken_back(name: str, folders: list[str]) -> None:
    path = "/".join([*folders, name])
    assert Patterns([name]).deciding(path) == (True, name)
    assert Patterns([f"/{path}"]).deciding(path) == (True, f"/{path}")
    assert Patterns(["*", f"!{name}"]).deciding(path) == (False, f"!{name}")
    assert Patterns([f"{name}x"]).deciding(path) is None
