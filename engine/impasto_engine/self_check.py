"""Ten seconds that tell whether a device can be trusted: every network there against the CPU's result."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from impasto_engine.errors import WeightsMissingError
from impasto_engine.registry import find_stylizer
from impasto_engine.request import (
    BuiltinStyle,
    EngineOptions,
    RestyleRequest,
    StyleImage,
    StyleRequest,
    UpscaleRequest,
    WrapChoice,
)
from impasto_engine.restyle import Restyler, prepare_process
from impasto_engine.role_names import MapRole
from impasto_engine.stylizer import Progress
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_io import write_texture
from impasto_engine.upscaler import upscaler_names
from impasto_engine.weights import WeightsStore

_STYLE_SIDE = 256
_UPSCALE_SIDE = 32  # x4plus is slow: a CPU has to keep up
_WRAP: tuple[WrapChoice, WrapChoice] = ("repeat", "repeat")
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
    device = restyler.device
    reference = Restyler(replace(options, device="cpu"))
    with TemporaryDirectory() as folder:
        for name, request in _requests(options.models, Path(folder)).items():
            texture = _pattern(_STYLE_SIDE if request.style else _UPSCALE_SIDE)
            expected, cpu_seconds = _measure(reference, texture, request)
            result, seconds, peak = expected, cpu_seconds, None
            if device.type == "cuda":
                torch.cuda.reset_peak_memory_stats(device)
            if device.type != "cpu":
                result, seconds = _measure(restyler, texture, request)
            if device.type == "cuda":
                peak = torch.cuda.max_memory_allocated(device)
            difference = float(abs(result - expected).max())
            passed = difference <= _TOLERANCE[device.type]
            yield NetworkCheck(name, str(device), difference, seconds, cpu_seconds, peak, passed)


def _requests(models: Path, folder: Path) -> dict[str, RestyleRequest]:
    """folder: for a style image."""
    painting = folder / "painting.png"
    write_texture(_pattern(_STYLE_SIDE, phase=1.0), painting, file_format=".png")
    styles = {
        "magenta, 26 styles": StyleRequest("check", builtins=(BuiltinStyle(0),)),
        "magenta, style image": StyleRequest("check", images=(StyleImage(painting, "painting"),)),
    }
    requests = {
        name: RestyleRequest(MapRole.BASE_COLOR, style, None, _WRAP) for name, style in styles.items()
    }
    if _is_installed("microast", models):
        style = replace(styles["magenta, style image"], stylizer="microast")
        requests["microast"] = RestyleRequest(MapRole.BASE_COLOR, style, None, _WRAP)
    for name in upscaler_names(models):
        requests[name] = RestyleRequest(MapRole.BASE_COLOR, None, UpscaleRequest(name, 4), _WRAP)
    return requests


def _is_installed(stylizer: str, models: Path) -> bool:
    """Its weights come with no package: `doctor` says so, and the other networks can be checked."""
    store = WeightsStore(models)
    try:
        for file in find_stylizer(stylizer).weights:
            store.find(file)
    except WeightsMissingError:
        return False
    return True


def _measure(restyler: Restyler, texture: Texture, request: RestyleRequest) -> tuple[FloatArray, float]:
    """The result and the seconds of a second run: the first loads, copies and picks kernels."""
    restyler.restyle(texture, request, _ignore).texture.collect()
    started = time.perf_counter()
    result = restyler.restyle(texture, request, _ignore).texture.collect().rgb
    return result, time.perf_counter() - started


def _ignore(progress: Progress) -> None:
    """A ten-second check needs no progress."""


def _pattern(side: int, phase: float = 0.0) -> Texture:
    """Waves of three frequencies: smooth, sharp and coloured parts."""
    axis = torch.arange(side) / side * 2 * torch.pi + phase
    u, v = torch.meshgrid(axis, axis, indexing="xy")
    waves = [torch.sin(3 * u) * torch.cos(2 * v), torch.sin(9 * u + v), torch.sign(torch.sin(5 * v - 2 * u))]
    return Texture(rgb=(torch.stack(waves, dim=2) * 0.4 + 0.5).numpy())
