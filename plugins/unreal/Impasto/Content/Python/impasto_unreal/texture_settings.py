"""A texture asset's settings, from what the manifest says of its map."""

import unreal

from .plan import WantedTexture

PROPERTIES = (
    "srgb",
    "compression_settings",
    "lod_group",
    "flip_green_channel",
    "compression_no_alpha",
    "address_x",
    "address_y",
    "filter",
    "max_texture_size",
)
_ADDRESS = {"repeat": unreal.TextureAddress.TA_WRAP, "clamp": unreal.TextureAddress.TA_CLAMP}
_FILTER = {"linear": unreal.TextureFilter.TF_DEFAULT, "nearest": unreal.TextureFilter.TF_NEAREST}


def settings_of(wanted: WantedTexture) -> dict[str, object]:
    """By editor property; what the manifest does not say is left out."""
    told = wanted.settings
    settings: dict[str, object] = {
        "srgb": told.color_space == "srgb",
        "compression_settings": _compression(wanted),
        "lod_group": _group(wanted),
        "flip_green_channel": told.normal_y == "+",  # Unreal reads normal maps with Y down
        "compression_no_alpha": told.alpha == "none",
    }
    if told.wrap_u and told.wrap_v:
        settings |= {"address_x": _ADDRESS[told.wrap_u], "address_y": _ADDRESS[told.wrap_v]}
    if told.filter:
        settings["filter"] = _FILTER[told.filter]
    if told.max_size:
        settings["max_texture_size"] = told.max_size
    return settings


def _compression(wanted: WantedTexture) -> unreal.TextureCompressionSettings:
    if wanted.settings.kind == "normal":
        return unreal.TextureCompressionSettings.TC_NORMALMAP
    if wanted.role == "height":
        return unreal.TextureCompressionSettings.TC_GRAYSCALE  # the one that keeps 16 bits of one channel
    if wanted.settings.kind == "data":
        return unreal.TextureCompressionSettings.TC_MASKS
    return unreal.TextureCompressionSettings.TC_DEFAULT


def _group(wanted: WantedTexture) -> unreal.TextureGroup:
    if wanted.settings.kind == "normal":
        return unreal.TextureGroup.TEXTUREGROUP_WORLD_NORMAL_MAP
    if wanted.settings.kind == "data":
        return unreal.TextureGroup.TEXTUREGROUP_WORLD_SPECULAR  # where the engine's own packed masks are
    if wanted.settings.filter == "nearest":
        return unreal.TextureGroup.TEXTUREGROUP_PIXELS2D
    if wanted.role == "sprite":
        return unreal.TextureGroup.TEXTUREGROUP_UI
    return unreal.TextureGroup.TEXTUREGROUP_WORLD
