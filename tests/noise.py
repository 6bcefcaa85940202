"""A texture of noise, for tests of what files keep."""

import numpy as np

from impasto_engine.texture import Texture
from impasto_engine.texture_traits import BitDepth

LEVELS = {BitDepth.UINT8: 255, BitDepth.UINT16: 65535}


def noise(depth: BitDepth, *, alpha: bool, grey: bool = False) -> Texture:
    """Every sample is one the depth can hold; a quarter is fully transparent, with colour beneath."""
    rng = np.random.default_rng(1)
    samples = rng.random((24, 40, 4), dtype=np.float32)
    if depth in LEVELS:
        samples = np.floor(samples * LEVELS[depth]) / np.float32(LEVELS[depth])
    elif depth is BitDepth.HALF:
        samples = samples.astype(np.float16).astype(np.float32)
    samples[:12, :20, 3] = 0.0
    rgb = samples[..., :1].repeat(3, axis=2) if grey else samples[..., :3]
    return Texture(rgb, samples[..., 3] if alpha else None, bit_depth=depth, grey=grey)
