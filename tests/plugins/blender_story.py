"""What the Blender extension does in a real Blender: `python blender_story.py REPORT`, with a Python that has bpy.

Each chapter begins with an empty blend file in a folder of its own. The report is JSON: what each chapter raised,
empty for one that passed, and what was measured.
"""

import json
import shutil
import sys
import traceback
from pathlib import Path

import blender_keeps
import blender_lives
import blender_shows
import blender_stage as stage
import bpy

CHAPTERS = {
    name.removeprefix("chapter_"): told
    for part in (blender_shows, blender_keeps, blender_lives)
    for name, told in vars(part).items()
    if name.startswith("chapter_")
}


def main(report_file: Path) -> None:
    stage.install(stage.build())
    raised = {}
    for name, told in CHAPTERS.items():
        try:
            told(stage.empty_project(name))
            raised[name] = ""
        except Exception:  # noqa: BLE001  the next chapter is told anyway
            raised[name] = traceback.format_exc()
    report = {"blender": bpy.app.version_string, "raised": raised, "measured": stage.MEASURED}
    report_file.write_text(json.dumps(report, indent=2), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    finally:
        shutil.rmtree(stage.SCRATCH)
