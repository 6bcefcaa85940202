"""Single values of the config: how each is written, and what it is read as."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from impasto_daemon.config_file.problems import refuse, unknown
from impasto_daemon.rules import Patterns
from impasto_daemon.variants import OUTPUT_PARTS, RESERVED_CHARACTERS
from impasto_engine import BUILTIN_STYLES, MapRole, Profile, WrapChoice, stylizer_names

_WRAPS: tuple[WrapChoice, ...] = ("auto", "repeat", "clamp")
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_LEAST_MEMORY = 64 * 10**6
LARGEST_WEIGHT = 1000.0
_LEAST_CELL, _LARGEST_CELL = 4, 8192
PALETTE_EXTENSIONS = (".gpl", ".hex")


def _read_pattern(text: str) -> str:
    try:
        Patterns([text])
    except ValueError as error:
        raise refuse(str(error)) from error
    return text


def _read_selection(patterns: list[str]) -> list[str]:
    if all(pattern.startswith("!") for pattern in patterns):
        raise refuse('matches nothing: it needs a pattern without "!", such as "*.png"')
    return patterns


def _read_role(value: object) -> MapRole:
    if value not in list(MapRole):
        raise refuse(unknown("role", str(value), MapRole))
    return MapRole(str(value))


def _read_profile(value: object) -> Profile:
    if value not in list(Profile):
        raise refuse(unknown("profile", str(value), Profile))
    return Profile(str(value))


def _read_stylizer(text: str) -> str:
    if text not in stylizer_names():
        raise refuse(unknown("stylizer", text, stylizer_names()))
    return text


def _read_output(text: str) -> str:
    parts = re.findall(r"\{([^}]*)\}", text)
    for part in parts:
        if part not in OUTPUT_PARTS:
            raise refuse(unknown("part", f"{{{part}}}", [f"{{{valid}}}" for valid in OUTPUT_PARTS]))
    if RESERVED_CHARACTERS.search(text) or ".." in text:
        raise refuse(f"'{text}' is no plain file name; outputs stand beside their source, in no other folder")
    if "stem" not in parts:
        raise refuse(f"'{text}' lacks {{stem}}: all sources would write one file")
    if not text.endswith("{ext}") or parts.count("ext") > 1:
        raise refuse(f"'{text}' must end with {{ext}}; which file type it is, the key `format` says")
    if text == "{stem}{ext}":
        raise refuse(f"'{text}' would write over its source; valid: such as {{stem}}.{{variant}}{{ext}}")
    if text.startswith("."):
        raise refuse(f"'{text}' begins with a dot: editors and impasto skip such files")
    return text


def _read_wrap(value: object) -> tuple[WrapChoice, WrapChoice]:
    axes = value if isinstance(value, list) else [value, value]
    found = [choice for axis in axes for choice in _WRAPS if choice == axis]
    if len(axes) != 2 or len(found) != 2:
        raise refuse(f"expects one of {', '.join(_WRAPS)}, or one for each axis as in [repeat, clamp]")
    return found[0], found[1]


def _read_grid(value: object) -> tuple[int, int]:
    """Width and height of a cell in pixels."""
    written = re.fullmatch(r"(\d{1,5})x(\d{1,5})", str(value))
    sides = [int(side) for side in written.groups()] if written else []
    if not sides or min(sides) < _LEAST_CELL or max(sides) > _LARGEST_CELL:
        valid = f"width x height of a cell, each from {_LEAST_CELL} to {_LARGEST_CELL} pixels, such as 64x64"
        raise refuse(f"is '{value}'; valid: {valid}")
    return sides[0], sides[1]


def _read_builtins(value: object) -> dict[int, float]:
    """One index, or weights by index; the keys of a mapping arrive as text."""
    weights = value if isinstance(value, dict) else {str(value): 1}
    read: dict[int, float] = {}
    for index, weight in weights.items():
        if not re.fullmatch(r"\d+", index) or int(index) >= BUILTIN_STYLES:
            raise refuse(f"unknown built-in style {index}; valid: 0 to {BUILTIN_STYLES - 1}")
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not is_number or not 0 < weight <= LARGEST_WEIGHT:
            raise refuse(f"the weight of {index} must be a number above 0, up to {LARGEST_WEIGHT:g}")
        read[int(index)] = float(weight)
    if not read:
        raise refuse(f"names no style; valid: 0 to {BUILTIN_STYLES - 1}")
    return read


def _read_memory(value: object) -> int | None:
    """Bytes."""
    if value is None:
        return None
    written = re.fullmatch(r"(\d+(?:\.\d+)?) *([KMG]i?B)", str(value), re.IGNORECASE)
    if written:
        size = int(float(written[1]) * _UNITS[written[2].upper()])
    elif isinstance(value, int) and not isinstance(value, bool):
        size = value
    else:
        raise refuse(f"is '{value}'; valid: 512MB, 4GB, 4GiB, or a number of bytes")
    if size < _LEAST_MEMORY:
        raise refuse(f"is '{value}', which is too little to work with; valid: from 64MB up, such as 4GB")
    return size


def _read_palette_name(text: str) -> str:
    if text != "style" and not text.lower().endswith(PALETTE_EXTENSIONS):
        files = " or ".join(PALETTE_EXTENSIONS)
        raise refuse(f"'{text}' is no palette; valid: style, for the colours of its image, or a {files} file")
    return text


def _read_mask(value: object) -> object:
    """Its keys are read by a MaskReader."""
    if not isinstance(value, str | dict):
        raise refuse("expects the name of a picture, or the keys image and regions")
    return value


def _one_of(names: type[StrEnum]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [name.value for name in names]})


_INDEX = {"type": "integer", "minimum": 0, "maximum": BUILTIN_STYLES - 1}
_WEIGHT = {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_WEIGHT}
_WRAP = {"type": "string", "enum": list(_WRAPS)}

Pattern = Annotated[str, AfterValidator(_read_pattern)]
Selection = Annotated[list[Pattern], Field(min_length=1), AfterValidator(_read_selection)]
Role = Annotated[MapRole, PlainValidator(_read_role), _one_of(MapRole)]
ProfileName = Annotated[Profile, PlainValidator(_read_profile), _one_of(Profile)]
StylizerName = Annotated[str, AfterValidator(_read_stylizer)]
OutputName = Annotated[str, AfterValidator(_read_output)]
Weight = Annotated[float, Field(gt=0, le=LARGEST_WEIGHT)]
Wraps = Annotated[
    tuple[WrapChoice, WrapChoice],
    PlainValidator(_read_wrap),
    WithJsonSchema({"anyOf": [_WRAP, {"type": "array", "items": _WRAP, "minItems": 2, "maxItems": 2}]}),
]
Builtins = Annotated[
    dict[int, float],
    PlainValidator(_read_builtins),
    WithJsonSchema(
        {"anyOf": [_INDEX, {"type": "object", "patternProperties": {r"^\d+$": _WEIGHT}, "minProperties": 1}]}
    ),
]
Grid = Annotated[
    tuple[int, int],
    PlainValidator(_read_grid),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,5}x\d{1,5}$", "examples": ["64x64"]}),
]
PaletteName = Annotated[
    str,
    AfterValidator(_read_palette_name),
    WithJsonSchema({"type": "string", "pattern": r"^style$|\.([gG][pP][lL]|[hH][eE][xX])$"}),
]
MaskShape = Annotated[
    str | dict[str, object],
    PlainValidator(_read_mask),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {
                        "image": {"type": "string", "minLength": 1},
                        "regions": {
                            "type": "object",
                            "patternProperties": {"^#[0-9a-fA-F]{6}$": {"type": "string"}},
                            "additionalProperties": False,
                            "minProperties": 1,
                        },
                    },
                    "required": ["image", "regions"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
MemorySize = Annotated[
    int | None,
    PlainValidator(_read_memory),
    WithJsonSchema({"type": ["string", "integer", "null"], "examples": ["512MB", "4GB", "4GiB"]}),
]
