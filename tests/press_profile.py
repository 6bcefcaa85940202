"""An ICC profile of a CMYK press, for pictures in inks."""

import struct

import numpy as np

_WHITE = struct.pack(
    ">3i", *(round(value * 65536) for value in (0.9642, 1.0, 0.8249))
)  # D50, as in any profile


def press_profile() -> bytes:
    """Small and hand-made: the 16 corners of the cube in Lab (lut8Type)."""
    corners = bytearray()
    for inks in np.ndindex(2, 2, 2, 2):
        lightness, a, b = 95.0, 0.0, 0.0
        for ink, share, toward_a, toward_b in zip(
            inks, (0.58, 0.5, 0.94, 0.15), (-37, 74, -5, 0), (-50, -3, 93, 0), strict=True
        ):
            if ink:
                lightness, a, b = lightness * share, a + toward_a, b + toward_b
        corners += bytes(
            [round(lightness * 2.55), *(int(np.clip(round(one) + 128, 0, 255)) for one in (a, b))]
        )
    matrix = struct.pack(">9i", *(65536 * (place % 4 == 0) for place in range(9)))
    ramp = bytes(range(256))
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 6) + b"press\0" + bytes(79),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + _WHITE,
        b"A2B0": b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + bytes(corners) + ramp * 3,
    }
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    size = struct.pack(">I", start + len(body))
    header = size + bytes(4) + struct.pack(">I", 0x02400000) + b"prtrCMYKLab " + bytes(12) + b"acsp"
    return header.ljust(68, b"\0") + _WHITE + bytes(48) + table + body
