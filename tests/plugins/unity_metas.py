"""Unity's .meta files of the package: each file and folder keeps one GUID for good.

Run `python tests/plugins/unity_metas.py` after adding a file; the result is committed. A file that is there keeps
its GUID, for users' projects hold it: each of their sidecars names the importer's.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "plugins" / "unity"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "com.impasto.companion")
_TAIL = "  userData: \n  assetBundleName: \n  assetBundleVariant: \n"
_SCRIPT = (
    "MonoImporter:\n  externalObjects: {}\n  serializedVersion: 2\n  defaultReferences: []\n"
    "  executionOrder: 0\n  icon: {instanceID: 0}\n"
)
_IMPORTERS = {
    ".cs": _SCRIPT,
    ".asmdef": "AssemblyDefinitionImporter:\n  externalObjects: {}\n",
    ".json": "PackageManifestImporter:\n  externalObjects: {}\n",
    "": "folderAsset: yes\nDefaultImporter:\n  externalObjects: {}\n",
}


def assets() -> Iterator[Path]:
    """Every file and folder that Unity gives a .meta."""
    return (path for path in sorted(PACKAGE.rglob("*")) if path.suffix != ".meta")


def meta_of(path: Path) -> Path:
    return path.with_name(path.name + ".meta")


def guid_of(path: Path) -> str:
    """The GUID that a new file gets."""
    return uuid.uuid5(_SPACE, path.relative_to(PACKAGE).as_posix()).hex


def main() -> None:
    for path in assets():
        meta = meta_of(path)
        if not meta.exists():
            text = f"fileFormatVersion: 2\nguid: {guid_of(path)}\n{_IMPORTERS[path.suffix]}{_TAIL}"
            meta.write_text(text, encoding="utf-8")
    for meta in PACKAGE.rglob("*.meta"):
        if not meta.with_suffix("").exists():
            meta.unlink()


if __name__ == "__main__":
    main()
