"""The images of the open blend file: what they show, and how they are given another file."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import bpy

from .impasto_sidecars import MapFile, kind_of, variant_settings
from .notes import KEY, ImageNote, Look, between, image_note, image_text
from .plan import TILE_MARK, Act, Change, ImageFacts, Loaded

COLOR_ROLES = ("base_color", "emissive", "sprite")


def own_images() -> Iterator[bpy.types.Image]:
    """Images read from a file, or from one for each tile, and not linked from another blend file."""
    for image in bpy.data.images:
        tiled = image.source == "TILED" and TILE_MARK in image.filepath
        if (tiled or image.source == "FILE") and image.filepath and image.library is None:
            yield image


def path_of(image: bpy.types.Image) -> Path:
    return Path(os.path.abspath(bpy.path.abspath(image.filepath)))  # noqa: PTH100  resolve() would follow links


def note_of(image: bpy.types.Image) -> ImageNote:
    return image_note(image.get(KEY))


def choose(image: bpy.types.Image, choice: str) -> None:
    note = replace(note_of(image), choice=choice)
    if note == ImageNote():
        image.pop(KEY, None)
    else:
        image[KEY] = image_text(note)


def gather_facts(loaded: Mapping[int, Loaded]) -> tuple[ImageFacts, ...]:
    """`loaded`: by the image's session_uid, what is known of the bytes it holds."""
    facts = []
    for image in own_images():
        path, note = path_of(image), note_of(image)
        kept = ""
        if image.packed_file:
            kept = "is packed into the blend file"
        elif image.is_dirty:
            kept = "has unsaved paint"
        tiles = tuple(tile.number for tile in image.tiles) if image.source == "TILED" else ()
        known = loaded.get(image.session_uid)
        facts.append(ImageFacts(image.name, path, note.source_of(path), tiles, note.choice, known, kept))
    return tuple(facts)


def apply_changes(changes: tuple[Change, ...], loaded: dict[int, Loaded]) -> int:
    """Gives back how many images read their file anew."""
    read = 0
    first_shown: dict[bpy.types.Image, MapFile] = {}
    for change in changes:
        image = bpy.data.images.get((change.image, None))
        if image is None:
            continue
        if change.act is Act.SWAP and _swap(image, change) and change.entry:
            first_shown[image] = change.entry
        elif change.act is Act.RELOAD:
            image.reload()
        read += change.act is not Act.NOTE
        loaded[image.session_uid] = change.loaded
    if first_shown:
        _set_nodes(first_shown)
    return read


def _swap(image: bpy.types.Image, change: Change) -> bool:
    """Whether the image shows this file for the first time."""
    before, after, folder = path_of(image), change.loaded.path, change.source.parent
    leaving = Look(between(before, folder), image.colorspace_settings.name, image.alpha_mode)
    note = replace(note_of(image).with_look(leaving), source="", shown="")
    if after != change.source:
        note = replace(note, source=between(change.source, after.parent), shown=after.name)
    image[KEY] = image_text(note)
    relative = image.filepath.startswith("//")
    image.filepath = bpy.path.relpath(str(after)) if relative else str(after)

    look = note.look_of(between(after, folder))
    if look:
        _set_color_space(image, look.color_space)
        image.alpha_mode = look.alpha_mode
        return False
    if change.entry:
        settings = variant_settings(change.entry)
        _set_color_space(image, color_space_of(change.entry.role, change.entry.color_space))
        image.alpha_mode = "CHANNEL_PACKED" if settings.kind == "data" else alpha_of(settings.alpha)
    elif change.sidecar and change.sidecar.source.color_space:
        source = change.sidecar.source
        _set_color_space(image, color_space_of(source.role, source.color_space))
    return True


def color_space_of(role: str, color_space: str) -> str:
    """Blender's name for it."""
    if kind_of(role, color_space) == "color":
        return "sRGB"
    return "Linear Rec.709" if role in COLOR_ROLES else "Non-Color"


def alpha_of(alpha_mode: str) -> str:
    return "NONE" if alpha_mode == "none" else "STRAIGHT"


def _set_color_space(image: bpy.types.Image, name: str) -> None:
    try:
        image.colorspace_settings.name = name
    except TypeError:  # another OpenColorIO configuration
        print(f"impasto: {image.name}: this Blender has no colour space {name!r}; it keeps its own")


def _set_nodes(first_shown: Mapping[bpy.types.Image, MapFile]) -> None:
    """Wrap and filter stand on nodes; one that a user has set otherwise than Blender does is left."""
    for tree in _node_trees():
        for node in tree.nodes:
            entry = first_shown.get(node.image) if node.type == "TEX_IMAGE" and node.image else None
            if entry:
                set_node(node, entry)


def set_node(node: bpy.types.ShaderNodeTexImage, entry: MapFile) -> None:
    if entry.filter_hint == "nearest" and node.interpolation == "Linear":
        node.interpolation = "Closest"
    if (entry.wrap_u, entry.wrap_v) == ("clamp", "clamp") and node.extension == "REPEAT":
        node.extension = "EXTEND"  # a node has one for both directions


def _node_trees() -> Iterator[bpy.types.NodeTree]:
    for block in (*bpy.data.materials, *bpy.data.worlds, *bpy.data.lights):
        if block.node_tree and block.library is None:
            yield block.node_tree
    yield from (group for group in bpy.data.node_groups if group.library is None and group.type == "SHADER")
