"""Which files of a folder belong together, by their names alone: tiles, frames, the maps of one material."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from impasto_engine import MapRole, Profile, cut_name, material_of, role_by_name

TieKind = Literal["number", "material", "folder"]

_LEAST_TILES, _LEAST_FRAMES = 2, 3
_LEAST_SIZE = 16


@dataclass(frozen=True, slots=True)
class Tie:
    """What binds some files of one folder: the name around a number, a material's name, or the folder itself."""

    kind: TieKind
    folder: Path
    name: str = ""


@lru_cache(maxsize=1024)
def ties_of(path: Path, profile: Profile) -> tuple[Tie, ...]:
    """All ties that `path` may share with others, whoever else there is."""
    cut = cut_name(path.name)
    ties = Tie("folder", path.parent), Tie("material", path.parent, material_of(path, profile))
    if not cut.number:
        return ties
    return *ties, Tie("number", path.parent, f"{cut.before}/{cut.after}")


def group_of(path: Path, names_in_folder: Iterable[str]) -> tuple[Path, ...]:
    """The UDIM set or sequence that `path` is part of, itself included and sorted by name; () for none.

    Two tiles are a set, three numbered siblings a sequence; `icon_16 icon_32 icon_64` are sizes of one picture.
    """
    own = cut_name(path.name)
    if not own.number:
        return ()
    cuts = {name: cut_name(name) for name in (*names_in_folder, path.name)}
    members = {
        name: cut
        for name, cut in cuts.items()
        if cut.number and (cut.before, cut.after) == (own.before, own.after)
    }
    are_tiles = not are_frames(members)
    if len(members) < (_LEAST_TILES if are_tiles else _LEAST_FRAMES):
        return ()
    if not are_tiles and all(_is_size(int(cut.number)) for cut in members.values()):
        return ()
    return tuple(path.with_name(name) for name in sorted(members))


def are_frames(names: Iterable[str]) -> bool:
    """Of a group: whether it is a sequence rather than a UDIM set."""
    return not all(cut_name(name).is_tile for name in names)


def may_be_base_color(name: str, profile: Profile) -> bool:
    """Whether a file of that name can be the base colour of its material: one with no role in it may be."""
    named = role_by_name(name, profile)
    return named is None or named.role is MapRole.BASE_COLOR


def base_color_of(path: Path, names: Iterable[str], profile: Profile) -> Path | None:
    """The base colour of the same material as `path`, None where there is none or it is `path` itself.

    Of several, the one with a role in its name goes first, then that of the same tile or frame, then that of
    the same resolution.
    """
    named = role_by_name(path, profile)
    if named is not None and named.role is MapRole.BASE_COLOR:
        return None
    material, own = material_of(path, profile), cut_name(path.name)

    def distance(name: str) -> tuple[bool, bool, bool, str]:
        cut = cut_name(name)
        is_unnamed = role_by_name(name, profile) is None
        return is_unnamed, cut.number != own.number, cut.after != own.after, name

    found = [
        name
        for name in names
        if name != path.name and material_of(name, profile) == material and may_be_base_color(name, profile)
    ]
    return path.with_name(min(found, key=distance)) if found else None


def _is_size(number: int) -> bool:
    return number >= _LEAST_SIZE and number & (number - 1) == 0
