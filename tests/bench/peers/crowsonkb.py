"""crowsonkb/style-transfer-pytorch as it stands in a folder, looking through a network of our choice."""

import contextlib
import importlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.transforms import functional as TF

from peers.track import Loss, Track

_PACKAGE = "style_transfer"
_EVERY = 20  # iterations from one look to the next


class Crowsonkb:
    """One pair of pictures, at the content's size, with the peer's defaults."""

    def __init__(self, folder: Path, network: tuple[nn.Module, nn.Sequential]) -> None:
        """folder: a checkout. network: what normalizes (1, 3, H, W) in [0, 1], and the layers as torchvision's
        `features`; in its first convolution the peer puts padding of its own."""
        self._module: Any = _module_of(folder)
        normalize, features = network
        self._module.models = SimpleNamespace(
            vgg19=lambda weights: SimpleNamespace(features=features),
            VGG19_Weights=SimpleNamespace(IMAGENET1K_V1=None),
        )
        self._normalize = normalize
        self._seen = self._transfer()
        self.style_layers: list[int] = self._seen.style_layers
        self.style_weights: list[float] = self._seen.style_weights
        (self.content_layer,) = self._seen.content_layers

    def _transfer(self) -> Any:
        transfer = self._module.StyleTransfer()
        transfer.model.normalize = self._normalize
        return transfer

    def features(self, picture: torch.Tensor) -> dict[str, torch.Tensor]:
        """By the number of their layer."""
        return {str(index): one for index, one in self._seen.model(picture).items() if index != "input"}

    def loss(self, content: torch.Tensor, style: torch.Tensor) -> Loss:
        """Its own at the size of the content, taken from a run of no iterations."""
        found: list[Any] = []
        theirs = self._module.SumLoss

        def kept(losses: list[nn.Module]) -> Any:
            found.append(theirs(losses))
            return found[-1]

        transfer = self._transfer()
        self._module.SumLoss = kept
        try:
            self._stylize(transfer, (content, style), scales=_only(content), iterations=(0, 0), callback=None)
        finally:
            self._module.SumLoss = theirs
        (criterion,) = found
        return lambda picture: criterion(transfer.model(picture))

    def paint(
        self, content: torch.Tensor, style: torch.Tensor, track: Track, *, share: float = 1.0
    ) -> torch.Tensor:
        """share: of its iterations. What it would give if it ended now is looked at, at full size."""
        loss, size = self.loss(content, style), content.shape[2:]
        transfer = self._transfer()

        def look(iterate: Any) -> None:
            if iterate.i % _EVERY and iterate.i != iterate.i_max:
                return
            with track.paused():
                now = transfer.get_image_tensor()[None]
                if now.shape[2:] != size:
                    now = F.interpolate(now, size, mode="bicubic").clamp(0, 1)
            track.look(loss, now)

        track.restart()
        iterations = (max(1, round(1000 * share)), max(1, round(500 * share)))
        self._stylize(
            transfer, (content, style), scales=(128, max(size)), iterations=iterations, callback=look
        )
        painted: torch.Tensor = transfer.get_image_tensor()[None]
        return painted

    def paint_briefly(self, content: torch.Tensor, style: torch.Tensor, *, steps: int) -> None:
        """That many iterations at each of its scales: what its memory takes."""
        scales = (128, max(content.shape[2:]))
        self._stylize(
            self._transfer(), (content, style), scales=scales, iterations=(steps, steps), callback=None
        )

    def _stylize(
        self,
        transfer: Any,
        pictures: tuple[torch.Tensor, torch.Tensor],
        *,
        scales: tuple[int, int],
        iterations: tuple[int, int],
        callback: Callable[[Any], None] | None,
    ) -> None:
        """It takes 8-bit pictures, as its command line does."""
        content, style = (TF.to_pil_image(one[0]) for one in pictures)
        with contextlib.redirect_stdout(io.StringIO()):
            transfer.stylize(
                content,
                [style],
                min_scale=scales[0],
                end_scale=scales[1],
                initial_iterations=iterations[0],
                iterations=iterations[1],
                callback=callback,
            )


def _only(content: torch.Tensor) -> tuple[int, int]:
    side = max(content.shape[2:])
    return side, side


def _module_of(folder: Path) -> ModuleType:
    """Without its web interface, whose packages are not here."""
    if not (folder / _PACKAGE / "style_transfer.py").is_file():
        raise FileNotFoundError(f"{folder} is no checkout of crowsonkb/style-transfer-pytorch")
    sys.modules.setdefault(f"{_PACKAGE}.web_interface", ModuleType(f"{_PACKAGE}.web_interface"))
    sys.modules[f"{_PACKAGE}.web_interface"].WebInterface = None  # type: ignore[attr-defined]
    sys.path.insert(0, str(folder))
    return importlib.import_module(f"{_PACKAGE}.style_transfer")
