"""The key of a job: the same fingerprint means the same pixels, so there is nothing to do."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from impasto_daemon.hashing import hash_file
from impasto_daemon.settle import Signature, signature_of
from impasto_engine import (
    MASK_VERSION,
    PALETTE_VERSION,
    PIXEL_ART_VERSION,
    RELIEF_VERSION,
    SHEETS_VERSION,
    STILLNESS_VERSION,
    UPSCALER_VERSION,
    RestyleRequest,
    SheetLayout,
    SourceRef,
    StyleRequest,
    find_stylizer,
    find_upscaler,
)


def fingerprint(source_sha256: str, request: RestyleRequest, file_format: str, models: Path) -> str:
    """sha256 over the source's hash and the request as written, with the version and weights of what serves it.

    `auto` is hashed as `auto`: two machines that resolve it differently do not undo each other's work.
    """
    asked: dict[str, object] = {
        "source": source_sha256,
        "role": request.role,
        "style": _style(request.style) if request.style else None,
        "upscale": _upscale(request, models),
        "wrap": request.wrap,
        "power_of_two": request.power_of_two,
        "max_size": request.max_size,
        "format": file_format,
        **_leaned_on(request),
    }
    # what came later is there only where it is asked for, so that it redid nothing
    if request.sheet is not None:
        asked["sheet"] = _sheet(request.sheet)
    if request.is_sequence or (request.sheet is not None and request.sheet.kind == "frames"):
        asked["sequence"] = STILLNESS_VERSION
    if request.pixel_art:
        asked["pixel_art"] = PIXEL_ART_VERSION
    if request.relief is not None:
        asked["relief"] = [request.relief, request.normal_y, RELIEF_VERSION]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _leaned_on(request: RestyleRequest) -> dict[str, str]:
    """Other sources count by their content; a request that leans on none has the fingerprint it always had."""
    refs = {"wrap_from": request.wrap_from, "sibling": request.sibling}
    asked = {name: ref.sha256 for name, ref in refs.items() if ref is not None}
    return {**asked, "group": _group(request.group)} if request.group else asked


@lru_cache(maxsize=64)
def _group(members: tuple[SourceRef, ...]) -> str:
    return hashlib.sha256(" ".join(sorted(member.sha256 for member in members)).encode()).hexdigest()


def _style(style: StyleRequest) -> dict[str, object]:
    entry = find_stylizer(style.stylizer)
    asked: dict[str, object] = {
        "stylizer": style.stylizer,
        "version": entry.version,
        "weights": [file.sha256 for file in entry.weights],
        "images": [(image.sha256, image.weight) for image in style.images],
        "builtins": [(builtin.index, builtin.weight) for builtin in style.builtins],
        "model": style.model.sha256 if style.model else None,
        "strength": style.strength,
        "stroke": style.stroke,
        "preserve_color": style.preserve_color,
        "seed": style.seed,
        "settings": style.settings.model_dump(mode="json") if style.settings else None,
    }
    if style.palette is not None:
        colors = style.palette if style.palette == "style" else style.palette.colors
        asked["palette"] = [PALETTE_VERSION, colors]
    if style.mask is not None:
        regions = [(one.color, _style(one.style) if one.style else None) for one in style.mask.regions]
        asked["mask"] = [MASK_VERSION, style.mask.sha256, regions]
    return asked


def _upscale(request: RestyleRequest, models: Path) -> dict[str, object] | None:
    if request.upscale is None:
        return None
    model = request.upscale.model
    return {
        "model": model,
        "scale": request.upscale.scale,
        "version": UPSCALER_VERSION,
        "weights": "auto" if model == "auto" else _upscaler_weights(model, models),
    }


def _sheet(sheet: SheetLayout) -> dict[str, object]:
    """Of a sheet's JSON the cells count, wherever they stand in it: nothing else in it decides a pixel."""
    return {
        "version": SHEETS_VERSION,
        "kind": sheet.kind,
        "grid": sheet.grid,
        "cells": sorted((cell.left, cell.top, cell.width, cell.height) for cell in sheet.cells),
        "extrude": sheet.extrude,
    }


def _upscaler_weights(model: str, models: Path) -> list[str]:
    entry = find_upscaler(model, models)
    if isinstance(entry, Path):
        return [_hash_model(entry, signature_of(entry))]
    return [entry.param.sha256, entry.weights.sha256]


@lru_cache(maxsize=64)
def _hash_model(path: Path, _signature: Signature | None) -> str:
    """Hashed once for each signature: such a file has hundreds of megabytes."""
    return hash_file(path)
