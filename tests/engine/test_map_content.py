"""What drawn pixels look like to impasto: pictures that pass for maps, and maps that pass for pictures."""

import numpy as np
import pytest

from impasto_engine.map_content import ContentKind, inspect_content
from impasto_engine.texture import FloatArray, Texture

SIDE = 192
V, U = np.mgrid[0:SIDE, 0:SIDE] / SIDE


def smooth_noise(seed: int, size: float) -> FloatArray:
    """(SIDE, SIDE), mean 0, deviation 1, with lumps of `size` pixels; tiles."""
    spectrum = np.fft.fft2(np.random.default_rng(seed).standard_normal((SIDE, SIDE)))
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None])
    noise = np.fft.ifft2(spectrum * np.exp(-20 * (frequency * size) ** 2)).real
    return ((noise - noise.mean()) / noise.std()).astype(np.float32)


def color(*rgb: float) -> FloatArray:
    return np.array(rgb, np.float32)[None, None]


def shaded(rgb: FloatArray, depth: float, size: float = 2.0) -> FloatArray:
    """One colour in light and shade."""
    return rgb * (1 + depth * smooth_noise(0, size)[..., None])


def sky(clouds: float = 0.0) -> FloatArray:
    """Deep blue above, pale below, as photographs have it."""
    height = V[..., None].astype(np.float32)
    clear = color(0.25, 0.45, 0.85) * (1 - height) + color(0.75, 0.85, 0.98) * height
    cover = np.clip(clouds * smooth_noise(5, 12), 0, 1)[..., None]
    return clear * (1 - cover) + color(0.98, 0.98, 1.0) * cover


def normals_of(height: FloatArray, slope: float, green: int = 1) -> FloatArray:
    """green: 1 for OpenGL, -1 for DirectX."""
    down, across = np.gradient(height)
    vectors = np.dstack([-across * slope, green * down * slope, np.ones_like(height)])
    return (vectors / np.linalg.norm(vectors, axis=2, keepdims=True) * 0.5 + 0.5).astype(np.float32)


def without_blue(rgb: FloatArray) -> FloatArray:
    return rgb * color(1, 1, 0)


def kind(rgb: FloatArray, alpha: FloatArray | None = None) -> ContentKind:
    """As an 8-bit file holds it."""
    stored = np.broadcast_to(np.rint(rgb.clip(0, 1) * 255) / 255, (SIDE, SIDE, 3)).astype(np.float32)
    return inspect_content(Texture(stored, alpha)).kind


BUMPS = smooth_noise(3, 3)
GRAIN = smooth_noise(4, 1)


@pytest.mark.parametrize(
    "rgb",
    [
        pytest.param(normals_of(BUMPS, 2), id="OpenGL"),
        pytest.param(normals_of(BUMPS, 2, green=-1), id="DirectX"),
        pytest.param(normals_of(BUMPS, 0.1), id="hardly uneven"),
        pytest.param(normals_of(3 * np.sin((U + V) * 2 * np.pi * 8), 1), id="grooves along a diagonal"),
        pytest.param(color(0.5, 0.5, 1.0), id="flat"),
        pytest.param(color(130 / 255, 126 / 255, 1.0), id="flat, through a lossy format"),
        pytest.param(normals_of(BUMPS, 2) + 0.01 * GRAIN[..., None], id="with a camera's grain"),
        pytest.param(normals_of(BUMPS, 2) * 0.93 + 0.035, id="short vectors"),
        pytest.param(without_blue(normals_of(BUMPS, 2)), id="BC5, no blue"),
        pytest.param(without_blue(normals_of(BUMPS, 2, green=-1)), id="BC5, DirectX, no blue"),
    ],
)
def test_a_normal_map_of_any_sort_is_one(rgb: FloatArray) -> None:
    assert kind(rgb) is ContentKind.NORMAL


@pytest.mark.parametrize(
    "rgb",
    [
        pytest.param(sky(), id="clear sky"),
        pytest.param(sky(0.8), id="cloudy sky"),
        pytest.param(shaded(color(0.47, 0.53, 0.93), 0.05), id="periwinkle wall"),
        pytest.param(shaded(color(0.5, 0.42, 0.85), 0.15), id="purple cloth"),
        pytest.param(shaded(color(0.5, 0.5, 0.97), 0.04), id="cloth in the very colour of flat normals"),
        pytest.param(shaded(color(0.2, 0.35, 0.8), 0.2), id="blue water"),
        pytest.param(shaded(color(0.5, 0.47, 0.44), 0.2), id="nearly grey brick"),
        pytest.param(shaded(color(0.2, 0.5, 0.1), 0.3), id="grass"),
        pytest.param(
            shaded(np.where(V[..., None] < 0.5, color(0.8, 0.3, 0.2), color(0.2, 0.4, 0.7)), 0.2), id="flag"
        ),
    ],
)
def test_a_picture_is_colour_whatever_its_hue(rgb: FloatArray) -> None:
    assert kind(rgb) is ContentKind.COLOR


@pytest.mark.parametrize(
    "rgb",
    [
        pytest.param(
            np.dstack([BUMPS * 0.2 + 0.7, GRAIN * 0.2 + 0.5, GRAIN * 0]), id="AO, roughness, no metal"
        ),
        pytest.param(np.dstack([BUMPS * 0.2 + 0.7, 0.5 - BUMPS * 0.2, GRAIN > 1]), id="opposed, and a mask"),
        pytest.param(np.dstack([BUMPS > 0, BUMPS > 0.5, GRAIN > 0]), id="three masks"),
        pytest.param(np.dstack([BUMPS > 0, 0 * BUMPS, 0 * BUMPS]), id="one mask in red"),
        pytest.param(np.dstack([GRAIN * 0 + 1, GRAIN * 0.1 + 0.5, GRAIN * 0]), id="roughness alone in green"),
        pytest.param(color(1.0, 0.5, 0.0), id="constants"),
    ],
)
def test_channels_that_go_their_own_ways_are_packed_like(rgb: FloatArray) -> None:
    assert kind(rgb) is ContentKind.PACKED_LIKE


@pytest.mark.parametrize(
    "rgb",
    [
        pytest.param(np.repeat(BUMPS[..., None] * 0.2 + 0.5, 3, axis=2), id="grey"),
        pytest.param(shaded(color(0.50, 0.505, 0.495), 0.2), id="a lossy format's grey"),
        pytest.param(color(0.5, 0.5, 0.5), id="flat"),
        pytest.param(color(1.0, 1.0, 1.0), id="white"),
        pytest.param(np.repeat((BUMPS > 0)[..., None], 3, axis=2), id="black and white"),
    ],
)
def test_grey_is_grey(rgb: FloatArray) -> None:
    assert kind(rgb) is ContentKind.GREY


def test_what_lies_under_alpha_0_does_not_count() -> None:
    rgb = shaded(color(0.8, 0.3, 0.2), 0.2).copy()
    alpha = (U < 0.5).astype(np.float32)
    rgb[:, SIDE // 2 :] = normals_of(BUMPS, 2)[:, SIDE // 2 :]
    assert kind(rgb, alpha) is ContentKind.COLOR
    assert kind(rgb, 1 - alpha) is ContentKind.NORMAL


def test_a_picture_of_one_pixel_has_a_kind() -> None:
    assert inspect_content(Texture(np.full((1, 1, 3), 0.5, np.float32))).kind is ContentKind.GREY
    assert inspect_content(Texture(color(0.5, 0.5, 1.0))).kind is ContentKind.NORMAL
