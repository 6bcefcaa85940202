"""The YAML loader: plain values, the line of every key and item, and mistakes explained to artists."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import yaml

from impasto_daemon.errors import ConfigError, Problem

Loc = tuple[int | str, ...]  # as pydantic has it: ("rules", 0, "name")

_TAG = "tag:yaml.org,2002:"
_TYPED_TAGS = frozenset(_TAG + name for name in ("null", "bool", "int", "float"))
_TEXT_TAGS = frozenset(_TAG + name for name in ("str", "timestamp", "value", "merge"))
_OUTPUT_PATTERN = re.compile(r":\s*(\{(?:stem|variant|ext)\}\S*)")
_TOKEN = re.compile(r"[^\s,\]}]+")
_HINTS = (  # what PyYAML's message contains, and what to tell instead
    (r"'\t'", "a tab stands where YAML wants spaces; indent with spaces only"),
    ("unknown escape character", r"a \ in double quotes begins an escape; write paths with /"),
    ("escape sequence of", r"a \ in double quotes begins an escape; write paths with /"),
    (
        "mapping values are not allowed",
        "': ' begins a value; quote text that has ': ' in it, or indent alike",
    ),
)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """What one YAML file says.

    value: dict (keys are the text as written, whatever it looks like), list, str, int, float, bool or None.
    spelled: the text of each unquoted value, for those that YAML reads as something else than text.
    problems: duplicate keys; the first of them counts.
    """

    file: Path
    value: object
    lines: Mapping[Loc, int]
    spelled: Mapping[Loc, str]
    problems: tuple[Problem, ...]

    def line_of(self, loc: Loc) -> int | None:
        """The line of the key or item at `loc`, else of the nearest thing that holds it; counts from 1."""
        return next((self.lines[loc[:n]] for n in range(len(loc), -1, -1) if loc[:n] in self.lines), None)

    def problem(self, loc: Loc, message: str) -> Problem:
        return Problem(self.file, self.line_of(loc), format_loc(loc), message)


def format_loc(loc: Loc) -> str:
    """("rules", 0, "name") as `rules[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


def read_yaml(file: Path) -> YamlDocument:
    """Read one document of UTF-8 YAML. Raises ConfigError with the line and what to write instead."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError([Problem(file, None, "", "no such file")]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(file, line, "", "is not UTF-8 text; save it as UTF-8")]) from error
    except OSError as error:
        raise ConfigError([Problem(file, None, "", f"cannot be read: {error.strerror}")]) from error
    try:
        return _read(file, text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = Problem(file, line, "", f"has the unprintable character U+{error.character:04X}")
        raise ConfigError([problem]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line_number = None if mark is None else mark.line + 1
        raise ConfigError([Problem(file, line_number, "", _explain(error, text.splitlines()))]) from error
    except RecursionError as error:
        raise ConfigError([Problem(file, None, "", "is nested too deeply")]) from error


class _Loader(yaml.SafeLoader):
    """Safe, without aliases, and with 1e-3 as a number, which YAML 1.1 takes for text."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # the stub of PyYAML has no types here
            raise yaml.MarkedYAMLError("while scanning an alias", event.start_mark, None, event.start_mark)
        return super().compose_node(parent, index)


_Loader.add_implicit_resolver(_TAG + "float", re.compile(r"[-+]?\d+[eE][-+]?\d+\Z"), list("-+0123456789"))


@dataclass(frozen=True, slots=True)
class _Walk:
    file: Path
    loader: _Loader
    lines: dict[Loc, int] = field(default_factory=dict)
    spelled: dict[Loc, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def value_of(self, node: yaml.Node, loc: Loc) -> object:
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, loc)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self._item(child, (*loc, index)) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _TYPED_TAGS:
            self.spelled[loc] = node.value
            return self.loader.construct_object(node)
        if isinstance(node, yaml.ScalarNode) and node.tag in _TEXT_TAGS:
            return str(node.value)
        raise yaml.MarkedYAMLError("while scanning a tag", node.start_mark, None, node.start_mark)

    def _item(self, node: yaml.Node, loc: Loc) -> object:
        self.lines[loc] = node.start_mark.line + 1
        return self.value_of(node, loc)

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                message = "a key is plain text; quote it if it begins with { or ["
                raise yaml.MarkedYAMLError(None, None, message, key_node.start_mark)
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in values:
                message = f"stands in line {self.lines[(*loc, key)]} and in line {line}; keep one of them"
                self.problems.append(Problem(self.file, line, format_loc((*loc, key)), message))
                continue
            self.lines[(*loc, key)] = line
            values[key] = self.value_of(child, (*loc, key))
        return values


def _read(file: Path, text: str) -> YamlDocument:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        walk = _Walk(file, loader, {(): 1})
        value = None if node is None else walk.value_of(node, ())
    finally:
        loader.dispose()
    return YamlDocument(
        file, value, MappingProxyType(walk.lines), MappingProxyType(walk.spelled), tuple(walk.problems)
    )


def _explain(error: yaml.MarkedYAMLError, lines: list[str]) -> str:
    if error.context == "while scanning an alias":
        token = _token_at(error.context_mark, lines)
        return (
            f'{token} is read as a YAML alias; quote the pattern: "{token}" '
            "(anchors and aliases are not read here: use presets and extends)"
        )
    if error.context in ("while scanning a tag", "while parsing a tag"):
        token = _token_at(error.context_mark, lines)
        return f'{token} is read as a YAML tag; quote it: "{token}"'
    mark = error.problem_mark
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    if unquoted := _OUTPUT_PATTERN.search(line):
        return f'a value that begins with {{ is read as a mapping; quote it: "{unquoted[1].rstrip(",")}"'
    problem = error.problem or ""
    return next(
        (hint for sign, hint in _HINTS if sign in problem),
        "is not valid YAML: " + ", ".join(part for part in (error.context, problem) if part),
    )


def _token_at(mark: yaml.Mark | None, lines: list[str]) -> str:
    if mark is None:
        return ""
    found = _TOKEN.match(lines[mark.line], mark.column)
    return found[0] if found else ""
