"""The schema takes what the daemon takes."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from impasto_daemon.config_schema import config_schema
from impasto_daemon.yaml_lines import read_yaml
from impasto_engine import stylizer_names


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return config_schema()


def variant(keys: dict[str, Any]) -> dict[str, Any]:
    return {"watch": [{"folder": "a"}], "rules": [{"name": "a", "match": ["*"], "variants": [keys]}]}


def test_it_is_a_schema_and_takes_the_example_config(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    example = Path(__file__).parents[2] / "config.yaml"
    Draft202012Validator(schema).validate(read_yaml(example).value)


@pytest.mark.parametrize(
    "keys",
    [
        {"strenght": 1},
        {"strength": 2},
        {"stylizer": "nobody"},
        {"upscale": {"scale": 9}},
        {"upscale": {"model": "auto"}},
        {"wrap": ["repeat"]},
        {"layout": "sheet"},
        {"layout": "atlas", "grid": 64},
        {"layout": "atlas", "grid": "64"},
        {"layout": "atlas", "extrude": 17},
        {"palette": "night.png"},
        {"relief": 0},
        {"mask": 7},
        {"mask": {"image": "a.png"}},
        {"mask": {"image": "a.png", "regions": {"red": "night"}}},
        {"share": "all"},
        {"stylizer": "magenta", "stylizer_settings": {"style_crop": "middle"}},
    ],
)
def test_it_underlines_what_the_daemon_refuses(schema: dict[str, Any], keys: dict[str, Any]) -> None:
    assert not Draft202012Validator(schema).is_valid(variant(keys))


def test_it_knows_every_stylizer_and_its_settings(schema: dict[str, Any]) -> None:
    properties = schema["$defs"]["VariantEntry"]["properties"]
    assert properties["stylizer"]["enum"] == list(stylizer_names())
    assert "magenta: style_crop" in properties["stylizer_settings"]["description"]


def test_every_key_is_described(schema: dict[str, Any]) -> None:
    named = {"RuleEntry.name"}  # says it all
    missing = {
        f"{entry}.{key}"
        for entry in ("WatchEntry", "StyleEntry", "UpscaleEntry", "VariantEntry", "RuleEntry")
        for key, value in schema["$defs"][entry]["properties"].items()
        if "description" not in value
    }
    assert missing == named
