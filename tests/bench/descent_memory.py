"""Peak memory of a descent above the idle process, against size; each point is a process of its own. Linux only.

`python tests/bench/descent_memory.py CONTENT STYLE PLOT.png --models FOLDER`: CONTENT is repeated up to each
size. A point that would take more than the limit is given up, which is said, and so are larger ones of its kind.
VGG-19 at full width has random weights, which take the same memory.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from chart import Axis, decades, draw
from rich.console import Console
from rich.table import Table

SIDES = (256, 512, 1024, 2048, 4096)
KINDS = {
    "impasto, tiled": ("ours", "vgg19_quarter", "tiled"),
    "impasto, untiled": ("ours", "vgg19_quarter", "untiled"),
    "crowsonkb": ("crowsonkb", "vgg19_quarter", "untiled"),
    "impasto, tiled, full VGG-19": ("ours", "vgg19", "tiled"),
    "impasto, untiled, full VGG-19": ("ours", "vgg19", "untiled"),
    "crowsonkb, full VGG-19": ("crowsonkb", "vgg19", "untiled"),
}
AIMS = {("impasto, tiled, full VGG-19", 1024): 1.2, ("impasto, tiled, full VGG-19", 4096): 2.5}
RUN = Path(__file__).with_name("one_descent.py")


@dataclass(frozen=True, slots=True)
class Measured:
    """gib: above the idle process; None where it was given up."""

    kind: str
    side: int
    gib: float | None
    seconds: float | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path)
    parser.add_argument("style", type=Path)
    parser.add_argument("plot", type=Path)
    parser.add_argument("--models", type=Path, required=True, help="the folder of e5_wct_se_16x.pth")
    parser.add_argument("--crowsonkb", type=Path, help="a checkout of crowsonkb/style-transfer-pytorch")
    parser.add_argument("--kind", choices=KINDS, action="append", help="default: all")
    parser.add_argument("--most", type=int, default=SIDES[-1], help="leave larger sides out")
    parser.add_argument("--limit", type=float, default=12.0, help="gigabytes that a process may take")
    asked = parser.parse_args()
    console = Console(width=110)
    found: list[Measured] = []
    for kind in asked.kind or KINDS:
        who, _, _ = KINDS[kind]
        if who == "crowsonkb" and asked.crowsonkb is None:
            console.print(f"{kind} is left out: no --crowsonkb")
            continue
        for side in (one for one in SIDES if one <= asked.most):
            found.append(measured(kind, side, asked))
            if found[-1].gib is None:
                console.print(f"{kind}: {side} takes more than {asked.limit:g} GB; larger ones are left out")
                break
    console.print(table(found))
    asked.plot.with_suffix(".json").write_text(json.dumps([asdict(one) for one in found]) + "\n")
    plot(found, asked.plot)


def measured(kind: str, side: int, asked: argparse.Namespace) -> Measured:
    who, encoder, how = KINDS[kind]
    peer = [str(asked.crowsonkb)] if who == "crowsonkb" else []
    pictures = [str(asked.content), str(asked.style), str(asked.models)]
    command = [sys.executable, str(RUN), encoder, how, str(side), str(asked.limit), *pictures, *peer]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode == 0:
        gib, seconds = (float(one) for one in run.stdout.split())
        return Measured(kind, side, gib, seconds)
    if "not enough memory" in run.stderr or "MemoryError" in run.stderr or "can't allocate" in run.stderr:
        return Measured(kind, side, None, None)
    raise RuntimeError(f"{kind} at {side}: {run.stderr}")


def table(found: list[Measured]) -> Table:
    rows = Table("", "side", "GiB above idle", "aim", "seconds", title="peak memory of a descent")
    for one in found:
        aim = AIMS.get((one.kind, one.side))
        rows.add_row(
            one.kind,
            str(one.side),
            "given up" if one.gib is None else f"{one.gib:.2f}",
            "" if aim is None else f"{aim:g}",
            "" if one.seconds is None else f"{one.seconds:.1f}",
        )
    return rows


def plot(found: list[Measured], path: Path) -> None:
    curves = {
        kind: [(float(one.side), one.gib) for one in found if one.kind == kind and one.gib is not None]
        for kind in KINDS
    }
    curves = {kind: points for kind, points in curves.items() if points}
    heights = [gib for points in curves.values() for _, gib in points]
    axes = (Axis("the longer side in pixels", SIDES), Axis("GiB above the idle process", decades(heights)))
    draw("Peak memory of a descent", axes, curves).save(path)


if __name__ == "__main__":
    main()
