"""Palette files: GIMP's .gpl, and .hex, which has one rrggbb a line (lospec.com)."""

import re
from collections.abc import Iterator

from impasto_daemon.config_file.references import References
from impasto_daemon.config_file.shape import DocumentReader
from impasto_daemon.config_file.values import PALETTE_EXTENSIONS
from impasto_daemon.yaml_lines import Loc
from impasto_engine import PALETTE_COLORS, Palette, PaletteChoice

_GPL_FIRST_LINE = "GIMP Palette"
_GPL_HEADER = re.compile(r"[A-Za-z]+:")  # Name: Columns: and, of Aseprite, Channels:
_GPL_COLOR = re.compile(r"(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s.*)?")
_HEX_COLOR = re.compile(r"#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)

_Bytes = tuple[int, int, int]


class PaletteReader:
    """Reads the palettes that one document names."""

    def __init__(self, reader: DocumentReader, references: References) -> None:
        self._reader = reader
        self._references = references

    def read(self, loc: Loc, text: str) -> PaletteChoice | None:
        """What `palette: text` means; None where something is wrong with it, which is said at `loc`."""
        if text == "style":
            return "style"
        reference = self._references.find(loc, text, PALETTE_EXTENSIONS)
        if reference is None:
            return None
        try:
            written = reference.path.read_bytes().decode("utf-8-sig", errors="replace")
            return parse_palette(written, reference.path.suffix.lower())
        except OSError as error:
            self._reader.refuse(loc, f"{reference.path} cannot be read: {error.strerror}")
        except ValueError as error:
            self._reader.refuse(loc, f"{reference.path}{error}")
        return None


def parse_palette(text: str, extension: str) -> Palette:
    """The colours of a palette file, each once. Raises ValueError with the line, as in ":7: ..."."""
    colors = dict.fromkeys(_gpl_colors(text) if extension == ".gpl" else _hex_colors(text))
    if not 2 <= len(colors) <= PALETTE_COLORS:
        raise ValueError(f": a palette has 2 to {PALETTE_COLORS} colours; this one has {len(colors)}")
    return Palette(tuple((red / 255, green / 255, blue / 255) for red, green, blue in colors))


def _gpl_colors(text: str) -> Iterator[_Bytes]:
    """https://developer.gimp.org/core/standards/gpl/; the names of colours do not matter here."""
    lines = [line.strip() for line in text.splitlines()]
    if lines[:1] != [_GPL_FIRST_LINE]:
        raise ValueError(f":1: the first line of a .gpl file must be '{_GPL_FIRST_LINE}'")
    for number, line in enumerate(lines[1:], start=2):
        if not line or line.startswith("#") or _GPL_HEADER.match(line):
            continue
        found = _GPL_COLOR.fullmatch(line)
        if found is None or max(color := _bytes(found, 10)) > 255:
            raise ValueError(f":{number}: '{line}' is no colour; valid: red, green and blue from 0 to 255")
        yield color


def _hex_colors(text: str) -> Iterator[_Bytes]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = _HEX_COLOR.fullmatch(line.strip())
        if found is None:
            raise ValueError(f":{number}: '{line.strip()}' is no colour; valid: rrggbb, as in 1a2b3c")
        yield _bytes(found, 16)


def _bytes(found: re.Match[str], base: int) -> _Bytes:
    red, green, blue = (int(channel, base) for channel in found.groups())
    return red, green, blue
