"""One picture on its way: painted, brought to its size, given out in bands; colour and alpha each by itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from impasto_engine.blending import Composed
from impasto_engine.checkpoints import CheckpointFile, checkpoint_folder, painting_key
from impasto_engine.color import srgb_to_linear
from impasto_engine.display import Display, display_of, is_invisible
from impasto_engine.esrgan import LARGEST_SCALE
from impasto_engine.fitting import Resampled
from impasto_engine.hdr import expand
from impasto_engine.masks import Mask, Share
from impasto_engine.network_pool import NetworkPool
from impasto_engine.palette import lock
from impasto_engine.pixel_art import count_colors, keep_to_colors
from impasto_engine.registry import find_stylizer
from impasto_engine.relief import Relief
from impasto_engine.request import Palette, RestyleRequest, StyleRequest
from impasto_engine.resample import Filter, ResampledAlpha, ResampledMap, Size, WrapPair, unit_normals
from impasto_engine.role_names import COLOR_ROLES, MapRole
from impasto_engine.rows import Rows, Whole, of_array, to_array
from impasto_engine.stages import Apart, Guarded, Place, Recolored, held
from impasto_engine.stillness import Backdrop
from impasto_engine.stylizer import Group, Progress, ProgressCallback, Region, Terms
from impasto_engine.texture import Band, FloatArray, Texture, TextureStream
from impasto_engine.texture_traits import AlphaMode, ColorSpace

AUTO_UPSCALER = "realesr-animevideov3"
_BAND_PIXELS = 1 << 24


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What a picture is rendered with, besides its request.

    size: (width, height) of the result. group: whose statistics count. palette: what its colours are held to;
    of pixel art, every pixel is one of them. relief: pressed into a normal map. backdrop: of the frames of which
    this is one. mask: of the style.
    """

    size: Size
    wrap: WrapPair
    progress: ProgressCallback
    group: Group | None = None
    palette: Palette | None = None
    relief: Relief | None = None
    backdrop: Backdrop | None = None
    mask: Mask | None = None
    may_draft: bool = False


class Rendering:
    """What is said besides pixels holds once the last band has been taken.

    upscaler: the model that ran, "resample" where a filter did, None where the size stayed. encoder: what the
    stylizer saw through, if anything. draft: its style has still to be learned. device: where the last network
    ran. notes: what was done otherwise than asked, and why.
    """

    def __init__(
        self, pool: NetworkPool, texture: Texture, request: RestyleRequest, around: Surroundings
    ) -> None:
        self._pool = pool
        self._texture = texture
        self._request = request
        self._around = around
        self._filter = Filter.NEAREST if request.pixel_art else Filter.BICUBIC
        self._is_invisible = is_invisible(texture)
        self._as_color = request.role in COLOR_ROLES and not self._is_invisible
        self._guards: list[Guarded] = []
        self._checkpoints: list[CheckpointFile] = []
        self.encoder: str | None = None
        self.upscaler: str | None = None
        self.draft = False
        self.notes: list[str] = []

    @property
    def retries(self) -> int:
        """Times that a device ran out of memory, and it went on with less."""
        return sum(guard.retries for guard in self._guards)

    @property
    def device(self) -> torch.device:
        return self._guards[-1].device if self._guards else self._pool.device

    def stream(self) -> TextureStream:
        """The result, computed as its bands are taken. They raise RequestError, WeightsError, OutOfMemoryError."""
        texture, (width, height) = self._texture, self._around.size
        return TextureStream(
            width=width,
            height=height,
            color_space=texture.color_space,
            bit_depth=texture.bit_depth,
            alpha_mode=texture.alpha_mode,
            grey=self._stays_grey,
            bands=self._bands(),
            tags=texture.tags,
        )

    def painted(self, display: Display) -> Rows:
        """In the style asked for, at the size it has."""
        content, style = of_array(display.rgb), self._request.style
        if style is None or self._is_invisible:
            return content
        painted = self._in_styles(content, style)
        backdrop = self._around.backdrop
        if backdrop is None or backdrop.source.shape != display.rgb.shape:
            return painted
        behind = backdrop.behind(display.rgb, to_array(held(painted).picture))
        return of_array(self._as_it_was(behind, display.rgb))

    def _in_styles(self, content: Rows, style: StyleRequest) -> Rows:
        """Each region of the mask in its own."""
        mask = self._around.mask
        if mask is None:
            return self._in_style(content, style)
        for note in mask.notes:
            self._note(note)
        shares = mask.at((content.width, content.height), self._around.wrap, self._filter)
        styles = mask.painted
        if not any(styles):
            return content
        if find_stylizer(style.stylizer).guided:
            regions = [Region(Share(shares, index), one) for index, one in enumerate(styles) if one]
            guided = self._in_style(content, style, regions)
            return Composed([guided if one else content for one in styles], shares)
        return Composed([self._in_style(content, one) if one else content for one in styles], shares)

    def _in_style(self, content: Rows, style: StyleRequest, regions: Sequence[Region] = ()) -> Rows:
        painted = self._guarded(partial(self._stylized, content, replace(style, mask=None), regions))
        return Recolored(painted, content) if style.preserve_color else painted

    def _as_it_was(self, rgb: FloatArray, before: FloatArray, top: int = 0, height: int = 0) -> FloatArray:
        """Where the mask keeps the source. Both: (n, W, 3), from row `top` on of `height`, which is n at least."""
        mask = self._around.mask
        if mask is None:
            return rgb
        size = (rgb.shape[1], max(height, rgb.shape[0]))
        return mask.at(size, self._around.wrap, self._filter).keep(rgb, before, top)

    def _colored(self, display: Display) -> Rows:
        """Painted; pixel art keeps to as many colours as it had."""
        painted = self.painted(display)
        request, texture = self._request, self._texture
        if not request.pixel_art or request.style is None or self._around.palette is not None:
            return painted
        rgb = keep_to_colors(to_array(held(painted).picture), texture.alpha, count_colors(texture))
        return of_array(self._as_it_was(rgb, display.rgb))

    @property
    def _stays_grey(self) -> bool:
        return self._texture.grey and (self._request.style is None or not self._as_color)

    def _bands(self) -> Iterator[Band]:
        texture, around = self._texture, self._around
        display = display_of(texture) if self._as_color else Display(texture.rgb)
        if display.clipped:
            self.notes.append("negative and endless values were clipped: the networks see display colours")
        picture = self._resized(self._colored(display) if self._as_color else of_array(display.rgb))
        gain = None if display.gain is None else self._map_of(display.gain[..., None], MapRole.UNKNOWN)
        alpha = None if texture.alpha is None else self._alpha_of(texture.alpha)
        step = max(1, min(picture.band, _BAND_PIXELS // picture.width))
        stage = "upscale" if self.upscaler else "stylize"
        for start in range(0, picture.height, step):
            around.progress(Progress(stage, start, picture.height))
            stop = min(picture.height, start + step)
            rgb = self._as_stored(to_array(picture.rows(start, stop)), start)
            if gain is not None:
                rgb = expand(rgb, gain.rows(start, stop)[..., 0])
            yield Band(rgb, None if alpha is None else alpha.rows(start, stop))
        around.progress(Progress(stage, picture.height, picture.height))
        self.clear_checkpoints()

    def clear_checkpoints(self) -> None:
        """All has been taken: nobody goes on from them any more."""
        for one in self._checkpoints:
            one.clear()

    def _as_stored(self, rgb: FloatArray, top: int) -> FloatArray:
        """From what networks and filters gave to what the file holds."""
        around, by_network = self._around, self.upscaler not in (None, "resample")
        if self._as_color and around.palette is not None:
            locked = lock(rgb, around.palette, hard=self._request.pixel_art)
            rgb = self._as_it_was(locked, rgb, top, around.size[1])
        if self._as_color and self._texture.color_space is ColorSpace.LINEAR:
            rgb = srgb_to_linear(rgb)
        if self._request.role is MapRole.NORMAL and by_network:
            rgb = unit_normals(rgb)
        if around.relief is not None:
            rgb = around.relief.press(rgb, top, around.size)
        if self._stays_grey and by_network:
            rgb = np.repeat(rgb.mean(axis=2, keepdims=True), 3, axis=2)
        return rgb

    def _alpha_of(self, alpha: FloatArray) -> ResampledAlpha:
        around = self._around
        # a fourth channel of data, such as smoothness, is no mask
        mode = self._texture.alpha_mode if self._request.role in COLOR_ROLES else AlphaMode.STRAIGHT
        return ResampledAlpha(alpha, around.size, around.wrap, mode, using=self._filter)

    def _map_of(self, array: FloatArray, role: MapRole) -> ResampledMap:
        return ResampledMap(array, self._around.size, role, self._around.wrap, using=self._filter)

    def _resized(self, picture: Rows) -> Rows:
        """To the target size: by the model where the rule or the role asks for one, then by a filter."""
        width, height = size = self._around.size
        if size == (picture.width, picture.height):
            return picture
        role = self._request.role
        model = self._request.upscale.model if self._request.upscale else "auto"
        if model == "auto":
            model = AUTO_UPSCALER if role in COLOR_ROLES and not self._request.pixel_art else "resample"
        # a power of two may be farther away than the model goes: the rest is resampled
        factor = min(max(width / picture.width, height / picture.height), LARGEST_SCALE)
        source = held(picture)
        if model == "resample" or factor <= 1.0 or self._is_invisible:
            self.upscaler = "resample"
            return _Filtered(self._map_of(to_array(source.picture), role))
        self.upscaler = model
        parts = [source]
        if role is MapRole.PACKED:
            parts = [Whole(source.picture[:, one : one + 1].expand(-1, 3, -1, -1)) for one in range(3)]
        enlarged = [self._guarded(partial(self._upscaled, part, model, factor)) for part in parts]
        result: Rows = enlarged[0] if len(enlarged) == 1 else Apart(enlarged)
        is_done = size == (result.width, result.height)
        return result if is_done else Resampled(result, (height, width), self._around.wrap)

    def _stylized(self, content: Rows, style: StyleRequest, regions: Sequence[Region], on: Place) -> Rows:
        around = self._around
        terms = Terms(
            wrap=around.wrap,
            budget=on.budget,
            progress=around.progress,
            group=around.group,
            note=self._note,
            used_encoder=self._use_encoder,
            cache=self._pool.cache,
            regions=regions,
            drafted=self._mark_draft if around.may_draft else None,
        )
        if self._pool.cache is not None:
            folder, version = checkpoint_folder(self._pool.cache), find_stylizer(style.stylizer).version
            file = CheckpointFile(folder, partial(painting_key, content, style, terms, version))
            self._checkpoints.append(file)
            terms = replace(terms, checkpoints=file)
        return self._pool.stylizer(style.stylizer, on.device).stylize(content, style, terms)

    def _note(self, text: str) -> None:
        if text not in self.notes:  # a stage may be made more than once
            self.notes.append(text)

    def _mark_draft(self) -> None:
        self.draft = True

    def _use_encoder(self, name: str) -> None:
        self.encoder = name

    def _upscaled(self, picture: Rows, model: str, factor: float, on: Place) -> Rows:
        terms = Terms(self._around.wrap, on.budget, self._around.progress)
        return self._pool.upscaler(model, on.device).upscale(picture, factor, terms)

    def _guarded(self, make: Callable[[Place], Rows]) -> Guarded:
        guard = Guarded(
            make,
            self._pool.budget,
            self.device,
            self.notes,
            size=(self._texture.width, self._texture.height),
            cpu_fallback=self._request.cpu_fallback,
        )
        self._guards.append(guard)
        return guard


class _Filtered:
    """A resampled map as Rows."""

    def __init__(self, resampled: ResampledMap) -> None:
        self.height, self.width = resampled.height, resampled.width
        self.band = self.height
        self._resampled = resampled

    def rows(self, start: int, stop: int) -> torch.Tensor:
        return of_array(self._resampled.rows(start, stop)).picture
