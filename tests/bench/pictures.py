"""Pictures in and out of the benches: files to tensors and back, and sheets of them with labels."""

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torchvision.transforms import functional as TF

_LABEL = 20  # pixels


def read(path: Path, *, rows: int | None = None) -> torch.Tensor:
    """(1, 3, H, W) sRGB in [0, 1], at so many rows."""
    with Image.open(path) as image:
        rgb = image.convert("RGB")
    if rows is not None:
        rgb = rgb.resize((round(rgb.width * rows / rgb.height), rows), Image.Resampling.LANCZOS)
    tensor: torch.Tensor = TF.to_tensor(rgb)[None]
    return tensor


def write(picture: torch.Tensor, path: Path) -> None:
    TF.to_pil_image(picture[0].clamp(0, 1)).save(path)


def repeated(picture: torch.Tensor, side: int) -> torch.Tensor:
    """Up to (1, 3, side, side)."""
    times = [-(-side // one) for one in picture.shape[2:]]
    return picture.repeat(1, 1, *times)[:, :, :side, :side].contiguous()


def sheet(rows: Sequence[Sequence[tuple[str, Image.Image]]], cell: int) -> Image.Image:
    """Labelled pictures, each shrunk to `cell`."""
    columns = max(len(row) for row in rows)
    whole = Image.new("RGB", (columns * cell, len(rows) * (cell + _LABEL)), "white")
    pen = ImageDraw.Draw(whole)
    for down, row in enumerate(rows):
        for across, (label, picture) in enumerate(row):
            corner = across * cell, down * (cell + _LABEL)
            pen.text((corner[0] + 4, corner[1] + 4), label, fill="black", font_size=12)
            small = picture.copy()
            small.thumbnail((cell, cell), Image.Resampling.LANCZOS)
            whole.paste(small, (corner[0], corner[1] + _LABEL))
    return whole
