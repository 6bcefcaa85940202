"""The Unity package is whole: metas, assembly definitions, manifest."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from unity_metas import PACKAGE, assets, guid_of, meta_of

ASMDEFS = {path: json.loads(path.read_text()) for path in PACKAGE.rglob("*.asmdef")}
UNITYS = {"UnityEngine.TestRunner", "UnityEditor.TestRunner"}
# what users' projects hold: each .impasto.meta names the importer's script, each imported sidecar the asset's
HELD_BY_USERS = {
    "Editor/SidecarImporter.cs": "d2535c98997357e9a330ed795fb9cf51",
    "Editor/SidecarAsset.cs": "a76fdb9b9b4e560ea0eebd0b9934489b",
}


def guid_in(meta: Path) -> str:
    found = re.search(r"^guid: ([0-9a-f]{32})$", meta.read_text(), re.MULTILINE)
    assert found, f"{meta} has no GUID"
    return found[1]


def test_every_file_and_folder_has_its_meta_and_no_meta_is_left_over() -> None:
    assert {meta_of(path) for path in assets()} == set(PACKAGE.rglob("*.meta"))


def test_no_two_files_have_one_guid() -> None:
    guids = [guid_in(meta_of(path)) for path in assets()]
    assert len(set(guids)) == len(guids)


def test_guids_that_users_projects_hold_never_change() -> None:
    assert {file: guid_in(meta_of(PACKAGE / file)) for file in HELD_BY_USERS} == HELD_BY_USERS


def test_a_file_made_anew_gets_the_guid_that_it_had() -> None:
    for path in assets():
        assert guid_of(path) == guid_in(meta_of(path)), path


def test_folders_are_said_to_be_folders() -> None:
    for path in assets():
        assert ("folderAsset: yes" in meta_of(path).read_text()) == path.is_dir(), path


def test_an_assembly_is_named_as_its_file_and_refers_to_assemblies_that_are_there() -> None:
    names = {asmdef["name"] for asmdef in ASMDEFS.values()}
    for path, asmdef in ASMDEFS.items():
        assert asmdef["name"] == path.stem
        assert set(asmdef["references"]) <= names | UNITYS, path
        assert asmdef["includePlatforms"] == ["Editor"], f"{path} would go into a game's build"


def test_every_script_is_in_an_assembly() -> None:
    for script in PACKAGE.rglob("*.cs"):
        assert [path for path in ASMDEFS if path.parent == script.parent], script


def test_the_core_knows_no_engine() -> None:
    core = ASMDEFS[PACKAGE / "Core" / "Impasto.Core.asmdef"]
    assert core["noEngineReferences"] is True
    assert core["references"] == []
    scripts = list((PACKAGE / "Core").glob("*.cs"))
    assert len(scripts) > 5
    assert [
        path.name
        for path in scripts
        if re.search(r"\bUnity(Engine|Editor)\b", path.read_text(encoding="utf-8"))
    ] == []


def test_tests_are_not_compiled_into_a_project_that_does_not_ask_for_them() -> None:
    tests = [asmdef for path, asmdef in ASMDEFS.items() if path.is_relative_to(PACKAGE / "Tests")]
    assert len(tests) == 2
    for asmdef in tests:
        assert asmdef["defineConstraints"] == ["UNITY_INCLUDE_TESTS"]
        assert asmdef["precompiledReferences"] == ["nunit.framework.dll"]
        assert asmdef["overrideReferences"] is True


@pytest.fixture
def manifest() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((PACKAGE / "package.json").read_text())
    return read


def test_the_manifest_is_one_that_the_package_window_takes(manifest: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*(\.[a-z0-9_-]+){2,}", manifest["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    assert manifest["unity"] == "2022.3"
    assert manifest["displayName"]
    assert manifest["description"]


def test_the_package_has_the_version_of_the_daemon(manifest: dict[str, Any]) -> None:
    pyproject = (PACKAGE.parents[1] / "pyproject.toml").read_text()
    assert f'version = "{manifest["version"]}"' in pyproject
