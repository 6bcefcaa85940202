"""A painting's manner learned once, in about two minutes, then painted in one pass."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from impasto_engine.body_painter import BodyPainter
from impasto_engine.encoder import find_encoder, first_installed
from impasto_engine.errors import RequestError
from impasto_engine.learned_style import LearnedStyle, Network, write_learned
from impasto_engine.magenta_networks import MULTISTYLE, PREDICTOR, TRANSFORM
from impasto_engine.request import BUILTIN_STYLES, StyleImage, StyleRequest, shares_of
from impasto_engine.style_shelf import StyleShelf
from impasto_engine.stylizer import Progress, StylizerEntry, Terms
from impasto_engine.stylizers.gatys import EncoderName
from impasto_engine.stylizers.magenta import MagentaSettings
from impasto_engine.stylizers.magenta import load as load_magenta
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

    from impasto_engine.networks.multistyle import MultiStyle
    from impasto_engine.networks.style_transform import StyleTransform
    from impasto_engine.networks.transform_body import StyledBody
    from impasto_engine.rows import Rows
    from impasto_engine.training.crops import Open
    from impasto_engine.training.learner import Learner, Pupil

_PREFERRED: tuple[EncoderName, ...] = ("efficientnet_lite0", "squeezenet", "vgg19")
_ENCODERS: tuple[EncoderName, ...] = (*_PREFERRED, "vgg19_quarter")
_NOWHERE = Path("unwritten")
_REPORT_SECONDS = 0.5

LEARNED_VERSION = 1  # raised when the same painting is to be learned anew
DRAFT = "a draft by magenta, while the style is learned"


class LearnedSettings(BaseModel):
    """network: what paints, with 26 styles of its own to start from, or Magenta's arbitrary one, which is lighter.
    encoder: what the learning looks through; "auto" takes the best that is installed, never vgg19_quarter.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: Network = "multistyle"
    encoder: Literal["auto"] | EncoderName = "auto"


def learned_path(cache: Path, image: StyleImage, settings: LearnedSettings) -> Path:
    """Where in the cache the learned style of one image lies, or will lie."""
    key = f"{LEARNED_VERSION} {image.sha256} {settings.model_dump_json()}"
    return cache / "learned" / f"{hashlib.sha256(key.encode()).hexdigest()}.safetensors"


def missing_styles(cache: Path, style: StyleRequest) -> tuple[StyleImage, ...]:
    """The images that are still to be learned, each once, those of a mask's regions among them. () for another
    stylizer, and for a `model`.
    """
    if style.stylizer != "learned":
        return ()
    settings = settings_of(style)
    return tuple(image for image in _images(style) if not learned_path(cache, image, settings).is_file())


def _images(style: StyleRequest) -> Iterable[StyleImage]:
    """Each once."""
    return {image.sha256: image for one in style.all_painted for image in one.images}.values()


def settings_of(request: StyleRequest) -> LearnedSettings:
    if request.settings is None:
        return LearnedSettings()
    if not isinstance(request.settings, LearnedSettings):
        raise RequestError(f"style {request.name!r}: learned's settings are not {request.settings!r}")
    return request.settings


class Learned:
    """Stylizer; holds magenta, whose networks these styles are of, and the styles last used."""

    def __init__(self, weights: WeightsStore, device: torch.device) -> None:
        """Raises WeightsMissingError or WeightsCorruptError."""
        self._weights = weights
        self._device = device
        self._magenta = load_magenta(weights, device)
        self._painter = BodyPainter(device)
        self._shelf = StyleShelf()

    def stylize(self, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        """See Stylizer. What is not learned yet is painted by magenta where a draft will do, else learned now, on
        the content or its group. Strength 0 is the content.
        """
        from impasto_engine.blending import Blended

        if request.builtins or not (request.images or request.model):
            raise RequestError(
                f"style {request.name!r}: the stylizer learned takes images or a model, not builtins"
            )
        if self._missing(request, terms.cache):
            if terms.drafted is not None:
                terms.drafted()
                terms.note(DRAFT)
                asked = replace(request, stylizer="magenta", settings=None)
                return self._magenta.stylize(content, asked, terms)
            self._learn_now(content, request, terms)
        body = self._body(request, terms)
        return Blended(content, self._painter.paint(body, content, request, terms), request.strength)

    def learner(self, style: StyleRequest, textures: Sequence[Open], cache: Path | None) -> Learner:
        """Of the images that are not learned yet. cache: None keeps here what is learned."""
        from impasto_engine.training.learner import Learner

        settings = settings_of(style)

        def keep(image: StyleImage, learned: LearnedStyle) -> None:
            if cache is None:
                self._shelf.keep(learned_path(_NOWHERE, image, settings), learned)
            else:
                write_learned(learned_path(cache, image, settings), learned)

        make = partial(self._pupil, settings)
        return Learner(self._device, make, self._missing(style, cache), textures, keep)

    def _missing(self, request: StyleRequest, cache: Path | None) -> tuple[StyleImage, ...]:
        if cache is not None:
            return missing_styles(cache, request)
        settings = settings_of(request)
        images = _images(request)
        return tuple(one for one in images if not self._shelf.holds(learned_path(_NOWHERE, one, settings)))

    def _learn_now(self, content: Rows, request: StyleRequest, terms: Terms) -> None:
        pictures = [(content, terms.wrap)] if terms.group is None else terms.group.open()
        learner = self.learner(request, [partial(_given, *one) for one in pictures], terms.cache)
        terms.progress(Progress("learn", 0, learner.total))
        while not learner.advance(_REPORT_SECONDS):
            terms.progress(Progress("learn", learner.done, learner.total))

    def _body(self, request: StyleRequest, terms: Terms) -> StyledBody:
        """Its images' styles mixed by weight: in both networks, gamma and beta are linear in the style."""
        import numpy as np
        import torch

        from impasto_engine.networks.transform_body import StyledBody

        if request.model is not None:
            styles, shares = [self._shelf.get(request.model.path)], [1.0]
        else:
            folder, settings = terms.cache or _NOWHERE, settings_of(request)
            styles = [self._shelf.get(learned_path(folder, image, settings)) for image in request.images]
            shares = shares_of(request.images, request.name)
        terms.used_encoder(styles[0].encoder)
        gamma = np.average([style.gamma for style in styles], axis=0, weights=shares)
        beta = np.average([style.beta for style in styles], axis=0, weights=shares)
        rows = [torch.from_numpy(one).float()[None].to(self._device) for one in (gamma, beta)]
        return StyledBody(self._network(styles[0].network).body, *rows)

    def _network(self, name: Network) -> MultiStyle | StyleTransform:
        return self._magenta.multistyle if name == "multistyle" else self._magenta.transform

    def _pupil(self, settings: LearnedSettings) -> Pupil:
        """Raises WeightsMissingError where no encoder is installed, or not the one asked for."""
        import torch

        from impasto_engine.eye import Eye
        from impasto_engine.training.learner import Pupil

        is_open = settings.encoder == "auto"
        name = first_installed(_PREFERRED, self._weights) if is_open else settings.encoder
        entry = find_encoder(name)
        with torch.inference_mode(False):  # gradients flow through these weights
            eye = Eye(name, entry, entry.load(self._weights, self._device), self._device)
        return Pupil(settings.network, self._starts_of(settings.network), eye)

    def _starts_of(self, network: Network) -> Callable[[StyleImage], Sequence[StyledBody]]:
        """The styles that one of an image may be learned from."""
        import torch

        if network == "arbitrary":
            return lambda image: [
                self._magenta.transform.in_style(self._magenta.vector(image, MagentaSettings()))
            ]
        rows = torch.eye(BUILTIN_STYLES, device=self._device)
        return lambda _image: [self._magenta.multistyle.in_style(row[None]) for row in rows]


def load(weights: WeightsStore, device: torch.device) -> Learned:
    """The encoders load when a style is learned through them."""
    return Learned(weights, device)


def _given(picture: Rows, wrap: tuple[Wrap, Wrap]) -> tuple[Rows, tuple[Wrap, Wrap]]:
    return picture, wrap


STYLIZER = StylizerEntry(
    LearnedSettings,
    load=load,
    weights=(MULTISTYLE, TRANSFORM, PREDICTOR, *(find_encoder(name).weights for name in _ENCODERS)),
    version=1,
    summary="a painting's manner, learned in two minutes and then painted in one pass (arXiv:1610.07629)",
    takes=("images", "model"),
)
