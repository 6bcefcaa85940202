"""What the Python companions (Blender, Unreal) share: sidecars in, choices and import settings out.

Standard library only, Python 3.10 and newer, and no import of an editor, so that it is tested without one.
It imports itself relatively, so that it runs wherever it is copied: plugins/README.md says where that is.
"""

from .choice import ORIGINAL, Material, Shown, Usable, group_materials, shown_files, wanted_variant
from .finding import Found, SidecarReader, find_sidecars, read_sidecars
from .gate import Arrival, HashGate
from .settings import ImportSettings, Kind, kind_of, variant_settings
from .sidecar import MapFile, Sidecar, SidecarError, Source, Variant, read_sidecar

__all__ = [
    "ORIGINAL",
    "Arrival",
    "Found",
    "HashGate",
    "ImportSettings",
    "Kind",
    "MapFile",
    "Material",
    "Shown",
    "Sidecar",
    "SidecarError",
    "SidecarReader",
    "Source",
    "Usable",
    "Variant",
    "find_sidecars",
    "group_materials",
    "kind_of",
    "read_sidecar",
    "read_sidecars",
    "shown_files",
    "variant_settings",
    "wanted_variant",
]
