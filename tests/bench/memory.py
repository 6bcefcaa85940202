"""Peak memory against size, each run a process of its own: `python tests/bench/memory.py TEXTURE PLOT.png`.

TEXTURE is repeated up to each size. The results are written to disk as the worker writes them. Linux only.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table

from impasto_engine import Texture, read_texture, write_texture

RUN = """
import sys, time
from pathlib import Path
from impasto_engine import *
from impasto_engine.restyle import Restyler, prepare_process
source, output, kind = sys.argv[1:]
options = EngineOptions(Path(output).parent / "models", "cpu", low_priority=False)
prepare_process(options)
painting = StyleImage(Path(source).with_name("style.png"), "painting")
role, style, model = {
    "built-in style": (MapRole.BASE_COLOR, StyleRequest("s", builtins=(BuiltinStyle(19),)), None),
    "style image": (MapRole.BASE_COLOR, StyleRequest("s", images=(painting,)), None),
    "animevideov3 x4": (MapRole.BASE_COLOR, None, "realesr-animevideov3"),
    "x4plus-anime x4": (MapRole.BASE_COLOR, None, "realesrgan-x4plus-anime"),
    "normal map x4": (MapRole.NORMAL, None, "auto"),
}[kind]
request = RestyleRequest(role, style, UpscaleRequest(model, 4) if model else None, ("repeat", "repeat"))
started = time.perf_counter()
restyled = Restyler(options).restyle(read_texture(Path(source)), request, lambda progress: None)
write_texture(restyled.texture, Path(output), file_format=".png")
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) / 2**20, time.perf_counter() - started)
"""
RUNS = {
    "built-in style": (1024, 2048, 4096, 8192),
    "style image": (1024, 2048, 4096, 8192),
    "animevideov3 x4": (512, 1024, 2048, 4096),
    "x4plus-anime x4": (256, 512, 1024, 2048),
    "normal map x4": (1024, 2048, 4096),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texture", type=Path)
    parser.add_argument("plot", type=Path)
    parser.add_argument("--kind", choices=RUNS, action="append", help="default: all")
    parser.add_argument("--most", type=int, default=8192, help="leave larger sources out")
    asked = parser.parse_args()
    table = Table("", "source", "result", "peak GiB", "seconds")
    curves: dict[str, list[tuple[int, float]]] = {}
    with TemporaryDirectory() as scratch:
        texture = read_texture(asked.texture)
        write_texture(texture, Path(scratch, "style.png"), file_format=".png")
        for kind in asked.kind or RUNS:
            for side in (one for one in RUNS[kind] if one <= asked.most):
                source = Path(scratch, f"{side}.png")
                write_texture(repeated(texture, side), source, file_format=".png")
                peak, seconds = measured(source, Path(scratch, "out.png"), kind)
                curves.setdefault(kind, []).append((side, peak))
                result = side * (4 if kind.endswith("x4") else 1)
                table.add_row(kind, f"{side}²", f"{result}²", f"{peak:.2f}", f"{seconds:.1f}")
    Console().print(table)
    draw(curves, asked.plot)


def repeated(texture: Texture, side: int) -> Texture:
    times = -(-side // min(texture.width, texture.height))
    return Texture(np.tile(texture.rgb, (times, times, 1))[:side, :side])


def measured(source: Path, output: Path, kind: str) -> tuple[float, float]:
    """GiB and seconds."""
    command = [sys.executable, "-c", RUN, str(source), str(output), kind]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(printed[0]), float(printed[1])


def draw(curves: dict[str, Sequence[tuple[int, float]]], path: Path) -> None:
    """Both axes are logarithms to base 2."""
    width, height, margin = 760, 480, 60
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    low, high = np.log2(256), np.log2(8192)
    bottom, top = np.log2(0.25), np.log2(4)

    def place(side: float, peak: float) -> tuple[float, float]:
        x = margin + (np.log2(side) - low) / (high - low) * (width - 2 * margin)
        y = height - margin - (np.log2(peak) - bottom) / (top - bottom) * (height - 2 * margin)
        return float(x), float(y)

    for side in (256, 512, 1024, 2048, 4096, 8192):
        pen.line([place(side, 0.25), place(side, 4)], fill="#dddddd")
        pen.text((place(side, 0.25)[0] - 12, height - margin + 8), str(side), fill="black")
    for peak in (0.25, 0.5, 1, 2, 3, 4):
        pen.line([place(256, peak), place(8192, peak)], fill="#ff9090" if peak == 3 else "#dddddd")
        pen.text((14, place(256, peak)[1] - 6), f"{peak} GiB", fill="black")
    for index, (kind, curve) in enumerate(curves.items()):
        color = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd")[index % 5]
        pen.line([place(*point) for point in curve], fill=color, width=3)
        pen.text((margin + 12, margin + 8 + 16 * index), kind, fill=color)
    pen.text((margin, 20), "peak memory of the process against the side of the source", fill="black")
    image.save(path)


if __name__ == "__main__":
    main()
