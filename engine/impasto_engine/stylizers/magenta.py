"""The default stylizer: Magenta's arbitrary stylization for style images, and 26 styles without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from impasto_engine.body_painter import BodyPainter
from impasto_engine.errors import RequestError
from impasto_engine.magenta_networks import (
    MULTISTYLE,
    PREDICTOR,
    TRANSFORM,
    load_multistyle,
    load_predictor,
    load_transform,
)
from impasto_engine.request import BUILTIN_STYLES, StyleImage, StyleRequest, shares_of
from impasto_engine.stylizer import StylizerEntry, Terms
from impasto_engine.texture_traits import ColorSpace, Wrap
from impasto_engine.weights import WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

    from impasto_engine.networks.multistyle import MultiStyle
    from impasto_engine.networks.style_predictor import StylePredictor
    from impasto_engine.networks.style_transform import StyleTransform
    from impasto_engine.rows import Rows
    from impasto_engine.texture import Texture


class MagentaSettings(BaseModel):
    """style_crop: what the network sees, as 256x256, of a style image: its "center" square or the "whole"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    style_crop: Literal["center", "whole"] = "center"


class Magenta:
    """Stylizer; holds the style vectors it has seen, each computed once for (sha256, settings)."""

    def __init__(
        self,
        predictor: StylePredictor,
        transform: StyleTransform,
        multistyle: MultiStyle,
        device: torch.device,
    ) -> None:
        self.predictor = predictor
        self.transform = transform
        self.multistyle = multistyle
        self._device = device
        self._vectors: dict[tuple[str, MagentaSettings], torch.Tensor] = {}
        self._painter = BodyPainter(device)

    def stylize(self, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        """See Stylizer. Strength 0 with a style image repaints the content in its own style; with a built-in
        one, which has no vector to move towards the content's, it is the content.
        """
        from impasto_engine.blending import Blended

        if request.model is not None or not (request.images or request.builtins):
            raise RequestError(
                f"style {request.name!r}: the stylizer magenta takes images or builtins, not a model"
            )
        if request.images:
            body = self.transform.in_style(self._mixed_vector(content, request))
            return self._painter.paint(body, content, request, terms)
        body = self.multistyle.in_style(self._builtin_weights(request))
        return Blended(content, self._painter.paint(body, content, request, terms), request.strength)

    def _mixed_vector(self, content: Rows, request: StyleRequest) -> torch.Tensor:
        import torch

        settings = _settings(request)
        weights = shares_of(request.images, request.name)
        vectors = [self.vector(image, settings) for image in request.images]
        style = (torch.cat(vectors) * vectors[0].new_tensor(weights)[:, None]).sum(0, keepdim=True)
        if request.strength >= 1.0:
            return style
        own = self._predict(content, settings)
        return own * (1.0 - request.strength) + style * request.strength

    def _builtin_weights(self, request: StyleRequest) -> torch.Tensor:
        weights = self.multistyle.gamma.new_zeros(1, BUILTIN_STYLES)
        for style, weight in zip(request.builtins, shares_of(request.builtins, request.name), strict=True):
            if not 0 <= style.index < BUILTIN_STYLES:
                raise RequestError(
                    f"style {request.name!r}: no builtin {style.index}, they are 0 to {BUILTIN_STYLES - 1}"
                )
            weights[0, style.index] += weight
        return weights

    def vector(self, image: StyleImage, settings: MagentaSettings) -> torch.Tensor:
        """(1, 100). Raises TextureReadError."""
        key = (image.sha256, settings)
        if key not in self._vectors:
            from impasto_engine.texture_io import read_texture

            self._vectors[key] = self._predict(_picture(read_texture(image.path)), settings)
        return self._vectors[key]

    def _predict(self, picture: Rows, settings: MagentaSettings) -> torch.Tensor:
        """(1, 100), in float32 always: a cached vector must not depend on who asked first."""
        import torch

        from impasto_engine.fitting import Crop, Resampled
        from impasto_engine.networks.style_predictor import SIDE

        if settings.style_crop == "center":
            side = min(picture.height, picture.width)
            corner = (picture.height - side) // 2, (picture.width - side) // 2
            picture = Crop(picture, corner, (side, side))
        square = Resampled(picture, (SIDE, SIDE), (Wrap.CLAMP, Wrap.CLAMP)).rows(0, SIDE).to(self._device)
        with torch.autocast(self._device.type, enabled=False):
            vector: torch.Tensor = self.predictor(square.float())
        return vector


def load(weights: WeightsStore, device: torch.device) -> Magenta:
    """Raises WeightsMissingError or WeightsCorruptError."""
    return Magenta(
        load_predictor(weights, device),
        load_transform(weights, device),
        load_multistyle(weights, device),
        device,
    )


def _settings(request: StyleRequest) -> MagentaSettings:
    if request.settings is None:
        return MagentaSettings()
    if not isinstance(request.settings, MagentaSettings):
        raise RequestError(f"style {request.name!r}: magenta's settings are not {request.settings!r}")
    return request.settings


def _picture(style: Texture) -> Rows:
    """A style image as the predictor takes it, sRGB in [0, 1]; its alpha does not count."""
    import numpy as np

    from impasto_engine.color import linear_to_srgb
    from impasto_engine.rows import of_array

    rgb = np.clip(style.rgb, 0.0, 1.0)
    return of_array(linear_to_srgb(rgb) if style.color_space is ColorSpace.LINEAR else rgb)


STYLIZER = StylizerEntry(
    MagentaSettings,
    load=load,
    weights=(PREDICTOR, TRANSFORM, MULTISTYLE),
    version=1,
    summary="any painting as a style, and 26 built-in ones, in one pass (Magenta, arXiv:1705.06830)",
    takes=("images", "builtins"),
)
