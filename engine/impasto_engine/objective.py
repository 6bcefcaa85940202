"""What a descent goes down: how far pictures are from a style and a content, and the slope of it.

Of a picture too large for the encoder at once the slope is exact all the same (arXiv:2212.13459): a first pass sums
the moments over windows, the losses' slopes towards these are taken once, and a second pass carries them back to
the pixels window by window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from impasto_engine.device import encoder_context
from impasto_engine.encoder import Encoder, EncoderEntry
from impasto_engine.feature_tiles import Window, windows
from impasto_engine.losses import FeatureMoments, StyleTarget, roughness, summed
from impasto_engine.texture_traits import Wrap

_KEPT = 4  # a part of the memory, of the content's features: of more, they are looked at anew each time
_Values = list[torch.Tensor | None]  # features by layer


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A part of the picture with a style of its own, as one encoder sees it.

    targets: one for each of the encoder's layers, or None. weight: (1 or N, 1, H, W) in [0, 1], how much a pixel
    belongs to it; None for the whole picture.
    """

    targets: Sequence[StyleTarget | None]
    weight: torch.Tensor | None = None


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One encoder's say. share: how much it counts beside the others."""

    entry: EncoderEntry
    encoder: Encoder
    regions: Sequence[Region]
    share: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """content: (N, 3, H, W) sRGB in [0, 1], sides multiples of the encoders' strides. Weights are relative to a
    layer's style. memory: bytes that an encoder's pass may take.
    """

    views: Sequence[View]
    content: torch.Tensor
    content_weight: float
    smoothness: float
    wrap: tuple[Wrap, Wrap]
    memory: int


class Objective:
    """An aim, looked at from one position: along axes that repeat, all of it may be rolled."""

    def __init__(self, aim: Aim) -> None:
        self._aim = aim
        self._parts = [_Part(view, aim) for view in aim.views]

    def roll(self, shift: tuple[int, int]) -> None:
        """Down and right, by pixels. It costs a look at the content."""
        for part in self._parts:
            part.look(shift)

    def evaluate(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss of each of (N, 3, H, W): (N,), and its gradient."""
        loss, gradient = roughness(picture, self._aim.wrap)
        loss, gradient = loss * self._aim.smoothness, gradient.mul_(self._aim.smoothness)
        for part in self._parts:
            loss = loss + part.evaluate(picture, gradient)
        return loss, gradient


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """One target at one layer in one region. total: the places that count, by their weight: (1 or N, 1)."""

    layer: int
    region: int
    target: StyleTarget
    share: float
    total: torch.Tensor


class _Part:
    """One view at work on windows of the picture."""

    def __init__(self, view: View, aim: Aim) -> None:
        self._view = view
        self._layers = [replace(one, content=one.content * aim.content_weight) for one in view.entry.layers]
        count, _, height, width = aim.content.shape
        self._windows = windows(
            (height, width),
            aim.memory // (view.entry.bytes_per_pixel * count),
            stride=view.entry.stride,
            reach=view.entry.reach,
            wrap=aim.wrap,
        )
        self._content = aim.content
        self._most_kept = aim.memory // _KEPT
        self._wanted: list[_Values | None] = []  # by window; None for what is looked at anew each time
        self._energy: list[torch.Tensor] = []  # of all of them, by layer: (N,)
        self._terms: list[_Term] = []
        self._shift = (0, 0)

    def look(self, shift: tuple[int, int]) -> None:
        """At the content, from where it is looked at from now on."""
        regions, content = self._view.regions, self._content
        self._shift = shift
        self._wanted.clear()
        kept = 0
        self._energy = [content.new_zeros(len(content)) for _ in self._layers]
        totals = [[content.new_zeros(1, 1) for _ in self._layers] for _ in regions]
        for window in self._windows:
            with torch.no_grad():
                features = self._features(window, window.see(content, shift))
            for index, found in enumerate(features):
                self._energy[index] += found.square().sum((1, 2, 3))
                for region, of_layer in enumerate(totals):
                    weight = self._weight_at(window, region, found)
                    places = found[0, 0].numel() if weight is None else weight.sum((1, 2, 3))[:, None]
                    of_layer[index] = of_layer[index] + places
            values = self._values_of(features)
            kept += sum(one.numel() * one.element_size() for one in values if one is not None)
            self._wanted.append(values if kept <= self._most_kept else None)
        self._terms = [
            _Term(index, number, target, layer.style * self._view.share, totals[number][index])
            for number, region in enumerate(regions)
            for index, (layer, target) in enumerate(zip(self._layers, region.targets, strict=True))
            if target is not None and layer.style
        ]

    def evaluate(self, picture: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """(N,); its slope is added to the gradient."""
        if not self._energy:
            self.look(self._shift)
        if len(self._windows) > 1:
            return self._evaluate_in_passes(picture, gradient)
        window = self._windows[0]
        values = self._values(0)
        seen = window.see(picture, self._shift).detach().requires_grad_()
        with torch.enable_grad():
            features = self._features(window, seen)
            loss = self._style_loss(self._sums(window, features)) + self._content_loss(features, values)
            window.add(torch.autograd.grad(loss.sum(), seen)[0], gradient, self._shift)
        return loss.detach()

    def _evaluate_in_passes(self, picture: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        sums: list[torch.Tensor] = []
        for window in self._windows:
            with torch.no_grad():
                found = self._sums(window, self._features(window, window.see(picture, self._shift)))
            sums = [one + other for one, other in zip(sums, found, strict=True)] if sums else found
        for one in sums:
            one.requires_grad_()
        with torch.enable_grad():
            style = self._style_loss(sums)
            slopes = torch.autograd.grad(style.sum(), sums, materialize_grads=True) if sums else ()
        loss = style.detach()
        for index, window in enumerate(self._windows):
            seen = window.see(picture, self._shift).detach().requires_grad_()
            with torch.enable_grad():
                content, total = self._of_window(index, seen, slopes)
                window.add(torch.autograd.grad(total, seen)[0], gradient, self._shift)
            loss = loss + content.detach()
        return loss

    def _of_window(
        self, index: int, seen: torch.Tensor, slopes: Sequence[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The content's loss, and what has the slope of both. No features outlive this but where they must."""
        window, values = self._windows[index], self._values(index)
        features = self._features(window, seen)
        content = self._content_loss(features, values)
        found = self._sums(window, features)
        carried = [(slope * one).sum() for slope, one in zip(slopes, found, strict=True)]
        return content, torch.stack([content.sum(), *carried]).sum()

    def _features(self, window: Window, seen: torch.Tensor) -> list[torch.Tensor]:
        """In the picture's own precision, whatever the encoder's."""
        with encoder_context(seen.device, bfloat16=self._view.entry.bfloat16):
            features = self._view.encoder(seen, window.wrap)
        return [window.core(one).to(seen.dtype) for one in features]

    def _sums(self, window: Window, features: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Of each term: (N, C), (N, C, C), not yet divided by the places."""
        found: list[torch.Tensor] = []
        for term in self._terms:
            of_layer = features[term.layer]
            found += summed(of_layer, self._weight_at(window, term.region, of_layer))
        return found

    def _weight_at(self, window: Window, region: int, features: torch.Tensor) -> torch.Tensor | None:
        weight = self._view.regions[region].weight
        if weight is None:
            return None
        return torch.nn.functional.adaptive_avg_pool2d(
            window.count(weight, self._shift), (features.shape[2], features.shape[3])
        )

    def _style_loss(self, sums: Sequence[torch.Tensor]) -> torch.Tensor:
        loss = self._energy[0].new_zeros(len(self._energy[0]))
        for term, mean, second in zip(self._terms, sums[::2], sums[1::2], strict=True):
            moments = FeatureMoments(mean / term.total, second / term.total[:, :, None])
            loss = loss + term.share * term.target(moments)
        return loss

    def _values(self, index: int) -> _Values:
        kept = self._wanted[index]
        if kept is not None:
            return kept
        window = self._windows[index]
        with torch.no_grad():
            return self._values_of(self._features(window, window.see(self._content, self._shift)))

    def _values_of(self, features: Sequence[torch.Tensor]) -> _Values:
        """Of the layers that count for the content."""
        layers = zip(self._layers, features, strict=True)
        return [found.clone() if layer.content else None for layer, found in layers]

    def _content_loss(self, features: Sequence[torch.Tensor], values: _Values) -> torch.Tensor:
        """The squared distance against the content's own square: 0 for the content, 1 for nothing at all."""
        loss = self._energy[0].new_zeros(len(self._energy[0]))
        for layer, found, wanted, energy in zip(self._layers, features, values, self._energy, strict=True):
            if wanted is not None:
                weight = layer.content * self._view.share
                loss = loss + weight * (found - wanted).square().sum((1, 2, 3)) / energy
        return loss
