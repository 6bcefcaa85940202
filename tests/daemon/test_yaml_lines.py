"""YAML with lines: what is read, and how mistakes are explained."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impasto_daemon.errors import ConfigError, Problem
from impasto_daemon.yaml_lines import YamlDocument, format_loc, read_yaml


def read(tmp_path: Path, text: str | bytes) -> YamlDocument:
    file = tmp_path / "config.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(file)


def refused(tmp_path: Path, text: str | bytes) -> Problem:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    (problem,) = caught.value.problems
    return problem


def test_every_key_and_item_has_its_line(tmp_path: Path) -> None:
    text = (
        "# first\nrules:\n  - name: a\n    match:\n      - x\n      - y\n  - { name: b,\n      match: [z] }\n"
    )
    document = read(tmp_path, text)
    assert document.value == {"rules": [{"name": "a", "match": ["x", "y"]}, {"name": "b", "match": ["z"]}]}
    lines = {
        ("rules",): 2,
        ("rules", 0): 3,
        ("rules", 0, "name"): 3,
        ("rules", 0, "match"): 4,
        ("rules", 0, "match", 1): 6,
        ("rules", 1): 7,
        ("rules", 1, "match", 0): 8,
    }
    assert {loc: document.line_of(loc) for loc in lines} == lines


def test_a_missing_key_has_the_line_of_what_lacks_it(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 1\nrules:\n  - name: x\n")
    assert document.line_of(("rules", 0, "match")) == 3
    assert document.line_of(("watch",)) == 1


def test_a_place_is_written_as_in_code() -> None:
    assert (
        format_loc(("rules", 0, "variants", 12, "upscale", "scale")) == "rules[0].variants[12].upscale.scale"
    )
    assert format_loc(()) == ""


def test_a_duplicate_key_names_both_lines_and_the_first_counts(tmp_path: Path) -> None:
    document = read(tmp_path, "styles:\n  a: 1\n  b: 2\n  a: 3\n")
    assert document.value == {"styles": {"a": 1, "b": 2}}
    (problem,) = document.problems
    assert (problem.line, problem.key) == (4, "styles.a")
    assert "line 2 and in line 4" in problem.message


def test_keys_are_the_text_as_written(tmp_path: Path) -> None:
    """A style named `no` and an index 7 need no quotes."""
    assert read(tmp_path, "no: 1\n7: 2\nnull: 3\n2024-01-01: 4\n").value == {
        "no": 1,
        "7": 2,
        "null": 3,
        "2024-01-01": 4,
    }


def test_an_unquoted_value_is_kept_as_written_beside_what_yaml_reads(tmp_path: Path) -> None:
    document = read(tmp_path, 'a: no\nb: 010\nc: 1:30\nd: "on"\ne: 2024-13-45\n')
    assert document.value == {"a": False, "b": 8, "c": 90, "d": "on", "e": "2024-13-45"}
    assert document.spelled == {("a",): "no", ("b",): "010", ("c",): "1:30"}


def test_an_exponent_needs_no_point(tmp_path: Path) -> None:
    assert read(tmp_path, "a: 1e-3\nb: -2E+4\nc: 1e\n").value == {"a": 0.001, "b": -20000.0, "c": "1e"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nmatch: [*.png, b]", 2, 'quote the pattern: "*.png"'),
        ("match:\n  - **/*_n.png\n", 2, 'quote the pattern: "**/*_n.png"'),
        ("match:\n  - *", 2, 'quote the pattern: "*"'),
        ("a: &x 1\nb: *x\n", 2, "anchors and aliases are not read here: use presets and extends"),
        ("match:\n  - a\n  - !*_old.png\n", 3, 'quote it: "!*_old.png"'),
        ("match: [!*.bak, a]\n", 1, 'quote it: "!*.bak"'),
        ("a: !!python/object:os.system x\n", 1, "is read as a YAML tag"),
        ("a:\n\tb: 1\n", 2, "indent with spaces only"),
        ('folder: "C:\\Users"\n', 1, "write paths with /"),
        ("a: 1\noutput: {stem}.{variant}{ext}\n", 2, 'quote it: "{stem}.{variant}{ext}"'),
        ("name: walls: old\n", 1, "quote text that has ': ' in it"),
        ("a: [1, 2\n", 2, "is not valid YAML"),
        ("{stem}: a\n", 1, "a key is plain text"),
        ("---\na: 1\n---\nb: 1\n", 3, "expected a single document"),
        (b"a: 1\nb: \xff\n", 2, "save it as UTF-8"),
        ("a: 1\nb: \x07\n", 2, "unprintable character U+0007"),
        ("[" * 5000, None, "nested too deeply"),
    ],
)
def test_a_mistake_is_explained_with_its_line(
    tmp_path: Path, text: str | bytes, line: int | None, message: str
) -> None:
    problem = refused(tmp_path, text)
    assert message in problem.message
    assert (problem.line, problem.file.name) == (line, "config.yaml")


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_yaml(tmp_path / "config.yaml")


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_yaml(tmp_path)


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfa: 1\n").value == {"a": 1}


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "# only a comment\n").value is None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab:-[]{}*!&\"'#|>%@,?<\\ \n\t0.é\x00"), max_size=40))
def test_any_text_is_a_document_or_a_config_error(tmp_path: Path, text: str) -> None:
    try:
        document = read(tmp_path, text)
    except ConfigError as error:
        assert all(problem.message for problem in error.problems)
    else:
        assert document.line_of(()) == 1
