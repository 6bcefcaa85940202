"""One texture restyled and upscaled: colour and alpha parted, each sent its own way, and rejoined in bands.

This is the door that loads torch: only the worker opens it.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch

from impasto_engine.alpha import bleed_color
from impasto_engine.color import linear_to_srgb, srgb_to_linear
from impasto_engine.device import (
    cap_memory,
    choose_device,
    lower_priority,
    memory_budget,
    tune_allocator,
)
from impasto_engine.errors import RequestError
from impasto_engine.esrgan import Esrgan, load_esrgan
from impasto_engine.fitting import Resampled
from impasto_engine.registry import find_stylizer
from impasto_engine.request import EngineOptions, RestyleRequest, StyleRequest, WrapChoice
from impasto_engine.resample import ResampledAlpha, ResampledMap, unit_normals
from impasto_engine.role_names import COLOR_ROLES, MapRole
from impasto_engine.rows import Rows, Whole, of_array, to_array
from impasto_engine.seams import measure_wrap
from impasto_engine.stages import Apart, Guarded, Place, Recolored, held
from impasto_engine.stylizer import Progress, ProgressCallback, Stylizer, Terms
from impasto_engine.texture import Band, FloatArray, Texture, TextureStream
from impasto_engine.texture_traits import AlphaMode, ColorSpace, Wrap
from impasto_engine.weights import WeightsStore

AUTO_UPSCALER = "realesr-animevideov3"
_MOST_AT_ONCE = 5 << 29  # bytes, whatever else is free: more makes nothing faster
_BAND_PIXELS = 1 << 24


class Restyled:
    """texture: on its way; what else is said here holds once its last band has been taken.

    upscaler: the model that ran, "resample" where a filter did, None where the size stayed.
    notes: what was done otherwise than asked, and why.
    """

    def __init__(self, texture: TextureStream, wrap: tuple[Wrap, Wrap], run: "_Run") -> None:
        self.texture = texture
        self.wrap = wrap
        self._run = run

    @property
    def device(self) -> str:
        return str(self._run.device)

    @property
    def upscaler(self) -> str | None:
        return self._run.upscaler

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._run.notes)


def prepare_process(options: EngineOptions) -> None:
    """Call once, before the first texture: tunes the allocator, and steps behind the editor if so asked."""
    tune_allocator()
    if options.low_priority:
        lower_priority()


class Restyler:
    """Holds the warm networks: each loads once, and each style's vector is computed once."""

    def __init__(self, options: EngineOptions) -> None:
        """Raises RequestError for a device that is not there."""
        self._options = options
        self._device = choose_device(options.device)
        cap_memory(self._device, options.memory_limit)
        self._weights = WeightsStore(options.models)
        self._stylizers: dict[tuple[str, torch.device], Stylizer] = {}
        self._upscalers: dict[tuple[str, torch.device], Esrgan] = {}

    def restyle(self, texture: Texture, request: RestyleRequest, progress: ProgressCallback) -> Restyled:
        """The bands of the result are computed as they are taken.

        Raises RequestError, WeightsError or OutOfMemoryError, as do the bands.
        """
        wrap = resolve_wrap(texture, request.wrap)
        width, height = target_size(texture.width, texture.height, request)
        run = _Run(self, texture, request, wrap, progress)
        alpha_mode = texture.alpha_mode
        bands = run.bands((width, height), alpha_mode)
        stream = TextureStream(
            width, height, texture.color_space, texture.bit_depth, alpha_mode, run.stays_grey, bands
        )
        return Restyled(stream, wrap, run)

    @property
    def device(self) -> torch.device:
        return self._device

    def budget(self, device: torch.device) -> int:
        budget = memory_budget(device, self._options.memory_limit)
        return budget if device.type == "cuda" else min(budget, _MOST_AT_ONCE)

    def stylizer(self, name: str, device: torch.device) -> Stylizer:
        if (name, device) not in self._stylizers:
            self._stylizers[name, device] = find_stylizer(name).load(self._weights, device)
        return self._stylizers[name, device]

    def upscaler(self, name: str, device: torch.device) -> Esrgan:
        if (name, device) not in self._upscalers:
            self._upscalers[name, device] = load_esrgan(name, self._weights, device)
        return self._upscalers[name, device]


class _Run:
    """One request on its way; collects the notes."""

    def __init__(
        self,
        restyler: Restyler,
        texture: Texture,
        request: RestyleRequest,
        wrap: tuple[Wrap, Wrap],
        progress: ProgressCallback,
    ) -> None:
        self._restyler = restyler
        self._texture = texture
        self._request = request
        self._wrap = wrap
        self._progress = progress
        self._is_invisible = texture.alpha is not None and not texture.alpha.any()
        self._as_color = request.role in COLOR_ROLES and not self._is_invisible
        self._guards: list[Guarded] = []
        self.upscaler: str | None = None
        self.notes: list[str] = []

    @property
    def device(self) -> torch.device:
        return next((guard.device for guard in reversed(self._guards)), self._restyler.device)

    @property
    def stays_grey(self) -> bool:
        return self._texture.grey and (self._request.style is None or not self._as_color)

    def bands(self, size: tuple[int, int], alpha_mode: AlphaMode) -> Iterator[Band]:
        """size: (width, height) of the result."""
        color = self._resized(self._painted(), size)
        source_alpha = self._texture.alpha
        if self._request.role not in COLOR_ROLES:  # a fourth channel of data, such as smoothness
            alpha_mode = AlphaMode.STRAIGHT
        alpha = None if source_alpha is None else ResampledAlpha(source_alpha, size, self._wrap, alpha_mode)
        step = max(1, min(color.band, _BAND_PIXELS // color.width))
        stage = "upscale" if self.upscaler else "stylize"
        for start in range(0, color.height, step):
            self._progress(Progress(stage, start, color.height))
            stop = min(color.height, start + step)
            rgb = self._as_stored(to_array(color.rows(start, stop)))
            yield Band(rgb, None if alpha is None else alpha.rows(start, stop))
        self._progress(Progress(stage, color.height, color.height))

    def _painted(self) -> Rows:
        content = of_array(self._to_display() if self._as_color else self._texture.rgb)
        style = self._request.style
        if style is None or not self._as_color:
            return content
        painted = self._guarded(partial(self._stylized, content, style))
        return Recolored(painted, content) if style.preserve_color else painted

    def _to_display(self) -> FloatArray:
        """sRGB whatever the file holds, since the networks know nothing else, and colour bled under the
        transparent pixels."""
        texture = self._texture
        rgb = texture.rgb
        if texture.color_space is ColorSpace.LINEAR:
            if float(rgb.max()) > 1.0 or float(rgb.min()) < 0.0:
                self.notes.append("values outside 0..1 were clipped: the networks see display colours")
            rgb = linear_to_srgb(np.clip(rgb, 0.0, 1.0))
        return rgb if texture.alpha is None else bleed_color(rgb, texture.alpha)

    def _as_stored(self, rgb: FloatArray) -> FloatArray:
        texture, role = self._texture, self._request.role
        if self._as_color and texture.color_space is ColorSpace.LINEAR:
            rgb = srgb_to_linear(rgb)
        if role is MapRole.NORMAL and self.upscaler not in (None, "resample"):
            rgb = unit_normals(rgb)
        if self.stays_grey and self.upscaler not in (None, "resample"):
            rgb = np.repeat(rgb.mean(axis=2, keepdims=True), 3, axis=2)
        return rgb

    def _resized(self, picture: Rows, size: tuple[int, int]) -> Rows:
        """To the target size: by the model where the rule or the role asks for one, then by a filter."""
        width, height = size
        if size == (picture.width, picture.height):
            return picture
        role = self._request.role
        model = self._request.upscale.model if self._request.upscale else "auto"
        if model == "auto":
            model = AUTO_UPSCALER if role in COLOR_ROLES else "resample"
        factor = max(width / picture.width, height / picture.height)
        source = held(picture)
        if model == "resample" or factor <= 1.0 or self._is_invisible:
            self.upscaler = "resample"
            return _Filtered(ResampledMap(to_array(source.picture), size, role, self._wrap))
        self.upscaler = model
        parts = [source]
        if role is MapRole.PACKED:
            parts = [Whole(source.picture[:, one : one + 1].expand(-1, 3, -1, -1)) for one in range(3)]
        enlarged = [self._guarded(partial(self._upscaled, part, model, factor)) for part in parts]
        result: Rows = enlarged[0] if len(enlarged) == 1 else Apart(enlarged)
        return (
            result
            if size == (result.width, result.height)
            else Resampled(result, (height, width), self._wrap)
        )

    def _stylized(self, content: Rows, style: StyleRequest, on: Place) -> Rows:
        terms = Terms(self._wrap, on.budget, self._progress)
        return self._restyler.stylizer(style.stylizer, on.device).stylize(content, style, terms)

    def _upscaled(self, picture: Rows, model: str, factor: float, on: Place) -> Rows:
        terms = Terms(self._wrap, on.budget, self._progress)
        return self._restyler.upscaler(model, on.device).upscale(picture, factor, terms)

    def _guarded(self, make: Callable[[Place], Rows]) -> Guarded:
        guard = Guarded(
            make, self._restyler.budget, self.device, self.notes, cpu_fallback=self._request.cpu_fallback
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


def _power_of_two(side: float, limit: int) -> int:
    exponent = max(0, round(float(np.log2(max(side, 1.0)))))
    while exponent > 0 and 2**exponent > limit:
        exponent -= 1
    return int(2**exponent)
