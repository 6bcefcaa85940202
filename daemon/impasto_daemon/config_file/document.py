"""The shape of config.yaml and .impasto.yaml: which keys there are, and what each takes.

Entries are read one by one, so that a mistake in one hides none in another; the documents as a whole are
there for the names of their keys and for the JSON schema.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from impasto_daemon.config_file.values import (
    Builtins,
    Grid,
    MaskShape,
    MemorySize,
    OutputName,
    PaletteName,
    Pattern,
    ProfileName,
    Role,
    Selection,
    StylizerName,
    Weight,
    Wraps,
)
from impasto_daemon.variants import OutputFormat, Share
from impasto_engine import MapRole, Profile, SheetKind

Device = Literal["auto", "cuda", "mps", "cpu"]
Polling = Literal["auto", "always", "never"]
Priority = Literal["normal", "low"]


class _Entry(BaseModel):
    """strict: "4" is no number. defer_build: a model is built when an entry is first read with it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class WatchEntry(_Entry):
    folder: str = Field(min_length=1, description="Folder to watch, relative to this file.")
    ignore: list[Pattern] = Field(default=[], description="gitignore patterns of files to leave alone.")
    profile: ProfileName = Field(
        default=Profile.NEUTRAL, description="Whose naming habits the file names follow."
    )
    polling: Polling = Field(
        default="auto",
        description="auto polls network shares only: they send no events. always counts as one.",
    )


class StyleEntry(_Entry):
    """Exactly one of image, images, builtin and model."""

    image: str | None = Field(default=None, description="Style image, relative to this file.")
    images: dict[str, Weight] | None = Field(
        default=None, min_length=1, description="Style images with weights."
    )
    builtin: Builtins | None = Field(
        None, description="A style that needs no image, or several with weights."
    )
    model: str | None = Field(
        default=None, description="A learned style that was shared, relative to this file."
    )


class UpscaleEntry(_Entry):
    model: str = Field(
        default="auto", description="auto, a built-in upscaler, or a file of the models folder."
    )
    scale: float = Field(ge=1, le=8, description="Times the source's size, 1 to 8.")


class MaskEntry(_Entry):
    image: str = Field(min_length=1, description="The mask, relative to this file.")
    regions: dict[str, str] = Field(
        min_length=1,
        description='Styles by colours of the mask, as in "#ff0000": night; none keeps the texture as it is.',
    )


class VariantEntry(_Entry):
    """A variant, or a preset: some of its keys, which variants extend."""

    id: str | None = Field(default=None, description="Default: the style's name, else x and the scale.")
    extends: str | None = Field(
        default=None, description="Name of a preset; keys given here go before its keys."
    )
    style: str | None = Field(
        default=None, description="Name of a style; without one, the texture is only upscaled."
    )
    stylizer: StylizerName = Field(default="magenta", description="The network or method that paints.")
    stylizer_settings: dict[str, Any] = Field(default={}, description="The stylizer's own settings.")
    encoder: str | list[str] | None = Field(
        default=None, description="What gatys and learned look through; several vote together in gatys."
    )
    quality: str | None = Field(default=None, description="Of gatys: draft, normal or best.")
    strength: float = Field(
        default=1.0, ge=0, le=1, description="From 0, the texture as it is, to 1, all painted."
    )
    stroke: float = Field(default=1.0, ge=0.25, le=4, description="Size of the strokes against the texture.")
    preserve_color: bool = Field(default=False, description="Keep the texture's own colours.")
    palette: PaletteName | None = Field(
        default=None, description="Hold it to these colours: style, or a .gpl or .hex file."
    )
    mask: MaskShape | None = Field(
        default=None,
        description="Where it is painted: a picture, white where it is, or one whose colours name styles.",
    )
    relief: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="For normal maps: how deep the strokes of the painted base colour are pressed in.",
    )
    seed: int = Field(default=0, ge=0, le=2**32 - 1, description="Another seed, another hand.")
    wrap: Wraps = Field(
        default=("auto", "auto"), description="Whether the texture tiles: for both axes, or [u, v]."
    )
    share: Share = Field(
        default="auto",
        description="With whom it shares its statistics: auto is UDIM sets and frames, folder all beside it.",
    )
    upscale: UpscaleEntry | None = Field(default=None, description="Without it the size stays.")
    output: OutputName = Field(
        default="{stem}.{variant}{ext}", description="Name of the output beside its source."
    )
    format: OutputFormat = Field(default="same", description="File type of the output.")
    power_of_two: bool = Field(default=False, description="Round both sides to a power of two.")
    max_size: int | None = Field(
        default=None, ge=16, le=65536, description="Longest side of the output in pixels."
    )
    layout: SheetKind | None = Field(
        default=None,
        description="A sheet of sprites: atlas keeps its cells apart, frames are those of one animation.",
    )
    grid: Grid | None = Field(
        default=None,
        description="Size of a cell, as in 64x64. Default: from the sheet's JSON, else by its alpha.",
    )
    extrude: int = Field(
        default=0,
        ge=0,
        le=16,
        description="Pixels by which an atlas's cells repeat their border outward, against bleeding.",
    )
    pixel_art: bool = Field(
        default=False,
        description="Enlarge without smoothing, and keep to as many colours as the texture has.",
    )
    cpu_fallback: bool = Field(
        default=True, description="Go on with the CPU when the graphics memory runs out."
    )


class RuleHead(_Entry):
    name: str = Field(min_length=1)
    match: Selection = Field(description="gitignore patterns, relative to the watch folder.")
    roles: list[Role] = Field(
        default=[MapRole.BASE_COLOR, MapRole.SPRITE], min_length=1, description="The kinds of maps it is for."
    )


class RuleEntry(RuleHead):
    variants: list[VariantEntry] = Field(min_length=1, description="What to make of each matching texture.")


class ConfigHead(_Entry):
    """The keys of config.yaml that hold one value."""

    device: Device = Field(default="auto", description="Where the networks run.")
    memory_limit: MemorySize = Field(default=None, description="Most graphics memory to use, as in 4GB.")
    priority: Priority = Field(default="low", description="low leaves the machine to whoever works at it.")
    models: str | None = Field(
        default=None, min_length=1, description="Folder of weights and of your own models."
    )


class RulesDocument(_Entry):
    """.impasto.yaml: for the folder it stands in, before the rules above it."""

    styles: dict[str, StyleEntry] | None = Field(default=None, description="Styles by name.")
    presets: dict[str, VariantEntry] | None = Field(
        default=None, description="Keys of variants by name, to extend."
    )
    rules: list[RuleEntry] | None = Field(default=None, description="The first rule that matches wins.")


class ConfigDocument(ConfigHead):
    """config.yaml."""

    watch: list[WatchEntry] = Field(min_length=1, description="Folders that artists export into.")
    styles: dict[str, StyleEntry] | None = Field(default=None, description="Styles by name.")
    presets: dict[str, VariantEntry] | None = Field(
        default=None, description="Keys of variants by name, to extend."
    )
    rules: list[RuleEntry] | None = Field(default=None, description="The first rule that matches wins.")
