"""Whether a texture tiles: measured at the step across its wrap, against the steps inside it."""

import numpy as np

from impasto_engine.texture import FloatArray
from impasto_engine.texture_traits import Wrap

# Seam ratios. Below the first a texture tiles (noise cannot be told from tiling), above the second it does
# not; ones that tile were seen up to 2.3, where rows of bricks end, paintings that do not down to 1.9.
_CONTINUES, _JUMPS = 1.3, 2.5
# Between them, how far the step may be from that of neighbours (0) to that of unrelated lines (1).
_UNRELATED = 0.7
_INVISIBLE = 0.05
_LINES = 512  # as many lines across the seam are looked at


def seam_ratio(rgb: FloatArray) -> tuple[float, float]:
    """Mean step across the wrap over the mean step between neighbours inside, along u (width) and v (height).

    rgb: (H, W, C). About 1 where the texture tiles; 1 for a flat one.
    """
    return _ratio(_lines(rgb, axis=1)), _ratio(_lines(rgb, axis=0))


def measure_wrap(rgb: FloatArray, alpha: FloatArray | None) -> tuple[Wrap, Wrap]:
    """Decide repeat or clamp along u and v from the pixels.

    rgb: (H, W, 3); alpha: (H, W) or None. An edge on which nothing is visible clamps its axis.
    """
    picture = rgb if alpha is None else np.dstack([rgb * alpha[..., None], alpha])
    u, v = (
        Wrap.REPEAT if _shows_at_edges(alpha, axis) and _continues(_lines(picture, axis)) else Wrap.CLAMP
        for axis in (1, 0)
    )
    return u, v


def _lines(picture: FloatArray, axis: int) -> FloatArray:
    """(positions along `axis`, a sample of the lines across it, channels)."""
    along = picture.swapaxes(0, axis)
    return along[:, :: -(-along.shape[1] // _LINES)]


def _ratio(along: FloatArray) -> float:
    across, inside = _steps(along)
    if across == inside:
        return 1.0
    return across / max(inside, 1e-6)


def _steps(along: FloatArray) -> tuple[float, float]:
    if len(along) < 2:
        return 0.0, 0.0
    return float(np.abs(along[0] - along[-1]).mean()), float(np.abs(np.diff(along, axis=0)).mean())


def _continues(along: FloatArray) -> bool:
    ratio = _ratio(along)
    if not _CONTINUES < ratio <= _JUMPS:
        return ratio <= _CONTINUES
    across, inside = _steps(along)
    unrelated = float((np.abs(along - along[:1]).mean() + np.abs(along - along[-1:]).mean()) / 2)
    return across - inside < _UNRELATED * (unrelated - inside)


def _shows_at_edges(alpha: FloatArray | None, axis: int) -> bool:
    if alpha is None:
        return True
    along = alpha.swapaxes(0, axis)
    return bool(along[0].max() > _INVISIBLE and along[-1].max() > _INVISIBLE)
