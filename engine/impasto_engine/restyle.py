"""One texture restyled and upscaled, alone, as a sheet of cells, or as a part of a group.

This is the door that loads torch: only the worker opens it.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from impasto_engine.checkpoints import checkpoint_folder, sweep
from impasto_engine.device import lower_priority, tune_allocator
from impasto_engine.display import Display, display_of, is_invisible
from impasto_engine.errors import RequestError
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
    StyleRequest,
    WrapChoice,
)
from impasto_engine.resample import Size, WrapPair
from impasto_engine.role_names import MapRole
from impasto_engine.rows import Rows, of_array, to_array
from impasto_engine.seams import measure_wrap
from impasto_engine.sheets import cells_of, restyle_sheet
from impasto_engine.stages import held
from impasto_engine.stillness import Backdrop, median_of, sampled
from impasto_engine.stylizer import Group, ProgressCallback
from impasto_engine.texture import FloatArray, Texture, TextureStream
from impasto_engine.texture_io import probe_texture, read_texture
from impasto_engine.texture_traits import Wrap

_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_GROUP_PIXELS = 1 << 24  # of all pictures of a group that are held for its statistics: of more, their middles


@dataclass(frozen=True, slots=True, eq=False)
class Restyled:
    """texture: on its way. What else is said holds once its last band has been taken, see Rendering."""

    texture: TextureStream
    wrap: WrapPair
    renderings: Sequence[Rendering]
    before: tuple[str, ...]  # notes on what else had to be painted for it

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
        return tuple(dict.fromkeys((*self.before, *found)))


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
        self._backdrops: dict[tuple[str, StyleRequest | None, WrapPair], Backdrop | None] = {}
        self._masks = Masks()
        self._notes: list[str] = []  # of what is painted on the way to a texture

    @property
    def device(self) -> torch.device:
        return self._pool.device

    def restyle(self, texture: Texture, request: RestyleRequest, progress: ProgressCallback) -> Restyled:
        """The bands of the result are computed as they are taken, but for those of a sheet.

        Raises RequestError, WeightsError, OutOfMemoryError, and TextureReadError for the other sources that a
        request leans on, as do the bands.
        """
        self._notes.clear()
        size = target_size(texture.width, texture.height, request)
        wrap = self._wrap_of(texture, request)
        around = Surroundings(
            size=size,
            wrap=wrap,
            progress=progress,
            group=self._group_of(request),
            palette=self._palette_of(request.style),
            relief=self._relief_of(request, wrap, progress),
            mask=self._masks.of(request.style, wrap),
        )
        if request.sheet is not None and not is_invisible(texture):
            return self._restyle_sheet(texture, request, around)
        if request.is_sequence and around.group is not None:
            around = replace(around, backdrop=self._backdrop_of(request, around, around.group.key))
        rendering = Rendering(self._pool, texture, request, around)
        return Restyled(rendering.stream(), wrap, [rendering], tuple(self._notes))

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
        return Restyled(result.stream(), _CLAMP, renderings, tuple(self._notes))

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
        self._notes += rendering.notes
        return painted

    def _wrap_of(self, texture: Texture, request: RestyleRequest) -> WrapPair:
        """Of another where it is to be found out and there is one that says: all frames wrap as their first."""
        example = request.group[0] if request.is_sequence else request.wrap_from
        if "auto" in request.wrap and example is not None:
            texture = read_texture(example.path)
        return resolve_wrap(texture, request.wrap)

    def _group_of(self, request: RestyleRequest) -> Group | None:
        """None also where the source is alone."""
        members = request.group
        if request.style is None or len(members) < 2:
            return None

        def pictures() -> list[tuple[Rows, WrapPair]]:
            headers = [probe_texture(member.path) for member in members]
            share = math.sqrt(_GROUP_PIXELS / sum(header.width * header.height for header in headers))
            found: list[tuple[Rows, WrapPair]] = []
            for member in members:
                texture = read_texture(member.path)
                if not is_invisible(texture):
                    rgb = display_of(texture).rgb
                    wrap = resolve_wrap(texture, request.wrap)
                    found.append((of_array(rgb), wrap) if share >= 1 else (_middle_of(rgb, share), _CLAMP))
            return found

        digest = hashlib.sha256(" ".join(sorted(member.sha256 for member in members)).encode()).hexdigest()
        return Group(f"{digest} {request.wrap}", pictures)

    def _backdrop_of(self, request: RestyleRequest, around: Surroundings, group: str) -> Backdrop | None:
        """What stands still in a sequence, painted as its first visible frame; None where sizes differ."""
        key = (group, request.style, around.wrap)
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
        self, request: RestyleRequest, wrap: WrapPair, progress: ProgressCallback
    ) -> Relief | None:
        """From the material's base colour, restyled as it is, and as it was."""
        if request.relief is None or request.sibling is None:
            return None
        sibling = read_texture(request.sibling.path)
        display = display_of(sibling)
        asked = replace(request, role=MapRole.BASE_COLOR)
        mask = self._masks.of(request.style, wrap)
        around = Surroundings((sibling.width, sibling.height), wrap, progress, mask=mask)
        height = stroke_height(self._painted(sibling, display, asked, around), display.rgb, wrap)
        return Relief(height, request.relief, wrap, request.normal_y or "+")


def resolve_wrap(texture: Texture, asked: tuple[WrapChoice, WrapChoice]) -> tuple[Wrap, Wrap]:
    if "auto" not in asked:
        return Wrap(asked[0]), Wrap(asked[1])
    measured = measure_wrap(texture.rgb, texture.alpha)
    u = measured[0] if asked[0] == "auto" else Wrap(asked[0])
    v = measured[1] if asked[1] == "auto" else Wrap(asked[1])
    return u, v


def target_size(width: int, height: int, request: RestyleRequest) -> tuple[int, int]:
    """Scale first, then the longest side is held to max_size, then each side goes to the nearest power of two
    (never above max_size)."""
    scale = request.upscale.scale if request.upscale else 1.0
    if not 1.0 <= scale <= 8.0:
        raise RequestError(f"scale {scale} is not between 1 and 8")
    sides = [width * scale, height * scale]
    if request.max_size is not None and max(sides) > request.max_size:
        shrink = request.max_size / max(sides)
        sides = [side * shrink for side in sides]
    if request.power_of_two:
        limit = request.max_size or 2**30
        sides = [_power_of_two(side, limit) for side in sides]
    return max(1, round(sides[0])), max(1, round(sides[1]))


def _middle_of(rgb: FloatArray, share: float) -> Rows:
    """A part of the picture, that share of its sides; in a smaller copy strokes would not keep their size."""
    height, width = (max(1, round(side * share)) for side in rgb.shape[:2])
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    return of_array(rgb[top : top + height, left : left + width].copy())


def _visible(rgb: FloatArray, frame: Texture) -> FloatArray:
    """(n, 3)"""
    return rgb.reshape(-1, 3) if frame.alpha is None else rgb[frame.alpha > 0]


def _power_of_two(side: float, limit: int) -> int:
    exponent = max(0, round(float(np.log2(max(side, 1.0)))))
    while exponent > 0 and 2**exponent > limit:
        exponent -= 1
    return int(2**exponent)
