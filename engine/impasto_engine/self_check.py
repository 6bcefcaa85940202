"""Ten seconds that tell whether a device can be trusted: every network there against the CPU's result."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import torch

from impasto_engine.map_roles import MapRole
from impasto_engine.request import BuiltinStyle, EngineOptions, RestyleRequest, StyleRequest, UpscaleRequest
from impasto_engine.restyle import Restyler, prepare_process
from impasto_engine.stylizer import Progress
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.upscaler import upscaler_names

_STYLE_SIDE = 256
_UPSCALE_SIDE = 64  # x4plus takes 75 kFLOP a pixel: a CPU has to keep up
_TOLERANCE = {"cpu": 1e-6, "cuda": 8 / 255, "mps": 2 / 255}  # CUDA computes in half precision


@dataclass(frozen=True, slots=True)
class NetworkCheck:
    """difference: the largest from the CPU, in [0, 1]. seconds: once warm. peak: bytes, CUDA only."""

    network: str
    device: str
    difference: float
    seconds: float
    cpu_seconds: float
    peak: int | None
    passed: bool


def check_networks(options: EngineOptions) -> Iterator[NetworkCheck]:
    """One network after another. Raises RequestError for a device that is not there, and WeightsErrors."""
    prepare_process(options)
    restyler = Restyler(options)
    reference = Restyler(replace(options, device="cpu"))
    style = StyleRequest("check", builtins=(BuiltinStyle(0),))
    requests = {"magenta, 26 styles": RestyleRequest(MapRole.BASE_COLOR, style, wrap=("repeat", "repeat"))}
    for name in upscaler_names(options.models):
        requests[name] = RestyleRequest(
            MapRole.BASE_COLOR, None, UpscaleRequest(name, 4), ("repeat", "repeat")
        )
    for name, request in requests.items():
        texture = _pattern(_STYLE_SIDE if request.style else _UPSCALE_SIDE)
        expected, cpu_seconds = _timed(partial(_run, reference, texture, request))
        result, seconds, peak = expected, cpu_seconds, None
        if restyler.device.type != "cpu":
            _run(restyler, texture, request)  # warm: loads, copies, picks kernels
            if restyler.device.type == "cuda":
                torch.cuda.reset_peak_memory_stats()
            result, seconds = _timed(partial(_run, restyler, texture, request))
            peak = torch.cuda.max_memory_allocated() if restyler.device.type == "cuda" else None
        difference = float(abs(result - expected).max())
        passed = difference <= _TOLERANCE[restyler.device.type]
        yield NetworkCheck(name, str(restyler.device), difference, seconds, cpu_seconds, peak, passed)


def _run(restyler: Restyler, texture: Texture, request: RestyleRequest) -> FloatArray:
    return restyler.restyle(texture, request, _ignore).texture.rgb


def _ignore(progress: Progress) -> None:
    """A ten-second check needs no progress."""


def _timed(work: Callable[[], FloatArray]) -> tuple[FloatArray, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def _pattern(side: int) -> Texture:
    """Waves of three frequencies: smooth, sharp and coloured parts."""
    axis = torch.arange(side) / side * 2 * torch.pi
    u, v = torch.meshgrid(axis, axis, indexing="xy")
    waves = [torch.sin(3 * u) * torch.cos(2 * v), torch.sin(9 * u + v), torch.sign(torch.sin(5 * v - 2 * u))]
    return Texture(rgb=(torch.stack(waves, dim=2) * 0.4 + 0.5).numpy())
