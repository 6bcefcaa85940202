"""The part of the `unreal` module that the companion uses; check_unreal_names.py knows the real names."""

import hashlib
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from in_unreal.fake_editor import (
    NEW_TEXTURE,
    FakeEditor,
    InterchangeGenericTexturePipeline,
    MaterialInstanceConstant,
    Object,
    Texture2D,
)

ENUMS = {
    "TextureAddress": "TA_WRAP TA_CLAMP",
    "TextureFilter": "TF_DEFAULT TF_NEAREST",
    "TextureCompressionSettings": "TC_DEFAULT TC_NORMALMAP TC_MASKS TC_GRAYSCALE",
    "TextureGroup": "TEXTUREGROUP_WORLD TEXTUREGROUP_WORLD_NORMAL_MAP TEXTUREGROUP_WORLD_SPECULAR "
    "TEXTUREGROUP_PIXELS2D TEXTUREGROUP_UI",
    "MultiBlockType": "MENU_ENTRY",
    "ToolMenuStringCommandType": "PYTHON",
}


def _import_tag(editor: FakeEditor, texture: Texture2D) -> str | None:
    if texture.file is None:
        return None
    folder = editor.project / "Content" / Path(texture.path).relative_to("/Game").parent
    told = {"RelativeFilename": os.path.relpath(texture.file, folder)}
    if editor.tells_md5:
        told["FileMD5"] = hashlib.md5(texture.content).hexdigest()  # noqa: S324  as the editor has it
    return json.dumps([told])


def fill_module(editor: FakeEditor) -> None:
    unreal = editor.module
    for name, members in ENUMS.items():
        setattr(unreal, name, SimpleNamespace(**{member: member for member in members.split()}))
    for kind in (Object, Texture2D, MaterialInstanceConstant, InterchangeGenericTexturePipeline):
        setattr(unreal, kind.__name__, kind)
    parts: dict[str, Any] = {
        "log": editor.log.append,
        "log_warning": editor.warnings.append,
        "log_error": editor.errors.append,
        "register_slate_post_tick_callback": lambda call: editor.ticks.append(call) or call,
        "unregister_slate_post_tick_callback": editor.ticks.remove,
        "register_python_shutdown_callback": lambda call: call,
        "Texture": Texture2D,
        "ToolMenu": object,
        "LevelEditorSubsystem": object,
        "SoftObjectPath": str,
        "ImportAssetParameters": SimpleNamespace,
        "ARFilter": SimpleNamespace,
        "TopLevelAssetPath": lambda package, name: f"{package}.{name}",
        "get_editor_subsystem": lambda kind: SimpleNamespace(is_in_play_in_editor=lambda: editor.playing),
        "Paths": SimpleNamespace(
            project_dir=lambda: "../../../", convert_relative_path_to_full=lambda path: f"{editor.project}/"
        ),
        "EditorUtilityLibrary": SimpleNamespace(get_selected_assets=lambda: list(editor.selected)),
        "ObjectIterator": lambda kind: (one for one in editor.loaded if isinstance(one, kind)),
        "ScopedEditorTransaction": _transactions(editor),
        "EditorAssetLibrary": _asset_library(editor),
        "MaterialEditingLibrary": _material_library(),
        "InterchangeManager": _interchange(editor),
        "AssetRegistryHelpers": SimpleNamespace(get_asset_registry=lambda: _registry(editor)),
    }
    for name, part in (parts | _menus(editor)).items():
        setattr(unreal, name, part)


def _registry(editor: FakeEditor) -> SimpleNamespace:
    def get_assets(asked: SimpleNamespace) -> list[SimpleNamespace] | None:
        assert asked.class_paths == ["/Script/Engine.Texture2D"]
        assert asked.recursive_paths
        editor.looks += 1
        return [
            SimpleNamespace(
                package_name=path,
                package_path=path.rsplit("/", 1)[0],
                get_tag_value=lambda tag, one=one: {"AssetImportData": _import_tag(editor, one)}[tag],
            )
            for path, one in editor.assets.items()
            if isinstance(one, Texture2D) and path.startswith(tuple(asked.package_paths))
        ] or None

    return SimpleNamespace(get_assets=get_assets, is_loading_assets=lambda: editor.busy_registry)


def _asset_library(editor: FakeEditor) -> SimpleNamespace:
    def load_asset(path: str) -> Object | None:
        found = editor.assets.get(path)
        if found is not None and found not in editor.loaded:
            editor.loaded.append(found)
        return found

    def referencers(path: str) -> list[str]:
        texture = editor.assets[path]
        return [
            name
            for name, one in editor.assets.items()
            if isinstance(one, MaterialInstanceConstant) and texture in one.saved.values()
        ]

    return SimpleNamespace(
        load_asset=load_asset,
        does_asset_exist=lambda path: path in editor.assets,
        find_package_referencers_for_asset=referencers,
        get_metadata_tag=lambda asset, tag: asset.tags.get(tag, ""),
        set_metadata_tag=lambda asset, tag, value: asset.tags.update({tag: value}),
    )


def _material_library() -> SimpleNamespace:
    def set_value(instance: MaterialInstanceConstant, name: str, value: Texture2D) -> bool:
        instance.own[name] = value
        return False  # as some releases do whatever happens

    return SimpleNamespace(
        get_texture_parameter_names=lambda instance: list(instance.values()),
        get_material_instance_texture_parameter_value=lambda instance, name: instance.values()[name],
        set_material_instance_texture_parameter_value=set_value,
        update_material_instance=lambda instance: None,
    )


def _interchange(editor: FakeEditor) -> SimpleNamespace:
    def import_asset(folder: str, source: str, told: SimpleNamespace) -> list[Object] | None:
        assert told.is_automated
        editor.imports.append(Path(source))
        for callback in list(editor.ticks):  # an import pumps the editor's ticks
            callback(0.0)
        if Path(source).name in editor.refuses:
            return None
        (pipeline,) = (InterchangeGenericTexturePipeline.made[path] for path in told.override_pipelines)
        path = f"{folder}/{pipeline.properties['asset_name']}"
        assert path not in editor.assets
        return [editor.texture(path, Path(source))]

    def reimport_asset(texture: Texture2D, told: SimpleNamespace) -> list[Object] | None:
        assert told.is_automated
        assert texture.file is not None
        editor.reimports.append(texture.file)
        if texture.file.name in editor.refuses:
            return None
        texture.content = texture.file.read_bytes()
        texture.properties = dict(NEW_TEXTURE)
        return [texture]

    manager = SimpleNamespace(import_asset=import_asset, reimport_asset=reimport_asset)
    return SimpleNamespace(
        get_interchange_manager_scripted=lambda: manager, create_source_data=lambda path: path
    )


def _transactions(editor: FakeEditor) -> type:
    class ScopedEditorTransaction:
        def __init__(self, name: str) -> None:
            assert name

        def __enter__(self) -> None:
            editor.transactions.append([])

        def __exit__(self, *_: object) -> None:
            pass

    return ScopedEditorTransaction


def _menus(editor: FakeEditor) -> dict[str, Any]:
    class ToolMenuEntry:
        def __init__(self, name: str, type: str) -> None:
            self.name, self.label, self.command = name, "", ""

        def set_label(self, label: str) -> None:
            self.label = label

        def set_string_command(self, kind: str, custom: str, command: str) -> None:
            self.command = command

    def menu(prefix: str) -> SimpleNamespace:
        return SimpleNamespace(
            add_section=lambda name, label: None,
            add_sub_menu=lambda owner, section, name, label, tip: menu(
                prefix if name == "impasto" else f"{label}: "
            ),
            add_menu_entry=lambda section, entry: editor.menu.update({prefix + entry.label: entry.command}),
        )

    menus = SimpleNamespace(
        find_menu=lambda name: menu("") if name == "LevelEditor.MainMenu.Tools" else None,
        unregister_owner_by_name=lambda name: editor.menu.clear(),
        remove_menu=lambda name: None,
        refresh_all_widgets=lambda: None,
    )
    return {"ToolMenus": SimpleNamespace(get=lambda: menus), "ToolMenuEntry": ToolMenuEntry}
