"""Which file a source shows: the two rules of plugins/README.md, under "Shows"; no file is read here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .sidecar import MapFile, Sidecar, Variant

ORIGINAL = "original"
LEADING_ROLES = ("base_color", "sprite")

Usable = Callable[[Sidecar, Variant], bool]


@dataclass(frozen=True, slots=True)
class Material:
    """The sidecars of one folder that name one material."""

    folder: Path
    name: str
    sidecars: tuple[Sidecar, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a source shows: a map of some variant, or, where `entry` is None, itself."""

    sidecar: Sidecar
    path: Path
    variant: str
    entry: MapFile | None


def group_materials(sidecars: Iterable[Sidecar]) -> tuple[Material, ...]:
    """In order of the first sidecar of each; a source that names no material is one by itself."""
    groups: dict[tuple[Path, str, str], list[Sidecar]] = {}
    for sidecar in sidecars:
        name = sidecar.source.material
        groups.setdefault((sidecar.folder, name, "" if name else sidecar.source.file), []).append(sidecar)
    return tuple(
        Material(folder, name or file, tuple(group)) for (folder, name, file), group in groups.items()
    )


def wanted_variant(material: Material, chosen: tuple[str, str], usable: Usable, *, follow: bool) -> str:
    """Rule 1: a variant's id or ORIGINAL. `chosen`: for the material and for the project, empty for nothing."""
    for choice in chosen:
        if choice:
            return choice
    if follow:
        for sidecar in material.sidecars:
            if sidecar.source.role in LEADING_ROLES:
                for variant in sidecar.variants:
                    if variant.style and usable(sidecar, variant):
                        return variant.id
    return ORIGINAL


def shown_files(material: Material, wanted: str, usable: Usable) -> tuple[Shown, ...]:
    """Rule 2, for each source of the material."""
    return tuple(_shown(sidecar, material, wanted, usable) for sidecar in material.sidecars)


def _shown(sidecar: Sidecar, material: Material, wanted: str, usable: Usable) -> Shown:
    role = sidecar.source.role
    if wanted != ORIGINAL and role:
        others = [other for other in material.sidecars if other is not sidecar]
        for place in (sidecar, *others):
            for variant in place.variants:
                if variant.id == wanted:
                    entry = variant.map_of(role)
                    if entry and usable(place, variant):
                        return Shown(sidecar, place.path_of(entry), variant.id, entry)
        plain = [variant for variant in sidecar.variants if not variant.style]
        if len(plain) == 1:
            entry = plain[0].map_of(role)
            if entry and usable(sidecar, plain[0]):
                return Shown(sidecar, sidecar.path_of(entry), plain[0].id, entry)
    return Shown(sidecar, sidecar.source_path, ORIGINAL, None)
