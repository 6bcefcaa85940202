"""A layout that a panel draws into without a window; it refuses what Blender's own would refuse. Needs bpy."""

from typing import Any

import bpy

FUNCTIONS = bpy.types.UILayout.bl_rna.functions
ICONS = FUNCTIONS["label"].parameters["icon"].enum_items.keys()


class Button:
    """What an operator's button hands on: only properties that the operator has."""

    def __init__(self, operator: str, text: str, depress: bool) -> None:
        group, name = operator.split(".")
        kind = getattr(getattr(bpy.ops, group), name).get_rna_type()
        known = {one.identifier: one.type for one in kind.properties}
        self.__dict__.update(
            operator=operator, text=text or kind.name, depress=depress, properties={}, _known=known
        )

    def __setattr__(self, name: str, value: Any) -> None:
        assert {"STRING": str, "BOOLEAN": bool}[self._known[name]] is type(value), f"{self.operator}.{name}"
        self.properties[name] = value

    def press(self) -> set[str]:
        group, name = self.operator.split(".")
        pressed: set[str] = getattr(getattr(bpy.ops, group), name)(**self.properties)
        return pressed


class DrawnLayout:
    def __init__(self, root: "DrawnLayout | None" = None) -> None:
        self._root = root or self
        self.lines: list[str] = []
        self.buttons: list[Button] = []

    def label(self, *, text: str, icon: str = "NONE") -> None:
        assert icon in ICONS, icon
        assert "\n" not in text
        self._root.lines.append(text)

    def operator(
        self, name: str, *, text: str | None = None, icon: str = "NONE", depress: bool = False
    ) -> Button:
        assert icon in ICONS, icon
        button = Button(name, text or "", depress)
        self._root.buttons.append(button)
        return button

    def row(self, *, align: bool = False) -> "DrawnLayout":
        return DrawnLayout(self._root)

    def column(self, *, align: bool = False) -> "DrawnLayout":
        return DrawnLayout(self._root)

    def panel(self, idname: str, *, default_closed: bool = False) -> tuple["DrawnLayout", "DrawnLayout"]:
        return DrawnLayout(self._root), DrawnLayout(self._root)

    def button(self, text: str, at: int = 0) -> Button:
        return [one for one in self.buttons if one.text == text][at]
