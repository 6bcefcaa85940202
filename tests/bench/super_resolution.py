"""PSNR and SSIM of every upscaler and plain filter on a x4 pair (`python tests/bench/super_resolution.py`).

PSNR-Y and SSIM as the field reports them: BT.601 luma, a border of 4 pixels left out (scale 4).
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from impasto_engine.device import choose_device, memory_budget, tune_allocator
from impasto_engine.esrgan import load_esrgan
from impasto_engine.resample import Filter, resize
from impasto_engine.rows import of_array, to_array
from impasto_engine.stages import held
from impasto_engine.stylizer import Terms
from impasto_engine.texture import FloatArray
from impasto_engine.texture_traits import Wrap
from impasto_engine.upscaler import upscaler_names
from impasto_engine.weights import WeightsStore

SCALE = 4
CLAMP = (Wrap.CLAMP, Wrap.CLAMP)


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    psnr: float
    ssim: float
    seconds: float


def luma(rgb: FloatArray) -> FloatArray:
    """(H, W, 3) in [0, 1] to BT.601 studio luma, 16 to 235."""
    return (rgb @ np.array([65.481, 128.553, 24.966], np.float32) + 16.0).astype(np.float32)


def psnr(first: FloatArray, second: FloatArray) -> float:
    """Of two lumas, against a peak of 255."""
    return float(10 * np.log10(255.0**2 / np.mean((first.astype(np.float64) - second) ** 2)))


def ssim(first: FloatArray, second: FloatArray) -> float:
    """Wang et al. 2004: an 11 x 11 Gaussian of sigma 1.5, K = 0.01 and 0.03, where the window fits whole."""
    kernel = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    kernel /= kernel.sum()

    def blur(plane: np.ndarray) -> np.ndarray:
        for axis in (0, 1):
            plane = np.apply_along_axis(np.convolve, axis, plane, kernel, mode="valid")
        return plane

    a, b = first.astype(np.float64), second.astype(np.float64)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = blur(a), blur(b)
    variance_a, variance_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    top = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float((top / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2))).mean())


def measure(low: FloatArray, truth: FloatArray, save_to: Path | None) -> list[Measured]:
    """Each filter and each built-in model, from `low` to the size of `truth`; both (H, W, 3) in [0, 1]."""
    device = choose_device("auto")
    size = (low.shape[1] * SCALE, low.shape[0] * SCALE)
    ways: dict[str, Callable[[], FloatArray]] = {
        str(one): lambda one=one: resize(low, size, CLAMP, one) for one in (Filter.BICUBIC, Filter.LANCZOS)
    }
    picture = of_array(low)
    terms = Terms(CLAMP, memory_budget(device, None), lambda progress: None)
    with tempfile.TemporaryDirectory() as empty:
        store = WeightsStore(Path(empty))
        for name in upscaler_names(store.folder):
            model = load_esrgan(name, store, device)
            ways[name] = lambda model=model: to_array(held(model.upscale(picture, SCALE, terms)).picture)
    return [_measure(name, way, truth, save_to) for name, way in ways.items()]


def _measure(name: str, way: Callable[[], FloatArray], truth: FloatArray, save_to: Path | None) -> Measured:
    started = perf_counter()
    result = way()
    seconds = perf_counter() - started
    levels = np.round(result.clip(0, 1) * 255).astype(np.uint8)
    if save_to:
        Image.fromarray(levels).save(save_to / f"{name}.png")
    inner = (slice(SCALE, -SCALE), slice(SCALE, -SCALE))
    ours, theirs = (luma(one)[inner] for one in (levels.astype(np.float32) / 255, truth))
    return Measured(name, psnr(ours, theirs), ssim(ours, theirs), seconds)


def _read(path: Path) -> FloatArray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.float32) / 255


def main() -> None:
    shared = Path(os.environ.get("IMPASTO_SHARED", "../shared"), "assets", "sr")
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--low", type=Path, default=shared / "comic_lq_x4.png")
    options.add_argument("--truth", type=Path, default=shared / "comic_gt.png")
    options.add_argument("--save-to", type=Path, help="a folder for the enlarged pictures")
    asked = options.parse_args()
    tune_allocator()
    table = Table("upscaler", "PSNR-Y dB", "SSIM", "seconds", title=f"{asked.low.name} x{SCALE}")
    for row in measure(_read(asked.low), _read(asked.truth), asked.save_to):
        table.add_row(row.name, f"{row.psnr:.2f}", f"{row.ssim:.4f}", f"{row.seconds:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
