"""What a texture's pixels say about the kind of map it is: normal, colour, grey, packed-like."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_samples import with_blue

_SAMPLE_SIDE = 256
_DISTANCES = (1, 4, 16, 64)
_VISIBLE_STEP = 2.5 / 255


class ContentKind(StrEnum):
    """PACKED_LIKE: channels that go their own ways, as in ORM, and as in a picture of one hue or one colour."""

    NORMAL = "normal"
    COLOR = "color"
    GREY = "grey"
    PACKED_LIKE = "packed_like"


@dataclass(frozen=True, slots=True)
class Content:
    """hdr: values well above 1, which only a scene's light has."""

    kind: ContentKind
    varying_alpha: bool
    hdr: bool


def inspect_content(texture: Texture) -> Content:
    """Judge a texture, or a sample of one, from at most 256 x 256 pixels; those under alpha 0 do not count."""
    step_v = -(-texture.height // _SAMPLE_SIDE)
    step_u = -(-texture.width // _SAMPLE_SIDE)
    rgb = texture.rgb[::step_v, ::step_u]
    visible = np.ones(rgb.shape[:2], np.bool_)
    varying = False
    if texture.alpha is not None:
        alpha = texture.alpha[::step_v, ::step_u]
        varying = bool(alpha.max() - alpha.min() > 0.02)
        if (alpha > 0.02).any():
            visible = alpha > 0.02
    return Content(_judge(rgb, visible), varying_alpha=varying, hdr=bool(rgb[visible].max() > 1.5))


def _judge(rgb: FloatArray, visible: NDArray[np.bool_]) -> ContentKind:
    pixels = rgb[visible]
    steps = _steps(rgb, visible)
    together = _share_together(steps)
    if together < 0.5 and _is_normal(pixels):
        return ContentKind.NORMAL
    if _share_together(steps[:, :2]) < 0.5 and _is_two_channel_normal(pixels):
        return ContentKind.NORMAL
    chroma = pixels.max(axis=1) - pixels.min(axis=1)
    if float(np.percentile(chroma, 90)) < 0.03:
        return ContentKind.GREY
    return ContentKind.COLOR if together > 0.5 else ContentKind.PACKED_LIKE


def _steps(rgb: FloatArray, visible: NDArray[np.bool_]) -> FloatArray:
    """(N, 3) changes from pixel to pixel that can be seen, between neighbours if there are enough of them, else
    between pixels farther apart, as in a smooth gradient; none where the picture is flat."""
    for distance in _DISTANCES:
        found, pairs = [np.zeros((0, 3), np.float32)], 1
        for pixels, shown in ((rgb, visible), (rgb.swapaxes(0, 1), visible.T)):
            steps = (pixels[distance:] - pixels[:-distance])[shown[distance:] & shown[:-distance]]
            pairs += len(steps)
            found.append(steps[np.abs(steps).max(axis=1) > _VISIBLE_STEP])
        seen = np.concatenate(found)
        if len(seen) > 0.02 * pairs:
            return seen
    return np.zeros((0, 3), np.float32)


def _share_together(steps: FloatArray) -> float:
    """Of the steps, how many take all channels the same way; 0 where there are none.

    Light and shade move the channels of a colour together: 0.6 to 1 in pictures. Three unrelated channels do so
    in 0.25 of the steps, and one channel that stands still keeps the share at 0.
    """
    if len(steps) == 0:
        return 0.0
    return float(((steps > 0).all(axis=1) | (steps < 0).all(axis=1)).mean())


def _is_normal(rgb: FloatArray) -> bool:
    """Blue-dominant, unit length by the median (a quarter of a real map's pixels may fall short), facing out.

    A surface's vectors lean every way, so that their median leans less than they scatter; a blue cloth's or
    sky's lean one way.
    """
    vectors = 2.0 * rgb - 1.0
    blue_dominant = float((vectors[:, 2] > np.abs(vectors[:, :2]).max(axis=1)).mean())
    if blue_dominant <= 0.7:
        return False
    # np.median would load numpy.ma, a twentieth of a second that `explain` does not have
    median_length = float(np.quantile(np.linalg.norm(vectors, axis=1), 0.5))
    lean = np.abs(np.quantile(vectors[:, :2], 0.5, axis=0))
    allowed = np.minimum(0.04 + 0.5 * vectors[:, :2].std(axis=0), 0.12)
    return 0.85 < median_length < 1.1 and bool((lean < allowed).all())


def _is_two_channel_normal(rgb: FloatArray) -> bool:
    """A normal map that was stored without its blue (BC5), as which it would pass once that is put back."""
    tilt = ((2.0 * rgb[:, :2] - 1.0) ** 2).sum(axis=1)
    if float(rgb[:, 2].max()) > 0.02 or float((tilt > 1.05).mean()) > 0.02 or float(rgb[:, :2].std()) < 0.01:
        return False
    return _is_normal(with_blue(rgb[None])[0])
