"""One texture through the whole engine: sizes, alpha, grey, data, devices that run out of memory."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from at_once import ignore
from impasto_engine import groups, network_pool
from impasto_engine.color import linear_to_srgb, srgb_to_linear, with_color_of
from impasto_engine.errors import OutOfMemoryError, RequestError
from impasto_engine.esrgan_networks import COMPACT_COST, RRDB_TAIL_COST
from impasto_engine.groups import resolve_wrap
from impasto_engine.request import (
    BuiltinStyle,
    EngineOptions,
    RestyleRequest,
    SourceRef,
    StyleRequest,
    UpscaleRequest,
    WrapChoice,
)
from impasto_engine.restyle import Restyler
from impasto_engine.role_names import MapRole
from impasto_engine.rows import Rows, Whole
from impasto_engine.sheet_layout import SheetLayout
from impasto_engine.stages import Guarded, Place
from impasto_engine.stylizer import Terms
from impasto_engine.target_size import target_size
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_io import write_texture
from impasto_engine.texture_traits import AlphaMode, BitDepth, ColorSpace, Wrap
from impasto_engine.tiling import SMALLEST_TILE, tile_size_for

MIB = 1 << 20
INK = StyleRequest("ink", builtins=(BuiltinStyle(19),))
CLAMP: tuple[WrapChoice, WrapChoice] = ("clamp", "clamp")


@pytest.fixture(scope="module")
def restyler(tmp_path_factory: pytest.TempPathFactory) -> Restyler:
    return Restyler(EngineOptions(tmp_path_factory.mktemp("models"), "cpu"))


def picture(height: int = 24, width: int = 40) -> FloatArray:
    return np.random.default_rng(3).random((height, width, 3), dtype=np.float32)


@dataclass(frozen=True)
class Done:
    texture: Texture
    device: str
    upscaler: str | None
    notes: tuple[str, ...]
    retries: int


def run(restyler: Restyler, texture: Texture, request: RestyleRequest) -> Done:
    restyled = restyler.restyle(texture, request, ignore)
    whole = restyled.texture.collect()
    return Done(whole, restyled.device, restyled.upscaler, restyled.notes, restyled.retries)


@pytest.mark.parametrize(
    ("size", "scale", "max_size", "power_of_two", "expected"),
    [
        ((100, 50), 1.0, None, False, (100, 50)),
        ((100, 50), 2.5, None, False, (250, 125)),
        ((100, 50), 4.0, 200, False, (200, 100)),
        ((100, 50), 1.0, None, True, (128, 64)),
        ((1000, 600), 4.0, 2048, True, (2048, 1024)),
        ((1000, 600), 1.0, 1000, True, (512, 512)),
        ((1, 1), 8.0, None, True, (8, 8)),
        ((3000, 1), 1.0, 1000, False, (1000, 1)),
    ],
)
def test_sizes_are_scaled_then_held_then_rounded(
    size: tuple[int, int], scale: float, max_size: int | None, power_of_two: bool, expected: tuple[int, int]
) -> None:
    request = RestyleRequest(
        MapRole.SPRITE, upscale=UpscaleRequest("auto", scale), max_size=max_size, power_of_two=power_of_two
    )
    assert target_size(*size, request) == expected


@pytest.mark.parametrize("scale", [0.5, 8.5])
def test_a_scale_out_of_range_is_refused(scale: float) -> None:
    with pytest.raises(RequestError, match=f"scale {scale} is not between 1 and 8"):
        target_size(8, 8, RestyleRequest(MapRole.SPRITE, upscale=UpscaleRequest("auto", scale)))


def test_alpha_is_bit_identical_at_scale_one(restyler: Restyler) -> None:
    alpha = np.random.default_rng(1).random((24, 40), dtype=np.float32)
    result = run(restyler, Texture(picture(), alpha), RestyleRequest(MapRole.SPRITE, INK, wrap=CLAMP))
    assert result.texture.alpha is not None
    assert np.array_equal(result.texture.alpha, alpha)
    assert np.abs(result.texture.rgb - picture()).mean() > 0.05


def test_what_hides_under_transparency_does_not_show_in_the_result(restyler: Restyler) -> None:
    alpha = np.zeros((32, 32), np.float32)
    alpha[8:24, 8:24] = 1.0
    red, blue = np.full((2, 32, 32, 3), 0.5, np.float32)
    red[alpha == 0] = (1, 0, 0)
    blue[alpha == 0] = (0, 0, 1)
    request = RestyleRequest(MapRole.SPRITE, INK, UpscaleRequest("auto", 2), CLAMP)
    results = [run(restyler, Texture(rgb, alpha), request).texture for rgb in (red, blue)]
    assert np.array_equal(results[0].rgb, results[1].rgb)


def test_a_fully_transparent_picture_passes_through(restyler: Restyler) -> None:
    texture = Texture(picture(), np.zeros((24, 40), np.float32))
    same = run(restyler, texture, RestyleRequest(MapRole.SPRITE, INK, wrap=CLAMP))
    assert np.array_equal(same.texture.rgb, texture.rgb)
    large = run(restyler, texture, RestyleRequest(MapRole.SPRITE, INK, UpscaleRequest("auto", 2), CLAMP))
    assert (large.texture.width, large.texture.height, large.upscaler) == (80, 48, "resample")
    assert large.texture.alpha is not None
    assert not large.texture.alpha.any()


@pytest.mark.parametrize("visible", [0.0, 1.0])
def test_frames_of_one_colour_or_none_are_pixel_art_too(restyler: Restyler, visible: float) -> None:
    alpha = np.zeros((16, 32), np.float32)
    alpha[4:12, 4:12] = alpha[4:12, 20:30] = visible
    texture = Texture(np.full((16, 32, 3), 0.5, np.float32), alpha)
    request = RestyleRequest(MapRole.SPRITE, INK, sheet=SheetLayout("frames", (16, 16)), pixel_art=True)
    result = run(restyler, texture, request).texture
    assert len(np.unique(result.rgb[alpha > 0], axis=0)) == visible


def test_a_power_of_two_may_lie_beyond_the_largest_scale(restyler: Restyler) -> None:
    request = RestyleRequest(MapRole.SPRITE, None, UpscaleRequest("auto", 8.0), CLAMP, power_of_two=True)
    result = run(restyler, Texture(picture(3, 3)), request)
    assert (result.texture.width, result.texture.height) == (32, 32)
    assert result.upscaler == "realesr-animevideov3"


def test_a_cutout_stays_a_cutout(restyler: Restyler) -> None:
    alpha = np.zeros((64, 64), np.float32)
    alpha[16:40, 10:50] = 1.0
    texture = Texture(picture(64, 64), alpha)
    result = run(restyler, texture, RestyleRequest(MapRole.SPRITE, None, UpscaleRequest("auto", 2), CLAMP))
    assert result.texture.alpha_mode is AlphaMode.MASK
    assert result.texture.alpha is not None
    assert abs(float(result.texture.alpha.mean()) / float(alpha.mean()) - 1) < 0.01


@pytest.mark.parametrize("role", [MapRole.ROUGHNESS, MapRole.HEIGHT, MapRole.METALLIC, MapRole.AO])
def test_data_stays_in_its_range_and_grey(restyler: Restyler, role: MapRole) -> None:
    grey = np.repeat(picture()[:, :, :1] * 0.5 + 0.2, 3, axis=2)
    texture = Texture(grey, color_space=ColorSpace.LINEAR, bit_depth=BitDepth.UINT16, grey=True)
    result = run(restyler, texture, RestyleRequest(role, None, UpscaleRequest("auto", 3), CLAMP))
    assert result.upscaler == "resample"
    assert (result.texture.grey, result.texture.bit_depth) == (True, BitDepth.UINT16)
    assert result.texture.rgb.min() >= grey.min() - 1e-6
    assert result.texture.rgb.max() <= grey.max() + 1e-6


def test_normals_keep_their_length(restyler: Restyler) -> None:
    vectors = picture(32, 32) * 2 - 1
    vectors[..., 2] = np.abs(vectors[..., 2]) + 0.5
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    texture = Texture(vectors * 0.5 + 0.5, color_space=ColorSpace.LINEAR)
    result = run(restyler, texture, RestyleRequest(MapRole.NORMAL, None, UpscaleRequest("auto", 4), CLAMP))
    lengths = np.linalg.norm(result.texture.rgb * 2 - 1, axis=2)
    assert np.abs(lengths - 1).max() < 1 / 127


def test_a_grey_sprite_becomes_colourful_only_by_a_style(restyler: Restyler) -> None:
    grey = Texture(np.repeat(picture()[:, :, :1], 3, axis=2), np.ones((24, 40), np.float32), grey=True)
    upscaled = run(restyler, grey, RestyleRequest(MapRole.SPRITE, None, UpscaleRequest("auto", 2), CLAMP))
    assert upscaled.texture.grey
    assert float(np.ptp(upscaled.texture.rgb, axis=2).max()) == 0
    styled = run(restyler, grey, RestyleRequest(MapRole.SPRITE, INK, wrap=CLAMP))
    assert not styled.texture.grey
    assert float(np.ptp(styled.texture.rgb, axis=2).max()) > 0.1


def test_linear_colour_is_seen_as_display_colour_and_given_back_linear(restyler: Restyler) -> None:
    display = picture()
    stored = Texture(srgb_to_linear(display), color_space=ColorSpace.LINEAR, bit_depth=BitDepth.FLOAT)
    request = RestyleRequest(MapRole.BASE_COLOR, INK, wrap=CLAMP)
    expected = run(restyler, Texture(display), request).texture.rgb
    result = run(restyler, stored, request)
    assert np.abs(linear_to_srgb(result.texture.rgb) - expected).max() < 1e-3
    assert result.notes == ()


def test_light_above_one_survives_a_style_and_an_upscale(restyler: Restyler) -> None:
    light = picture(32, 32) * 0.2
    light[8:20, 8:20] = (12.0, 6.0, 3.0)
    lamp = Texture(light, color_space=ColorSpace.LINEAR, bit_depth=BitDepth.HALF)
    request = RestyleRequest(MapRole.BASE_COLOR, INK, UpscaleRequest("auto", 2), CLAMP)
    result = run(restyler, lamp, request)
    assert result.texture.rgb.max() > 4
    assert result.texture.rgb[:8].max() < 1.0
    assert result.notes == ()
    negative = run(restyler, Texture(light - 0.05, color_space=ColorSpace.LINEAR), request)
    assert "clipped" in negative.notes[0]


def test_preserve_color_keeps_the_chroma(restyler: Restyler) -> None:
    content = np.full((16, 16, 3), (0.6, 0.4, 0.3), np.float32)
    stylized = np.full((16, 16, 3), 0.5, np.float32)
    kept = with_color_of(stylized, content)
    luminance = np.array([0.299, 0.587, 0.114], np.float32)
    assert np.abs(kept @ luminance - 0.5).max() < 1e-5
    shift = kept - content
    assert np.abs(shift - shift[..., :1]).max() < 2e-3  # lighter or darker, no other hue
    style = StyleRequest("ink", builtins=(BuiltinStyle(19),), preserve_color=True)
    result = run(restyler, Texture(content), RestyleRequest(MapRole.BASE_COLOR, style, wrap=CLAMP))
    assert (result.texture.rgb[..., 0] >= result.texture.rgb[..., 2] - 1e-6).all()


def test_wrap_is_measured_only_where_it_is_auto() -> None:
    noise = Texture(picture(64, 64))
    ramp = Texture(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None].repeat(64, 0).repeat(3, 2))
    assert resolve_wrap(noise, ("auto", "auto")) == (Wrap.REPEAT, Wrap.REPEAT)
    assert resolve_wrap(ramp, ("auto", "auto"))[0] is Wrap.CLAMP
    assert resolve_wrap(ramp, ("repeat", "clamp")) == (Wrap.REPEAT, Wrap.CLAMP)
    assert resolve_wrap(noise, ("clamp", "auto")) == (Wrap.CLAMP, Wrap.REPEAT)


class _ShortOfMemory:
    """A stylizer whose device has none."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def stylize(self, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        if self._device.type == "meta":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return Whole(1 - content.rows(0, content.height))


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Restyler:
    """Stands for a GPU by torch's meta device: its tensors are elsewhere and hold no values."""
    restyler = Restyler(EngineOptions(tmp_path, "cpu"))
    restyler._pool.device = torch.device("meta")
    monkeypatch.setattr(restyler._pool, "stylizer", lambda _name, device: _ShortOfMemory(device))
    return restyler


def test_out_of_memory_goes_to_the_cpu_and_says_so(elsewhere: Restyler) -> None:
    content = picture()
    result = run(elsewhere, Texture(content), RestyleRequest(MapRole.BASE_COLOR, INK, wrap=CLAMP))
    assert np.abs(result.texture.rgb - (1 - content)).max() < 1e-6
    assert result.device == "cpu"
    assert result.notes == (
        "meta ran out of memory: done in smaller parts",
        "meta ran out of memory: done on the CPU",
    )
    assert result.retries > 2  # the budget was halved more than once


class _Hungry:
    """Rows that take more memory than there is, unless they are made with half the budget."""

    height, width, band = 8, 4, 8

    def __init__(self, budget: int, failure: Exception) -> None:
        self._budget = budget
        self._failure = failure

    def rows(self, start: int, stop: int) -> torch.Tensor:
        if self._budget > 50 * MIB:
            raise self._failure
        return torch.full((1, 3, stop - start, 4), self._budget / (100 * MIB))


def guard(make: Callable[[Place], Rows], budget: int, notes: list[str] | None = None) -> Guarded:
    found = [] if notes is None else notes
    return Guarded(
        make, lambda _device: budget, torch.device("cpu"), found, size=(4096, 2048), cpu_fallback=True
    )


@pytest.mark.parametrize(
    "failure",
    [torch.OutOfMemoryError(), RuntimeError("DefaultCPUAllocator: not enough memory"), MemoryError()],
)
def test_running_out_of_memory_on_the_way_halves_the_budget_and_says_so(failure: Exception) -> None:
    def made(on: Place) -> Rows:
        return _Hungry(on.budget, failure)

    notes: list[str] = []
    guarded = guard(made, 200 * MIB, notes)
    assert float(guarded.rows(0, 2).max()) == 0.5
    assert notes == ["cpu ran out of memory: done in smaller parts"]
    assert guarded.retries == 2


def test_each_try_has_half_the_budget_until_the_tiles_get_no_smaller() -> None:
    """An eighth would not do on a large GPU that an editor has filled meanwhile."""
    tried: list[int] = []

    def made(on: Place) -> Rows:
        tried.append(on.budget // MIB)
        raise MemoryError

    with pytest.raises(OutOfMemoryError):
        guard(made, 100 << 30)
    assert tried == [102400, 51200, 25600, 12800, 6400, 3200, 1600, 800, 400, 200, 100, 50]
    assert tile_size_for(50 * MIB // 4, RRDB_TAIL_COST.bytes_per_pixel, RRDB_TAIL_COST.halo) == SMALLEST_TILE
    assert tile_size_for(50 * MIB // 4, COMPACT_COST.bytes_per_pixel, COMPACT_COST.halo) == SMALLEST_TILE


def test_what_fits_in_no_way_is_an_error_that_names_the_size_the_device_and_what_to_do() -> None:
    expected = (
        "cpu has no memory for 4096x2048 pixels, not even in the smallest parts: close what else uses it, "
        "or give a smaller texture (tried to allocate 9 GiB)"
    )
    guarded = guard(lambda on: _Hungry(1 << 40, MemoryError("tried to allocate 9 GiB")), 10**6)
    with pytest.raises(OutOfMemoryError, match=re.escape(expected)):
        guarded.rows(0, 2)


def test_other_failures_are_not_taken_for_memory() -> None:
    guarded = guard(lambda on: _Hungry(1 << 40, RuntimeError("sizes do not match")), 10**6)
    with pytest.raises(RuntimeError, match="sizes do not match"):
        guarded.rows(0, 2)


def test_a_network_named_for_packed_maps_sees_each_channel_alone(restyler: Restyler) -> None:
    packed = picture(16, 20)
    other = packed.copy()
    other[..., 1] = 0.5
    request = RestyleRequest(MapRole.PACKED, None, UpscaleRequest("realesr-animevideov3", 2), CLAMP)
    first, second = (run(restyler, Texture(one), request).texture.rgb for one in (packed, other))
    assert np.array_equal(first[..., [0, 2]], second[..., [0, 2]])
    assert np.abs(first[..., 1] - second[..., 1]).mean() > 0.05


def test_a_network_named_for_normals_gives_unit_vectors(restyler: Restyler) -> None:
    request = RestyleRequest(MapRole.NORMAL, None, UpscaleRequest("realesr-animevideov3", 2), CLAMP)
    result = run(restyler, Texture(picture(16, 20), color_space=ColorSpace.LINEAR), request).texture.rgb
    assert np.abs(np.linalg.norm(result * 2 - 1, axis=2) - 1).max() < 1e-3


def test_the_fourth_channel_of_data_is_no_mask(restyler: Restyler) -> None:
    smoothness = (picture()[..., 0] > 0.5).astype(np.float32)
    request = RestyleRequest(MapRole.PACKED, None, UpscaleRequest("auto", 2), CLAMP)
    result = run(restyler, Texture(picture(), smoothness), request).texture.alpha
    assert result is not None
    assert ((result > 0.1) & (result < 0.9)).mean() > 0.2


def test_a_rule_may_forbid_the_cpu(elsewhere: Restyler) -> None:
    request = RestyleRequest(MapRole.BASE_COLOR, INK, wrap=CLAMP, cpu_fallback=False)
    with pytest.raises(OutOfMemoryError, match=r"meta has no memory for 40x24 pixels.*CUDA out of memory"):
        run(elsewhere, Texture(picture()), request)


def test_networks_load_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    find = network_pool.find_stylizer
    monkeypatch.setattr(network_pool, "find_stylizer", lambda name: found.append(name) or find(name))
    restyler = Restyler(EngineOptions(tmp_path, "cpu"))
    for _ in range(3):
        run(restyler, Texture(picture()), RestyleRequest(MapRole.BASE_COLOR, INK, wrap=CLAMP))
    assert found == ["magenta"]


def test_a_large_group_is_judged_by_the_middles_of_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = []
    for index in range(4):
        texture = Texture(picture(64, 96) * (0.4 + 0.2 * index))
        write_texture(texture, tmp_path / f"{index}.png", file_format=".png")
        refs.append(SourceRef(tmp_path / f"{index}.png", str(index)))
    monkeypatch.setattr(groups, "_GROUP_PIXELS", 32 * 48 * 4)
    group = groups.group_of(RestyleRequest(MapRole.BASE_COLOR, INK, group=tuple(refs)))
    assert group is not None
    for rows, wrap in group.open():
        assert (rows.height, rows.width, wrap) == (32, 48, (Wrap.CLAMP, Wrap.CLAMP))


def test_a_fully_transparent_sheet_passes_through(restyler: Restyler) -> None:
    texture = Texture(picture(), np.zeros((24, 40), np.float32))
    request = RestyleRequest(MapRole.SPRITE, INK, sheet=SheetLayout("atlas"))
    assert np.array_equal(run(restyler, texture, request).texture.rgb, texture.rgb)


def test_what_is_noted_on_the_way_to_a_relief_is_not_lost(elsewhere: Restyler, tmp_path: Path) -> None:
    write_texture(Texture(picture(32, 32)), tmp_path / "albedo.png", file_format=".png")
    flat = Texture(np.full((32, 32, 3), (0.5, 0.5, 1.0), np.float32), color_space=ColorSpace.LINEAR)
    request = RestyleRequest(
        MapRole.NORMAL, INK, wrap=CLAMP, relief=0.5, sibling=SourceRef(tmp_path / "albedo.png", "a")
    )
    assert "meta ran out of memory: done on the CPU" in run(elsewhere, flat, request).notes
