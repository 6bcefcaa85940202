"""Edges of real sprites over any background show no colour that is in neither neighbour.

The metric: a pixel on an edge, composited over a background, is held against the range, channel by channel,
from the background to the colours within 8 pixels that lie 2 pixels inside of the sprite, where no edge
reaches. The excess is how far it lies outside, in levels of 255.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from at_once import ignore
from impasto_engine.request import BuiltinStyle, EngineOptions, RestyleRequest, StyleRequest, UpscaleRequest
from impasto_engine.restyle import Restyler
from impasto_engine.role_names import MapRole
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_io import read_texture

SPRITES = ("Leav_material_baseColor.png", "rug_1.png", "isotiles.png")
BACKGROUNDS = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (1.0, 0.0, 1.0))  # black, white, magenta
INSIDE, REACH = 2, 8
INK = StyleRequest("ink", builtins=(BuiltinStyle(19),))


@pytest.fixture(scope="module")
def restyler(tmp_path_factory: pytest.TempPathFactory) -> Restyler:
    return Restyler(EngineOptions(tmp_path_factory.mktemp("models"), "cpu"))


def excess(texture: Texture, background: tuple[float, float, float]) -> FloatArray:
    """Of each pixel on an edge, in levels."""
    alpha = texture.alpha
    assert alpha is not None
    solid = extreme(alpha, INSIDE, np.minimum) > 0.9
    edge = (alpha > 0.02) & (extreme(alpha, 1, np.minimum) < 0.02)
    edge &= extreme(solid.astype(np.float32), REACH, np.maximum) > 0
    outside = np.zeros(int(edge.sum()), np.float32)
    for channel, behind in enumerate(background):
        color = texture.rgb[..., channel]
        most = np.maximum(extreme(np.where(solid, color, -1), REACH, np.maximum), behind)
        least = np.minimum(extreme(np.where(solid, color, 2), REACH, np.minimum), behind)
        shown = color * alpha + behind * (1 - alpha)
        outside = np.maximum(outside, np.maximum(shown - most, least - shown)[edge])
    return outside * 255


def extreme(plane: FloatArray, reach: int, which: np.ufunc) -> FloatArray:
    padded = np.pad(plane, reach, mode="edge")
    rows = which.reduce([padded[step : step + plane.shape[0]] for step in range(2 * reach + 1)])
    found: FloatArray = which.reduce([rows[:, step : step + plane.shape[1]] for step in range(2 * reach + 1)])
    return found


def sprite_of(shared: Path, name: str) -> Texture:
    whole = read_texture(shared / "assets" / "textures" / name)
    return whole.part(0, min(400, whole.height), 0, min(512, whole.width))


def with_hidden_green(sprite: Texture) -> Texture:
    """A worst case under alpha 0."""
    return replace(sprite, rgb=np.where((sprite.alpha == 0)[..., None], np.float32([0, 1, 0]), sprite.rgb))


@pytest.mark.parametrize("name", SPRITES)
@pytest.mark.parametrize(("style", "scale"), [(INK, 1.0), (INK, 2.0), (None, 2.0)])
def test_edges_show_no_foreign_colour(
    shared: Path, restyler: Restyler, name: str, style: StyleRequest | None, scale: float
) -> None:
    """Strokes go over edges, so that some of them lie outside; the sources' own edges do as well."""
    sprite = sprite_of(shared, name)
    request = RestyleRequest(MapRole.SPRITE, style, UpscaleRequest("auto", scale))
    result = restyler.restyle(with_hidden_green(sprite), request, ignore).texture.collect()
    for background in BACKGROUNDS:
        found, before = excess(result, background), excess(sprite, background)
        assert len(found) > 100
        assert (found > 8).mean() < max(0.035, (before > 8).mean())
    if scale == 1.0:
        assert result.alpha is not None
        assert np.array_equal(result.alpha, sprite.alpha)


def test_the_metric_sees_a_fringe(shared: Path, restyler: Restyler) -> None:
    """The same with the hidden colour shown to the network."""
    sprite = with_hidden_green(sprite_of(shared, "isotiles.png"))
    request = RestyleRequest(MapRole.BASE_COLOR, None, UpscaleRequest("auto", 2.0), ("clamp", "clamp"))
    results = [
        restyler.restyle(one, request, ignore).texture.collect()
        for one in (sprite, replace(sprite, alpha=None))
    ]
    fringed = replace(results[1], alpha=results[0].alpha)
    assert (excess(fringed, BACKGROUNDS[0]) > 8).mean() > 0.1
