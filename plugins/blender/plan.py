"""What should change in a blend file's images, from the sidecars that were found; no bpy here."""

from collections.abc import Iterable
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
    group_materials,
    shown_files,
    wanted_variant,
)
from .notes import ProjectNote


@dataclass(frozen=True, slots=True)
class Loaded:
    """The file whose bytes an image holds."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """`source` is `path` itself for an image that shows its own file; `kept` says why it must not be touched."""

    name: str
    path: Path
    source: Path
    choice: str = ""
    loaded: Loaded | None = None
    kept: str = ""


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
    held = {image.path for image in images}
    owners = _owners(found.sidecars)
    users: dict[Path, list[ImageFacts]] = {}
    strays: list[ImageFacts] = []
    for image in images:
        sidecar = owners.get(image.source)
        if sidecar:
            users.setdefault(sidecar.path, []).append(image)
        else:
            strays.append(image)

    changes: list[Change | None] = [_let_go(image, gate) for image in strays]
    views: list[MaterialView] = []
    for material in group_materials(found.sidecars):
        mine = [image for sidecar in material.sidecars for image in users.get(sidecar.path, ())]
        choice = next((image.choice for image in mine if image.choice), "")
        if not mine:
            views.append(MaterialView(material, choice, "", ()))
            continue

        wanted = wanted_variant(
            material,
            (choice, project.choice),
            lambda sidecar, variant: gate.usable(sidecar, variant, held),
            follow=project.follow,
        )
        shown = shown_files(material, wanted, lambda sidecar, variant: gate.usable(sidecar, variant, held))
        views.append(MaterialView(material, choice, wanted, shown))
        for one in shown:
            changes += [_change(image, one, gate) for image in users.get(one.sidecar.path, ())]
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


def _owners(sidecars: Iterable[Sidecar]) -> dict[Path, Sidecar]:
    """Which sidecar a file belongs to; a file that is a source is never taken for an output."""
    owners: dict[Path, Sidecar] = {}
    for sidecar in sidecars:
        for path in (*sidecar.files(), *(sidecar.folder / name for name in sidecar.retired)):
            owners.setdefault(path, sidecar)
    return owners | {sidecar.source_path: sidecar for sidecar in sidecars}


def _change(image: ImageFacts, shown: Shown, gate: HashGate) -> Change | None:
    if image.source == image.path and image.path != shown.sidecar.source_path:
        shown = _as_loaded_by_hand(image, shown)
    sidecar, entry = shown.sidecar, shown.entry
    now = gate.hash_of(shown.path)
    if now is None:
        return None  # an original that is gone: nothing else to show
    recorded = entry.sha256 if entry else sidecar.source.sha256
    loaded = Loaded(shown.path, now)
    if shown.path != image.path:
        if entry and now != recorded:
            return None  # another image still shows its bytes of before; new ones are late
        return Change(image.name, Act.SWAP, loaded, sidecar.source_path, sidecar, entry)
    if image.loaded is None:
        return Change(image.name, Act.NOTE, loaded, image.source, sidecar, entry)
    if image.loaded.path != shown.path or (now == recorded and now != image.loaded.sha256):
        return Change(image.name, Act.RELOAD, loaded, image.source, sidecar, entry)
    return None


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
    if image.path == image.source or image.path.is_file():
        return None
    now = gate.hash_of(image.source)
    if now is None:
        return None
    return Change(image.name, Act.SWAP, Loaded(image.source, now), image.source, None, None)
