from .device import DevicePreference, available_devices
from .errors import (
    EngineError,
    OutOfMemoryError,
    RequestError,
    TextureError,
    TextureReadError,
    TextureWriteError,
    WeightsCorruptError,
    WeightsError,
    WeightsMissingError,
    WeightsRefusedError,
)
from .map_content import Content, ContentKind, inspect_content
from .map_roles import (
    NamedRole,
    RoleVerdict,
    decide_role,
    material_of,
    role_by_name,
)
from .pixel_art import PIXEL_ART_VERSION
from .registry import find_stylizer, stylizer_names
from .request import (
    BUILTIN_STYLES,
    BuiltinStyle,
    EngineOptions,
    RestyleRequest,
    StyleImage,
    StyleModel,
    StyleRequest,
    UpscaleRequest,
    WrapChoice,
)
from .role_names import COLOR_ROLES, MapRole, NormalY, Profile
from .sheet_layout import Cell, SheetKind, SheetLayout, first_overlap
from .sheets import SHEETS_VERSION
from .stylizer import Progress, ProgressCallback, StylizerEntry
from .texture import Band, Texture, TextureStream
from .texture_io import (
    output_extension,
    probe_texture,
    read_metadata,
    read_texture,
    sample_texture,
    write_texture,
)
from .texture_traits import READABLE_EXTENSIONS, AlphaMode, BitDepth, ColorSpace, Wrap
from .upscaler import UPSCALER_VERSION, find_upscaler, upscaler_names, upscaler_weights
from .weights import WeightsFile, WeightsStore

__all__ = [
    "BUILTIN_STYLES",
    "COLOR_ROLES",
    "PIXEL_ART_VERSION",
    "READABLE_EXTENSIONS",
    "SHEETS_VERSION",
    "UPSCALER_VERSION",
    "AlphaMode",
    "Band",
    "BitDepth",
    "BuiltinStyle",
    "Cell",
    "ColorSpace",
    "Content",
    "ContentKind",
    "DevicePreference",
    "EngineError",
    "EngineOptions",
    "MapRole",
    "NamedRole",
    "NormalY",
    "OutOfMemoryError",
    "Profile",
    "Progress",
    "ProgressCallback",
    "RequestError",
    "RestyleRequest",
    "RoleVerdict",
    "SheetKind",
    "SheetLayout",
    "StyleImage",
    "StyleModel",
    "StyleRequest",
    "StylizerEntry",
    "Texture",
    "TextureError",
    "TextureReadError",
    "TextureStream",
    "TextureWriteError",
    "UpscaleRequest",
    "WeightsCorruptError",
    "WeightsError",
    "WeightsFile",
    "WeightsMissingError",
    "WeightsRefusedError",
    "WeightsStore",
    "Wrap",
    "WrapChoice",
    "available_devices",
    "decide_role",
    "find_stylizer",
    "find_upscaler",
    "first_overlap",
    "inspect_content",
    "material_of",
    "output_extension",
    "probe_texture",
    "read_metadata",
    "read_texture",
    "role_by_name",
    "sample_texture",
    "stylizer_names",
    "upscaler_names",
    "upscaler_weights",
    "write_texture",
]
