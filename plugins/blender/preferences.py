"""The extension's preferences: where textures lie beside the blend file's folder, and how often to look."""

from dataclasses import dataclass
from pathlib import Path

import bpy

PACKAGE = __package__


@dataclass(frozen=True, slots=True)
class Preferences:
    folders: tuple[Path, ...]
    interval: float  # s


def read_preferences() -> Preferences:
    own = bpy.context.preferences.addons[PACKAGE].preferences
    paths = (bpy.path.abspath(row.path) for row in own.folders if row.path)
    return Preferences(tuple(Path(path).absolute() for path in paths), own.interval)


class TextureFolder(bpy.types.PropertyGroup):
    path: bpy.props.StringProperty(name="Folder", subtype="DIR_PATH")


class AddFolder(bpy.types.Operator):
    bl_idname = "impasto.add_folder"
    bl_label = "Add folder"
    bl_description = "Watch one more folder for sidecars"
    bl_options = {"INTERNAL"}

    def execute(self, _context):
        bpy.context.preferences.addons[PACKAGE].preferences.folders.add()
        return {"FINISHED"}


class RemoveFolder(bpy.types.Operator):
    bl_idname = "impasto.remove_folder"
    bl_label = "Remove folder"
    bl_description = "Watch this folder no longer"
    bl_options = {"INTERNAL"}

    at: bpy.props.IntProperty()

    def execute(self, _context):
        bpy.context.preferences.addons[PACKAGE].preferences.folders.remove(self.at)
        return {"FINISHED"}


class ImpastoPreferences(bpy.types.AddonPreferences):
    bl_idname = PACKAGE

    folders: bpy.props.CollectionProperty(type=TextureFolder)
    interval: bpy.props.FloatProperty(
        name="Look every",
        description="Seconds between two looks",
        default=1.0,
        min=0.2,
        max=60.0,
        unit="TIME_ABSOLUTE",
    )

    def draw(self, _context):
        layout = self.layout
        layout.label(text="Watched: the blend file's folder, the folders of its images, and these:")
        for at, row in enumerate(self.folders):
            line = layout.row(align=True)
            line.prop(row, "path", text="")
            line.operator(RemoveFolder.bl_idname, text="", icon="X").at = at
        layout.operator(AddFolder.bl_idname, icon="ADD")
        layout.prop(self, "interval")


CLASSES = (TextureFolder, AddFolder, RemoveFolder, ImpastoPreferences)
