"""Colour arithmetic: the sRGB transfer function, and a picture with another's colours."""

import numpy as np

from impasto_engine.texture import FloatArray

# Rows: Y, I, Q (NTSC), as in "Preserving Color in Neural Artistic Style Transfer", arXiv 1606.05897, section 4
_YIQ = np.array(
    [[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]], dtype=np.float32
)
_RGB = np.linalg.inv(_YIQ).astype(np.float32)


def srgb_to_linear(encoded: FloatArray) -> FloatArray:
    """IEC 61966-2-1; any shape, [0, 1]."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def linear_to_srgb(linear: FloatArray) -> FloatArray:
    """IEC 61966-2-1; any shape, [0, 1]."""
    curved = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curved).astype(np.float32)


def with_color_of(stylized: FloatArray, content: FloatArray) -> FloatArray:
    """The luminance of `stylized` with the chroma of `content`; both (H, W, 3) sRGB-encoded in [0, 1]."""
    luminance = stylized @ _YIQ[0]
    chroma = content @ _YIQ[1:].T
    joined = np.concatenate([luminance[..., None], chroma], axis=2) @ _RGB.T
    return np.clip(joined, 0.0, 1.0).astype(np.float32)
