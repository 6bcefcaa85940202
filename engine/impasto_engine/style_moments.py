"""What encoders find in style images, at each size they are looked at: once in memory, once on disk."""

from __future__ import annotations

import hashlib
import logging
import math
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from impasto_engine.display import display_of
from impasto_engine.encoder import Encoder, EncoderEntry
from impasto_engine.fitting import Resampled
from impasto_engine.losses import FeatureMoments, moments_of
from impasto_engine.request import StyleImage
from impasto_engine.rows import of_array
from impasto_engine.stages import held
from impasto_engine.texture_io import read_texture
from impasto_engine.texture_traits import Wrap

_log = logging.getLogger(__name__)
_VERSION = 1  # raised when the same image gives other moments
_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_KEPT = 64  # styles at a scale, in memory: some megabytes each for the widest encoder
_FILES = 1024  # the same on disk; the oldest go first


class StyleMoments:
    """Of one encoder: the moments of an image's pixels, then those of each layer that counts for the style."""

    def __init__(self, entry: EncoderEntry, encoder: Encoder, device: torch.device) -> None:
        self._entry = entry
        self._encoder = encoder
        self._device = device
        self._kept: OrderedDict[tuple[str, int], list[FeatureMoments]] = OrderedDict()

    def of(self, image: StyleImage, pixels: int, cache: Path | None) -> list[FeatureMoments]:
        """At about so many pixels; never enlarged: there is no paint between its pixels.

        Raises TextureReadError where the image cannot be read.
        """
        key = (image.sha256, pixels)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        file = None if cache is None else cache / "moments" / f"{self._digest(image, pixels)}.safetensors"
        found = None if file is None else self._read(file)
        if found is None:
            found = self._look(image, pixels)
            if file is not None:
                _write(file, found)
        self._kept[key] = found
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    def _look(self, image: StyleImage, pixels: int) -> list[FeatureMoments]:
        picture = of_array(display_of(read_texture(image.path)).rgb)
        share = min(1.0, math.sqrt(pixels / (picture.height * picture.width)))
        size = (max(1, round(picture.height * share)), max(1, round(picture.width * share)))
        seen = held(Resampled(picture, size, _CLAMP)).picture.to(self._device).float()
        with torch.no_grad():
            features = self._encoder(seen, _CLAMP)
            layers = zip(self._entry.layers, features, strict=True)
            return [moments_of(one) for one in (seen, *(found for layer, found in layers if layer.style))]

    def _digest(self, image: StyleImage, pixels: int) -> str:
        layers = [layer.name for layer in self._entry.layers if layer.style]
        asked = (image.sha256, pixels, self._entry.weights.sha256, layers, _VERSION)
        return hashlib.sha256(repr(asked).encode()).hexdigest()

    def _read(self, file: Path) -> list[FeatureMoments] | None:
        try:
            tensors = load_file(file, device=str(self._device))
            file.touch()
            count = 1 + sum(layer.style > 0 for layer in self._entry.layers)
            return [FeatureMoments(tensors[f"{one}.mean"], tensors[f"{one}.second"]) for one in range(count)]
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, KeyError) as error:
            _log.warning("%s: cannot be used, so the style is looked at anew: %s", file, error)
            return None


def _write(file: Path, moments: list[FeatureMoments]) -> None:
    """A cache that cannot be written costs time, nothing else."""
    tensors = {}
    for index, one in enumerate(moments):
        tensors[f"{index}.mean"], tensors[f"{index}.second"] = one.mean.contiguous(), one.second.contiguous()
    temp = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, temp)
        temp.replace(file)
        aged = sorted(file.parent.glob("*.safetensors"), key=lambda one: one.stat().st_mtime)
        for old in aged[:-_FILES]:
            old.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            temp.unlink()
        _log.warning("%s: the style's moments are not kept: %s", file, error)
