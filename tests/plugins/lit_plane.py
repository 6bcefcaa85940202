"""A plane in slanting light that shows a texture, and a picture of it by Cycles; needs bpy."""

from pathlib import Path
from typing import Any

import bpy


def show_on_plane(source: Path) -> Any:
    """Gives the plane's node tree, where the texture is the base colour and nothing else is linked."""
    bpy.ops.mesh.primitive_plane_add(size=2)
    plane = bpy.context.object
    material = bpy.data.materials.new(source.stem)
    material.use_nodes = True
    plane.data.materials.append(material)
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 0.6
    picture = tree.nodes.new("ShaderNodeTexImage")
    picture.image = bpy.data.images.load(str(source))
    tree.links.new(picture.outputs["Color"], shader.inputs["Base Color"])

    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy = 4.0
    sun.rotation_euler = (0.9, 0.2, 0.6)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.location = (0.0, -1.9, 2.3)
    camera.rotation_euler = (0.69, 0.0, 0.0)
    for one in (sun, camera):
        bpy.context.collection.objects.link(one)
    bpy.context.scene.camera = camera
    return tree


def render(file: Path, *, size: int, samples: int) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = False
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.filepath = str(file)
    bpy.ops.render.render(write_still=True)
