"""The torch-free door into the engine: textures, map roles, requests, and what stylizers and upscalers there are.

The other door, `impasto_engine.restyle`, loads torch and is opened in the worker only.
"""

from impasto_engine.device import DevicePreference, available_devices
from impasto_engine.errors import (
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
from impasto_engine.map_content import Content, ContentKind, inspect_content
from impasto_engine.map_roles import (
    MapRole,
    NamedRole,
    NormalY,
    Profile,
    RoleVerdict,
    decide_role,
    material_of,
    role_by_name,
)
from impasto_engine.registry import find_stylizer, stylizer_names
from impasto_engine.request import (
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
from impasto_engine.stylizer import Progress, ProgressCallback, StylizerEntry
from impasto_engine.texture import AlphaMode, BitDepth, ColorSpace, Texture, Wrap
from impasto_engine.texture_io import (
    READABLE_EXTENSIONS,
    output_extension,
    probe_texture,
    read_metadata,
    read_texture,
    write_texture,
)
from impasto_engine.upscaler import UPSCALER_VERSION, find_upscaler, upscaler_names, upscaler_weights
from impasto_engine.weights import WeightsFile, WeightsStore

__all__ = [
    "BUILTIN_STYLES",
    "READABLE_EXTENSIONS",
    "UPSCALER_VERSION",
    "AlphaMode",
    "BitDepth",
    "BuiltinStyle",
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
    "StyleImage",
    "StyleModel",
    "StyleRequest",
    "StylizerEntry",
    "Texture",
    "TextureError",
    "TextureReadError",
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
    "inspect_content",
    "material_of",
    "output_extension",
    "probe_texture",
    "read_metadata",
    "read_texture",
    "role_by_name",
    "stylizer_names",
    "upscaler_names",
    "upscaler_weights",
    "write_texture",
]
