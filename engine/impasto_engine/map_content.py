"""What a texture's pixels say about the kind of map it is: normal, colour, grey, packed-like."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from impasto_engine.texture import FloatArray, Texture

_SAMPLE_SIDE = 256


class ContentKind(StrEnum):
    """PACKED_LIKE: channels that go their own ways, as in ORM, and as in some very colourful pictures."""

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
    rgb = texture.rgb[::step_v, ::step_u].reshape(-1, 3)
    varying = False
    if texture.alpha is not None:
        alpha = texture.alpha[::step_v, ::step_u].reshape(-1)
        varying = bool(alpha.max() - alpha.min() > 0.02)
        visible = alpha > 0.02
        if visible.any():
            rgb = rgb[visible]
    return Content(kind=_judge(rgb), varying_alpha=varying, hdr=bool(rgb.max() > 1.5))


def _judge(rgb: FloatArray) -> ContentKind:
    if _is_normal(rgb):
        return ContentKind.NORMAL
    chroma = rgb.max(axis=1) - rgb.min(axis=1)
    if float(np.percentile(chroma, 90)) < 0.03:
        return ContentKind.GREY
    return ContentKind.PACKED_LIKE if _is_packed_like(rgb) else ContentKind.COLOR


def _is_normal(rgb: FloatArray) -> bool:
    """Blue-dominant, unit length by the median (a quarter of a real map's pixels may fall short), facing out.

    The last part keeps blue skies out: their vectors lean all one way, a surface's lean every way.
    """
    vectors = 2.0 * rgb - 1.0
    # np.median would load numpy.ma, a twentieth of a second that `explain` does not have
    median_length = float(np.quantile(np.linalg.norm(vectors, axis=1), 0.5))
    blue_dominant = float((vectors[:, 2] > np.abs(vectors[:, :2]).max(axis=1)).mean())
    lean = float(np.abs(np.quantile(vectors[:, :2], 0.5, axis=0)).max())
    return 0.85 < median_length < 1.1 and blue_dominant > 0.7 and lean < 0.12


def _is_packed_like(rgb: FloatArray) -> bool:
    """True where two channels hardly follow each other; in pictures light moves all three together."""
    spread = rgb.std(axis=0)
    if int((spread > 0.005).sum()) < 2:
        return True
    moving = rgb[:, spread > 0.005]
    return float(np.corrcoef(moving, rowvar=False).min()) < 0.3
