"""Pictures that go together: the group whose statistics count, and whose wrap is taken."""

import hashlib
import math

from impasto_engine.display import display_of, is_invisible
from impasto_engine.request import RestyleRequest, WrapChoice
from impasto_engine.resample import WrapPair
from impasto_engine.rows import Rows, of_array
from impasto_engine.seams import measure_wrap
from impasto_engine.stylizer import Group
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_io import probe_texture, read_texture
from impasto_engine.texture_traits import Wrap

_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_GROUP_PIXELS = 1 << 24  # of all pictures of a group that are held for its statistics: of more, their middles


def wrap_of(texture: Texture, request: RestyleRequest) -> WrapPair:
    """Of another where it is to be found out and there is one that says: all frames wrap as their first."""
    example = request.group[0] if request.is_sequence else request.wrap_from
    if "auto" in request.wrap and example is not None:
        texture = read_texture(example.path)
    return resolve_wrap(texture, request.wrap)


def group_of(request: RestyleRequest) -> Group | None:
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


def resolve_wrap(texture: Texture, asked: tuple[WrapChoice, WrapChoice]) -> tuple[Wrap, Wrap]:
    if "auto" not in asked:
        return Wrap(asked[0]), Wrap(asked[1])
    measured = measure_wrap(texture.rgb, texture.alpha)
    u = measured[0] if asked[0] == "auto" else Wrap(asked[0])
    v = measured[1] if asked[1] == "auto" else Wrap(asked[1])
    return u, v


def _middle_of(rgb: FloatArray, share: float) -> Rows:
    """A part of the picture, that share of its sides; in a smaller copy strokes would not keep their size."""
    height, width = (max(1, round(side * share)) for side in rgb.shape[:2])
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    return of_array(rgb[top : top + height, left : left + width].copy())
