"""One texture restyled and upscaled: colour and alpha parted, each sent its own way, and rejoined.

This is the door that loads torch: only the worker opens it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from impasto_engine.alpha import bleed_color
from impasto_engine.color import linear_to_srgb, srgb_to_linear, with_color_of
from impasto_engine.device import (
    cap_memory,
    choose_device,
    inference_context,
    is_out_of_memory,
    lower_priority,
    memory_budget,
    release_memory,
    to_device,
    tune_allocator,
)
from impasto_engine.errors import OutOfMemoryError, RequestError
from impasto_engine.esrgan import Esrgan, load_esrgan
from impasto_engine.registry import find_stylizer
from impasto_engine.request import EngineOptions, RestyleRequest, StyleRequest, WrapChoice
from impasto_engine.resample import resample_alpha, resample_map
from impasto_engine.role_names import COLOR_ROLES
from impasto_engine.seams import measure_wrap
from impasto_engine.stylizer import ProgressCallback, Stylizer
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_traits import ColorSpace, Wrap
from impasto_engine.weights import WeightsStore

AUTO_UPSCALER = "realesr-animevideov3"


@dataclass(frozen=True, slots=True, eq=False)
class Restyled:
    """upscaler: the model that ran, "resample" where a filter did, None where the size stayed.
    notes: what was done otherwise than asked, and why."""

    texture: Texture
    wrap: tuple[Wrap, Wrap]
    device: str
    upscaler: str | None
    notes: tuple[str, ...]


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
        """Raises RequestError, WeightsError or OutOfMemoryError."""
        wrap = resolve_wrap(texture, request.wrap)
        width, height = target_size(texture.width, texture.height, request)
        invisible = texture.alpha is not None and not texture.alpha.any()
        run = _Run(self, request, wrap, progress, invisible=invisible)
        as_color = request.role in COLOR_ROLES and not invisible
        rgb = run.stylize(run.to_display(texture)) if as_color else texture.rgb
        rgb = run.resize(rgb, width, height)
        if as_color and texture.color_space is ColorSpace.LINEAR:
            rgb = srgb_to_linear(rgb)
        if texture.grey and request.role in COLOR_ROLES and request.style is None:
            rgb = np.repeat(rgb.mean(axis=2, keepdims=True), 3, axis=2)
        alpha = texture.alpha
        if alpha is not None and (width, height) != (texture.width, texture.height):
            alpha = resample_alpha(alpha, (width, height), wrap, texture.alpha_mode)
        grey = texture.grey and (request.style is None or request.role not in COLOR_ROLES or invisible)
        return Restyled(
            texture=replace(texture, rgb=rgb, alpha=alpha, grey=grey),
            wrap=wrap,
            device=str(run.device),
            upscaler=run.upscaler,
            notes=tuple(run.notes),
        )

    @property
    def device(self) -> torch.device:
        return self._device

    def stylizer(self, name: str, device: torch.device) -> Stylizer:
        if (name, device) not in self._stylizers:
            self._stylizers[name, device] = find_stylizer(name).load(self._weights, device)
        return self._stylizers[name, device]

    def upscaler(self, name: str, device: torch.device) -> Esrgan:
        if (name, device) not in self._upscalers:
            budget = memory_budget(device, self._options.memory_limit)
            self._upscalers[name, device] = load_esrgan(name, self._weights, device, budget)
        return self._upscalers[name, device]


class _Run:
    """One request on its way; collects the notes."""

    def __init__(
        self,
        restyler: Restyler,
        request: RestyleRequest,
        wrap: tuple[Wrap, Wrap],
        progress: ProgressCallback,
        *,
        invisible: bool,
    ) -> None:
        self._restyler = restyler
        self._request = request
        self._wrap = wrap
        self._progress = progress
        self._invisible = invisible
        self.device = restyler.device
        self.upscaler: str | None = None
        self.notes: list[str] = []

    def to_display(self, texture: Texture) -> FloatArray:
        """sRGB whatever the file holds, since the networks know nothing else, and colour bled under the
        transparent pixels."""
        rgb = texture.rgb
        if texture.color_space is ColorSpace.LINEAR:
            if float(rgb.max()) > 1.0 or float(rgb.min()) < 0.0:
                self.notes.append("values outside 0..1 were clipped: the networks see display colours")
            rgb = linear_to_srgb(np.clip(rgb, 0.0, 1.0))
        return rgb if texture.alpha is None else bleed_color(rgb, texture.alpha)

    def stylize(self, rgb: FloatArray) -> FloatArray:
        style = self._request.style
        if style is None:
            return rgb
        result = self._with_fallback(lambda device: self._stylize_on(device, rgb, style))
        return with_color_of(result, rgb) if style.preserve_color else result

    def resize(self, rgb: FloatArray, width: int, height: int) -> FloatArray:
        """To the target size: by the model where the rule or the role asks for one, then by a filter."""
        if (width, height) == (rgb.shape[1], rgb.shape[0]):
            return rgb
        role = self._request.role
        source = rgb
        model = self._request.upscale.model if self._request.upscale else "auto"
        if model == "auto":
            model = AUTO_UPSCALER if role in COLOR_ROLES else "resample"
        factor = max(width / rgb.shape[1], height / rgb.shape[0])
        if model == "resample" or factor <= 1.0 or self._invisible:
            self.upscaler = "resample"
            return resample_map(rgb, (width, height), role, self._wrap)
        self.upscaler = model
        rgb = self._with_fallback(lambda device: self._upscale_on(device, source, model, factor))
        return resample_map(rgb, (width, height), role, self._wrap)

    def _stylize_on(self, device: torch.device, rgb: FloatArray, style: StyleRequest) -> FloatArray:
        stylizer = self._restyler.stylizer(style.stylizer, device)
        with inference_context(device):
            return to_array(stylizer.stylize(to_picture(rgb, device), style, self._wrap, self._progress))

    def _upscale_on(self, device: torch.device, rgb: FloatArray, model: str, factor: float) -> FloatArray:
        upscaler = self._restyler.upscaler(model, device)
        with inference_context(device):
            result = upscaler.upscale(to_picture(rgb, device), factor, self._wrap, self._progress)
        self.notes.extend(result.notes)
        return to_array(result.picture)

    def _with_fallback(self, attempt: Callable[[torch.device], FloatArray]) -> FloatArray:
        try:
            return attempt(self.device)
        except (OutOfMemoryError, RuntimeError, MemoryError) as error:
            if not (isinstance(error, OutOfMemoryError) or is_out_of_memory(error)):
                raise
            if self.device.type == "cpu" or not self._request.cpu_fallback:
                raise OutOfMemoryError(f"{self.device}: {error}") from error
            self.notes.append(f"{self.device} ran out of memory: done on the CPU")
            release_memory(self.device)
        self.device = torch.device("cpu")
        return attempt(self.device)


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


def to_picture(rgb: FloatArray, device: torch.device) -> torch.Tensor:
    """(H, W, 3) to (1, 3, H, W)."""
    return to_device(np.ascontiguousarray(rgb.transpose(2, 0, 1)[None]), device)


def to_array(picture: torch.Tensor) -> FloatArray:
    """(1, 3, H, W) to (H, W, 3), in [0, 1]."""
    array: FloatArray = picture[0].float().clamp(0, 1).permute(1, 2, 0).cpu().contiguous().numpy()
    return array


def _power_of_two(side: float, limit: int) -> int:
    exponent = max(0, round(float(np.log2(max(side, 1.0)))))
    while exponent > 0 and 2**exponent > limit:
        exponent -= 1
    return int(2**exponent)
