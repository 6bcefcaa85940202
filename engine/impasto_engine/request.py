"""What one restyle is asked for: a style, an upscale, and how the texture is used. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from impasto_engine.device import DevicePreference
from impasto_engine.errors import RequestError
from impasto_engine.role_names import MapRole, NormalY
from impasto_engine.sheet_layout import SheetLayout

WrapChoice = Literal["repeat", "clamp", "auto"]
StyleSource = Literal["images", "builtins", "model"]

BUILTIN_STYLES = 26
PALETTE_COLORS = 256


@dataclass(frozen=True, slots=True)
class StyleImage:
    path: Path
    sha256: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class BuiltinStyle:
    """One of the 26 styles that need no image."""

    index: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class StyleModel:
    """A trained model in a file."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Palette:
    """2 to 256 colours, sRGB-encoded in [0, 1]. Raises RequestError for fewer or more."""

    colors: tuple[tuple[float, float, float], ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.colors) <= PALETTE_COLORS:
            raise RequestError(f"a palette has 2 to {PALETTE_COLORS} colours, not {len(self.colors)}")


PaletteChoice = Palette | Literal["style"]


@dataclass(frozen=True, slots=True)
class MaskRegion:
    """What is painted where the mask has a colour, given in sRGB bytes; style None keeps the source there."""

    color: tuple[int, int, int]
    style: "StyleRequest | None"


@dataclass(frozen=True, slots=True)
class StyleMask:
    """A picture, laid over the whole texture, of where a style paints: where it is white, and by halves where grey.

    regions: with any, its colours say which style paints; what has none of them is the style's whose mask it is.
    """

    path: Path
    sha256: str
    regions: tuple[MaskRegion, ...] = ()


@dataclass(frozen=True, slots=True)
class StyleRequest:
    """Exactly one of images, builtins and model is given. Weights are relative: they are normalized by their sum.

    strength: [0, 1]. stroke: size of the strokes against the texture, [0.25, 4]. settings: the stylizer's own.
    palette: the colours to hold the result to; "style" for the dominant ones of the images.
    mask: where it paints, and where others do.
    """

    name: str
    stylizer: str = "magenta"
    images: tuple[StyleImage, ...] = ()
    builtins: tuple[BuiltinStyle, ...] = ()
    model: StyleModel | None = None
    strength: float = 1.0
    stroke: float = 1.0
    preserve_color: bool = False
    seed: int = 0
    settings: BaseModel | None = None
    palette: PaletteChoice | None = None
    mask: StyleMask | None = None

    @property
    def all_painted(self) -> "tuple[StyleRequest, ...]":
        """Itself and those of its mask's regions."""
        regions = self.mask.regions if self.mask else ()
        return (self, *(region.style for region in regions if region.style is not None))

    @property
    def pictures(self) -> tuple[Path, ...]:
        """All that it is painted after, and the mask."""
        images = (image.path for one in self.all_painted for image in one.images)
        return (*images, *((self.mask.path,) if self.mask else ()))

    @property
    def source(self) -> StyleSource:
        """Which of the three is given."""
        return "images" if self.images else "builtins" if self.builtins else "model"


@dataclass(frozen=True, slots=True)
class UpscaleRequest:
    """model: a name that `upscaler_names` lists, or "auto". scale: [1, 8] times the source's sides."""

    model: str = "auto"
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Another source that a request leans on, as it was when the request was made."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class RestyleRequest:
    """All that decides the pixels of one variant, but for the source.

    wrap: along u (width), v (height). max_size: longest side in pixels. power_of_two: both sides become one.
    sheet: None for one picture. pixel_art: sizes change without a filter, a style keeps to few colours.
    group: all pictures that share their statistics, the source included, in the order of their names;
        is_sequence: they are frames, and what stands still in them is painted alike.
    wrap_from: the base colour of the source's material; an axis that is "auto" wraps as it does.
    relief: (0, 1], for a normal map: how deep the strokes of the restyled sibling are pressed into it.
    sibling: the base colour of the source's material, where there is a relief; normal_y: where its Y points.
    """

    role: MapRole
    style: StyleRequest | None = None
    upscale: UpscaleRequest | None = None
    wrap: tuple[WrapChoice, WrapChoice] = ("auto", "auto")
    power_of_two: bool = False
    max_size: int | None = None
    sheet: SheetLayout | None = None
    pixel_art: bool = False
    cpu_fallback: bool = True
    group: tuple[SourceRef, ...] = ()
    is_sequence: bool = False
    wrap_from: SourceRef | None = None
    relief: float | None = None
    sibling: SourceRef | None = None
    normal_y: NormalY | None = None

    @property
    def refs(self) -> tuple[SourceRef, ...]:
        """All sources that this leans on, its own among them where there is a group."""
        return (*self.group, *(ref for ref in (self.wrap_from, self.sibling) if ref is not None))


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the engine runs, whatever it is asked for. memory_limit: bytes of device memory it may use.

    cache: a folder for what is found once and worth keeping: statistics of styles, learned styles. None keeps
    them in memory.
    """

    models: Path
    device: DevicePreference = "auto"
    memory_limit: int | None = None
    low_priority: bool = True
    cache: Path | None = None


def shares_of(styles: Sequence[StyleImage | BuiltinStyle], name: str) -> list[float]:
    """Their weights by their sum. Raises RequestError, naming the style, for one below 0, or all 0."""
    weights = [style.weight for style in styles]
    total = sum(weights)
    if min(weights) < 0 or not total > 0:
        raise RequestError(f"style {name!r}: weights {weights} must be 0 or more, and not all 0")
    return [weight / total for weight in weights]
