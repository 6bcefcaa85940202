"""A few steps at every scale in this process, and what memory they took; run by descent_memory.py.

Arguments: encoder, tiled or untiled, side, limit in GB, content, style, models, and a peer's checkout if it is to
run. Prints GiB above the idle process, and seconds.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from peers.crowsonkb import Crowsonkb
from peers.quarter_vgg import stack_of
from pictures import read, repeated
from torch import nn

from impasto_engine import pastiche
from impasto_engine.device import tune_allocator
from impasto_engine.encoder import Encoder, find_encoder
from impasto_engine.encoders.vgg19 import of_state
from impasto_engine.eye import Eye
from impasto_engine.network_pool import NetworkPool
from impasto_engine.networks.vgg import VGG_CONVS, VGG_WIDTHS
from impasto_engine.pastiche import Effort, Pastiche, Plan, Size
from impasto_engine.request import EngineOptions, StyleImage, StyleRequest
from impasto_engine.rows import Whole
from impasto_engine.stages import held
from impasto_engine.stylizer import Terms
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsStore

_STEPS = 2  # at each scale: of two L-BFGS learns what it carries on
_ADAMS = 2160  # pixels of a side, from which on Adam has all of its memory after one, at any scale
_HUGE = 1 << 50
_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_CPU = torch.device("cpu")
_SEQUENCE = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28)  # of torchvision's convolutions


def main() -> None:
    name, how, side, limit, content, style, models, *peer = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_DATA, (round(float(limit) * 1e9),) * 2)
    tune_allocator()
    encoder = random_vgg19() if name == "vgg19" else find_encoder(name).load(WeightsStore(Path(models)), _CPU)
    picture = repeated(read(Path(content)), int(side))
    run = (
        crowsonkb(Path(peer[0]), encoder, picture, Path(style))
        if peer
        else ours(name, encoder, picture, Path(style), tiled=how == "tiled")
    )
    # the libraries' own memory is a part of the idle process
    nn.functional.conv2d(torch.zeros(1, 8, 32, 32), torch.zeros(8, 8, 3, 3))
    idle, started = memory("VmRSS"), time.perf_counter()
    run()
    print(memory("VmHWM") - idle, time.perf_counter() - started)


class Brief(Effort):
    def steps_at(self, size: Size, *, is_first: bool) -> int:
        return self.steps if max(size) < _ADAMS else 1


def ours(
    name: str, encoder: Encoder, content: torch.Tensor, style: Path, *, tiled: bool
) -> Callable[[], object]:
    """Tiled: within the memory that the worker would have."""
    budget = NetworkPool(EngineOptions(Path("models"), "cpu")).budget(_CPU)
    if not tiled:
        budget = pastiche._MOST_AT_ONCE = _HUGE
    if max(content.shape[2:]) > _ADAMS:
        # scales between take time, not memory
        pastiche._FIRST_SIDE, pastiche._STEP = max(content.shape[2:]) // 4, 4.0
    painter = Pastiche([Eye(name, find_encoder(name), encoder, _CPU)])
    request = StyleRequest("s", "gatys", images=(StyleImage(style, "style"),))
    plan = Plan(request, Brief(max(content.shape[2:]), _STEPS, _STEPS))
    notes: list[str] = []
    terms = Terms(_CLAMP, budget, lambda progress: None, note=notes.append)

    def run() -> None:
        held(painter.paint([Whole(content)], plan, terms)[0])
        if notes:
            raise RuntimeError(f"it was not painted as asked: {notes}")

    return run


def crowsonkb(folder: Path, encoder: Encoder, content: torch.Tensor, style: Path) -> Callable[[], object]:
    peer = Crowsonkb(folder, stack_of(encoder))
    painting = read(style)
    return lambda: peer.paint_briefly(content, painting, steps=_STEPS)


def random_vgg19() -> Encoder:
    torch.manual_seed(0)
    state: dict[str, torch.Tensor] = {}
    before = 3
    for convolution, place in zip(VGG_CONVS, _SEQUENCE, strict=True):
        width = VGG_WIDTHS[int(convolution[0]) - 1]
        weight = torch.empty(width, before, 3, 3)
        nn.init.kaiming_normal_(weight, nonlinearity="relu")
        state |= {f"features.{place}.weight": weight, f"features.{place}.bias": torch.zeros(width)}
        before = width
    return of_state(state, _CPU)


def memory(what: str) -> float:
    """GiB of this process: VmRSS now, VmHWM at its most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(what)).split()[1]) / 2**20


if __name__ == "__main__":
    main()
