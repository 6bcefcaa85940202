"""Which rule wins for a path: the first whose patterns and roles match. The only pathspec import."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec

from impasto_daemon.variants import RuleVariant
from impasto_engine import MapRole


class Patterns:
    """gitignore's patterns, in order: the last that matches decides, and `!` takes back.

    Raises ValueError for a pattern that can never match, or that reads differently than it looks.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(texts)
        for text in self.texts:
            _check(text)
        self._spec = _compile(self.texts)

    def deciding(self, path: str) -> tuple[bool, str] | None:
        """(matches, the pattern that decides), or None where none speaks of it.

        path: relative to the patterns' folder, with `/`; a folder's ends with `/`.
        """
        check = self._spec.check_file(path)
        if check.include is None or check.index is None:
            return None
        return check.include, self.texts[check.index]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its file has it; file and line are where it stands."""

    name: str
    match: tuple[str, ...]
    roles: tuple[MapRole, ...]
    variants: tuple[RuleVariant, ...]
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class ScopedRule:
    """A rule and the folder its patterns are relative to, with `/` at the end."""

    rule: Rule
    folder: str
    patterns: Patterns = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """The rule that won, and why, in a sentence for people."""

    rule: Rule
    reason: str


def scope_rules(rules: Iterable[Rule], folder: Path) -> tuple[ScopedRule, ...]:
    start = folder.as_posix().rstrip("/") + "/"
    return tuple(ScopedRule(rule, start, Patterns(rule.match)) for rule in rules)


def match_rule(rules: Iterable[ScopedRule], path: Path, role: MapRole) -> RuleMatch | None:
    """The first rule that has the role and whose patterns match `path`, which is absolute."""
    place = path.as_posix()
    for scoped in rules:
        if role in scoped.rule.roles and (pattern := _matching_pattern(scoped, place)) is not None:
            reason = f"rule '{scoped.rule.name}' matches '{pattern}' and role {role.value}"
            return RuleMatch(scoped.rule, reason)
    return None


def rules_matching_path(rules: Iterable[ScopedRule], path: Path) -> tuple[ScopedRule, ...]:
    """The rules whose patterns match, whatever the role; where there is none, no content need be read."""
    place = path.as_posix()
    return tuple(scoped for scoped in rules if _matching_pattern(scoped, place) is not None)


def _matching_pattern(scoped: ScopedRule, place: str) -> str | None:
    if not place.startswith(scoped.folder):
        return None
    verdict = scoped.patterns.deciding(place.removeprefix(scoped.folder))
    return verdict[1] if verdict is not None and verdict[0] else None


def _compile(texts: Iterable[str]) -> GitIgnoreSpec:
    # pathspec would choose by what is installed: not the same on every machine
    return GitIgnoreSpec.from_lines(texts, backend="simple")


def _check(text: str) -> None:
    if not text.strip():
        raise ValueError('the pattern is empty; valid: as in .gitignore, such as "*.png" or "environment/**"')
    if text.startswith("#"):
        raise ValueError(f"pattern '{text}' is a comment to gitignore; write '\\{text}'")
    if "\\" in text.removeprefix("\\#").removeprefix("\\!"):
        raise ValueError(f"pattern '{text}' has a \\; write / between folders, on every system")
    if {".", "..", ""} & set(text.lstrip("!").strip("/").split("/")):
        raise ValueError(
            f"pattern '{text}' can never match; write it from its folder down, without ./ ../ //"
        )
    try:
        matches_something = _compile([text]).patterns[0].regex is not None
    except (ValueError, re.error) as error:
        raise ValueError(f"pattern '{text}' is not valid: {error}") from error
    if not matches_something:
        raise ValueError(f"pattern '{text}' is not valid: a [ needs its ]")
