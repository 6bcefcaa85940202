"""One style on many targets in one process, against as many runs that each load and look at the style anew.

`python tests/bench/many_targets.py FOLDER STYLE`: FOLDER's colourful textures at `--side`, rolled where there are
fewer than `--targets`. STYLE is not square: the encoder's looks at it are told by their shape. Run it on a quiet
machine.
"""

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from texture_folder import colourful
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from impasto_engine import (
    EngineOptions,
    MapRole,
    Progress,
    RestyleRequest,
    StyleImage,
    StyleRequest,
    Texture,
    read_texture,
    write_texture,
)
from impasto_engine.encoder import find_encoder
from impasto_engine.resample import resample_map
from impasto_engine.restyle import Restyler, prepare_process
from impasto_engine.stylizers.gatys import GatysSettings
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsStore

RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from many_targets import engine, paint
source, style, quality, encoder, models = sys.argv[2:]
paint(engine(Path(models)), Path(source), Path(style), (quality, encoder))
"""
How = tuple[str, str]  # quality, encoder
Looks = Counter[tuple[int, int]]  # at the style, by height and width


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("style", type=Path)
    parser.add_argument("--targets", type=int, default=16)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--quality", choices=("draft", "normal", "best"), default="draft")
    parser.add_argument("--encoder", default="efficientnet_lite0")
    parser.add_argument("--models", type=Path, help="a folder of weights that no package brings")
    parser.add_argument("--processes", action="store_true", help="each of the separate runs a process, too")
    asked = parser.parse_args()
    how: How = (asked.quality, asked.encoder)
    with TemporaryDirectory() as scratch:
        models = asked.models or Path(scratch, "models")
        sources = targets(asked.folder, Path(scratch), asked.targets, asked.side)
        paint(engine(models), sources[0], asked.style, how)  # no way pays for what is loaded just once
        with looks_of(asked.encoder, models) as together:
            started = time.perf_counter()
            one = engine(models)
            for source in sources:
                paint(one, source, asked.style, how)
            ours = time.perf_counter() - started
        with looks_of(asked.encoder, models) as apart:
            started = time.perf_counter()
            for source in sources:
                paint(engine(models), source, asked.style, how)
            separate = time.perf_counter() - started
        rows: list[tuple[str, float, Looks | None]] = [
            ("one process", ours, together),
            ("separate runs in one process", separate, apart),
        ]
        if asked.processes:
            rows.append(("separate processes", in_processes(sources, asked.style, how, models), None))
    Console(width=110).print(table(rows, asked))


def engine(models: Path) -> Restyler:
    options = EngineOptions(models, "cpu", low_priority=False)
    prepare_process(options)
    return Restyler(options)


def paint(restyler: Restyler, source: Path, style: Path, how: How) -> Texture:
    quality, encoder = how
    settings = GatysSettings.model_validate({"quality": quality, "encoder": encoder})
    image = StyleImage(style, style.name)
    request = StyleRequest("s", "gatys", images=(image,), settings=settings)
    asked = RestyleRequest(MapRole.BASE_COLOR, request, wrap=("repeat", "repeat"))
    return restyler.restyle(read_texture(source), asked, ignore).texture.collect()


def ignore(progress: Progress) -> None:
    del progress


def targets(folder: Path, scratch: Path, count: int, side: int) -> list[Path]:
    chosen, written = colourful(folder), []
    for index in range(count):
        rgb = read_texture(chosen[index % len(chosen)]).rgb
        small = resample_map(rgb, (side, side), MapRole.BASE_COLOR, (Wrap.REPEAT, Wrap.REPEAT))
        moved = np.roll(small, index // len(chosen) * 37, (0, 1))
        written.append(scratch / f"{index}.png")
        write_texture(Texture(moved), written[-1], file_format=".png")
    return written


@contextmanager
def looks_of(encoder: str, models: Path) -> Iterator[Looks]:
    """Every look of that kind of network at a picture that is not square."""
    kind = type(find_encoder(encoder).load(WeightsStore(models), torch.device("cpu")))
    found: Looks = Counter()

    def count(module: nn.Module, inputs: Sequence[object]) -> None:
        if isinstance(module, kind) and isinstance(inputs[0], torch.Tensor):
            height, width = inputs[0].shape[2:]
            if height != width:
                found[height, width] += 1

    hook = register_module_forward_pre_hook(count)
    try:
        yield found
    finally:
        hook.remove()


def in_processes(sources: Sequence[Path], style: Path, how: How, models: Path) -> float:
    started = time.perf_counter()
    for source in sources:
        here = str(Path(__file__).parent)
        command = [sys.executable, "-c", RUN, here, str(source), str(style), *how, str(models)]
        subprocess.run(command, check=True)
    return time.perf_counter() - started


def table(rows: Sequence[tuple[str, float, Looks | None]], asked: argparse.Namespace) -> Table:
    found = Table(
        *("", "seconds", "ratio", "looks at the style", "at each of its sizes"),
        title=f"{asked.targets} targets of {asked.side} x {asked.side}, {asked.encoder}, {asked.quality}",
    )
    for name, seconds, looks in rows:
        sizes = "" if looks is None else ", ".join(f"{h}x{w}: {n}" for (h, w), n in sorted(looks.items()))
        total = "" if looks is None else str(looks.total())
        found.add_row(name, f"{seconds:.1f}", f"{seconds / rows[0][1]:.2f}x", total, sizes)
    return found


if __name__ == "__main__":
    main()
