"""A real daemon and a real Blender, which share nothing but the folder of a project."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from blender_guest import Blender, first_pixel, running_blender
from PIL import Image

from fake_project import wait_until
from impasto_daemon.manifest import read_manifest, sidecar_path

CONFIG = """\
watch:
  - folder: textures
styles:
  ink: { builtin: 19 }
  tiles: { builtin: 7 }
rules:
  - name: all
    match: ["*"]
    variants:
      - { style: ink }
      - { style: tiles }
"""


@pytest.fixture
def blender() -> Iterator[Blender]:
    python = os.environ.get("IMPASTO_BPY_PYTHON")
    if not python:
        pytest.skip("IMPASTO_BPY_PYTHON names no Python that has bpy: the Blender extension was not run")
    with running_blender(python) as session:
        yield session


@contextmanager
def daemon(project: Path, *, killed: bool = False) -> Iterator[None]:
    state = {f"XDG_{name}_HOME": str(project.parent / name) for name in ("STATE", "DATA", "CACHE")}
    words = [sys.executable, "-m", "impasto_daemon.cli", "watch", "--config", str(project / "config.yaml")]
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        words,
        env=os.environ | state | paths,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        if killed:
            os.killpg(process.pid, signal.SIGKILL)  # the daemon and its worker at once
        else:
            process.terminate()
        process.wait(timeout=30)


def draw(path: Path, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((64, 64), Image.Resampling.BICUBIC).save(path)


@pytest.mark.timeout(300)
@pytest.mark.skipif(os.name == "nt", reason="process groups are killed by POSIX signals")
def test_blender_follows_a_daemon_that_is_killed_once_and_lets_go_of_what_it_retires(
    tmp_path: Path, blender: Blender
) -> None:
    project = tmp_path / "game"
    textures = project / "textures"
    textures.mkdir(parents=True)
    (project / "config.yaml").write_text(CONFIG)
    source, ink = textures / "brick_basecolor.png", textures / "brick_basecolor.ink.png"
    draw(source, 1)
    blender.tell(str(project))
    blender.tell(str(source))
    assert blender.shows(source.name) == (source.name, first_pixel(source))

    def shown_after_the_manifest() -> float:
        wait_until(lambda: blender.shows(source.name) == (ink.name, first_pixel(ink)), 90.0)
        return time.time() - sidecar_path(source).stat().st_mtime

    with daemon(project, killed=True):
        wait_until(ink.exists, 90.0)
        assert shown_after_the_manifest() < 5.0
        before = ink.read_bytes()
        draw(source, 2)
    assert blender.shows(source.name)[0] == ink.name
    with daemon(project):
        wait_until(lambda: ink.read_bytes() != before and is_done(source), 90.0)
        assert shown_after_the_manifest() < 5.0
        (project / "config.yaml").write_text(CONFIG.replace("      - { style: ink }\n", ""))
        wait_until(lambda: blender.shows(source.name)[0] == "brick_basecolor.tiles.png", 90.0)
        wait_until(lambda: not ink.exists())


def is_done(source: Path) -> bool:
    return all(one.status == "ready" for one in read_manifest(sidecar_path(source)).variants)
