"""A learned style: the gammas and betas that a network paints a painting's manner with, and their file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from impasto_engine.atomic_files import write_atomically
from impasto_engine.errors import RequestError, TextureWriteError, WeightsRefusedError
from impasto_engine.magenta_networks import MULTISTYLE, TRANSFORM
from impasto_engine.texture import FloatArray

Network = Literal["multistyle", "arbitrary"]
NETWORKS = {"multistyle": MULTISTYLE, "arbitrary": TRANSFORM}
CHANNELS = {"multistyle": 495, "arbitrary": 347}  # normalized, of all layers together

_SCHEMA = "impasto.learned/1.0"
_READABLE = "impasto.learned/1."
_LICENCE = (
    "learned from a picture, on a network of {licence} weights: the rights in the picture are its owner's"
)
_SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class LearnedStyle:
    """gamma, beta: (CHANNELS of the network,). encoder: what it was learned through. image: the painting's file
    name, image_sha256 its content. steps: how many it took.
    """

    network: Network
    gamma: FloatArray
    beta: FloatArray
    encoder: str
    image: str
    image_sha256: str
    steps: int


def write_learned(path: Path, style: LearnedStyle) -> None:
    """A reader never sees half a file. Raises TextureWriteError where the folder cannot be written."""
    from safetensors.numpy import save

    file = NETWORKS[style.network]
    metadata = {
        "schema": _SCHEMA,
        "network": style.network,
        "network_sha256": file.sha256,
        "encoder": style.encoder,
        "image": style.image,
        "image_sha256": style.image_sha256,
        "steps": str(style.steps),
        "licence": _LICENCE.format(licence=file.licence),
    }
    tensors = {"gamma": style.gamma.astype(np.float32), "beta": style.beta.astype(np.float32)}
    try:
        write_atomically(path, save(tensors, metadata))
    except OSError as error:
        raise TextureWriteError(f"{path}: the learned style cannot be written: {error}") from error


def read_learned(path: Path) -> LearnedStyle:
    """Raises RequestError where there is no such file, WeightsRefusedError for one that is no learned style, or
    one of another network."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in ("gamma", "beta") if name in file.keys()}  # noqa: SIM118  # it is no dictionary
    except FileNotFoundError as error:
        raise RequestError(f"{path}: there is no such learned style") from error
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsRefusedError(f"{path}: is not a learned style ({_SUFFIX}): {error}") from error
    if not metadata.get("schema", "").startswith(_READABLE):
        raise _refused(path, "schema", metadata.get("schema"), _SCHEMA)
    network = _network(path, metadata)
    return LearnedStyle(
        network=network,
        gamma=_row(path, "gamma", tensors.get("gamma"), CHANNELS[network]),
        beta=_row(path, "beta", tensors.get("beta"), CHANNELS[network]),
        encoder=metadata.get("encoder", ""),
        image=metadata.get("image", ""),
        image_sha256=metadata.get("image_sha256", ""),
        steps=_steps(path, metadata.get("steps", "0")),
    )


def _network(path: Path, metadata: Mapping[str, str]) -> Network:
    for network in get_args(Network):
        if metadata.get("network") == network:
            expected = NETWORKS[network].sha256
            if metadata.get("network_sha256") != expected:
                raise _refused(path, "network_sha256", metadata.get("network_sha256"), expected)
            found: Network = network
            return found
    raise _refused(path, "network", metadata.get("network"), " or ".join(get_args(Network)))


def _row(path: Path, name: str, found: FloatArray | None, channels: int) -> FloatArray:
    shape = None if found is None else f"{found.dtype} {list(found.shape)}"
    if found is None or found.dtype != np.float32 or found.shape != (channels,):
        raise _refused(path, name, shape, f"float32 [{channels}]")
    if not np.isfinite(found).all():
        raise _refused(path, name, "numbers that are not finite", "finite ones")
    return found


def _steps(path: Path, found: str) -> int:
    if not found.isdecimal():
        raise _refused(path, "steps", found, "a whole number")
    return int(found)


def _refused(path: Path, name: str, found: object, valid: str) -> WeightsRefusedError:
    return WeightsRefusedError(f"{path}: is not a learned style: its {name} is {found}, not {valid}")
