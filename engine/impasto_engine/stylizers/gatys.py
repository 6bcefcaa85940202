"""The quality stylizer: the picture itself is changed until an encoder sees the style in it (arXiv:1508.06576)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from impasto_engine.encoder import find_encoder, first_installed
from impasto_engine.errors import RequestError
from impasto_engine.request import StyleRequest
from impasto_engine.stylizer import StylizerEntry, Terms
from impasto_engine.weights import WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

    from impasto_engine.eye import Eye
    from impasto_engine.rows import Rows

EncoderName = Literal["vgg19", "efficientnet_lite0", "squeezenet", "vgg19_quarter"]
_Choice = Literal["auto", EncoderName]
_ONE = {"enum": list(get_args(_Choice))}
Encoders = Annotated[
    tuple[_Choice, ...],
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_ONE, {"type": "array", "items": _ONE, "minItems": 1}]}),
]
Quality = Literal["draft", "normal", "best"]
_PREFERRED: tuple[EncoderName, ...] = ("vgg19", "efficientnet_lite0", "squeezenet")
_REGISTERED: tuple[EncoderName, ...] = (*_PREFERRED, "vgg19_quarter")


class GatysSettings(BaseModel):
    """encoder: "auto" takes the best that is installed, never vgg19_quarter; several vote together. quality: how
    large the picture is that is painted, and how long. loss: of Gram matrices, or W2 between normal distributions.
    layer_weights: of the encoder's style layers, from fine to coarse.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: Encoders = ("auto",)
    quality: Quality = "normal"
    loss: Literal["gram", "w2"] = "gram"
    layer_weights: tuple[float, ...] = Field(default=())


class Gatys:
    """Stylizer; holds the encoders it has loaded, each with the statistics of the styles that it has seen.

    A group is not heeded: the statistics that count are the style's, which its pictures share anyhow.
    """

    def __init__(self, weights: WeightsStore, device: torch.device) -> None:
        self._weights = weights
        self._device = device
        self._eyes: dict[EncoderName, Eye] = {}

    def stylize(self, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        """See Stylizer. Strength 0 is the content; under 1 its features count for more. A region's style is
        looked for in its own places (guided Gram matrices, arXiv:1611.07865).
        """
        from impasto_engine.pastiche import EFFORTS, Pastiche, Plan

        settings = _settings(request)
        if not request.images:
            raise RequestError(f"style {request.name!r}: the stylizer gatys takes images only")
        if request.strength <= 0:
            return content
        names = self._resolve(settings)
        terms.used_encoder("+".join(names))
        plan = Plan(request, EFFORTS[settings.quality], settings.loss, settings.layer_weights)
        return Pastiche([self._eye(name) for name in names]).paint([content], plan, terms)[0]

    def _resolve(self, settings: GatysSettings) -> tuple[EncoderName, ...]:
        """Raises WeightsMissingError where none is installed."""
        best = (
            first_installed(_PREFERRED, self._weights) if one == "auto" else one for one in settings.encoder
        )
        return tuple(dict.fromkeys(best))

    def _eye(self, name: EncoderName) -> Eye:
        import torch

        from impasto_engine.eye import Eye

        if name not in self._eyes:
            entry = find_encoder(name)
            with torch.inference_mode(False):  # gradients flow through these weights
                encoder = entry.load(self._weights, self._device)
            self._eyes[name] = Eye(name, entry, encoder, self._device)
        return self._eyes[name]


def load(weights: WeightsStore, device: torch.device) -> Gatys:
    """The encoders load when a request names them."""
    return Gatys(weights, device)


def _settings(request: StyleRequest) -> GatysSettings:
    if request.settings is None:
        return GatysSettings()
    if not isinstance(request.settings, GatysSettings):
        raise RequestError(f"style {request.name!r}: gatys's settings are not {request.settings!r}")
    return request.settings


STYLIZER = StylizerEntry(
    GatysSettings,
    load=load,
    weights=tuple(find_encoder(name).weights for name in _REGISTERED),
    version=2,
    summary="the painter's hand, half a minute for a texture (Gatys et al., arXiv:1508.06576)",
    guided=True,
)
