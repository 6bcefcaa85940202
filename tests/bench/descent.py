"""Seconds to a peer's loss, side by side in one run.

`python tests/bench/descent.py CONTENT STYLE OUTPUT --models FOLDER`: all look through the quarter-width VGG-19,
whose weights FOLDER holds. Peers: the seed's recipe, plain L-BFGS at full size, and style-transfer-pytorch where
`--crowsonkb` names a checkout of it. Each is measured in its own loss at the content's full size; only the time
that looking takes is off the clock. A peer's run is kept in OUTPUT: take its file away to run it again. Run it on
a quiet machine.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch
from chart import Axis, decades, draw
from goals import crowsonkb_goal, johnson_goal, seed_goal
from our_descent import Goal, paint
from peers.crowsonkb import Crowsonkb
from peers.quarter_vgg import QuarterVgg
from peers.recipes import (
    JOHNSON_GAINS,
    SEED_GAINS,
    JohnsonLoss,
    Pair,
    SeedLoss,
    best_rate,
    descend_by_lbfgs,
    descend_by_sgd,
)
from peers.track import Curve, Point, Track
from pictures import read, write
from rich.console import Console
from rich.table import Table

from impasto_engine.device import tune_allocator

_RATES = (30.0, 100.0, 300.0, 600.0)  # the seed's is 100; it gets the best for this network


@dataclass(frozen=True, slots=True)
class Peer:
    """run: from the content to its picture, its losses noted; it takes a share of the iterations."""

    name: str
    what: str
    aim: float  # times less time
    run: Callable[[Track], torch.Tensor]
    goal: Goal


@dataclass(frozen=True, slots=True)
class Line:
    """start: the peer's first loss. theirs: where its best was first reached; ours: where that was, if it was."""

    name: str
    aim: float
    start: float
    theirs: Point
    ours: Point | None
    our_best: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path)
    parser.add_argument("style", type=Path)
    parser.add_argument("output", type=Path, help="a folder")
    parser.add_argument("--models", type=Path, required=True, help="the folder of e5_wct_se_16x.pth")
    parser.add_argument("--crowsonkb", type=Path, help="a checkout of crowsonkb/style-transfer-pytorch")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument(
        "--peer", choices=("seed", "lbfgs", "crowsonkb"), action="append", help="default: all"
    )
    parser.add_argument("--share", type=float, default=1.0, help="of all iterations: to try the bench out")
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    tune_allocator()
    console = Console(width=116)
    pair = Pair(read(asked.content, rows=asked.rows), read(asked.style))
    lines: list[Line] = []
    curves: dict[str, Curve] = {}
    for peer in peers(pair, asked, console):
        theirs = kept(peer, asked.output, console)
        track = Track(f"impasto, in the loss of {peer.name}")
        picture = paint(peer.goal, pair.content, track, until=theirs.best, share=asked.share)
        write(picture, asked.output / f"{peer.name}_impasto.png")
        ours = track.curve()
        lines.append(compared(peer, theirs, ours))
        curves |= {f"{peer.name}: {peer.what}": theirs, f"{peer.name}: impasto": ours}
        if not all(map(math.isfinite, peer.goal.bounds)):
            lines.append(as_saved(peer, pair, theirs, asked))
    console.print(table(lines, asked.rows))
    (asked.output / "descent.json").write_text(
        json.dumps(
            {"lines": [asdict(line) for line in lines], "curves": {k: asdict(c) for k, c in curves.items()}}
        )
    )
    plot(curves, asked.output / "descent.png")


def as_saved(peer: Peer, pair: Pair, theirs: Curve, asked: argparse.Namespace) -> Line:
    """To the loss of the picture that the peer ends with, in the range that a file has."""
    wanted = float(peer.goal.loss(read(asked.output / f"{peer.name}.png")))
    track = Track(f"impasto, held to the range of a file, in the loss of {peer.name}")
    goal = replace(peer.goal, bounds=(0.0, 1.0))
    write(paint(goal, pair.content, track, until=wanted, share=asked.share), asked.output / "as_saved.png")
    end, ours = theirs.points[-1], track.curve()
    saved = Point(end.wall, end.cpu, wanted)
    return Line(
        f"{peer.name}, as saved", peer.aim, theirs.points[0].loss, saved, ours.reaching(wanted), ours.best
    )


def peers(pair: Pair, asked: argparse.Namespace, console: Console) -> Iterator[Peer]:
    network = QuarterVgg(asked.models)
    chosen = asked.peer or ("seed", "lbfgs", "crowsonkb")
    if "seed" in chosen:
        seed = SeedLoss(network, pair, SEED_GAINS)
        yield Peer(
            "seed",
            "SGD, 3000 iterations",
            30,
            partial(_seed, seed, pair.content, round(3000 * asked.share), console),
            seed_goal(seed, pair),
        )
    if "lbfgs" in chosen:
        johnson = JohnsonLoss(network, pair, JOHNSON_GAINS)
        yield Peer(
            "lbfgs",
            "L-BFGS at full size, 1000 evaluations",
            5,
            lambda track: descend_by_lbfgs(
                johnson, pair.content, track, iterations=round(1000 * asked.share)
            ),
            johnson_goal(johnson, pair),
        )
    if "crowsonkb" in chosen and asked.crowsonkb is None:
        console.print("crowsonkb is left out: no --crowsonkb")
    elif "crowsonkb" in chosen:
        peer = Crowsonkb(asked.crowsonkb, (network.normalize, network.stack))
        yield Peer(
            "crowsonkb",
            "style-transfer-pytorch",
            1.5,
            lambda track: peer.paint(pair.content, pair.style, track, share=asked.share),
            crowsonkb_goal(peer, pair),
        )


def _seed(
    loss: SeedLoss, content: torch.Tensor, iterations: int, console: Console, track: Track
) -> torch.Tensor:
    found = best_rate(loss, content, _RATES)
    console.print(f"seed: rate {found:g}, the best of {', '.join(f'{rate:g}' for rate in _RATES)}")
    track.restart()
    return descend_by_sgd(loss, content, track, iterations=iterations, rate=found)


def kept(peer: Peer, folder: Path, console: Console) -> Curve:
    """The peer's run of an earlier call, or a new one."""
    path = folder / f"{peer.name}.json"
    if path.exists():
        console.print(f"{peer.name}: as {path} has it")
        return Curve.read(path)
    track = Track(f"{peer.name}: {peer.what}")
    picture = peer.run(track)
    write(picture, folder / f"{peer.name}.png")
    track.curve().write(path)
    return track.curve()


def compared(peer: Peer, theirs: Curve, ours: Curve) -> Line:
    then = theirs.reaching(theirs.best)
    if then is None:
        raise ValueError(f"{peer.name} has reached nothing")
    now = ours.reaching(theirs.best)
    return Line(peer.name, peer.aim, theirs.points[0].loss, then, now, ours.best)


def table(lines: Sequence[Line], rows: int) -> Table:
    found = Table(
        *(
            "peer",
            "its best loss",
            "its seconds (CPU)",
            "ours to that (CPU)",
            "ratio",
            "aim",
            "our best loss",
        ),
        title=f"time to reach a peer's loss at {rows} rows, quarter-width VGG-19",
    )
    for line in lines:
        then, now = line.theirs, line.ours
        found.add_row(
            line.name,
            f"{then.loss:.5g} from {line.start:.4g}",
            f"{then.wall:.1f} ({then.cpu:.1f})",
            "never" if now is None else f"{now.wall:.1f} ({now.cpu:.1f})",
            "-" if now is None else f"{then.wall / now.wall:.1f}x ({then.cpu / now.cpu:.1f}x)",
            f"{line.aim:g}x",
            f"{line.our_best:.5g}",
        )
    return found


def plot(curves: dict[str, Curve], path: Path) -> None:
    """The losses have nothing to do with one another: each is drawn over the best that its peer reached."""
    best = {name.split(":")[0]: curve.best for name, curve in curves.items() if not name.endswith("impasto")}
    points = {
        name: [(max(point.wall, 0.1), point.loss / best[name.split(":")[0]]) for point in curve.points]
        for name, curve in curves.items()
    }
    everything = [point for curve in points.values() for point in curve]
    axes = (
        Axis("seconds", decades([x for x, _ in everything])),
        Axis(
            "loss, in units of the best that the peer reached",
            decades([min(y, 100.0) for _, y in everything]),
        ),
    )
    draw("The way down, each pair of curves in the peer's own loss", axes, points).save(path)


if __name__ == "__main__":
    main()
