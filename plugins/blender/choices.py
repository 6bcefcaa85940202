"""What the user chose, kept in the blend file: for a material on its images, for the project on every scene."""

from pathlib import Path

import bpy

from .images import choose, note_of, own_images, path_of
from .notes import KEY, ProjectNote, project_note, project_text


def read_project() -> ProjectNote:
    """A scene that was made since the choice has no note; the others have it."""
    return project_note(next((scene[KEY] for scene in bpy.data.scenes if KEY in scene), None))


def write_project(note: ProjectNote) -> None:
    text = project_text(note)
    for scene in bpy.data.scenes:
        if scene.library is None:
            scene[KEY] = text


def write_choice(sources: frozenset[Path], choice: str) -> int:
    """Gives back how many images of these sources took the choice."""
    count = 0
    for image in own_images():
        path = path_of(image)
        if note_of(image).source_of(path) in sources:
            choose(image, choice)
            count += 1
    return count
