"""MicroAST: any painting as a style, in one pass, light enough for 4K textures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from impasto_engine.errors import RequestError
from impasto_engine.request import StyleImage, StyleRequest, shares_of
from impasto_engine.stylizer import Group, StylizerEntry, Terms
from impasto_engine.texture_traits import ColorSpace, Wrap
from impasto_engine.weights import UrlSource, WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

    from impasto_engine.fitting import Fit
    from impasto_engine.microast_rows import Painter, Source, Spread
    from impasto_engine.networks.microast import Decoder, Encoder, Modulator, Signal
    from impasto_engine.rows import Rows

_MULTIPLE = 4  # the networks work at a quarter of the size
_LEAST_SIDE = 16
_GROUPS = 16  # whose statistics are kept: a few kilobytes each
_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_COMMIT = "5a6c9050d8c408191cb9db12c697f3e4c7ebe137"


class MicroastSettings(BaseModel):
    """style_size: pixels of the longest side that a style image is brought to; its own where it is not given, as
    published. A smaller one makes for coarser strokes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    style_size: Annotated[int, Field(ge=64, le=8192)] | None = None


def _published(part: str, *, sha256: str, size: int) -> WeightsFile:
    url = f"https://raw.githubusercontent.com/EndyWon/MicroAST/{_COMMIT}/models/{part}_iter_160000.pth.tar"
    origin = "EndyWon/MicroAST (AAAI 2023), trained on MS-COCO and WikiArt"
    return WeightsFile(f"microast_{part}.pth.tar", sha256, size, "MIT", origin, (UrlSource(url),))


CONTENT_ENCODER = _published(
    "content_encoder", sha256="c8d895c0eec52507c157e102fab217c37f0c399ef3e168ef8b0b2677714660a4", size=634983
)
STYLE_ENCODER = _published(
    "style_encoder", sha256="94f6b3fa386828692c20809a0af8bd0eba9c04e90a7d8842086976e4d223c5af", size=634983
)
MODULATOR = _published(
    "modulator", sha256="8588055baf7d5ad8398d595d5518c6f030e3ff8dbb6007a7c1779776e11da28b", size=12158
)
DECODER = _published(
    "decoder", sha256="32e04a46b953fd9f94ec9e20f351511305a5260e000c18f9aef6570d5f1e23d9", size=619135
)


class Microast:
    """Stylizer; holds the signals of the style images it has seen, and the statistics of the last groups."""

    def __init__(
        self,
        encoders: tuple[Encoder, Encoder],
        modulator: Modulator,
        decoder: Decoder,
        device: torch.device,
    ) -> None:
        """encoders: of content, of style."""
        self.content_encoder, self.style_encoder = encoders
        self.modulator = modulator
        self.decoder = decoder
        self._device = device
        self._signals: dict[tuple[str, MicroastSettings], tuple[Signal, ...]] = {}
        self._group_spreads: dict[tuple[str, StyleRequest], tuple[Spread, ...]] = {}

    def stylize(self, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        """See Stylizer. Strength 0 repaints the content in its own style.

        A departure from the paper, which leaves a part of the features unnormalized: with the published weights
        that turns real textures into one flat colour at 0.25 to 0.75, and does not give them back at 0.
        """
        if not request.images or request.builtins or request.model is not None:
            raise RequestError(
                f"style {request.name!r}: the stylizer microast takes images, no builtin and no model"
            )
        size = _fit(content, terms.wrap, request.stroke)
        source = _source(content, size)
        painter = self._painter(source, request, terms.budget)
        spreads = None if terms.group is None else self._spreads(painter, terms.group, request, terms)
        return size.undo(painter.paint(source, terms, spreads))

    def _spreads(
        self, painter: Painter, group: Group, request: StyleRequest, terms: Terms
    ) -> tuple[Spread, ...]:
        """The group's statistics: measured for its first picture, kept for the others."""
        key = (group.key, request)
        if key not in self._group_spreads:
            sources = [
                _source(picture, _fit(picture, wrap, request.stroke)) for picture, wrap in group.open()
            ]
            self._group_spreads[key] = painter.measure(sources, terms)
            while len(self._group_spreads) > _GROUPS:
                del self._group_spreads[next(iter(self._group_spreads))]
        return self._group_spreads[key]

    def _painter(self, content: Source, request: StyleRequest, budget: int) -> Painter:
        """In the style of all images: their signals mixed by weight, below full strength with the content's own."""
        from impasto_engine.microast_rows import Painter
        from impasto_engine.networks.microast import mixed

        settings = request.settings or MicroastSettings()
        if not isinstance(settings, MicroastSettings):
            raise RequestError(f"style {request.name!r}: microast's settings are not {settings!r}")
        shares = [request.strength * share for share in shares_of(request.images, request.name)]
        found = [self._signals_of(image, settings, budget) for image in request.images]
        if request.strength < 1.0:
            found.append(self._signals_in(content, budget))
            shares.append(1.0 - request.strength)
        signals = [mixed(level, shares) for level in zip(*found, strict=True)]
        return Painter(self.content_encoder, self.decoder, signals, self._device)

    def _signals_of(self, image: StyleImage, settings: MicroastSettings, budget: int) -> tuple[Signal, ...]:
        key = (image.sha256, settings)
        if key not in self._signals:
            picture = _picture(image)
            longest = max(picture.height, picture.width)
            size = _fit(picture, _CLAMP, longest / (settings.style_size or longest))
            self._signals[key] = self._signals_in(_source(picture, size), budget)
        return self._signals[key]

    def _signals_in(self, style: Source, budget: int) -> tuple[Signal, ...]:
        """In float32 always: what is kept must not depend on who asked first."""
        import torch

        from impasto_engine.microast_rows import signals_of

        with torch.autocast(self._device.type, enabled=False):
            return signals_of(self.style_encoder, self.modulator, style, self._device, budget)


def load(weights: WeightsStore, device: torch.device) -> Microast:
    """Raises WeightsMissingError or WeightsCorruptError."""
    import torch

    from impasto_engine import microast_weights as names
    from impasto_engine.networks.microast import Decoder, Encoder, Modulator

    content, style, modulator, decoder = Encoder(), Encoder(), Modulator(), Decoder()
    for network, file, layers in (
        (content, CONTENT_ENCODER, names.ENCODER),
        (style, STYLE_ENCODER, names.ENCODER),
        (modulator, MODULATOR, names.MODULATOR),
        (decoder, DECODER, names.DECODER),
    ):
        network.load_state_dict(names.read_state(weights.find(file), layers))
        network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
    return Microast((content, style), modulator, decoder, device)


def _picture(image: StyleImage) -> Rows:
    """A style image, sRGB in [0, 1]; its alpha does not count."""
    import numpy as np

    from impasto_engine.color import linear_to_srgb
    from impasto_engine.rows import of_array
    from impasto_engine.texture_io import read_texture

    style = read_texture(image.path)
    rgb = np.clip(style.rgb, 0.0, 1.0)
    return of_array(linear_to_srgb(rgb) if style.color_space is ColorSpace.LINEAR else rgb)


def _source(picture: Rows, size: Fit) -> Source:
    from impasto_engine.microast_rows import Source

    return Source(size.apply(picture), size.wrap)


def _fit(picture: Rows, wrap: tuple[Wrap, Wrap], stroke: float) -> Fit:
    from impasto_engine.fitting import fit

    sides = (picture.height, picture.width)
    return fit(sides, wrap, multiple=_MULTIPLE, least=_LEAST_SIDE, stroke=stroke)


STYLIZER = StylizerEntry(
    MicroastSettings,
    load=load,
    weights=(CONTENT_ENCODER, STYLE_ENCODER, MODULATOR, DECODER),
    version=1,
    summary="any painting as a style, in one light pass for 4K textures (MicroAST, arXiv:2211.15313)",
)
