"""Runs a super-resolution network over a picture of any size: tiles, wrap, memory, exact scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from impasto_engine.device import inference_context, is_out_of_memory, release_memory
from impasto_engine.errors import OutOfMemoryError, RequestError
from impasto_engine.esrgan_networks import Network, load_network
from impasto_engine.resample import Filter, resize_box
from impasto_engine.stylizer import Progress, ProgressCallback
from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import SMALLEST_TILE, TILE_STEP, Tile, continued, split, tile_size_for
from impasto_engine.upscaler import Upscaled
from impasto_engine.weights import WeightsStore

LARGEST_SCALE = 8.0
EDGE = 10  # mirrored pixels outside a clamped texture, as realesrgan-ncnn-vulkan has them


def load_esrgan(name: str, weights: WeightsStore, device: torch.device, budget: int) -> Esrgan:
    """The upscaler called `name`; user models are looked for in the folder of `weights`.

    budget: bytes that one tile may take. Raises RequestError for an unknown name, and the WeightsErrors.
    """
    return Esrgan(load_network(name, weights, device), device, budget)


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """One picture on its way, and the result it fills."""

    picture: Tensor
    result: Tensor
    scale: float
    wrap: tuple[Wrap, Wrap]

    @property
    def height(self) -> int:
        return self.picture.shape[2]

    @property
    def width(self) -> int:
        return self.picture.shape[3]


class Esrgan:
    """An Upscaler over one loaded network."""

    def __init__(self, network: Network, device: torch.device, budget: int) -> None:
        self._network = network
        self._device = device
        self._budget = budget

    def upscale(
        self, picture: Tensor, scale: float, wrap: tuple[Wrap, Wrap], progress: ProgressCallback
    ) -> Upscaled:
        """See Upscaler. The whole picture at once when the budget allows, else tiles."""
        if not 1.0 <= scale <= LARGEST_SCALE:
            raise RequestError(f"scale {scale} is not between 1 and {LARGEST_SCALE:g}")
        if picture.ndim != 4 or picture.shape[:2] != (1, 3):
            raise RequestError(f"a picture of shape {tuple(picture.shape)} is not (1, 3, height, width)")
        sides = (max(1, round(side * scale)) for side in picture.shape[2:])
        job = _Job(picture, torch.empty(1, 3, *sides), scale, wrap)
        cost = self._network.cost
        longest = max(job.height, job.width)
        side = min(tile_size_for(self._budget, cost.bytes_per_pixel, cost.halo), longest)
        notes: tuple[str, ...] = ()
        while not self._fits(job, side, progress):
            release_memory(self._device)
            if side <= SMALLEST_TILE:
                raise OutOfMemoryError(
                    f"{self._device} has no memory for a tile of {side} pixels of a "
                    f"{job.width} x {job.height} picture; close what else uses it, or choose the cpu"
                )
            side = max(SMALLEST_TILE, math.ceil(side / 2 / TILE_STEP) * TILE_STEP)
            notes = (f"tiles of {side} after out of memory",)
        return Upscaled(job.result, side, notes)

    def _fits(self, job: _Job, side: int, progress: ProgressCallback) -> bool:
        """Whether memory was enough; the result is written where it was."""
        tiles = split(job.height, job.width, side)
        try:
            for index, tile in enumerate(tiles):
                progress(Progress("upscale", index, len(tiles)))
                self._write(job, tile)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return False
        progress(Progress("upscale", len(tiles), len(tiles)))
        return True

    def _write(self, job: _Job, tile: Tile) -> None:
        halo = self._network.cost.halo
        top, bottom = _span(tile.top, tile.bottom, job.height, halo, job.wrap[1])
        left, right = _span(tile.left, tile.right, job.width, halo, job.wrap[0])
        rows = torch.from_numpy(continued(top, bottom, job.height, job.wrap[1]))
        columns = torch.from_numpy(continued(left, right, job.width, job.wrap[0]))
        with inference_context(self._device, half=self._network.half):
            source = job.picture[:, :, rows][..., columns].to(self._device, torch.float32)
            enlarged = self._network.forward(source).float()
            by = self._network.scale
            if job.scale in self._network.bicubic_scales:
                # The models' .param files end in this: cubic with a = -0.75, not antialiased.
                enlarged = F.interpolate(enlarged, scale_factor=job.scale / by, mode="bicubic")
                by = int(job.scale)
            if (job.result.shape[2], job.result.shape[3]) == (job.height * by, job.width * by):
                _place(job, tile, enlarged[..., (tile.top - top) * by :, (tile.left - left) * by :], by)
            else:
                _place_resampled(job, tile, enlarged, (top, left, by))


def _span(start: int, stop: int, size: int, halo: int, wrap: Wrap) -> tuple[int, int]:
    """The halo around a core, cut to EDGE outside of a clamped texture, where there is nothing to see."""
    edge = halo if wrap is Wrap.REPEAT else EDGE
    return max(start - halo, -edge), min(stop + halo, size + edge)


def _place(job: _Job, tile: Tile, enlarged: Tensor, by: int) -> None:
    core = job.result[:, :, tile.top * by : tile.bottom * by, tile.left * by : tile.right * by]
    core.copy_(enlarged[..., : core.shape[2], : core.shape[3]].clamp(0, 1))


def _place_resampled(job: _Job, tile: Tile, enlarged: Tensor, origin: tuple[int, int, int]) -> None:
    """Fill those pixels of the result whose centres lie in the tile's core.

    origin: the first row and column of `enlarged` in source pixels, and how many times larger it is.
    """
    top, left, by = origin
    first_row, end_row, box_top, box_bottom = _landing(tile.top, tile.bottom, job.height, job.result.shape[2])
    first_column, end_column, box_left, box_right = _landing(
        tile.left, tile.right, job.width, job.result.shape[3]
    )
    box = ((box_left - left) * by, (box_top - top) * by, (box_right - left) * by, (box_bottom - top) * by)
    size = (end_column - first_column, end_row - first_row)
    for channel, plane in enumerate(enlarged[0].cpu().numpy()):
        part = torch.from_numpy(resize_box(plane, size, box, Filter.BICUBIC).clip(0.0, 1.0))
        job.result[0, channel, first_row:end_row, first_column:end_column] = part


def _landing(start: int, stop: int, old: int, new: int) -> tuple[int, int, float, float]:
    """The pixels of a `new` axis with centres in [start, stop) of the old one, and their edges there."""
    first, end = math.ceil(start * new / old - 0.5), math.ceil(stop * new / old - 0.5)
    return first, end, first * old / new, end * old / new
