"""The sidecar manifest: what stands beside a source, written for the companions inside the editors."""

import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from impasto_daemon.errors import ManifestError
from impasto_engine import AlphaMode, BitDepth, ColorSpace, MapRole, NormalY, Wrap

SIDECAR_SUFFIX = ".impasto"
SCHEMA = "impasto.manifest/1.0"
_READABLE_MAJOR = "impasto.manifest/1."
_TIMES = {"created_utc", "seconds"}


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # readers take any 1.x: newer fields are not ours


class Generator(_Value):
    name: str = "impasto"
    version: str


class SourceFile(_Value):
    """Width, height, bit depth and role are absent for a source that cannot be decoded."""

    file: str = Field(description="name of the source, in the sidecar's folder")
    sha256: str
    width: int | None = None
    height: int | None = None
    bit_depth: BitDepth | None = None
    role: MapRole | None = None
    color_space: ColorSpace | None = None
    alpha_mode: AlphaMode | None = None
    material: str = Field(default="", description="the stem that the maps of one material share")


class MapFile(_Value):
    file: str = Field(description="relative to the sidecar's folder, with /, never leaving it")
    sha256: str
    bytes: int
    width: int
    height: int
    scale: float = Field(description="sides of this file over sides of the source")
    role: MapRole
    color_space: ColorSpace
    channels: str = Field(description="what the channels hold: rgb, rgba, grey, or a packing such as orm")
    bit_depth: BitDepth
    alpha_mode: AlphaMode
    normal_y: NormalY | None = None
    wrap_u: Wrap
    wrap_v: Wrap
    filter_hint: Literal["linear", "nearest"] = "linear"


class Variant(_Value):
    """One restyled version of the source. A failed rerun keeps the last good maps and says failed."""

    id: str
    rule: str
    reason: str = Field(description="why the rule matched")
    style: str | None = None
    stylizer: str | None = None
    encoder: str | None = None
    upscaler: str | None = None
    strength: float | None = None
    seed: int | None = None
    fingerprint: str
    draft: bool = Field(default=False, description="made for now; its style is still being learned")
    status: Literal["ready", "failed", "pending"]
    error: str | None = None
    notes: tuple[str, ...] = Field(default=(), description="what was done otherwise than asked, and why")
    device: str | None = None
    seconds: float | None = None
    maps: tuple[MapFile, ...] = ()

    def with_maps_of(self, before: "Variant") -> "Variant":
        """What was made before still stands, and is a draft if it was one."""
        return self.model_copy(update={"maps": before.maps, "draft": before.draft})

    def failed(self, error: str, before: "Variant") -> "Variant":
        return self.with_maps_of(before).model_copy(update={"status": "failed", "error": error})


class RetiredFile(_Value):
    """An output that is gone, so that companions let go of it."""

    file: str
    sha256: str


class Manifest(_Value):
    schema_: str = Field(default=SCHEMA, alias="schema", pattern=r"^impasto\.manifest/1\.\d+$")
    generator: Generator
    created_utc: str = ""
    source: SourceFile
    variants: tuple[Variant, ...] = ()
    retired: tuple[RetiredFile, ...] = ()


def sidecar_path(source: Path) -> Path:
    return source.with_name(source.name + SIDECAR_SUFFIX)


def read_manifest(path: Path) -> Manifest:
    """Raises ManifestError for what is not a manifest of schema 1.x, or names a file outside its folder."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path}: cannot be read as JSON: {error}") from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str) or not schema.startswith(_READABLE_MAJOR):
        raise ManifestError(f"{path}: schema is {schema!r}; this version reads {_READABLE_MAJOR}x")
    try:
        manifest = Manifest.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ManifestError(f"{path}: {place}: {first['msg']}") from error
    for name in _named_files(manifest):
        if not _stays_inside(name):
            raise ManifestError(f"{path}: names {name!r}, which is not inside its folder")
    return manifest


def write_manifest(manifest: Manifest, path: Path) -> bool:
    """Write atomically; False, and no write, when only times would differ from what stands there."""
    document = manifest.model_dump(mode="json", by_alias=True)
    try:
        standing = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        standing = None
    if standing is not None and _without_times(standing) == _without_times(document):
        return False
    document["created_utc"] = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode("utf-8"))
    return True


def write_atomically(path: Path, content: bytes) -> None:
    """Temp name in the same folder, fsync, rename: a reader sees the old file or the new, never half of one."""
    temp = temp_path(path)
    try:
        with temp.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
    finally:
        temp.unlink(missing_ok=True)


def temp_path(path: Path) -> Path:
    """A name beside `path` that editors and impasto's own scan skip."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.impasto.tmp")


def is_temp(name: str) -> bool:
    return name.startswith(".") and name.endswith(".impasto.tmp")


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that plugins/manifest.schema.json holds."""
    schema = Manifest.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "impasto sidecar"} | schema


def _named_files(manifest: Manifest) -> list[str]:
    maps = [map_file.file for variant in manifest.variants for map_file in variant.maps]
    return [manifest.source.file, *maps, *(gone.file for gone in manifest.retired)]


def _stays_inside(name: str) -> bool:
    if set(name) & set("\\:\0") or any("\ud800" <= letter <= "\udfff" for letter in name):
        return False  # no system takes NUL or half a character in a name
    return not {"", ".", ".."} & set(name.split("/"))


def _without_times(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_times(value) for key, value in node.items() if key not in _TIMES}
    if isinstance(node, list):
        return [_without_times(value) for value in node]
    return node
