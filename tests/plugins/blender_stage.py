"""A Blender without a window, with the extension built, validated and installed as a user would; needs bpy."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[2]
SCRATCH = Path(tempfile.mkdtemp(prefix="impasto_blender_"))
os.environ["BLENDER_USER_RESOURCES"] = str(SCRATCH / "user")  # read when bpy is imported

import bpy  # noqa: E402
from small_sidecars import SmallSidecar, write_png  # noqa: E402

MODULE = "bl_ext.user_default.impasto"
RED, BLUE, GREEN, GREY = (200, 10, 10), (10, 10, 200), (10, 200, 10), (99, 99, 99)
MEASURED: dict[str, float] = {}


def build() -> Path:
    """The extension's zip, made by the command line that ships in bpy."""
    source, built = SCRATCH / "source", SCRATCH / "impasto.zip"
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPO / "plugins" / "blender", source, ignore=skip)
    core = REPO / "plugins" / "python" / "impasto_sidecars"
    shutil.copytree(core, source / core.name, ignore=skip)
    tool = Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    for words in (
        ["validate", str(source)],
        ["build", "--source-dir", str(source), "--output-filepath", str(built)],
        ["validate", str(built)],
    ):
        subprocess.run([sys.executable, str(tool), *words], check=True, capture_output=True)
    return built


def install(built: Path) -> None:
    bpy.ops.extensions.package_install_files(
        filepath=str(built), repo="user_default", enable_on_install=True, overwrite=True
    )


def extension() -> Any:
    return sys.modules[MODULE]


def watch() -> Any:
    return sys.modules[f"{MODULE}.watch"].WATCH


def empty_project(name: str) -> Path:
    """A folder with an empty blend file that is open."""
    folder = SCRATCH / name
    folder.mkdir(parents=True, exist_ok=True)
    return open_in(folder)


def open_in(folder: Path) -> Path:
    blend = SCRATCH / "empty.blend"
    if not blend.exists():
        for blocks in (bpy.data.objects, bpy.data.materials, bpy.data.images):
            for block in list(blocks):
                blocks.remove(block)
        bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    shutil.copyfile(blend, folder / "scene.blend")
    bpy.ops.wm.open_mainfile(filepath=str(folder / "scene.blend"))
    return folder


def load(path: Path) -> Any:
    image = bpy.data.images.load(str(path))
    image.use_fake_user = True
    return image


def file_of(image: Any) -> str:
    return Path(bpy.path.abspath(image.filepath)).name


def color_of(image: Any) -> tuple[int, ...]:
    """The first pixel, 0 to 255."""
    return tuple(round(value * 255) for value in image.pixels[:3])


def shown_variant(folder: Path) -> tuple[SmallSidecar, Any]:
    """A source with a variant that its image shows."""
    sidecar = SmallSidecar(write_png(folder / "brick_basecolor.png", RED))
    sidecar.add("night", BLUE)
    sidecar.write()
    image = load(sidecar.source)
    watch().poll()
    assert color_of(image) == BLUE
    return sidecar, image


def choose(sidecar: SmallSidecar, choice: str) -> None:
    bpy.ops.impasto.choose_for_material(
        folder=str(sidecar.source.parent), material=sidecar.material, variant=choice
    )


def new_material(name: str) -> Any:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    return material.node_tree


@contextlib.contextmanager
def console() -> Iterator[io.StringIO]:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        yield told
