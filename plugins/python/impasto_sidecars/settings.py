"""How a file is imported, by what its map says."""

from dataclasses import dataclass
from typing import Literal

from .sidecar import MapFile

Kind = Literal["color", "normal", "data"]


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """`max_size` is the power of two that holds the picture; `normal_y` is empty but for a normal map."""

    kind: Kind
    color_space: str
    normal_y: str
    alpha: str
    wrap_u: str
    wrap_v: str
    filter: str
    max_size: int


def variant_settings(entry: MapFile) -> ImportSettings:
    return ImportSettings(
        kind=kind_of(entry.role, entry.color_space),
        color_space=entry.color_space,
        normal_y=entry.normal_y,
        alpha=entry.alpha_mode,
        wrap_u=entry.wrap_u,
        wrap_v=entry.wrap_v,
        filter=entry.filter_hint,
        max_size=1 << (max(entry.width, entry.height) - 1).bit_length(),
    )


def kind_of(role: str, color_space: str) -> Kind:
    if role == "normal":
        return "normal"
    return "color" if color_space == "srgb" else "data"
