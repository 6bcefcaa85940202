"""The sidebar of the 3D view: sources, variants, choices and failures, as the last look saw them."""

import bpy

from . import operators
from .choices import read_project
from .impasto_sidecars import ORIGINAL, Variant
from .notes import ProjectNote
from .plan import MaterialView
from .watch import WATCH, View


class ImpastoPanel(bpy.types.Panel):
    bl_idname = "IMPASTO_PT_sources"
    bl_label = "impasto"
    bl_category = "impasto"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"

    def draw(self, _context):
        draw_view(self.layout, WATCH.view, read_project())


def draw_view(layout, view: View, project: ProjectNote):
    row = layout.row(align=True)
    follow = row.operator(
        operators.FollowNewVariants.bl_idname,
        depress=project.follow,
        icon="CHECKBOX_HLT" if project.follow else "CHECKBOX_DEHLT",
    )
    follow.follow = not project.follow
    row.operator(operators.LookNow.bl_idname, text="", icon="FILE_REFRESH")
    for line in (*view.found.broken, *view.plan.kept):
        _say(layout, line, "ERROR")
    if not view.plan.materials:
        layout.label(text="No sidecar here yet", icon="INFO")
        return

    used = [one for one in view.plan.materials if one.shown]
    unused = [one for one in view.plan.materials if not one.shown]
    _draw_project(layout, used, project)
    for one in used:
        _draw_material(layout, one)
    if unused:
        header, body = layout.panel("impasto.unused", default_closed=True)
        header.label(text=f"Not in this file ({len(unused)})")
        if body:
            for one in unused:
                body.label(text=f"{one.material.name}: {_states(one)}")


def _draw_project(layout, used: list[MaterialView], project: ProjectNote):
    layout.label(text="Whole project")
    column = layout.column(align=True)
    for variant, text in (("", "By material"), (ORIGINAL, "Original"), *((id, id) for id in _ids(used))):
        button = column.operator(
            operators.ChooseForProject.bl_idname, text=text, depress=project.choice == variant
        )
        button.variant = variant


def _draw_material(layout, one: MaterialView):
    header, body = layout.panel(f"impasto.{one.material.folder}.{one.material.name}")
    header.label(text=one.material.name, icon="MATERIAL")
    if not body:
        return
    for shown in one.shown:
        body.label(text=f"{shown.sidecar.source.file}: {shown.variant}", icon="IMAGE_DATA")
    drafts = {variant.id for variant in _variants(one) if variant.draft}
    column = body.column(align=True)
    for variant, text in (("", "As the project"), (ORIGINAL, "Original"), *((id, id) for id in _ids([one]))):
        button = column.operator(
            operators.ChooseForMaterial.bl_idname,
            text=f"{text} (draft)" if variant in drafts else text,
            depress=one.choice == variant,
            icon="HIDE_OFF" if one.wanted == variant else "BLANK1",
        )
        button.folder, button.material = str(one.material.folder), one.material.name
        button.variant = variant
    for variant in _variants(one):
        _tell(body, variant)
    if len(one.material.sidecars) > 1:
        button = body.operator(operators.LinkMaps.bl_idname, icon="LINKED")
        button.folder, button.material = str(one.material.folder), one.material.name


def _variants(one: MaterialView) -> list[Variant]:
    return [variant for sidecar in one.material.sidecars for variant in sidecar.variants]


def _ids(views: list[MaterialView]) -> list[str]:
    return list(dict.fromkeys(variant.id for one in views for variant in _variants(one)))


def _tell(layout, variant: Variant):
    if variant.status == "failed":
        _say(layout, f"{variant.id} failed: {variant.error}", "ERROR")
    elif variant.status == "pending":
        layout.label(text=f"{variant.id} is being made", icon="SORTTIME")
    _say(layout, f"{variant.id}: {variant.reason or variant.rule}", "NONE")


def _say(layout, text: str, icon: str):
    """A label does not wrap: words go to lines that a sidebar of its first width holds."""
    line = ""
    column = layout.column(align=True)
    for word in text.split():
        if line and len(line) + len(word) >= 40:
            column.label(text=line, icon=icon)
            line, icon = "", "BLANK1"
        line = f"{line} {word}".strip()
    column.label(text=line, icon=icon)


def _states(one: MaterialView) -> str:
    return (
        ", ".join(dict.fromkeys(f"{variant.id} {variant.status}" for variant in _variants(one)))
        or "no variant"
    )


CLASSES = (ImpastoPanel,)
