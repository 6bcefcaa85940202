"""A sidecar as a companion reads it: its source, the variants with their maps, and what was retired."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

READABLE_MAJOR = "impasto.manifest/1."


class SidecarError(ValueError):
    """One line that names the sidecar and says why it cannot be read."""


@dataclass(frozen=True, slots=True)
class MapFile:
    """One output; `normal_y` is `+`, `-` or empty, `channels` a packing such as `orm`."""

    file: str
    sha256: str
    width: int
    height: int
    role: str
    color_space: str
    channels: str
    alpha_mode: str
    normal_y: str
    wrap_u: str
    wrap_v: str
    filter_hint: str


@dataclass(frozen=True, slots=True)
class Variant:
    """`style` is empty for a variant that is upscaled only, `error` for one that did not fail."""

    id: str
    status: str
    draft: bool
    error: str
    rule: str
    reason: str
    style: str
    maps: tuple[MapFile, ...]

    def map_of(self, role: str) -> MapFile | None:
        return next((entry for entry in self.maps if entry.role == role), None)


@dataclass(frozen=True, slots=True)
class Source:
    """`role`, `color_space` and `alpha_mode` are empty for a source that cannot be decoded."""

    file: str
    sha256: str
    role: str
    color_space: str
    alpha_mode: str
    material: str


@dataclass(frozen=True, slots=True)
class Sidecar:
    path: Path
    source: Source
    variants: tuple[Variant, ...]
    retired: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def source_path(self) -> Path:
        return self.folder / self.source.file

    def path_of(self, entry: MapFile) -> Path:
        return self.folder / entry.file

    def files(self) -> Iterator[Path]:
        """The source and every map, once for each time it is named."""
        yield self.source_path
        yield from (self.path_of(entry) for variant in self.variants for entry in variant.maps)


def read_sidecar(path: Path) -> Sidecar:
    """Raises SidecarError for what is not a manifest of schema 1.x, or names a file outside its folder."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SidecarError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # half a file, other bytes, or nested without end
        raise SidecarError(f"{path}: is not JSON: {error}") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str) or not schema.startswith(READABLE_MAJOR):
        raise SidecarError(f"{path}: schema is {schema!r}; this version reads {READABLE_MAJOR}x")
    top = _Fields(path, "", document)
    return Sidecar(
        path,
        _source(top.inner("source")),
        tuple(_variant(one) for one in top.rows("variants")),
        tuple(gone.file() for gone in top.rows("retired")),
    )


def _source(fields: "_Fields") -> Source:
    return Source(
        file=fields.file(),
        sha256=fields.text("sha256"),
        role=fields.text("role", or_empty=True),
        color_space=fields.text("color_space", or_empty=True),
        alpha_mode=fields.text("alpha_mode", or_empty=True),
        material=fields.text("material", or_empty=True),
    )


def _variant(fields: "_Fields") -> Variant:
    return Variant(
        id=fields.text("id"),
        status=fields.text("status"),
        draft=fields.known.get("draft") is True,
        error=fields.text("error", or_empty=True),
        rule=fields.text("rule", or_empty=True),
        reason=fields.text("reason", or_empty=True),
        style=fields.text("style", or_empty=True),
        maps=tuple(_map(entry) for entry in fields.rows("maps")),
    )


def _map(fields: "_Fields") -> MapFile:
    return MapFile(
        file=fields.file(),
        sha256=fields.text("sha256"),
        width=fields.size("width"),
        height=fields.size("height"),
        role=fields.text("role"),
        color_space=fields.text("color_space"),
        channels=fields.text("channels", or_empty=True),
        alpha_mode=fields.text("alpha_mode"),
        normal_y=fields.text("normal_y", or_empty=True),
        wrap_u=fields.text("wrap_u"),
        wrap_v=fields.text("wrap_v"),
        filter_hint=fields.text("filter_hint", or_empty=True) or "linear",
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """One JSON object, which names its place in the sidecar when a field of it is not what it should be."""

    path: Path
    place: str
    known: dict[str, Any]

    def text(self, name: str, *, or_empty: bool = False) -> str:
        value = self.known.get(name)
        if value is None and or_empty:
            return ""
        if not isinstance(value, str):
            raise self._wrong(name, "text")
        return value

    def size(self, name: str) -> int:
        value = self.known.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self._wrong(name, "a whole number above 0")
        return value

    def file(self) -> str:
        name = self.text("file")
        if not _stays_inside(name):
            raise SidecarError(f"{self.path}: names {name!r}, which is not inside its folder")
        return name

    def inner(self, name: str) -> "_Fields":
        value = self.known.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return _Fields(self.path, f"{self.place}{name}.", value)

    def rows(self, name: str) -> "list[_Fields]":
        rows = self.known.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._wrong(name, "a list of objects")
        return [_Fields(self.path, f"{self.place}{name}.{at}.", row) for at, row in enumerate(rows)]

    def _wrong(self, name: str, valid: str) -> SidecarError:
        return SidecarError(f"{self.path}: {self.place}{name} is {self.known.get(name)!r}, not {valid}")


def _stays_inside(name: str) -> bool:
    if set(name) & set("\\:\0") or any("\ud800" <= letter <= "\udfff" for letter in name):
        return False  # no system takes NUL or half a character in a name
    return not {"", ".", ".."} & set(name.split("/"))
