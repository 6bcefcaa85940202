"""One texture restyled and upscaled, alone, as a sheet of cells, or as a part of a group.

This is the door that loads torch: only the worker opens it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from impasto_engine.checkpoints import checkpoint_folder, sweep
from impasto_engine.device import lower_priority, tune_allocator
from impasto_engine.display import Display, display_of, is_invisible
from impasto_engine.errors import RequestError
from impasto_engine.groups import group_of, wrap_of
from impasto_engine.masks import Masks
from impasto_engine.network_pool import NetworkPool
from impasto_engine.palette import STYLE_COLORS, palette_of
from impasto_engine.pixel_art import count_colors, fit_palette
from impasto_engine.relief import Relief, stroke_height
from impasto_engine.rendering import Rendering, Surroundings
from impasto_engine.request import (
    EngineOptions,
    Palette,
    RestyleRequest,
    StyleImage,
    StyleRequest,
)
from impasto_engine.resample import Size, WrapPair
from impasto_engine.role_names import MapRole
from impasto_engine.rows import of_array, to_array
from impasto_engine.sheets import cells_of, restyle_sheet
from impasto_engine.stages import held
from impasto_engine.stillness import Backdrop, median_of, sampled
from impasto_engine.stylizer import Group, ProgressCallback
from impasto_engine.stylizers.learned import Learned, missing_styles
from impasto_engine.target_size import target_size
from impasto_engine.texture import FloatArray, Texture, TextureStream
from impasto_engine.texture_io import probe_texture, read_texture
from impasto_engine.texture_traits import Wrap
from impasto_engine.training.crops import open_file

_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_BackdropKey = tuple[str, StyleRequest | None, WrapPair, tuple[StyleImage, ...]]


@dataclass(frozen=True, slots=True)
class Aside:
    """What is said of pictures that were painted on the way to another; see Restyled."""

    notes: tuple[str, ...] = ()
    draft: bool = False
    retries: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Restyled:
    """texture: on its way. What else is said holds once its last band has been taken, see Rendering."""

    texture: TextureStream
    wrap: WrapPair
    renderings: Sequence[Rendering]
    before: Aside  # of what else had to be painted for it

    @property
    def device(self) -> str:
        return str(self.renderings[-1].device)

    @property
    def encoder(self) -> str | None:
        return self.renderings[-1].encoder

    @property
    def upscaler(self) -> str | None:
        return self.renderings[-1].upscaler

    @property
    def notes(self) -> tuple[str, ...]:
        found = (note for one in self.renderings for note in one.notes)
        return tuple(dict.fromkeys((*self.before.notes, *found)))

    @property
    def retries(self) -> int:
        """Times that a device ran out of memory, and it went on with less."""
        return self.before.retries + sum(one.retries for one in self.renderings)

    @property
    def draft(self) -> bool:
        return self.before.draft or any(one.draft for one in self.renderings)


class Learner(Protocol):
    """Styles that are being learned. done of total: steps over all of their images."""

    @property
    def done(self) -> int: ...

    @property
    def total(self) -> int: ...

    def advance(self, seconds: float) -> bool:
        """Goes on for about so long; True once all files are written. Raises EngineError, then it is over."""
        ...


def prepare_process(options: EngineOptions) -> None:
    """Call once, before the first texture: tunes the allocator, and steps behind the editor if so asked."""
    tune_allocator()
    if options.low_priority:
        lower_priority()


class Restyler:
    """Holds the warm networks, and what is found once for many textures: palettes of styles, groups' statistics."""

    def __init__(self, options: EngineOptions) -> None:
        """Raises RequestError for a device that is not there."""
        self._pool = NetworkPool(options)
        if options.cache is not None:
            sweep(checkpoint_folder(options.cache))
        self._palettes: dict[tuple[tuple[str, float], ...], Palette] = {}
        self._backdrops: dict[_BackdropKey, Backdrop | None] = {}
        self._masks = Masks()
        self._before = Aside()

    @property
    def device(self) -> torch.device:
        return self._pool.device

    def restyle(
        self,
        texture: Texture,
        request: RestyleRequest,
        progress: ProgressCallback,
        *,
        may_draft: bool = False,
    ) -> Restyled:
        """The bands of the result are computed as they are taken, but for those of a sheet.

        may_draft: a style that has still to be learned is not waited for, see Restyled.draft.

        Raises RequestError, WeightsError, OutOfMemoryError, and TextureReadError for the other sources that a
        request leans on, as do the bands.
        """
        self._before = Aside()
        size = target_size(texture.width, texture.height, request)
        wrap = wrap_of(texture, request)
        around = Surroundings(
            size=size,
            wrap=wrap,
            progress=progress,
            group=group_of(request),
            palette=self._palette_of(request.style),
            relief=self._relief_of(request, wrap, progress, may_draft=may_draft),
            mask=self._masks.of(request.style, wrap),
            may_draft=may_draft,
        )
        if request.sheet is not None and not is_invisible(texture):
            return self._restyle_sheet(texture, request, around)
        if request.is_sequence and around.group is not None:
            around = replace(around, backdrop=self._backdrop_of(request, around, around.group.key))
        rendering = Rendering(self._pool, texture, request, around)
        return Restyled(rendering.stream(), wrap, [rendering], self._before)

    def learner(self, style: StyleRequest, sources: Sequence[Path]) -> Learner:
        """Of what is missing of a style, from crops of these textures; those that cannot be read are left out.

        Raises RequestError for a style of another stylizer, and WeightsError.
        """
        stylizer = self._pool.stylizer(style.stylizer, self.device)
        if not isinstance(stylizer, Learned):
            raise RequestError(f"style {style.name!r}: {style.stylizer} learns nothing; valid: learned")
        return stylizer.learner(style, [partial(open_file, source) for source in sources], self._pool.cache)

    def _to_learn(self, style: StyleRequest | None) -> tuple[StyleImage, ...]:
        cache = self._pool.cache
        return () if style is None or cache is None else missing_styles(cache, style)

    def _restyle_sheet(self, texture: Texture, request: RestyleRequest, around: Surroundings) -> Restyled:
        layout = request.sheet
        if layout is None:
            raise RequestError("a sheet has a layout")
        if around.mask is not None:
            raise RequestError("a mask is for one picture, not for the cells of a sheet")
        around = replace(around, wrap=_CLAMP)
        renderings: list[Rendering] = []
        if layout.kind == "frames" and request.style is not None:
            around = self._as_frames(texture, request, around)

        def restyle_one(cell: Texture, size: Size) -> Texture:
            renderings.append(Rendering(self._pool, cell, request, replace(around, size=size)))
            return renderings[-1].stream().collect()

        result = restyle_sheet(texture, layout, around.size, restyle_one)
        if not renderings:
            raise RequestError("the sheet has no cells: nothing in it is visible, or it is shrunk to nothing")
        return Restyled(result.stream(), _CLAMP, renderings, self._before)

    def _as_frames(self, texture: Texture, request: RestyleRequest, around: Surroundings) -> Surroundings:
        """Frames share their statistics and what stands still in them; those of pixel art, their colours."""
        if request.sheet is None or request.style is None:
            return around
        cells = cells_of(texture, request.sheet)
        frames = [texture.part(cell.top, cell.bottom, cell.left, cell.right) for cell in cells]
        frames = [frame for frame in frames if not is_invisible(frame)]
        shown = [display_of(frame) for frame in frames]
        key = hashlib.sha256(b"".join(one.rgb.tobytes() for one in shown)).hexdigest()
        around = replace(around, group=Group(key, lambda: [(of_array(one.rgb), _CLAMP) for one in shown]))
        if len({one.rgb.shape for one in shown}) == 1:
            source, noise = median_of([one.rgb for one in shown])
            backdrop = Backdrop(source, self._painted(frames[0], Display(source), request, around), noise)
            around = replace(around, backdrop=backdrop)
        if not request.pixel_art or around.palette is not None or not frames:
            return around
        painted = [
            _visible(self._painted(frame, display, request, around), frame)
            for frame, display in zip(frames, shown, strict=True)
        ]
        colors = fit_palette(np.concatenate(painted), count_colors(texture))
        found = [(float(red), float(green), float(blue)) for red, green, blue in colors]
        return replace(around, palette=Palette(tuple(found * 2 if len(found) == 1 else found)))

    def _painted(
        self, texture: Texture, display: Display, request: RestyleRequest, around: Surroundings
    ) -> FloatArray:
        """In the style asked for, at the size it has: (H, W, 3)."""
        rendering = Rendering(self._pool, texture, request, around)
        painted = to_array(held(rendering.painted(display)).picture)
        rendering.clear_checkpoints()
        before = self._before
        self._before = Aside(
            (*before.notes, *rendering.notes),
            before.draft or rendering.draft,
            before.retries + rendering.retries,
        )
        return painted

    def _backdrop_of(self, request: RestyleRequest, around: Surroundings, group: str) -> Backdrop | None:
        """What stands still in a sequence, painted as its first visible frame; None where sizes differ."""
        key = (group, request.style, around.wrap, self._to_learn(request.style))
        if key not in self._backdrops:
            first = probe_texture(request.group[0].path)
            chosen = sampled(len(request.group), first.width * first.height)
            frames = [read_texture(request.group[index].path) for index in chosen]
            shown = [(frame, display_of(frame).rgb) for frame in frames if not is_invisible(frame)]
            self._backdrops.clear()  # it is as large as two frames, and the next is of another sequence
            self._backdrops[key] = None
            if len({rgb.shape for _, rgb in shown}) == 1:
                source, noise = median_of([rgb for _, rgb in shown])
                painted = self._painted(shown[0][0], Display(source), request, around)
                self._backdrops[key] = Backdrop(source, painted, noise)
        return self._backdrops[key]

    def _palette_of(self, style: StyleRequest | None) -> Palette | None:
        if style is None or style.palette is None:
            return None
        if isinstance(style.palette, Palette):
            return style.palette
        images = [image for one in style.all_painted for image in one.images]
        key = tuple((image.sha256, image.weight) for image in images)
        if key not in self._palettes:
            pictures = [(display_of(read_texture(image.path)).rgb, image.weight) for image in images]
            self._palettes[key] = palette_of(pictures, STYLE_COLORS)
        return self._palettes[key]

    def _relief_of(
        self, request: RestyleRequest, wrap: WrapPair, progress: ProgressCallback, *, may_draft: bool
    ) -> Relief | None:
        """From the material's base colour, restyled as it is, and as it was."""
        if request.relief is None or request.sibling is None:
            return None
        sibling = read_texture(request.sibling.path)
        display = display_of(sibling)
        asked = replace(request, role=MapRole.BASE_COLOR)
        mask = self._masks.of(request.style, wrap)
        size = (sibling.width, sibling.height)
        around = Surroundings(size, wrap, progress, mask=mask, may_draft=may_draft)
        height = stroke_height(self._painted(sibling, display, asked, around), display.rgb, wrap)
        return Relief(height, request.relief, wrap, request.normal_y or "+")


def _visible(rgb: FloatArray, frame: Texture) -> FloatArray:
    """(n, 3)"""
    return rgb.reshape(-1, 3) if frame.alpha is None else rgb[frame.alpha > 0]
