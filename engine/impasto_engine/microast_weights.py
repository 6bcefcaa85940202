"""The names that MicroAST's networks have in their published files, turned into those of ours."""

from __future__ import annotations

from pathlib import Path

import torch

State = dict[str, torch.Tensor]

_RESIDUAL = ("first", "conv1"), ("second", "conv2")

ENCODER = (
    ("first", "enc1.0"),
    ("steps.0.spread", "enc1.2"),
    ("steps.0.mix", "enc1.4"),
    ("steps.1.spread", "enc1.6"),
    ("steps.1.mix", "enc1.8"),
    *((f"residual.0.{ours}", f"enc1.10.{theirs}") for ours, theirs in _RESIDUAL),
    *((f"residual.1.{ours}", f"enc2.0.{theirs}") for ours, theirs in _RESIDUAL),
)
MODULATOR = tuple(
    (f"{kind}.{level}", f"{kind}{level + 1}.0") for kind in ("weight", "bias") for level in range(2)
)
DECODER = (
    # the deeper level is decoded first
    *((f"residual.1.{ours}", f"dec1.{theirs}") for ours, theirs in _RESIDUAL),
    *((f"residual.0.{ours}", f"dec2.{theirs}") for ours, theirs in _RESIDUAL),
    ("steps.0.spread", "dec3.1"),
    ("steps.0.mix", "dec3.3"),
    ("steps.1.spread", "dec3.6"),
    ("steps.1.mix", "dec3.8"),
    ("last", "dec3.10"),
)


def read_state(path: Path, names: tuple[tuple[str, str], ...]) -> State:
    """The state of one of networks.microast. names: ours and theirs."""
    stored = torch.load(path, map_location="cpu", weights_only=True)
    return {
        f"{ours}.conv.{part}": stored[f"{theirs}.conv_layer.{part}"]
        for ours, theirs in names
        for part in ("weight", "bias")
    }
