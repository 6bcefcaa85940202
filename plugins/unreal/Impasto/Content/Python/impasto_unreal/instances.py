"""The texture parameters of material instances: each shows what its source is to show, and is let go of again."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import unreal

from .textures import package_of

_TAG = "impasto.shows."
_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class AssetView:
    """A View in asset paths. `chosen`: the user chose just now, so that what was set by hand gives way."""

    source: str
    original: str
    shows: str
    family: frozenset[str]
    gone: frozenset[str]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """Sources that are not in any view, but whose materials stay as they are: nobody knows better now."""

    sources: frozenset[str]
    project: Path

    def keeps(self, source: str) -> bool:
        return source in self.sources or not (self.project / source).parent.is_dir()


@dataclass(frozen=True, slots=True)
class _Record:
    """What impasto set a parameter to, kept as metadata of the instance, so that a user's own value is known."""

    source: str
    original: str
    shows: str


@dataclass(frozen=True, slots=True)
class _Change:
    instance: unreal.MaterialInstanceConstant
    parameter: str
    record: _Record


class MaterialInstances:
    """Only instances are switched: a material would have to be compiled anew."""

    def switch(self, views: tuple[AssetView, ...], kept: Kept) -> tuple[str, ...]:
        """One undo step for all that changes; nothing is saved. Gives a line for each parameter that was set."""
        by_asset: dict[str, AssetView] = {}
        for view in views:
            for path in view.family:
                by_asset.setdefault(path, view)
        by_source = {view.source: view for view in views}
        lines: list[str] = []
        with contextlib.ExitStack() as undo_step:
            for level in self._by_depth(by_asset):  # a child shows what its parent was switched to
                for instance in level:
                    for change in list(_changes(instance, (by_asset, by_source), kept)):
                        if not lines:
                            undo_step.enter_context(unreal.ScopedEditorTransaction("impasto: show variants"))
                        lines.append(_apply(change))
        return tuple(lines)

    def sources_of(self, instance: unreal.MaterialInstanceConstant, views: tuple[AssetView, ...]) -> set[str]:
        shown = {package_of(texture) for _, texture in _parameters(instance)}
        return {view.source for view in views if shown & view.family}

    def _by_depth(self, assets: dict[str, AssetView]) -> list[list[unreal.MaterialInstanceConstant]]:
        found: dict[str, unreal.MaterialInstanceConstant] = {}
        for loaded in unreal.ObjectIterator(unreal.MaterialInstanceConstant):
            if package_of(loaded).startswith("/Game/"):
                found[package_of(loaded)] = loaded
        for asset in assets:
            for package in unreal.EditorAssetLibrary.find_package_referencers_for_asset(asset):
                if str(package) not in found:
                    loaded = unreal.EditorAssetLibrary.load_asset(str(package))
                    if isinstance(loaded, unreal.MaterialInstanceConstant):
                        found[str(package)] = loaded
        levels: dict[int, list[unreal.MaterialInstanceConstant]] = {}
        for path in sorted(found):
            levels.setdefault(_depth(found[path]), []).append(found[path])
        return [levels[depth] for depth in sorted(levels)]


def _depth(instance: unreal.MaterialInstanceConstant) -> int:
    depth, parent = 0, instance.get_editor_property("parent")
    while isinstance(parent, unreal.MaterialInstanceConstant) and depth < _DEEPEST:
        depth, parent = depth + 1, parent.get_editor_property("parent")
    return depth


def _parameters(instance: unreal.MaterialInstanceConstant) -> Iterator[tuple[str, unreal.Texture]]:
    for name in unreal.MaterialEditingLibrary.get_texture_parameter_names(instance):
        value = unreal.MaterialEditingLibrary.get_material_instance_texture_parameter_value(instance, name)
        if value is not None:
            yield str(name), value


def _changes(
    instance: unreal.MaterialInstanceConstant,
    known: tuple[dict[str, AssetView], dict[str, AssetView]],
    kept: Kept,
) -> Iterator[_Change]:
    by_asset, by_source = known
    for parameter, texture in _parameters(instance):
        now = package_of(texture)
        record = _read_record(instance, parameter)
        if record is not None and record.shows == now:
            target = by_source.get(record.source)
            if target is None:
                if not kept.keeps(record.source) and now != record.original:
                    yield _Change(
                        instance, parameter, _Record(record.source, record.original, record.original)
                    )
                continue
        else:
            target = by_asset.get(now)
            by_hand = record is not None or (target is not None and now != target.original)
            if target is None or (by_hand and not target.chosen and now not in target.gone):
                continue
        if now != target.shows:
            yield _Change(instance, parameter, _Record(target.source, target.original, target.shows))


def _apply(change: _Change) -> str:
    instance, name, record = change.instance, change.parameter, change.record
    texture = unreal.EditorAssetLibrary.load_asset(record.shows)
    if not isinstance(texture, unreal.Texture):
        return f"{package_of(instance)}: {name} stays, since {record.shows} is not there"
    instance.modify()
    unreal.MaterialEditingLibrary.set_material_instance_texture_parameter_value(instance, name, texture)
    unreal.MaterialEditingLibrary.update_material_instance(instance)
    told = json.dumps([record.source, record.original, record.shows])
    unreal.EditorAssetLibrary.set_metadata_tag(instance, _TAG + name, told)
    return f"{package_of(instance)}: {name} shows {record.shows}"


def _read_record(instance: unreal.MaterialInstanceConstant, parameter: str) -> _Record | None:
    text = unreal.EditorAssetLibrary.get_metadata_tag(instance, _TAG + parameter)
    try:
        return _Record(*map(str, json.loads(text))) if text else None
    except (ValueError, TypeError):
        return None
