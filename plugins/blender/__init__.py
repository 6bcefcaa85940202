"""The companion inside Blender: images show the restyled variants that sidecars beside their files list."""

import bpy

from . import operators, panel, preferences, watch

_CLASSES = (*preferences.CLASSES, *operators.CLASSES, *panel.CLASSES)


def register():
    for one in _CLASSES:
        bpy.utils.register_class(one)
    watch.register()


def unregister():
    watch.unregister()
    for one in reversed(_CLASSES):
        bpy.utils.unregister_class(one)
