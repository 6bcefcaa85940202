"""The JSON Schema (draft 2020-12) of config.yaml: an editor completes its keys and underlines what is wrong."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from impasto_daemon.config_file.document import ConfigDocument, StyleEntry
from impasto_daemon.state import models_folder
from impasto_engine import find_stylizer, stylizer_names, upscaler_names

_REFERENCE = "#/$defs/{model}"


def config_schema() -> dict[str, Any]:
    """The upscalers in it are examples: a models folder may hold more."""
    schema = ConfigDocument.model_json_schema(ref_template=_REFERENCE)
    definitions = schema["$defs"]
    settings = {name: find_stylizer(name).settings for name in stylizer_names()}
    for model in settings.values():
        own = model.model_json_schema(ref_template=_REFERENCE)
        definitions |= own.pop("$defs", {}) | {model.__name__: own}
    definitions["StyleEntry"]["oneOf"] = [{"required": [key]} for key in StyleEntry.model_fields]
    definitions["UpscaleEntry"]["properties"]["model"]["examples"] = [
        "auto",
        *upscaler_names(models_folder()),
    ]
    variant = definitions["VariantEntry"]
    variant["properties"]["stylizer"]["enum"] = list(settings)
    variant["properties"]["stylizer_settings"]["description"] = "\n".join(_describe(settings))
    # a preset may name the stylizer: only where it stands beside its settings can they be checked
    variant["allOf"] = [
        {
            "if": {"properties": {"stylizer": {"const": name}}, "required": ["stylizer"]},
            "then": {"properties": {"stylizer_settings": {"$ref": _REFERENCE.format(model=model.__name__)}}},
        }
        for name, model in settings.items()
    ]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "impasto config"}


def _describe(settings: dict[str, type[BaseModel]]) -> Iterator[str]:
    yield "The stylizer's own settings."
    for name, model in settings.items():
        keys = ", ".join(f"{key} ({field.get_default()!r})" for key, field in model.model_fields.items())
        yield f"{name}: {keys or 'none'}"
