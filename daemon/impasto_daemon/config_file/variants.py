"""Variants: presets resolved, style and upscaler looked up, settings given to the stylizer's own class."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ValidationError

from impasto_daemon.config_file.document import VariantEntry
from impasto_daemon.config_file.masks import MaskReader
from impasto_daemon.config_file.palettes import PaletteReader
from impasto_daemon.config_file.problems import explain, unknown, unknown_key
from impasto_daemon.config_file.references import References
from impasto_daemon.config_file.shape import DocumentReader
from impasto_daemon.variants import RESERVED_CHARACTERS, RuleVariant
from impasto_daemon.yaml_lines import Loc, YamlDocument
from impasto_engine import (
    PaletteChoice,
    SheetLayout,
    StyleMask,
    StyleRequest,
    StyleSource,
    UpscaleRequest,
    find_stylizer,
    stylizer_names,
)

_SHORT_KEYS = ("encoder", "quality")  # of the stylizer's own settings, those that artists ask for
_SETTINGS_KEYS = ("stylizer_settings", *_SHORT_KEYS)
_STYLE_KEYS: dict[StyleSource, str] = {"images": "image", "builtins": "builtin", "model": "model"}


@dataclass(frozen=True, slots=True)
class Preset:
    """Keys of a variant, those of what it extends included.

    style, palette, mask: what is meant by those that it names. places: where those keys stand that are for the
    stylizer's own settings.
    """

    entry: VariantEntry
    style: StyleRequest | None = None
    palette: PaletteChoice | None = None
    mask: StyleMask | None = None
    places: Mapping[str, tuple[YamlDocument, Loc]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """What rules may name: the styles and presets of their file and of those above it."""

    styles: Mapping[str, StyleRequest] = field(default_factory=dict)
    presets: Mapping[str, Preset] = field(default_factory=dict)


class VariantReader:
    """Reads the presets and variants of one document.

    styles: its own; None for a wrong one. outer: what the files above define. upscalers: the valid names.
    """

    def __init__(
        self,
        reader: DocumentReader,
        styles: Mapping[str, StyleRequest | None],
        outer: Scope,
        upscalers: tuple[str, ...],
        *,
        references: References,
    ) -> None:
        self._reader = reader
        self._styles: Mapping[str, StyleRequest | None] = {**outer.styles, **styles}
        self._outer = outer
        self._upscalers = upscalers
        self._palettes = PaletteReader(reader, references)
        self._masks = MaskReader(reader, references, self._styles)
        self._entries: Mapping[str, VariantEntry | None] = {}
        self._presets: dict[str, Preset | None] = {}

    def read_presets(self, entries: Mapping[str, VariantEntry | None]) -> Mapping[str, Preset]:
        """The presets that are right, by name; variants read from now on may extend them."""
        self._entries = entries
        for name in entries:
            self._find_preset(name, ())
        return {name: preset for name, preset in self._presets.items() if preset is not None}

    def read_variant(self, entry: VariantEntry, loc: Loc) -> RuleVariant | None:
        preset = self._merge(entry, loc, ())
        if preset is None:
            return None
        whole, style = preset.entry, preset.style
        asked = whole.upscale
        upscale = None if asked is None else UpscaleRequest(asked.model, asked.scale)
        changes_file = whole.format != "same" or whole.power_of_two or whole.max_size is not None
        if style is None and upscale is None and not changes_file:
            keys = "style, upscale, format, power_of_two, max_size"
            self._reader.refuse(loc, f"asks for nothing; valid: one or more of {keys}")
            return None
        if not self._style_fits(preset, loc):
            return None
        name = whole.id or (style.name if style else None) or (f"x{upscale.scale:g}" if upscale else "")
        if style is not None:
            style = replace(self._as_asked(style, preset), palette=preset.palette, mask=self._mask(preset))
            bare = next((one.name for one in style.all_painted if not one.images), None)
            if preset.palette == "style" and bare is not None:
                message = f"the style '{bare}' has no image to take colours from; valid: a .gpl or .hex file"
                self._reader.refuse((*loc, "palette"), message)
                return None
        contradictions = list(_contradictions(whole))
        for where, message in contradictions:
            self._reader.refuse((*loc, *where), message)
        if contradictions or not self._is_file_name(name, loc):
            return None
        return RuleVariant(
            id=name,
            style=style,
            upscale=upscale,
            wrap=whole.wrap,
            output=whole.output,
            format=whole.format,
            power_of_two=whole.power_of_two,
            max_size=whole.max_size,
            sheet=SheetLayout(whole.layout, whole.grid, extrude=whole.extrude) if whole.layout else None,
            pixel_art=whole.pixel_art,
            cpu_fallback=whole.cpu_fallback,
            relief=whole.relief,
            share=whole.share,
        )

    def _find_preset(self, name: str, trail: tuple[str, ...]) -> Preset | None:
        if name not in self._entries:
            return self._outer.presets.get(name)
        if name not in self._presets:
            entry = self._entries[name]
            loc = ("presets", name)
            self._presets[name] = None if entry is None else self._merge(entry, loc, (*trail, name))
        return self._presets[name]

    def _merge(self, entry: VariantEntry, loc: Loc, trail: tuple[str, ...]) -> Preset | None:
        """What `entry` extends, with its own keys over it. trail: the presets that led here."""
        base: Preset | None = Preset(VariantEntry())
        if entry.extends in trail:
            ring = " -> ".join((*trail[trail.index(entry.extends) :], entry.extends))
            self._reader.refuse((*loc, "extends"), f"extends itself: {ring}")
            return None
        if entry.extends is not None:
            known = dict.fromkeys([*self._entries, *self._outer.presets])
            if entry.extends not in known:
                self._reader.refuse((*loc, "extends"), unknown("preset", entry.extends, known))
                return None
            base = self._find_preset(entry.extends, trail)
        if base is None or not self._names_are_known(entry, loc):
            return None
        own = entry.model_fields_set
        palette = base.palette if "palette" not in own else None
        mask = base.mask if "mask" not in own else None
        if entry.palette is not None:
            palette = self._palettes.read((*loc, "palette"), entry.palette)
            if palette is None:
                return None
        if entry.mask is not None:
            mask = self._masks.read((*loc, "mask"), entry.mask)
            if mask is None:
                return None
        here = {key: (self._reader.document, (*loc, key)) for key in _SETTINGS_KEYS if key in own}
        return Preset(
            base.entry.model_copy(update={key: getattr(entry, key) for key in own - {"extends"}}),
            self._styles[entry.style] if entry.style else base.style if "style" not in own else None,
            palette,
            mask,
            {**base.places, **here},
        )

    def _names_are_known(self, entry: VariantEntry, loc: Loc) -> bool:
        """False as well where the style is known and wrong: that has been said already."""
        if entry.upscale is not None and entry.upscale.model not in self._upscalers:
            message = unknown("upscaler", entry.upscale.model, self._upscalers)
            self._reader.refuse((*loc, "upscale", "model"), message)
            return False
        if entry.style is not None and entry.style not in self._styles:
            self._reader.refuse((*loc, "style"), unknown("style", entry.style, self._styles))
            return False
        return entry.style is None or self._styles[entry.style] is not None

    def _as_asked(self, style: StyleRequest, preset: Preset) -> StyleRequest:
        whole = preset.entry
        return replace(
            style,
            stylizer=whole.stylizer,
            strength=whole.strength,
            stroke=whole.stroke,
            preserve_color=whole.preserve_color,
            seed=whole.seed,
            settings=self._settings(preset),
        )

    def _mask(self, preset: Preset) -> StyleMask | None:
        """With the variant's keys for the styles of its regions too."""
        if preset.mask is None:
            return None
        regions = (
            replace(one, style=None if one.style is None else self._as_asked(one.style, preset))
            for one in preset.mask.regions
        )
        return replace(preset.mask, regions=tuple(regions))

    def _style_fits(self, preset: Preset, loc: Loc) -> bool:
        """Whether what is asked of the style can be done with it, or with there being none."""
        whole, style = preset.entry, preset.style
        if style is None:
            asked = [key for key in ("palette", "mask", "relief") if getattr(whole, key) is not None]
            if asked:
                self._reader.refuse((*loc, asked[0]), "is for a variant with a style; this one has none")
            return not asked
        takes = find_stylizer(whole.stylizer).takes
        has = _STYLE_KEYS[style.source]
        if style.source not in takes:
            key = "stylizer" if (*loc, "stylizer") in self._reader.document.lines else "style"
            valid = ", ".join(one for one in stylizer_names() if style.source in find_stylizer(one).takes)
            wants = " or ".join(_STYLE_KEYS[source] for source in takes)
            message = f"{whole.stylizer} takes a style with {wants}, but '{style.name}' has {has}"
            self._reader.refuse((*loc, key), f"{message}; valid for that: stylizer: {valid}")
            return False
        if preset.palette == "style" and not style.images:
            message = (
                f"the style '{style.name}' has no image to take colours from; valid: a .gpl or .hex file"
            )
            self._reader.refuse((*loc, "palette"), message)
            return False
        return True

    def _settings(self, preset: Preset) -> BaseModel | None:
        """None where none are given: the stylizer's own defaults."""
        entry = preset.entry
        model = find_stylizer(entry.stylizer).settings
        given, places = dict(entry.stylizer_settings), {}
        if "stylizer_settings" in preset.places:
            document, loc = preset.places["stylizer_settings"]
            places = {key: (document, (*loc, key)) for key in given}
        problems = []
        for key in _SHORT_KEYS:
            if getattr(entry, key) is not None:
                given[key], places[key] = getattr(entry, key), preset.places[key]
        for key in given.keys() - model.model_fields.keys():
            document, place = places[key]
            message = f"the stylizer {entry.stylizer} has none" if key in _SHORT_KEYS else None
            problems.append(document.problem(place, message or unknown_key(key, model.model_fields)))
        known = {key: value for key, value in given.items() if key in model.model_fields}
        settings = None
        try:
            settings = model.model_validate(known) if known else None
        except ValidationError as error:
            for details in error.errors(include_url=False):
                first, *inner = details["loc"]
                document, start = places[str(first)]
                place = (*start, *inner) if (*start, *inner) in document.lines else start
                message = explain(details, None if inner else model, document.spelled.get(place))
                problems.append(document.problem(place, message))
        self._reader.problems += [one for one in problems if one not in self._reader.problems]
        return settings

    def _is_file_name(self, name: str, loc: Loc) -> bool:
        key = "id" if (*loc, "id") in self._reader.document.lines else "style"
        if not name:
            self._reader.refuse(
                (*loc, "id"), "is missing: with neither style nor upscale there is no other name"
            )
        elif RESERVED_CHARACTERS.search(name) or name != name.strip(". "):
            message = (
                f"'{name}' cannot be part of a file name: no / \\ : * ? \" < > |, no dot or space at its ends"
            )
            self._reader.refuse((*loc, key), message)
        else:
            return True
        return False


def _contradictions(whole: VariantEntry) -> Iterator[tuple[Loc, str]]:
    """Keys that have no meaning beside the others of the variant, and why."""
    if whole.grid is not None and whole.layout is None:
        yield ("grid",), "cuts nothing without a layout; add layout: atlas or layout: frames"
    if whole.extrude and whole.layout != "atlas":
        yield (
            ("extrude",),
            "is for the space between the cells of an atlas; add layout: atlas, or leave it out",
        )
    elif whole.extrude and whole.grid is not None:
        yield ("extrude",), "finds no space to fill: the cells of a grid touch; leave out extrude or grid"
    if whole.mask is not None and whole.layout is not None:
        yield (
            ("mask",),
            "is laid over a whole texture, not over the cells of a sheet; leave out mask or layout",
        )
    if whole.pixel_art and whole.upscale is not None and whole.upscale.model != "auto":
        model = whole.upscale.model
        yield ("upscale", "model"), f"'{model}' would smooth pixel art; leave out the model or pixel_art"
