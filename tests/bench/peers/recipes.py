"""Two classic recipes for style transfer, written anew after their published weights."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from peers.quarter_vgg import QuarterVgg
from peers.track import Track

STYLE_LAYERS = ("1_1", "2_1", "3_1", "4_1", "5_1")
RANGE = 255.0  # of both recipes' pixels
_PATIENCE = 100  # iterations by which a rate is judged

# The weights were chosen for the features of the full-width network, which are larger, and differ from layer to
# layer: by so much that Johnson's loss starts as large in each layer as in published logs, the seed's in all.
JOHNSON_GAINS = {"1_1": 1.0, "2_1": 4.0, "3_1": 12.0, "4_1": 20.0, "4_2": 20.0, "5_1": 6.0}
SEED_GAINS = {name: 12 * gain for name, gain in JOHNSON_GAINS.items()}


@dataclass(frozen=True, slots=True)
class Pair:
    """Both (1, 3, H, W) sRGB in [0, 1]."""

    content: torch.Tensor
    style: torch.Tensor


class SeedLoss:
    """The seed's: Gram matrices as sums over places, a style stretched to the content's size, weights 1e-6, content
    2.5e-8, total variation 1e-6 to the power of 1.25. Its content layer is conv5_2; the quarter-width network ends
    one convolution earlier, which is taken.

    gains: of the features, by layer.
    """

    style_weight, content_weight, smoothness = 1e-6, 2.5e-8, 1e-6
    content_layer = "5_1"

    def __init__(self, network: QuarterVgg, pair: Pair, gains: Mapping[str, float]) -> None:
        self._network = network
        self._gains = gains
        size = pair.content.shape[2:]
        self._places = size[0] * size[1]
        style = F.interpolate(pair.style, size, mode="bicubic", antialias=True).clamp(0, 1)
        with torch.no_grad():
            self._grams = {name: _gram(one) for name, one in self.features(style).items()}
            self._wanted = self.features(pair.content)[self.content_layer]

    def __call__(self, picture: torch.Tensor) -> torch.Tensor:
        return torch.stack(list(self.parts(picture).values())).sum()

    def parts(self, picture: torch.Tensor) -> Mapping[str, torch.Tensor]:
        found = self.features(picture)
        style = [
            (_gram(found[name]) - self._grams[name]).square().sum() / (4 * 3**2 * self._places**2)
            for name in STYLE_LAYERS
        ]
        content = (found[self.content_layer] - self._wanted).square().sum()
        x = RANGE * picture
        down = (x[..., :-1, :-1] - x[..., 1:, :-1]).square()
        right = (x[..., :-1, :-1] - x[..., :-1, 1:]).square()
        return {
            "style": self.style_weight / len(STYLE_LAYERS) * torch.stack(style).sum(),
            "content": self.content_weight * content,
            "smoothness": self.smoothness * (down + right).pow(1.25).sum(),
        }

    def features(self, picture: torch.Tensor) -> dict[str, torch.Tensor]:
        return {name: self._gains[name] * one for name, one in self._network(picture, STYLE_LAYERS).items()}


class JohnsonLoss:
    """jcjohnson's: mean squared distances, of Gram matrices over the number of a layer's values with 100, of
    conv4_2 with 5; total variation 1e-3. The style keeps its shape, at the content's longer side."""

    style_weight, content_weight, smoothness = 100.0, 5.0, 1e-3
    content_layer = "4_2"
    _layers = (*STYLE_LAYERS, content_layer)

    def __init__(self, network: QuarterVgg, pair: Pair, gains: Mapping[str, float]) -> None:
        self._network = network
        self._gains = gains
        style = at_longest(pair.style, max(pair.content.shape[2:]))
        with torch.no_grad():
            seen = self.features(style)
            self._grams = {name: _gram(seen[name]) / seen[name].numel() for name in STYLE_LAYERS}
            self._wanted = self.features(pair.content)[self.content_layer]

    def __call__(self, picture: torch.Tensor) -> torch.Tensor:
        return torch.stack(list(self.parts(picture).values())).sum()

    def parts(self, picture: torch.Tensor) -> Mapping[str, torch.Tensor]:
        found = self.features(picture)
        style = [
            F.mse_loss(_gram(found[name]) / found[name].numel(), self._grams[name]) for name in STYLE_LAYERS
        ]
        x = RANGE * picture
        steps = x.diff(dim=2).square().sum() + x.diff(dim=3).square().sum()
        return {
            "style": self.style_weight * torch.stack(style).sum(),
            "content": self.content_weight * F.mse_loss(found[self.content_layer], self._wanted),
            "smoothness": self.smoothness * steps / 2,
        }

    def features(self, picture: torch.Tensor) -> dict[str, torch.Tensor]:
        return {name: self._gains[name] * one for name, one in self._network(picture, self._layers).items()}


def at_longest(picture: torch.Tensor, side: int) -> torch.Tensor:
    height, width = picture.shape[2:]
    size = [round(one * side / max(height, width)) for one in (height, width)]
    return F.interpolate(picture, size, mode="bicubic", antialias=True).clamp(0, 1)


def descend_by_sgd(
    loss: SeedLoss, content: torch.Tensor, track: Track, *, iterations: int, rate: float
) -> torch.Tensor:
    """The seed's: from the content, the rate times 0.96 for each 100 iterations, continuously."""
    x = (RANGE * content).requires_grad_()
    optimizer = torch.optim.SGD([x], lr=rate)
    for iteration in range(iterations):
        optimizer.param_groups[0]["lr"] = rate * 0.96 ** (iteration / 100)
        optimizer.zero_grad()
        value = loss(x / RANGE)
        track.reached(value.item())
        if not value.isfinite():
            break
        value.backward()
        optimizer.step()
    return x.detach() / RANGE


def best_rate(loss: SeedLoss, content: torch.Tensor, rates: Sequence[float]) -> float:
    """By what each has reached after some iterations."""
    reached = {}
    for rate in rates:
        track = Track("trial")
        descend_by_sgd(loss, content, track, iterations=_PATIENCE, rate=rate)
        last = track.curve().points[-1].loss
        reached[rate] = last if math.isfinite(last) else math.inf
    return min(reached, key=lambda rate: reached[rate])


def descend_by_lbfgs(
    loss: JohnsonLoss, content: torch.Tensor, track: Track, *, iterations: int
) -> torch.Tensor:
    """From the content, at full size, with torch's defaults: a step of 1, a history of 100."""
    x = (RANGE * content).requires_grad_()
    optimizer = torch.optim.LBFGS([x], max_iter=iterations, tolerance_grad=0, tolerance_change=0)

    def evaluate() -> torch.Tensor:
        optimizer.zero_grad()
        value = loss(x / RANGE)
        track.reached(value.item())
        value.backward()
        return value

    optimizer.step(evaluate)
    return x.detach() / RANGE


def _gram(features: torch.Tensor) -> torch.Tensor:
    """Sums over all places."""
    flat = features[0].flatten(1)
    return flat @ flat.T
