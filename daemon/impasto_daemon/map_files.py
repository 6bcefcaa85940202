"""What the manifest says of a finished file."""

from impasto_daemon.manifest import MapFile
from impasto_daemon.plan import PlannedVariant
from impasto_daemon.processing import Made
from impasto_engine import AlphaMode, ColorSpace


def map_file(made: Made, planned: PlannedVariant, name: str) -> MapFile:
    channels = "grey" if made.grey else "rgb"
    return MapFile(
        file=name,
        sha256=made.sha256,
        bytes=made.bytes,
        width=made.width,
        height=made.height,
        scale=round(made.width / made.source_width, 4),
        role=planned.request.role,
        color_space=ColorSpace.LINEAR if planned.linear else ColorSpace.SRGB,
        channels=planned.packing or channels + ("" if made.alpha_mode is AlphaMode.NONE else "a"),
        bit_depth=made.bit_depth,
        alpha_mode=made.alpha_mode,
        normal_y=planned.normal_y,
        wrap_u=made.wrap[0],
        wrap_v=made.wrap[1],
        filter_hint="nearest" if planned.request.pixel_art else "linear",
    )
