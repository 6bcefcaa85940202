"""Gamma and beta of a network fitted to one painting, all else as it was (Dumoulin et al., arXiv:1610.07629)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from impasto_engine.eye import Eye
from impasto_engine.fitting import resample
from impasto_engine.losses import GramTarget, W2Target, content_loss, moments_of
from impasto_engine.networks.transform_body import StyledBody
from impasto_engine.resample import WrapPair
from impasto_engine.texture_traits import Wrap
from impasto_engine.training.crops import Crops

STEPS = 200
_BATCH = 2
_RATE = 0.05
_BETAS = (0.9, 0.99)
_WARM_UP = 0.2  # of the steps
_LOWEST = 0.02  # of the rate, at both ends
_CONTENT = 0.2
_COLORS = 0.15  # without it the paint comes out dull; at twice that, shadows turn black
_LEAST_SPREAD = 1e-4  # of colours: a painting may have but one
_MOST_PIXELS = 1 << 20  # of a painting: in more the encoders would not see the strokes for their size
_CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
_REPEAT = (Wrap.REPEAT, Wrap.REPEAT)


@dataclass(frozen=True, slots=True, eq=False)
class _Distance:
    """style: of the layers' statistics, on average. colors: of the pixels'. content: of the layers' values."""

    style: torch.Tensor
    colors: torch.Tensor
    content: torch.Tensor


class StyleFit:
    """One painting being learned. losses: of the style, at each step. styled: what was found so far."""

    def __init__(self, eye: Eye, starts: Sequence[StyledBody], painting: torch.Tensor, crops: Crops) -> None:
        """starts: styles of the network, of which the nearest is begun with. painting: (1, 3, H, W) sRGB in
        [0, 1]; it is brought to as many pixels as the textures have, never enlarged: there is no paint
        between its pixels.
        """
        self.losses: list[float] = []
        self.styled = starts[0]
        self._eye = eye
        self._starts = starts
        self._crops = crops
        sides = painting.shape[2:]
        share = min(1.0, math.sqrt(min(crops.pixels, _MOST_PIXELS) / (sides[0] * sides[1])))
        size = (max(1, round(sides[0] * share)), max(1, round(sides[1] * share)))
        seen = resample(painting, size, _CLAMP).clamp(0, 1)
        with torch.no_grad():
            self._wanted = [GramTarget(moments_of(one), "relative") for one in eye.encoder(seen, _CLAMP)]
            pixels = moments_of(seen)
            self._colors = W2Target.of(pixels)
            self._spread = pixels.covariance[0].trace().clamp(min=_LEAST_SPREAD)

    def steps(self, seed: int) -> Iterator[None]:
        """The work, in parts of a second or less: first the choice of the start, then STEPS."""
        rolls = torch.Generator().manual_seed(seed)
        yield from self._choose_start(self._crops.draw(_BATCH, rolls))
        gamma, beta = (
            one.clone().requires_grad_() for one in (self.styled.gamma.float(), self.styled.beta.float())
        )
        optimizer = torch.optim.Adam([gamma, beta], lr=_RATE, betas=_BETAS)
        body = StyledBody(self.styled.body, gamma, beta)
        for step in range(STEPS):
            optimizer.param_groups[0]["lr"] = _RATE * _rate_at(step / STEPS)
            content = self._crops.draw(_BATCH, rolls).to(gamma.device)
            # a texture may be painted either way
            found = self._distance(body, content, _REPEAT if step % 2 else _CLAMP)
            optimizer.zero_grad()
            loss = found.style + _COLORS * found.colors + _CONTENT * found.content
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it so
            optimizer.step()
            self.losses.append(float(found.style.detach()))
            self.styled = replace(body, gamma=gamma.detach(), beta=beta.detach())
            yield

    def _choose_start(self, content: torch.Tensor) -> Iterator[None]:
        nearest = math.inf
        for start in self._starts:
            with torch.no_grad():
                found = self._distance(start, content.to(start.gamma.device), _CLAMP)
            if float(found.style) < nearest:
                nearest, self.styled = float(found.style), start
            yield

    def _distance(self, styled: StyledBody, content: torch.Tensor, wrap: WrapPair) -> _Distance:
        layers = self._eye.entry.layers
        painted = styled.paint(content, wrap)
        with torch.no_grad():
            values = self._eye.encoder(content, wrap)
        style = likeness = painted.new_zeros(())
        for layer, found, wanted, value in zip(
            layers, self._eye.encoder(painted, wrap), self._wanted, values, strict=True
        ):
            if layer.style:
                style = style + layer.style * wanted(moments_of(found).pooled).sum()
            if layer.content:
                likeness = likeness + layer.content * content_loss(found, value)
        colors = self._colors(moments_of(painted).pooled).sum() / self._spread
        return _Distance(style / sum(layer.style for layer in layers), colors, likeness)


def _rate_at(done: float) -> float:
    """One cycle (arXiv:1708.07120): up, and down for longer."""
    if done < _WARM_UP:
        share = 0.5 - 0.5 * math.cos(math.pi * done / _WARM_UP)
    else:
        share = 0.5 + 0.5 * math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP))
    return _LOWEST + (1 - _LOWEST) * share
