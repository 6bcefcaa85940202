"""An encoder, and what it has found in style images at each size: kept in memory and on disk."""

from __future__ import annotations

import hashlib
import logging
import math
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from impasto_engine.atomic_files import write_atomically
from impasto_engine.display import display_of
from impasto_engine.encoder import Encoder, EncoderEntry
from impasto_engine.feature_tiles import windows
from impasto_engine.fitting import Resampled
from impasto_engine.losses import FeatureMoments, moments_of, summed
from impasto_engine.request import StyleImage
from impasto_engine.rows import of_array
from impasto_engine.stages import held
from impasto_engine.texture_io import read_texture
from impasto_engine.texture_traits import Wrap

_log = logging.getLogger(__name__)
_VERSION = 2  # raised when the same image gives other moments
_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_KEPT = 64  # styles at a scale, in memory: some megabytes each for the widest encoder
_FILES = 1024  # the same on disk; the oldest go first


class Eye:
    """What is looked through; its name is the encoder's."""

    def __init__(self, name: str, entry: EncoderEntry, encoder: Encoder, device: torch.device) -> None:
        self.name = name
        self.entry = entry
        self.encoder = encoder
        self.device = device
        self._kept: OrderedDict[tuple[str, int], list[FeatureMoments]] = OrderedDict()

    def style(self, image: StyleImage, pixels: int, memory: int, cache: Path | None) -> list[FeatureMoments]:
        """The moments of its pixels, then those of each layer that counts for the style.

        At about so many pixels, never enlarged: there is no paint between its pixels.

        memory: bytes that a pass of the encoder may take. Raises TextureReadError where the image cannot be read.
        """
        key = (image.sha256, pixels)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        file = None if cache is None else cache / "moments" / f"{self._digest(image, pixels)}.safetensors"
        found = None if file is None else self._read(file)
        if found is None:
            found = self._look(image, pixels, memory)
            if file is not None:
                _write(file, found)
        self._kept[key] = found
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    def _look(self, image: StyleImage, pixels: int, memory: int) -> list[FeatureMoments]:
        picture = of_array(display_of(read_texture(image.path)).rgb)
        share = min(1.0, math.sqrt(pixels / (picture.height * picture.width)))
        size = (self._whole(picture.height * share), self._whole(picture.width * share))
        seen = held(Resampled(picture, size, _CLAMP)).picture.to(self.device).float()
        with torch.no_grad():
            return [moments_of(seen), *self._of_layers(seen, memory)]

    def _whole(self, side: float) -> int:
        """In strides, so that it can be cut."""
        stride = self.entry.stride
        return max(1, int(side / stride)) * stride

    def _of_layers(self, seen: torch.Tensor, memory: int) -> list[FeatureMoments]:
        found: list[tuple[torch.Tensor, torch.Tensor, int]] = []
        for window in windows(
            (seen.shape[2], seen.shape[3]),
            memory // self.entry.bytes_per_pixel,
            stride=self.entry.stride,
            reach=self.entry.reach,
            wrap=_CLAMP,
        ):
            features = self.encoder(window.see(seen), window.wrap)
            layers = zip(self.entry.layers, features, strict=True)
            cores = [window.core(one) for layer, one in layers if layer.style]
            here = [(*summed(core), core[0, 0].numel()) for core in cores]
            found = (
                [
                    (mean + other, second + another, places + more)
                    for (mean, second, places), (other, another, more) in zip(found, here, strict=True)
                ]
                if found
                else here
            )
        return [FeatureMoments(mean / places, second / places) for mean, second, places in found]

    def _digest(self, image: StyleImage, pixels: int) -> str:
        layers = [layer.name for layer in self.entry.layers if layer.style]
        asked = (image.sha256, pixels, self.entry.weights.sha256, layers, _VERSION)
        return hashlib.sha256(repr(asked).encode()).hexdigest()

    def _read(self, file: Path) -> list[FeatureMoments] | None:
        try:
            tensors = load_file(file, device=str(self.device))
            file.touch()
            count = 1 + sum(layer.style > 0 for layer in self.entry.layers)
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
    try:
        write_atomically(file, save(tensors))
        aged = sorted(file.parent.glob("*.safetensors"), key=lambda one: one.stat().st_mtime)
        for old in aged[:-_FILES]:
            old.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("%s: the style's moments are not kept: %s", file, error)
