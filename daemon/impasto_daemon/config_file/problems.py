"""What pydantic refuses, said to an artist: what stands there, what was expected, what would be valid."""

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

_EXPECTED: Mapping[str, str] = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "keys with values",
}


def refuse(message: str) -> PydanticCustomError:
    """The error for a validator to raise: its message is shown as it stands."""
    return PydanticCustomError("refused", "{message}", {"message": message})


def unknown(kind: str, value: str, valid: Iterable[str]) -> str:
    """The message about a name that is none of `valid`."""
    return f"unknown {kind} '{value}'{_valid(value, valid)}"


def unknown_key(key: str, valid: Iterable[str]) -> str:
    return f"unknown key{_valid(key, valid)}"


def explain(error: ErrorDetails, holder: type[BaseModel] | None, written: str | None) -> str:
    """The message for one of pydantic's errors.

    holder: the model whose key is wrong, or that the value should have been.
    written: the value as it stands in the file, when it is not quoted.
    """
    kind, value = error["type"], error["input"]
    key = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "refused":
        return error["msg"]
    if kind == "extra_forbidden":
        return unknown_key(key, holder.model_fields if holder else ())
    if kind == "missing":
        return "is missing"
    if kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"cannot be {_show(value)}{_valid(str(written or value), choices)}"
    if kind in _EXPECTED:
        return f"expects {_EXPECTED[kind]}, not {_show(value)}{_remedy(error, holder, written)}"
    return f"cannot be {_show(value)}; valid: {_bounds(holder, key) or _plain(error['msg'])}"


def _valid(value: str, valid: Iterable[str]) -> str:
    names = list(valid)
    near = get_close_matches(value.lower(), names, n=1) or [
        name for name in names if len(value) > 2 and value in name
    ]
    hint = f"; did you mean '{near[0]}'?" if near else ";"
    return f"{hint} valid: {', '.join(names) or 'none is defined here'}"


def _show(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return json.dumps(value, ensure_ascii=False)


def _remedy(error: ErrorDetails, holder: type[BaseModel] | None, written: str | None) -> str:
    kind, value = error["type"], error["input"]
    if kind == "string_type" and written and value is not None:
        how = "" if written == _show(value) else f", which is how YAML reads {written}"
        return f'{how}; quote it: "{written}"'
    if kind == "model_type" and holder is not None:
        return f"; valid keys: {', '.join(holder.model_fields)}"
    if kind == "list_type" and isinstance(value, str):
        return f"; write [{_show(value)}]"
    return ""


def _bounds(holder: type[BaseModel] | None, key: str) -> str:
    """ "0 to 1", from the limits that the field is declared with."""
    if holder is None or key not in holder.model_fields:
        return ""
    limits = {
        name: getattr(limit, name)
        for limit in holder.model_fields[key].metadata
        for name in ("ge", "le")
        if hasattr(limit, name)
    }
    return f"{limits['ge']:g} to {limits['le']:g}" if len(limits) == 2 else ""


def _plain(message: str) -> str:
    return re.sub(r"^\w+ should (be|have) ", "", message)
