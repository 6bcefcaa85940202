"""A texture as the networks see it: display colour, opaque; and what is carried around them."""

from dataclasses import dataclass

from impasto_engine.alpha import bleed_color
from impasto_engine.color import linear_to_srgb
from impasto_engine.hdr import compress
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_traits import ColorSpace


@dataclass(frozen=True, slots=True, eq=False)
class Display:
    """rgb: (H, W, 3) sRGB in [0, 1], bled under transparent pixels. gain: (H, W), how much brighter than that
    it is, None where it is not. clipped: something could be carried neither way."""

    rgb: FloatArray
    gain: FloatArray | None = None
    clipped: bool = False


def display_of(texture: Texture) -> Display:
    rgb, gain, clipped = texture.rgb, None, False
    if texture.color_space is ColorSpace.LINEAR:
        bounded = compress(rgb)
        rgb, gain, clipped = linear_to_srgb(bounded.rgb), bounded.gain, bounded.clipped
    return Display(rgb if texture.alpha is None else bleed_color(rgb, texture.alpha), gain, clipped)


def is_invisible(texture: Texture) -> bool:
    """Whether all of it is transparent: then there is nothing to paint, and nothing to learn from it."""
    return texture.alpha is not None and not texture.alpha.any()
