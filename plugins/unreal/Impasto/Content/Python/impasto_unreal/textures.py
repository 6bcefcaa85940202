"""The project's texture assets by the file each came from; imports, and imports again what changed."""

import hashlib
import json
import os
from pathlib import Path

import unreal

from .plan import WantedTexture
from .texture_settings import PROPERTIES, settings_of

HASH_TAG = "impasto.sha256"


class TextureError(RuntimeError):
    """One line that names the file and says why it did not become an asset."""


class Textures:
    """An asset belongs to a file when its import data names it, wherever it was moved and whoever imported it."""

    def __init__(self, project: Path) -> None:
        self._content = project / "Content"
        self._by_file: dict[
            str, tuple[str, str]
        ] = {}  # asset path and the MD5 that Unreal took at the import
        self._known: dict[str, str] = {}  # sha256 by asset path, as far as assets were looked at
        self._refused: dict[
            Path, str
        ] = {}  # sha256 of what could not be imported: tried again once it changes

    def refresh(self) -> None:
        """Read from the registry which asset came from which file, without loading any."""
        registry = unreal.AssetRegistryHelpers.get_asset_registry()
        kind = unreal.TopLevelAssetPath("/Script/Engine", "Texture2D")
        asked = unreal.ARFilter(package_paths=["/Game"], class_paths=[kind], recursive_paths=True)
        found: dict[str, tuple[str, str]] = {}
        for asset in registry.get_assets(asked) or []:
            told = _import_data(asset.get_tag_value("AssetImportData"))
            if told is not None:
                name, md5 = told
                folder = self._content / str(asset.package_path).removeprefix("/Game").lstrip("/")
                found.setdefault(_file_key(folder / name), (str(asset.package_name), md5))
        self._by_file = found
        paths = {path for path, _ in found.values()}
        self._known = {path: sha256 for path, sha256 in self._known.items() if path in paths}

    def asset_of(self, path: Path) -> str | None:
        known = self._by_file.get(_file_key(path))
        return known[0] if known else None

    def is_current(self, wanted: WantedTexture) -> bool:
        """Whether these bytes were imported, or were refused before."""
        if self._refused.get(wanted.path) == wanted.sha256:
            return True
        known = self._by_file.get(_file_key(wanted.path))
        if known is None:
            return False
        path, md5 = known
        if path not in self._known:
            tag = unreal.EditorAssetLibrary.get_metadata_tag(_load(path), HASH_TAG)
            self._known[path] = tag or (wanted.sha256 if md5 in ("", _md5(wanted.path)) else "other bytes")
        return self._known[path] == wanted.sha256

    def bring(self, wanted: WantedTexture, new_path: str) -> None:
        """Import to new_path, or reimport where it is; nothing is saved. Raises TextureError once for the bytes."""
        self._refused[wanted.path] = wanted.sha256
        known = self._by_file.get(_file_key(wanted.path))
        path = self._reimport(known[0], wanted) if known else self._import(wanted, new_path)
        self._by_file[_file_key(wanted.path)] = (path, "")
        self._known[path] = wanted.sha256
        del self._refused[wanted.path]

    def forget_refusals(self) -> None:
        self._refused.clear()

    def _import(self, wanted: WantedTexture, path: str) -> str:
        if unreal.EditorAssetLibrary.does_asset_exist(path):
            raise TextureError(f"{wanted.path}: {path} is another asset; it is not replaced")
        folder, name = path.rsplit("/", 1)
        pipeline = unreal.InterchangeGenericTexturePipeline()
        pipeline.set_editor_properties(
            {"asset_name": name, "detect_normal_map_texture": False, "import_udi_ms": False}
        )
        manager = unreal.InterchangeManager.get_interchange_manager_scripted()
        made = manager.import_asset(
            folder,
            unreal.InterchangeManager.create_source_data(str(wanted.path)),
            unreal.ImportAssetParameters(
                is_automated=True, override_pipelines=[unreal.SoftObjectPath(pipeline.get_path_name())]
            ),
        )
        texture = next((one for one in made or [] if isinstance(one, unreal.Texture2D)), None)
        if texture is None:
            raise TextureError(f"{wanted.path}: Unreal did not import it; its log has the reason")
        texture.set_editor_properties(settings_of(wanted))
        unreal.EditorAssetLibrary.set_metadata_tag(texture, HASH_TAG, wanted.sha256)
        return package_of(texture)

    def _reimport(self, path: str, wanted: WantedTexture) -> str:
        texture = _load(path)
        before = {name: texture.get_editor_property(name) for name in PROPERTIES}
        manager = unreal.InterchangeManager.get_interchange_manager_scripted()
        if manager.reimport_asset(texture, unreal.ImportAssetParameters(is_automated=True)) is None:
            raise TextureError(f"{wanted.path}: Unreal did not import it again; its log has the reason")
        lost = {name: was for name, was in before.items() if texture.get_editor_property(name) != was}
        if lost:
            texture.set_editor_properties(lost)
        unreal.EditorAssetLibrary.set_metadata_tag(texture, HASH_TAG, wanted.sha256)
        return path


def package_of(asset: unreal.Object) -> str:
    """`/Game/a/b.b` is written `/Game/a/b`, as the registry does."""
    return asset.get_path_name().split(".", 1)[0]


def _load(path: str) -> unreal.Object:
    return unreal.EditorAssetLibrary.load_asset(path)


def _import_data(tag: str | None) -> tuple[str, str] | None:
    """The file, relative to the asset's folder or absolute, and its MD5; None where the asset came from no file."""
    try:
        first = json.loads(tag or "[]")[0]
        return str(first["RelativeFilename"]), str(first.get("FileMD5", "")).lower()
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _file_key(path: Path) -> str:
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100  as Path.resolve, but links stay what they are


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
