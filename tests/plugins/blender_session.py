"""A Blender that another process drives: `python blender_session.py`, with a Python that has bpy.

It opens a blend file in each folder, and loads each picture, that it is told on a line of its own; at an empty line
its timer ticks once. Each line is answered by a line of JSON: for each image, the name of the file it shows and the
colour of its first pixel.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import blender_stage as stage
import bpy


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # Blender itself writes to the standard output
    stage.install(stage.build())
    tick = sys.modules[f"{stage.MODULE}.watch"].tick
    for line in sys.stdin:
        told = line.strip()
        if not told:
            tick()
        elif Path(told).is_dir():
            stage.open_in(Path(told))
        else:
            stage.load(Path(told))
        images = [image for image in bpy.data.images if image.filepath]
        shown = {image.name: [stage.file_of(image), *stage.color_of(image)] for image in images}
        answers.write(json.dumps(shown) + "\n")
        answers.flush()


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(stage.SCRATCH)
