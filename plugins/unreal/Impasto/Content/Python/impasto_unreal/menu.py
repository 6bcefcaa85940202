"""Tools > impasto: built anew when what it shows has changed."""

from dataclasses import dataclass

import unreal

from impasto_sidecars import ORIGINAL

_OWNER = "impasto"
_PLACE = "LevelEditor.MainMenu.Tools"
_CALL = "from impasto_unreal import session; session."
_MARK = "\u2713 "


@dataclass(frozen=True, slots=True)
class MenuState:
    variants: tuple[str, ...]
    chosen: str
    follow: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    section: str
    name: str
    label: str
    command: str


def build_menu(state: MenuState) -> bool:
    """False while the editor has no such menu yet."""
    menus = unreal.ToolMenus.get()
    tools = menus.find_menu(_PLACE)
    if tools is None:
        return False
    menus.unregister_owner_by_name(_OWNER)
    for name in ("", ".selected"):
        menus.remove_menu(f"{_PLACE}.impasto{name}")
    tools.add_section(_OWNER, "impasto")
    menu = tools.add_sub_menu(_OWNER, _OWNER, "impasto", "impasto", "Restyled textures, as they come")
    menu.add_section("project", "The whole project shows")
    for entry in _project_entries(state):
        _add(menu, entry)
    menu.add_section("material", "Material instances")
    selected = menu.add_sub_menu(
        _OWNER, "material", "selected", "Selected ones show", "Those selected in the Content Browser"
    )
    for entry in _choice_entries(state, "choose_for_selected", "as the project"):
        _add(selected, entry)
    menu.add_section("more", "More")
    _add(menu, _Entry("more", "report", "Write what is known to the log", "report()"))
    _add(menu, _Entry("more", "look", "Look again now", "look_now()"))
    menus.refresh_all_widgets()
    return True


def _project_entries(state: MenuState) -> list[_Entry]:
    entries = _choice_entries(state, "choose_for_project", "no choice")
    marked = [
        _Entry(one.section, one.name, (_MARK if chosen == state.chosen else "") + one.label, one.command)
        for one, chosen in zip(entries, ("", ORIGINAL, *state.variants), strict=True)
    ]
    label = (_MARK if state.follow else "") + "Follow new variants"
    return [*marked, _Entry("project", "follow", label, f"follow({not state.follow})")]


def _choice_entries(state: MenuState, command: str, no_choice: str) -> list[_Entry]:
    choices = [("", no_choice), (ORIGINAL, "the originals"), *((id, id) for id in state.variants)]
    return [
        _Entry("project", f"choice{at}", label, f"{command}({chosen!r})")
        for at, (chosen, label) in enumerate(choices)
    ]


def _add(menu: unreal.ToolMenu, entry: _Entry) -> None:
    made = unreal.ToolMenuEntry(name=entry.name, type=unreal.MultiBlockType.MENU_ENTRY)
    made.set_label(entry.label)
    made.set_string_command(unreal.ToolMenuStringCommandType.PYTHON, "", _CALL + entry.command)
    menu.add_menu_entry(entry.section, made)
