"""What should change in a blend file's images, from the sidecars that were found; no bpy here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .impasto_sidecars import (
    Found,
    HashGate,
    MapFile,
    Material,
    Shown,
    Sidecar,
    Variant,
    group_materials,
    shown_files,
    wanted_variant,
)
from .notes import ProjectNote

TILE_MARK = "<UDIM>"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The file whose bytes an image holds; the hashes of all tiles, where it has tiles."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """`source` is `path` itself for an image that shows its own file; `kept` says why it must not be touched.

    An image of several `tiles` has TILE_MARK in both, where a file has the tile's number.
    """

    name: str
    path: Path
    source: Path
    tiles: tuple[int, ...] = ()
    choice: str = ""
    loaded: Loaded | None = None
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What an image should show. `now` and `recorded`: the hash of its bytes, as they are and as they should be."""

    path: Path
    now: str
    recorded: str
    sidecar: Sidecar
    entry: MapFile | None


class Act(Enum):
    SWAP = "swap"
    RELOAD = "reload"
    NOTE = "note"  # the bytes it holds are known from now on


@dataclass(frozen=True, slots=True)
class Change:
    """`sidecar` is None where the source's own is gone."""

    image: str
    act: Act
    loaded: Loaded
    source: Path
    sidecar: Sidecar | None
    entry: MapFile | None


@dataclass(frozen=True, slots=True)
class MaterialView:
    """`shown` is empty for a material that no image of the blend file shows."""

    material: Material
    choice: str
    wanted: str
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`kept` has one line for each image that should change and may not."""

    changes: tuple[Change, ...] = ()
    materials: tuple[MaterialView, ...] = ()
    kept: tuple[str, ...] = ()


def plan_images(found: Found, images: tuple[ImageFacts, ...], project: ProjectNote, gate: HashGate) -> Plan:
    """Only files of materials that the blend file uses are hashed."""
    held = {path for image in images for path in files_of(image.path, image.tiles)}

    def usable(sidecar: Sidecar, variant: Variant) -> bool:
        return gate.usable(sidecar, variant, held)

    owners = _owners(found.sidecars)
    users: dict[Path, list[ImageFacts]] = {}
    changes: list[Change | None] = []
    for image in images:
        owner = owners.get(files_of(image.source, image.tiles)[0])
        if owner:
            users.setdefault(owner.path, []).append(image)
        else:
            changes.append(_let_go(image, gate))

    views: list[MaterialView] = []
    for material in group_materials(found.sidecars):
        mine = [image for sidecar in material.sidecars for image in users.get(sidecar.path, ())]
        choice = next((image.choice for image in mine if image.choice), "")
        if not mine:
            views.append(MaterialView(material, choice, "", ()))
            continue
        wanted = wanted_variant(material, (choice, project.choice), usable, follow=project.follow)
        shown = {one.sidecar.source_path: one for one in shown_files(material, wanted, usable)}
        views.append(MaterialView(material, choice, wanted, tuple(shown.values())))
        changes += [_change(image, _target(image, shown, owners, gate)) for image in mine]
    wanted_changes = [change for change in changes if change]
    kept = {image.name: image.kept for image in images if image.kept}
    return Plan(
        tuple(change for change in wanted_changes if change.image not in kept),
        tuple(views),
        tuple(
            f"{change.image} {kept[change.image]}"
            for change in wanted_changes
            if change.image in kept and change.act is not Act.NOTE
        ),
    )


def files_of(path: Path, tiles: tuple[int, ...]) -> tuple[Path, ...]:
    """The file, or one for each tile."""
    return tuple(path.with_name(path.name.replace(TILE_MARK, str(tile))) for tile in tiles) or (path,)


def marked(path: Path, tile: int) -> Path:
    """The path with TILE_MARK for the last number that is the tile's."""
    head, _, tail = path.name.rpartition(str(tile))
    return path.with_name(f"{head}{TILE_MARK}{tail}")


def _owners(sidecars: Iterable[Sidecar]) -> dict[Path, Sidecar]:
    """Which sidecar a file belongs to; a file that is a source is never taken for an output."""
    owners: dict[Path, Sidecar] = {}
    for sidecar in sidecars:
        for path in (*sidecar.files(), *(sidecar.folder / name for name in sidecar.retired)):
            owners.setdefault(path, sidecar)
    return owners | {sidecar.source_path: sidecar for sidecar in sidecars}


def _target(
    image: ImageFacts, shown: Mapping[Path, Shown], owners: Mapping[Path, Sidecar], gate: HashGate
) -> Target | None:
    """None where the files are not there, so that there is nothing to show."""
    if image.tiles:
        return _tiled_target(image, shown, owners, gate)
    one = shown[owners[image.source].source_path]
    if image.source == image.path and image.path != one.sidecar.source_path:
        one = _as_loaded_by_hand(image, one)
    now = gate.hash_of(one.path)
    recorded = one.entry.sha256 if one.entry else one.sidecar.source.sha256
    return Target(one.path, now, recorded, one.sidecar, one.entry) if now else None


def _tiled_target(
    image: ImageFacts, shown: Mapping[Path, Shown], owners: Mapping[Path, Sidecar], gate: HashGate
) -> Target | None:
    """One variant for all tiles, once all have it; else their sources."""
    sources = files_of(image.source, image.tiles)
    ones = [shown[source] for source in sources if source in shown]
    variants = {marked(one.path, tile) for one, tile in zip(ones, image.tiles, strict=False)}
    if len(ones) == len(sources) and len(variants) == 1:
        path, entry = variants.pop(), ones[0].entry
        recorded = [one.entry.sha256 if one.entry else one.sidecar.source.sha256 for one in ones]
    else:
        path, entry = image.source, None
        recorded = [owners[source].source.sha256 if source in owners else "" for source in sources]
    now = [gate.hash_of(file) or "" for file in files_of(path, image.tiles)]
    if not all(now):
        return None
    return Target(path, " ".join(now), " ".join(recorded), owners[sources[0]], entry)


def _change(image: ImageFacts, target: Target | None) -> Change | None:
    if target is None:
        return None
    source = image.source if image.tiles else target.sidecar.source_path
    made = (Loaded(target.path, target.now), source, target.sidecar, target.entry)
    if target.path != image.path:
        if target.entry and target.now != target.recorded:
            return None  # another image still shows its bytes of before; new ones are late
        return Change(image.name, Act.SWAP, *made)
    if image.loaded is None:
        return Change(image.name, Act.NOTE, *made)
    is_new = target.now == target.recorded and target.now != image.loaded.sha256
    return Change(image.name, Act.RELOAD, *made) if image.loaded.path != target.path or is_new else None


def _as_loaded_by_hand(image: ImageFacts, shown: Shown) -> Shown:
    """An output that a user loaded stays what it is, for as long as a sidecar lists it and it is there."""
    sidecar = shown.sidecar
    for variant in sidecar.variants:
        for entry in variant.maps:
            if sidecar.path_of(entry) == image.path and image.path.is_file():
                return Shown(sidecar, image.path, variant.id, entry)
    return shown


def _let_go(image: ImageFacts, gate: HashGate) -> Change | None:
    """What shows an output that vanished along with its sidecar goes back to its source."""
    stands = all(path.is_file() for path in files_of(image.path, image.tiles))
    now = [gate.hash_of(path) or "" for path in files_of(image.source, image.tiles)]
    if stands or image.path == image.source or not all(now):
        return None
    return Change(image.name, Act.SWAP, Loaded(image.source, " ".join(now)), image.source, None, None)
