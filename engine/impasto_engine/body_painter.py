"""A texture painted by a body in one style: its size fitted, a group's statistics kept, in bands where need be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasto_engine.request import StyleRequest
from impasto_engine.stylizer import Group, Terms
from impasto_engine.texture_traits import Wrap

if TYPE_CHECKING:  # torch loads only in the worker
    import torch

    from impasto_engine.fitting import Fit
    from impasto_engine.networks.transform_body import Moments, StyledBody
    from impasto_engine.rows import Rows
    from impasto_engine.transform_rows import Source

_MULTIPLE = 4  # the bodies work at a quarter of the size
_LEAST_SIDE = 16
_GROUPS = 16  # whose statistics are kept: a few kilobytes each


class BodyPainter:
    """Holds the statistics of the last groups: of one group and one request, the body is the same."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._group_moments: dict[tuple[str, StyleRequest], tuple[Moments, ...]] = {}

    def paint(self, body: StyledBody, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        """At full strength; the strokes are those of a picture of 1/stroke of the size."""
        from impasto_engine.transform_rows import paint

        size = _fit(content, terms.wrap, request)
        moments = None if terms.group is None else self._moments(body, terms.group, request, terms)
        return size.undo(paint(body, _source(content, size), self._device, terms, moments))

    def _moments(
        self, body: StyledBody, group: Group, request: StyleRequest, terms: Terms
    ) -> tuple[Moments, ...]:
        """The group's statistics: measured for its first picture, kept for the others."""
        from impasto_engine.transform_rows import measure

        key = (group.key, request)
        if key not in self._group_moments:
            sources = [_source(picture, _fit(picture, wrap, request)) for picture, wrap in group.open()]
            self._group_moments[key] = measure(body, sources, self._device, terms)
            while len(self._group_moments) > _GROUPS:
                del self._group_moments[next(iter(self._group_moments))]
        return self._group_moments[key]


def _source(picture: Rows, size: Fit) -> Source:
    from impasto_engine.transform_rows import Source

    return Source(size.apply(picture), size.wrap)


def _fit(picture: Rows, wrap: tuple[Wrap, Wrap], request: StyleRequest) -> Fit:
    from impasto_engine.fitting import fit

    sides = (picture.height, picture.width)
    return fit(sides, wrap, multiple=_MULTIPLE, least=_LEAST_SIDE, stroke=request.stroke)
