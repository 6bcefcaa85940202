"""Loads the networks that upscale: the built-in ones from ncnn's files, the artist's own through spandrel."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import spandrel
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from impasto_engine.errors import WeightsRefusedError
from impasto_engine.ncnn_weights import compact_state, read_ncnn, rrdb_state
from impasto_engine.rrdb_features import is_rrdb, tail_of
from impasto_engine.upscaler import UpscalerEntry, find_upscaler
from impasto_engine.weights import WeightsStore


@dataclass(frozen=True, slots=True)
class Cost:
    """halo: source pixels around a tile that its core depends on.
    bytes_per_pixel: peak float32 memory by source pixel of a tile, its halo included."""

    halo: int
    bytes_per_pixel: int


# 18 convolutions of 3 x 3 reach exactly 18 pixels, the filter to x2 and x3 less than one more.
COMPACT_COST = Cost(halo=20, bytes_per_pixel=1_500)
# Thrice what a pixel takes: the features are held beside it, and small tiles cost little, since it sees 2 pixels.
RRDB_TAIL_COST = Cost(halo=2, bytes_per_pixel=45_000)
USER_COST = Cost(halo=32, bytes_per_pixel=30_000)  # unknown until it runs out; then the tiles are halved


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """forward: (1, 3, h, w) in [0, 1] to (1, 3, h * scale, w * scale); after a `body`, of its features.

    bicubic_scales: scales that the model's own files reach by plain bicubic from `scale`.
    half: it may run in fp16. body: an RRDBNet, whose features are computed first (see rrdb_features).
    """

    forward: Callable[[Tensor], Tensor]
    scale: int
    cost: Cost
    bicubic_scales: tuple[int, ...] = ()
    half: bool = True
    body: nn.Module | None = None


def load_network(name: str, weights: WeightsStore, device: torch.device) -> Network:
    """The network called `name`, on `device`, ready to run.

    Raises RequestError for an unknown name, WeightsMissingError, WeightsCorruptError, WeightsRefusedError.
    """
    found = find_upscaler(name, weights.folder)
    if isinstance(found, UpscalerEntry):
        return _load_built_in(found, weights, device)
    return _load_user_model(found, device)


def _load_built_in(entry: UpscalerEntry, weights: WeightsStore, device: torch.device) -> Network:
    layers = read_ncnn(weights.find(entry.param), weights.find(entry.weights))
    build = compact_state if entry.network == "compact" else rrdb_state
    state = {key: torch.from_numpy(array) for key, array in build(layers, entry.depth).items()}
    model = spandrel.ModelLoader(device).load_from_state_dict(state).model.eval().requires_grad_(False)
    if is_rrdb(model):
        return _rrdb(model, max(entry.scales))
    return Network(
        forward=model,
        scale=max(entry.scales),
        cost=COMPACT_COST,
        bicubic_scales=tuple(scale for scale in entry.scales if scale != max(entry.scales)),
    )


def _rrdb(model: nn.Module, scale: int, *, half: bool = True) -> Network:
    return Network(tail_of(model), scale, RRDB_TAIL_COST, half=half, body=model)


def _load_user_model(path: Path, device: torch.device) -> Network:
    state = _read_state(path)
    try:
        model = spandrel.ModelLoader(device).load_from_state_dict(state)
    except spandrel.UnsupportedModelError as error:
        raise WeightsRefusedError(f"{path} is of no architecture that spandrel knows") from error
    # What spandrel's detection takes for one architecture can turn out to be none.
    except (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise WeightsRefusedError(
            f"{path} looks like a known architecture but does not fit it: {error}"
        ) from error
    if not isinstance(model, spandrel.ImageModelDescriptor) or model.purpose != "SR":
        raise WeightsRefusedError(
            f"{path} is a {model.architecture.name} model for {model.purpose}, not for super-resolution"
        )
    if (model.input_channels, model.output_channels) != (3, 3):
        raise WeightsRefusedError(
            f"{path} maps {model.input_channels} channels to {model.output_channels}; RGB to RGB is needed"
        )
    model.model.eval().requires_grad_(False)
    if is_rrdb(model.model):
        return _rrdb(model.model, model.scale, half=model.supports_half)
    return Network(forward=model, scale=model.scale, cost=USER_COST, half=model.supports_half)


def _read_state(path: Path) -> dict[str, Tensor]:
    """Tensors only: nothing that a pickle names is imported or called."""
    try:
        if path.suffix.lower() == ".safetensors":
            return safetensors.torch.load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsRefusedError(
            f"{path} holds more than tensors, and pickled code is never run: {reason} "
            "Save the model as .safetensors."
        ) from error
    except (SafetensorError, OSError, EOFError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise WeightsRefusedError(f"{path} cannot be read as weights: {error}") from error
    if not isinstance(state, dict):
        raise WeightsRefusedError(f"{path} holds a {type(state).__name__}, not a dictionary of tensors")
    return state
