"""The sidecar: atomic, tolerant of newer minors, never naming a file outside its folder."""

import json
from pathlib import Path

import jsonschema
import pytest

from impasto_daemon.errors import ManifestError
from impasto_daemon.manifest import (
    Generator,
    Manifest,
    MapFile,
    SourceFile,
    Variant,
    is_temp,
    manifest_schema,
    read_manifest,
    sidecar_path,
    temp_path,
    write_manifest,
)

REPO = Path(__file__).parents[2]


def a_manifest(file: str = "brick.night.png", seconds: float = 1.0) -> Manifest:
    made = MapFile(
        file=file,
        sha256="ab" * 32,
        bytes=10,
        width=8,
        height=4,
        scale=2.0,
        role="base_color",
        color_space="srgb",
        channels="rgb",
        bit_depth="uint8",
        alpha_mode="none",
        wrap_u="repeat",
        wrap_v="clamp",
    )
    variant = Variant(
        id="night",
        rule="all",
        reason="because",
        fingerprint="f" * 64,
        status="ready",
        seconds=seconds,
        maps=(made,),
    )
    source = SourceFile(file="brick.png", sha256="cd" * 32, width=4, height=2, bit_depth="uint8")
    return Manifest(
        schema="impasto.manifest/1.0", generator=Generator(version="1"), source=source, variants=(variant,)
    )


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = sidecar_path(tmp_path / "brick.png")
    assert path.name == "brick.png.impasto"
    assert write_manifest(a_manifest(), path)
    manifest = read_manifest(path)
    assert manifest.variants == a_manifest().variants
    assert manifest.created_utc
    assert [entry.name for entry in tmp_path.iterdir()] == ["brick.png.impasto"]


def test_a_manifest_that_differs_only_in_times_is_not_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "brick.png.impasto"
    write_manifest(a_manifest(seconds=1.0), path)
    before = path.read_bytes()
    assert not write_manifest(a_manifest(seconds=9.0), path)
    assert path.read_bytes() == before
    assert write_manifest(a_manifest(file="other.png"), path)


def test_a_newer_minor_version_with_unknown_fields_is_read(tmp_path: Path) -> None:
    document = json.loads(a_manifest().model_dump_json(by_alias=True))
    document |= {"schema": "impasto.manifest/1.7", "news": [1]}
    path = tmp_path / "brick.png.impasto"
    path.write_text(json.dumps(document))
    assert read_manifest(path).schema_ == "impasto.manifest/1.7"


@pytest.mark.parametrize("file", ["../up.png", "/etc/x.png", "a/../../b.png", "c:\\x.png", "", "a//b.png"])
def test_a_file_outside_the_folder_is_refused(tmp_path: Path, file: str) -> None:
    path = tmp_path / "brick.png.impasto"
    write_manifest(a_manifest(file=file), path)
    with pytest.raises(ManifestError, match="not inside its folder"):
        read_manifest(path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": "impasto.manifest/2.0"}', '{"schema": "impasto.manifest/1.0"}']
)
def test_what_is_no_manifest_names_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "brick.png.impasto"
    path.write_text(text)
    with pytest.raises(ManifestError, match=r"brick\.png\.impasto"):
        read_manifest(path)


def test_the_schema_in_plugins_is_the_code_s(tmp_path: Path) -> None:
    stored = json.loads((REPO / "plugins" / "manifest.schema.json").read_text())
    assert stored == manifest_schema(), "run: impasto schema --manifest > plugins/manifest.schema.json"


def test_the_example_and_what_is_written_satisfy_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "brick.png.impasto"
    write_manifest(a_manifest(), path)
    for file in (path, REPO / "plugins" / "manifest.example.impasto"):
        jsonschema.validate(json.loads(file.read_text()), manifest_schema())
        read_manifest(file)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": "impasto.manifest/2.0"}, manifest_schema())


def test_temp_names_are_hidden_and_known(tmp_path: Path) -> None:
    temp = temp_path(tmp_path / "brick.png")
    assert temp.parent == tmp_path
    assert temp.name.startswith(".")
    assert temp.name.endswith(".tmp")
    assert is_temp(temp.name)
    assert not is_temp("brick.png")
