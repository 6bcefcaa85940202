"""From YAML values to entries: a mistake in shape becomes a problem, and whatever is sound is read on."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from impasto_daemon.config_file.document import UpscaleEntry
from impasto_daemon.config_file.problems import explain, unknown_key
from impasto_daemon.errors import ConfigError, Problem
from impasto_daemon.yaml_lines import Loc, YamlDocument

Entry = TypeVar("Entry", bound=BaseModel)


class DocumentReader:
    """Reads the entries of one document; `problems` grows with what is wrong."""

    def __init__(self, document: YamlDocument) -> None:
        self.document = document
        self.problems: list[Problem] = list(document.problems)

    @property
    def folder(self) -> Path:
        return self.document.file.parent

    def refuse(self, loc: Loc, message: str) -> None:
        self.problems.append(self.document.problem(loc, message))

    def top(self, shape: type[BaseModel]) -> dict[str, object]:
        """The top-level keys and values; {} where the file is empty. Raises ConfigError where there are none."""
        value = self.document.value
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.refuse((), f"expects keys and values; valid keys: {', '.join(shape.model_fields)}")
            raise ConfigError(self.problems)
        for key in value:
            if key not in shape.model_fields:
                self.refuse((key,), unknown_key(key, shape.model_fields))
        return value

    def named(self, model: type[Entry], section: str, value: object) -> dict[str, Entry | None]:
        """The entries of a mapping of names; None for those that are wrong."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.refuse((section,), "expects a mapping: a name, a colon, and its keys below")
            return {}
        return {name: self.entry(model, (section, name), item) for name, item in value.items()}

    def items(self, loc: Loc, value: object) -> Iterator[tuple[Loc, object]]:
        """The place and value of each item of a list."""
        if value is not None and not isinstance(value, list):
            self.refuse(loc, 'expects a list: each item on its own line, after "- "')
        if isinstance(value, list):
            yield from (((*loc, index), item) for index, item in enumerate(value))

    def entry(
        self, model: type[Entry], loc: Loc, value: object, shown: type[BaseModel] | None = None
    ) -> Entry | None:
        """Read one entry; None where more than unknown keys is wrong. shown: whose keys are valid."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            errors = error.errors(include_url=False)
        for details in errors:
            place = loc + details["loc"]
            holder = _holder(shown or model, details["loc"], is_value=details["type"] == "model_type")
            self.refuse(place, explain(details, holder, self.document.spelled.get(place)))
        extra = {details["loc"] for details in errors if details["type"] == "extra_forbidden"}
        if isinstance(value, dict) and len(extra) == len(errors) and all(len(place) == 1 for place in extra):
            return model.model_validate({key: item for key, item in value.items() if (key,) not in extra})
        return None


def _holder(model: type[BaseModel], loc: Loc, *, is_value: bool) -> type[BaseModel] | None:
    """The model that has the key at `loc`, or that is the value there."""
    match loc if is_value else loc[:-1]:
        case ():
            return model
        case ("upscale",):
            return UpscaleEntry
        case _:
            return None
