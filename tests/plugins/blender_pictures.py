"""A plane before and after the variant switch, to look at: `python blender_pictures.py SOURCE VARIANT OUT`.

SOURCE is a texture whose sidecar the daemon wrote (`impasto once`), VARIANT an id in it, OUT a folder: it gets
`original.png`, `linked.png` (the other maps of the set linked) and `VARIANT.png`. Needs a Python that has bpy.
"""

import shutil
import sys
from pathlib import Path

import blender_stage as stage
import bpy
import lit_plane


def main(source: Path, variant: str, out: Path) -> None:
    stage.install(stage.build())
    place = stage.empty_project("pictures")
    shutil.copytree(source.parent, place, dirs_exist_ok=True)
    lit_plane.show_on_plane(place / source.name)
    bpy.ops.impasto.follow(follow=False)
    lit_plane.render(out / "original.png", size=512, samples=48)
    material = stage.watch().view.plan.materials[0].material
    bpy.ops.impasto.link_maps(folder=str(material.folder), material=material.name)
    lit_plane.render(out / "linked.png", size=512, samples=48)
    bpy.ops.impasto.choose_for_project(variant=variant)
    lit_plane.render(out / f"{variant}.png", size=512, samples=48)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]).absolute(), sys.argv[2], Path(sys.argv[3]).absolute())
    finally:
        shutil.rmtree(stage.SCRATCH)
