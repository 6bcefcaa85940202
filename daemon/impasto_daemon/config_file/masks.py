"""Masks that variants name: a picture, and which style each of its colours stands for."""

import re
from collections.abc import Mapping

from impasto_daemon.config_file.document import MaskEntry
from impasto_daemon.config_file.problems import unknown
from impasto_daemon.config_file.references import References
from impasto_daemon.config_file.shape import DocumentReader
from impasto_daemon.yaml_lines import Loc
from impasto_engine import READABLE_EXTENSIONS, MaskRegion, StyleMask, StyleRequest

_COLOR = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)
_KEEPS = "none"


class MaskReader:
    """Reads the masks that one document names. styles: that it may name; None for a wrong one."""

    def __init__(
        self, reader: DocumentReader, references: References, styles: Mapping[str, StyleRequest | None]
    ) -> None:
        self._reader = reader
        self._references = references
        self._styles = styles

    def read(self, loc: Loc, written: str | dict[str, object]) -> StyleMask | None:
        """What `mask:` means; None where something is wrong with it, which is said at `loc` or below."""
        if isinstance(written, str):
            return self._mask(loc, written, ())
        entry = self._reader.entry(MaskEntry, loc, written)
        if entry is None:
            return None
        found = [self._region((*loc, "regions", color), color, name) for color, name in entry.regions.items()]
        regions = tuple(region for region in found if region is not None)
        if len({region.color for region in regions}) < len(regions):
            self._reader.refuse((*loc, "regions"), "has a colour twice, once in capitals; leave one out")
            return None
        return self._mask((*loc, "image"), entry.image, regions) if len(regions) == len(found) else None

    def _mask(self, loc: Loc, image: str, regions: tuple[MaskRegion, ...]) -> StyleMask | None:
        reference = self._references.find(loc, image, READABLE_EXTENSIONS)
        if reference is None:
            return None
        if reference.path.suffix.lower() not in READABLE_EXTENSIONS:
            valid = ", ".join(sorted(READABLE_EXTENSIONS))
            self._reader.refuse(loc, f"'{image}' is no picture that impasto reads; valid: {valid}")
            return None
        return StyleMask(reference.path, reference.sha256, regions)

    def _region(self, loc: Loc, color: str, name: str) -> MaskRegion | None:
        written = _COLOR.fullmatch(color)
        if written is None:
            self._reader.refuse(loc, f'\'{color}\' is no colour; valid: "#rrggbb", as in "#ff0000"')
            return None
        red, green, blue = (int(channel, 16) for channel in written.groups())
        if name == _KEEPS:
            return MaskRegion((red, green, blue), None)
        if name not in self._styles:
            self._reader.refuse(loc, unknown("style", name, [*self._styles, _KEEPS]))
            return None
        style = self._styles[name]
        return None if style is None else MaskRegion((red, green, blue), style)
