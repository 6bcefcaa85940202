"""The goldens of all companions are listed, valid, and read by the daemon with the table's verdict."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from make_goldens import GOLDENS

from impasto_daemon.errors import ManifestError
from impasto_daemon.manifest import manifest_schema, read_manifest

EXPECTED = json.loads((GOLDENS / "expected.json").read_text(encoding="utf-8"))
GOOD = [row for row in EXPECTED["sidecars"] if not row["broken"]]
BROKEN = [row for row in EXPECTED["sidecars"] if row["broken"]]


def named(rows: list[Any]) -> Any:
    return pytest.mark.parametrize("row", rows, ids=[row["sidecar"] for row in rows])


def test_every_sidecar_that_lies_there_is_in_the_table() -> None:
    lying = {path.relative_to(GOLDENS).as_posix() for path in GOLDENS.rglob("*.impasto")}
    assert lying == {row["sidecar"] for row in EXPECTED["sidecars"]}


@named(GOOD)
def test_a_good_sidecar_follows_the_schema(row: Any) -> None:
    jsonschema.validate(json.loads((GOLDENS / row["sidecar"]).read_text(encoding="utf-8")), manifest_schema())


@named(GOOD)
def test_the_daemon_reads_a_good_sidecar_as_the_table_says(row: Any) -> None:
    manifest = read_manifest(GOLDENS / row["sidecar"])
    assert (manifest.source.file, manifest.source.material) == (row["source"], row["material"])
    assert [(one.id, one.status, one.draft, one.error or "") for one in manifest.variants] == [
        (one["id"], one["status"], one["draft"], one["error"]) for one in row["variants"]
    ]
    assert [gone.file for gone in manifest.retired] == row["retired"]


@named(BROKEN)
def test_the_daemon_refuses_a_broken_sidecar_in_one_line_that_names_it(row: Any) -> None:
    path = GOLDENS / row["sidecar"]
    with pytest.raises(ManifestError, match=re.escape(str(path))) as refusal:
        read_manifest(path)
    message = str(refusal.value)
    assert "\n" not in message
    assert row["says"] in message or repr(row["says"]) in message


def test_pictures_of_the_goldens_stay_small() -> None:
    assert sum(path.stat().st_size for path in Path(GOLDENS).rglob("*")) < 500_000
