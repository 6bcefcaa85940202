"""What every test may ask for: the real assets, where they are."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real textures, styles and weights; set IMPASTO_SHARED to it."""
    folder = os.environ.get("IMPASTO_SHARED")
    if not folder:
        pytest.skip("IMPASTO_SHARED is not set: the real textures are not on this machine")
    path = Path(folder).resolve()
    if not (path / "assets" / "textures").is_dir():
        pytest.fail(f"IMPASTO_SHARED={folder} has no assets/textures")
    return path
