"""One variant of a rule: what it asks of the engine, and what its output is called."""

import re
from dataclasses import dataclass
from typing import Literal

from impasto_engine import MapRole, RestyleRequest, SheetLayout, StyleRequest, UpscaleRequest, WrapChoice

Share = Literal["auto", "folder", "none"]
OutputFormat = Literal["same", "png", "tga", "tiff", "exr", "webp", "jpeg", "bmp"]
OUTPUT_PARTS = ("stem", "variant", "ext")
RESERVED_CHARACTERS = re.compile(r'[<>:"/\\|?*\x00-\x1f]')  # Windows takes none of them in a file name

_UDIM = re.compile(r"(?P<stem>.+)(?P<tile>\.1\d{3})")


@dataclass(frozen=True, slots=True)
class RuleVariant:
    """A variant with its presets resolved and its style found; all in it is valid.

    id: unique in its rule, whatever the case. output: as in `{stem}.{variant}{ext}`.
    sheet: without a grid, its cells depend on the source.
    share: with whom a texture has its statistics in common: auto is UDIM sets and sequences.
    """

    id: str
    style: StyleRequest | None = None
    upscale: UpscaleRequest | None = None
    wrap: tuple[WrapChoice, WrapChoice] = ("auto", "auto")
    output: str = "{stem}.{variant}{ext}"
    format: OutputFormat = "same"
    power_of_two: bool = False
    max_size: int | None = None
    sheet: SheetLayout | None = None
    pixel_art: bool = False
    cpu_fallback: bool = True
    relief: float | None = None
    share: Share = "auto"

    def request(self, role: MapRole) -> RestyleRequest:
        """What to ask of the engine for a source of that role."""
        return RestyleRequest(
            role=role,
            style=self.style,
            upscale=self.upscale,
            wrap=self.wrap,
            power_of_two=self.power_of_two,
            max_size=self.max_size,
            sheet=self.sheet,
            pixel_art=self.pixel_art,
            cpu_fallback=self.cpu_fallback,
            relief=self.relief,
        )


def output_name(variant: RuleVariant, source_name: str, extension: str) -> str:
    """The file name of `variant` beside the source `source_name`; extension as in ".png".

    The number of a UDIM tile stays last: `x.1001.png` gives `x.night.1001.png`.
    """
    stem = source_name.rpartition(".")[0] or source_name
    if tile := _UDIM.fullmatch(stem):
        stem, extension = tile["stem"], tile["tile"] + extension
    parts = dict(zip(OUTPUT_PARTS, (stem, variant.id, extension), strict=True))
    return re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], variant.output)
