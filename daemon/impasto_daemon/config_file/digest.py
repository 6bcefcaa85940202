"""One hash of all that rules ask for: it tells whether a source may need to be looked at again."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from pathlib import PurePath

from pydantic import BaseModel

from impasto_daemon.rules import Rule


def digest_rules(rules: Iterable[Rule], *context: str) -> str:
    """Hexadecimal sha256 of the rules and the texts in `context`.

    Files count by their content: a moved project, a new comment or another order of keys changes nothing.
    """
    asked = [[rule.name, rule.match, rule.roles, _plain(rule.variants)] for rule in rules]
    text = json.dumps([context, asked], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return [type(value).__name__, value.model_dump(mode="json")]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, PurePath) else value
