"""Stylizers and upscalers as functions of one tensor, for tests that do not care how their rows come."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from impasto_engine.request import StyleImage, StyleRequest
from impasto_engine.rows import Rows, Whole
from impasto_engine.stages import held
from impasto_engine.stylizer import Progress, ProgressCallback, Stylizer, Terms
from impasto_engine.texture_traits import Wrap
from impasto_engine.upscaler import Upscaler

PLENTY = 8 << 30
CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
REPEAT = (Wrap.REPEAT, Wrap.REPEAT)


def ignore(progress: Progress) -> None:
    pass


def terms(wrap: tuple[Wrap, Wrap], budget: int = PLENTY, progress: ProgressCallback = ignore) -> Terms:
    return Terms(wrap, budget, progress)


def all_rows(picture: Rows) -> torch.Tensor:
    return held(picture).picture


def stylized(
    stylizer: Stylizer, content: torch.Tensor, request: StyleRequest, how: Terms | tuple[Wrap, Wrap] = CLAMP
) -> torch.Tensor:
    return all_rows(stylizer.stylize(Whole(content), request, how if isinstance(how, Terms) else terms(how)))


def upscaled(
    upscaler: Upscaler, picture: torch.Tensor, scale: float, how: Terms | tuple[Wrap, Wrap] = CLAMP
) -> torch.Tensor:
    return all_rows(upscaler.upscale(Whole(picture), scale, how if isinstance(how, Terms) else terms(how)))


def picture(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


def draw_paintings(folder: Path, side: int) -> tuple[StyleImage, StyleImage]:
    """Two style images of our own, of about `side` pixels: warm stripes, cold noise."""
    rows = np.sin(np.arange(side) / 5)[:, None, None] * [60, 30, 5] + [180, 100, 30]
    warm = np.broadcast_to(rows, (side, side * 14 // 15, 3))
    cold = np.random.default_rng(0).random((side * 13 // 15, side * 16 // 15, 3)) * [40, 90, 200]
    images = []
    for name, pixels in (("warm", warm), ("cold", cold)):
        path = folder / f"{name}.png"
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
        images.append(StyleImage(path, sha256=name))
    return images[0], images[1]
