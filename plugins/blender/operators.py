"""What the panel's buttons do; each is one step of undo."""

from dataclasses import replace
from pathlib import Path

import bpy

from .choices import read_project, write_choice, write_project
from .impasto_sidecars import Material
from .linking import link_maps
from .watch import WATCH

UNDO = {"REGISTER", "UNDO"}


def _material(folder: str, name: str) -> Material | None:
    views = WATCH.view.plan.materials
    return next(
        (
            view.material
            for view in views
            if (view.material.folder, view.material.name) == (Path(folder), name)
        ),
        None,
    )


class OfMaterial:
    """Which of the project's materials an operator is for: names are unique in a folder only."""

    folder: bpy.props.StringProperty(options={"HIDDEN"})
    material: bpy.props.StringProperty(options={"HIDDEN"})


class ChooseForMaterial(OfMaterial, bpy.types.Operator):
    bl_idname = "impasto.choose_for_material"
    bl_label = "Choose for the material"
    bl_description = "Show this variant, or the original, in all maps of the material"
    bl_options = UNDO

    variant: bpy.props.StringProperty(
        name="Variant", description="An id, 'original', or empty for the project's choice"
    )

    def execute(self, _context):
        material = _material(self.folder, self.material)
        if material is None:
            self.report({"ERROR"}, f"No sidecar names the material {self.material!r} in {self.folder}")
            return {"CANCELLED"}
        sources = frozenset(sidecar.source_path for sidecar in material.sidecars)
        if not write_choice(sources, self.variant):
            self.report({"ERROR"}, f"No image of this file shows the material {self.material!r}")
            return {"CANCELLED"}
        WATCH.poll()
        return {"FINISHED"}


class ChooseForProject(bpy.types.Operator):
    bl_idname = "impasto.choose_for_project"
    bl_label = "Choose for the project"
    bl_description = "Show this variant, or the original, in every material that has no choice of its own"
    bl_options = UNDO

    variant: bpy.props.StringProperty(name="Variant", description="An id, 'original', or empty for none")

    def execute(self, _context):
        write_project(replace(read_project(), choice=self.variant))
        WATCH.poll()
        return {"FINISHED"}


class FollowNewVariants(bpy.types.Operator):
    bl_idname = "impasto.follow"
    bl_label = "Follow new variants"
    bl_description = "Show the first variant with a style wherever nothing was chosen"
    bl_options = UNDO

    follow: bpy.props.BoolProperty(name="Follow", default=True)

    def execute(self, _context):
        write_project(replace(read_project(), follow=self.follow))
        WATCH.poll()
        return {"FINISHED"}


class LinkMaps(OfMaterial, bpy.types.Operator):
    bl_idname = "impasto.link_maps"
    bl_label = "Link missing maps"
    bl_description = (
        "In materials that show one map of this set, link its base colour, normal, roughness, metallic and packed "
        "maps to inputs that have none"
    )
    bl_options = UNDO

    def execute(self, _context):
        material = _material(self.folder, self.material)
        if material is None:
            self.report({"ERROR"}, f"No sidecar names the material {self.material!r} in {self.folder}")
            return {"CANCELLED"}
        count = link_maps(material)
        if not count:
            self.report({"INFO"}, "Nothing to link: no input of a Principled BSDF is free for these maps")
            return {"CANCELLED"}
        self.report({"INFO"}, f"{count} map{'s' if count > 1 else ''} linked")
        WATCH.poll()
        return {"FINISHED"}


class LookNow(bpy.types.Operator):
    bl_idname = "impasto.look_now"
    bl_label = "Look now"
    bl_description = "Read the sidecars without waiting for the next look"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, _context):
        WATCH.poll()
        return {"FINISHED"}


CLASSES = (ChooseForMaterial, ChooseForProject, FollowNewVariants, LinkMaps, LookNow)
