"""The peers' losses in the words of ours, for the bench of descents."""

import math

import torch
from our_descent import Goal
from peers.crowsonkb import Crowsonkb
from peers.recipes import RANGE, STYLE_LAYERS, JohnsonLoss, Pair, SeedLoss, at_longest
from torch.nn import functional as F

_NO_BOUNDS = (-math.inf, math.inf)
_WIDTHS = {"1_1": 16, "2_1": 32, "3_1": 64, "4_1": 128, "5_1": 128}


def seed_goal(loss: SeedLoss, pair: Pair) -> Goal:
    """Sums over a layer's places are means times their number, a quarter of that of the layer before."""
    places = pair.content.shape[2] * pair.content.shape[3]
    per_layer = loss.style_weight / len(STYLE_LAYERS) / (4 * 3**2)
    style = {name: per_layer * (0.25 ** (int(name[0]) - 1)) ** 2 for name in STYLE_LAYERS}
    values = loss.features(pair.content)[loss.content_layer].numel()

    def smoothness(picture: torch.Tensor) -> float:
        """The slope of its power of 1.25 at the picture's own steps."""
        x = RANGE * picture
        steps = x.diff(dim=2)[..., :-1].square() + x.diff(dim=3)[..., :-1, :].square()
        slope = 1.25 * steps.pow(1.25).mean() / steps.mean().clamp(min=1e-6)
        return float(loss.smoothness * slope * RANGE**2 * 3 * places)

    return Goal(
        loss,
        loss.features,
        style,
        "gram",
        (loss.content_layer, loss.content_weight * values),
        smoothness,
        lambda size: F.interpolate(pair.style, size, mode="bicubic", antialias=True).clamp(0, 1),
        _NO_BOUNDS,
    )


def johnson_goal(loss: JohnsonLoss, pair: Pair) -> Goal:
    places = pair.content.shape[2] * pair.content.shape[3]
    return Goal(
        loss,
        loss.features,
        {name: loss.style_weight / width**4 for name, width in _WIDTHS.items()},
        "gram",
        (loss.content_layer, loss.content_weight),
        lambda picture: loss.smoothness / 2 * RANGE**2 * 3 * places,
        lambda size: at_longest(pair.style, max(size)),
        _NO_BOUNDS,
    )


def crowsonkb_goal(peer: Crowsonkb, pair: Pair) -> Goal:
    """Its total variation with a stencil of nine points is, for steps that know nothing of each other, twice its
    weight over two of ours."""
    names = {
        str(index): 1 / _WIDTHS[name] for index, name in zip(peer.style_layers, STYLE_LAYERS, strict=True)
    }
    weights = dict(zip(names, peer.style_weights, strict=True))
    return Goal(
        peer.loss(pair.content, pair.style),
        peer.features,
        {name: weights[name] * share for name, share in names.items()},
        "w2",
        (str(peer.content_layer), 0.015),
        lambda picture: 2.0,
        lambda size: at_longest(pair.style, max(size)),
    )
