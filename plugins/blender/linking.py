"""Links the other maps of a set to Principled BSDF inputs that nothing is linked to."""

from collections.abc import Iterator

import bpy

from .images import alpha_of, color_space_of, note_of, path_of
from .impasto_sidecars import Material, Sidecar

ROLE_INPUTS = {"base_color": "Base Color", "roughness": "Roughness", "metallic": "Metallic"}
PACKED_INPUTS = {"r": "Roughness", "m": "Metallic"}
CHANNELS = ("Red", "Green", "Blue")
UNPACKED = ("", "rgb", "rgba", "grey", "greya")
COLUMN, ROW = 320, 300  # of the node editor's grid


def link_maps(material: Material) -> int:
    """Gives back how many maps found an input that was free."""
    count = 0
    for tree, shader, shown in _users(material):
        missing = [sidecar for sidecar in material.sidecars if sidecar.source_path not in shown]
        for row, sidecar in enumerate(missing):
            count += _link(tree, shader, sidecar, (shader.location.x, shader.location.y - ROW * (row + 1)))
    return count


def _users(material: Material) -> Iterator[tuple]:
    """Node trees with a shader that show a map of the set, and which sources they show."""
    sources = {sidecar.source_path for sidecar in material.sidecars}
    for block in bpy.data.materials:
        if not block.node_tree or block.library:
            continue
        nodes = block.node_tree.nodes
        shader = next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)
        images = [node.image for node in nodes if node.type == "TEX_IMAGE" and node.image]
        shown = {note_of(image).source_of(path_of(image)) for image in images}
        if shader and shown & sources:
            yield block.node_tree, shader, shown


def _link(tree, shader, sidecar: Sidecar, place: tuple[float, float]) -> bool:
    role = sidecar.source.role
    if role == "packed":
        inputs = _packed_inputs(sidecar)
    else:
        inputs = {0: "Normal" if role == "normal" else ROLE_INPUTS.get(role, "")}
    free = {
        at: name for at, name in inputs.items() if name in shader.inputs and not shader.inputs[name].is_linked
    }
    if not free or not sidecar.source_path.is_file():
        return False
    picture = _picture_node(tree, sidecar, place)
    output = picture.outputs["Color"]
    if role == "normal":
        tree.links.new(_bumps(tree, output, sidecar, place), shader.inputs["Normal"])
    elif role == "packed":
        split = tree.nodes.new("ShaderNodeSeparateColor")
        split.location = (place[0] - COLUMN, place[1])
        tree.links.new(output, split.inputs["Color"])
        for at, name in free.items():
            tree.links.new(split.outputs[CHANNELS[at]], shader.inputs[name])
    else:
        tree.links.new(output, shader.inputs[free[0]])
    return True


def _picture_node(tree, sidecar: Sidecar, place: tuple[float, float]):
    """The image of the source, as its sidecar describes it; one that is there already keeps its settings."""
    known = next(
        (one for one in bpy.data.images if note_of(one).source_of(path_of(one)) == sidecar.source_path), None
    )
    image = known or bpy.data.images.load(str(sidecar.source_path))
    if known is None:
        source = sidecar.source
        image.colorspace_settings.name = color_space_of(source.role, source.color_space)
        image.alpha_mode = "CHANNEL_PACKED" if source.role == "packed" else alpha_of(source.alpha_mode)
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    node.location = (place[0] - 2 * COLUMN, place[1])
    return node


def _bumps(tree, output, sidecar: Sidecar, place: tuple[float, float]):
    """A normal map node; where Y points down, green is turned over, since Blender has it up."""
    entry = next((one.map_of("normal") for one in sidecar.variants if one.map_of("normal")), None)
    if entry and entry.normal_y == "-":
        turn = tree.nodes.new("ShaderNodeVectorMath")
        turn.operation = "MULTIPLY_ADD"
        turn.inputs[1].default_value = (1.0, -1.0, 1.0)
        turn.inputs[2].default_value = (0.0, 1.0, 0.0)
        turn.location = (place[0] - COLUMN, place[1] - ROW / 2)
        tree.links.new(output, turn.inputs[0])
        output = turn.outputs[0]
    bumps = tree.nodes.new("ShaderNodeNormalMap")
    bumps.location = (place[0] - COLUMN, place[1])
    tree.links.new(output, bumps.inputs["Color"])
    return bumps.outputs["Normal"]


def _packed_inputs(sidecar: Sidecar) -> dict[int, str]:
    """Which channel goes where, by the packing that the maps record: `orm` is occlusion, roughness, metallic."""
    entries = [entry for one in sidecar.variants for entry in one.maps if entry.role == "packed"]
    channels = next((entry.channels for entry in entries if entry.channels not in UNPACKED), "")
    return {at: PACKED_INPUTS[letter] for at, letter in enumerate(channels[:3]) if letter in PACKED_INPUTS}
