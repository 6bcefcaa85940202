"""Versions of what makes pixels, each raised when the same request gives other ones: then it is done again.

Stylizers have theirs in their entries.
"""

MASK_VERSION = 1
PALETTE_VERSION = 1
PIXEL_ART_VERSION = 1
RELIEF_VERSION = 1
SHEETS_VERSION = 1
STILLNESS_VERSION = 1
UPSCALER_VERSION = 1
