"""Ticks the companion in a Godot project's list of plugins, and changes nothing else in that file."""

import re
from pathlib import Path

from impasto_daemon.manifest import write_atomically

_SECTION = re.compile(r"^\[editor_plugins\][ \t]*$", re.MULTILINE)
_NEXT_SECTION = re.compile(r"^\[", re.MULTILINE)
_ENABLED = re.compile(r"^enabled[ \t]*=[ \t]*PackedStringArray\(([^()]*)\)[ \t]*$", re.MULTILINE)
_ANY_ENABLED = re.compile(r"^enabled[ \t]*=", re.MULTILINE)


def tick_plugin(project: Path, folder_name: str) -> str:
    """What was done, in words. Where the list is written in a way not known, it is left alone and says how."""
    path = project / "project.godot"
    text = path.read_bytes().decode("utf-8")
    plugin = f'"res://addons/{folder_name}/plugin.cfg"'
    changed = _with_plugin(text, plugin)
    if changed is None:
        return (
            f"{path}: its list of plugins could not be read; tick {folder_name} in Project Settings > Plugins"
        )
    if changed == text:
        return f"{path}: {folder_name} was ticked already"
    write_atomically(path, changed.encode("utf-8"))
    return f"ticked {folder_name} in {path}"


def _with_plugin(text: str, plugin: str) -> str | None:
    newline = "\r\n" if "\r\n" in text else "\n"
    if newline == "\r\n":
        text = text.replace("\r\n", "\n")
    section = _SECTION.search(text)
    if section is None:
        changed = f"{text.rstrip()}\n\n[editor_plugins]\n\nenabled=PackedStringArray({plugin})\n"
        return changed.replace("\n", newline)
    following = _NEXT_SECTION.search(text, section.end())
    end = following.start() if following else len(text)
    body = text[section.end() : end]
    listed = _ENABLED.search(body)
    if listed is None:
        if _ANY_ENABLED.search(body):
            return None
        body = f"\n\nenabled=PackedStringArray({plugin}){body.rstrip()}\n\n"
    elif plugin not in listed[1]:
        members = f"{listed[1].strip()}, {plugin}" if listed[1].strip() else plugin
        body = body[: listed.start(1)] + members + body[listed.end(1) :]
    return (text[: section.end()] + body + text[end:]).replace("\n", newline)
