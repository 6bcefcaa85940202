"""Stylizers and upscalers as functions of one tensor, for tests that do not care how their rows come."""

import torch

from impasto_engine.request import StyleRequest
from impasto_engine.rows import Rows, Whole
from impasto_engine.stages import held
from impasto_engine.stylizer import Progress, ProgressCallback, Stylizer, Terms
from impasto_engine.texture_traits import Wrap
from impasto_engine.upscaler import Upscaler

PLENTY = 8 << 30
CLAMP = (Wrap.CLAMP, Wrap.CLAMP)
REPEAT = (Wrap.REPEAT, Wrap.REPEAT)


def ignore(progress: Progress) -> None:
    pass


def terms(wrap: tuple[Wrap, Wrap], budget: int = PLENTY, progress: ProgressCallback = ignore) -> Terms:
    return Terms(wrap, budget, progress)


def all_rows(picture: Rows) -> torch.Tensor:
    return held(picture).picture


def stylized(
    stylizer: Stylizer, content: torch.Tensor, request: StyleRequest, how: Terms | tuple[Wrap, Wrap] = CLAMP
) -> torch.Tensor:
    return all_rows(stylizer.stylize(Whole(content), request, how if isinstance(how, Terms) else terms(how)))


def upscaled(
    upscaler: Upscaler, picture: torch.Tensor, scale: float, how: Terms | tuple[Wrap, Wrap] = CLAMP
) -> torch.Tensor:
    return all_rows(upscaler.upscale(Whole(picture), scale, how if isinstance(how, Terms) else terms(how)))
