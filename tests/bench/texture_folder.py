"""Which of a folder's textures the benches show."""

from pathlib import Path

_NAMES = ("texture_bricks.jpg", "sand_albedo.jpg", "fabric_pattern_07_col_1_1k.jpg", "texture_wood.png")


def colourful(folder: Path) -> list[Path]:
    """Those that the tests are made with, where they are there; else the first four."""
    known = [folder / name for name in _NAMES if (folder / name).is_file()]
    return known or [path for path in sorted(folder.iterdir()) if path.suffix in (".jpg", ".png")][:4]
