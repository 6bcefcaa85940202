"""What is to be imported and what each source is to show, from sidecars and choices; no asset is touched here."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from impasto_sidecars import (
    Arrival,
    Found,
    HashGate,
    ImportSettings,
    Material,
    Shown,
    Sidecar,
    Variant,
    group_materials,
    shown_files,
    variant_settings,
    wanted_variant,
)
from impasto_sidecars.settings import kind_of

from .choices_file import Choices
from .places import Places


@dataclass(frozen=True, slots=True)
class WantedTexture:
    """A file whose recorded bytes are there. What is not known of a source's settings is empty or 0."""

    path: Path
    sha256: str
    role: str
    settings: ImportSettings


@dataclass(frozen=True, slots=True)
class View:
    """`family`: the files of this sidecar that something may show; `gone`: those of them that are retired."""

    source: Path
    shows: Path
    variant: str
    family: tuple[Path, ...]
    gone: tuple[Path, ...]
    folder: str
    material: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`late`: files whose bytes are not yet the recorded ones. `unreadable`: sources whose sidecar is broken."""

    textures: tuple[WantedTexture, ...]
    views: tuple[View, ...]
    late: frozenset[Path]
    unreadable: frozenset[Path]


def make_plan(
    found: Found,
    paths: Collection[Path],
    choices: Choices,
    reading: tuple[Places, HashGate, Collection[Path]],
) -> Plan:
    """paths: all sidecars that lie there. The last of `reading`: the files that are shown or imported already."""
    places, gate, held = reading

    def usable(sidecar: Sidecar, variant: Variant) -> bool:
        return gate.usable(sidecar, variant, held)

    wanted: dict[Path, WantedTexture] = {}
    late: set[Path] = set()
    for sidecar in found.sidecars:
        for texture in _listed(sidecar):
            arrival = gate.arrival(texture.path, texture.sha256)
            if arrival is Arrival.ARRIVED:
                wanted.setdefault(texture.path, texture)
            elif arrival is Arrival.LATE:
                late.add(texture.path)
    views: list[View] = []
    for material in group_materials(found.sidecars):
        folder = places.key_of(material.folder)
        chosen = (choices.for_material(folder, material.name), choices.project)
        shown = wanted_variant(material, chosen, usable, follow=choices.follow)
        views += _views(material, folder, shown_files(material, shown, usable))
    read = {sidecar.path for sidecar in found.sidecars}
    unreadable = frozenset(path.with_name(path.stem) for path in paths if path not in read)
    return Plan(tuple(wanted.values()), tuple(views), frozenset(late), unreadable)


def _listed(sidecar: Sidecar) -> Iterator[WantedTexture]:
    source = sidecar.source
    yield WantedTexture(sidecar.source_path, source.sha256, source.role, _source_settings(sidecar))
    for variant in sidecar.variants:
        for entry in variant.maps:
            yield WantedTexture(sidecar.path_of(entry), entry.sha256, entry.role, variant_settings(entry))


def _source_settings(sidecar: Sidecar) -> ImportSettings:
    """A source's wrap, filter and sign of Y are those of its own maps; its size is not recorded by all sidecars."""
    source = sidecar.source
    alike = [entry for variant in sidecar.variants if (entry := variant.map_of(source.role))]
    return ImportSettings(
        kind=kind_of(source.role, source.color_space),
        color_space=source.color_space,
        normal_y=alike[0].normal_y if alike else "",
        alpha=source.alpha_mode,
        wrap_u=alike[0].wrap_u if alike else "",
        wrap_v=alike[0].wrap_v if alike else "",
        filter=alike[0].filter_hint if alike else "",
        max_size=0,
    )


def _views(material: Material, folder: str, shown: tuple[Shown, ...]) -> Iterator[View]:
    for one in shown:
        sidecar = one.sidecar
        gone = tuple(sidecar.folder / name for name in sidecar.retired)
        yield View(
            source=sidecar.source_path,
            shows=one.path,
            variant=one.variant,
            family=(*dict.fromkeys(sidecar.files()), *gone),
            gone=gone,
            folder=folder,
            material=material.name,
        )
