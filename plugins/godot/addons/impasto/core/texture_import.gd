@tool
extends RefCounted
## The import settings that a map gets before its first import. Afterwards they are the user's.
##
## Wrap and filter are no import settings in Godot 4: they belong to the material or the node.

const LOSSLESS := 0
const VRAM_COMPRESSED := 2
const NORMAL_MAP := 1
const NO_NORMAL_MAP := 2
const NO_ROUGHNESS_LIMIT := 1
## What Godot gives by itself.
const DEFAULTS: Dictionary[String, Variant] = {
	"compress/mode": LOSSLESS,
	"compress/normal_map": 0,
	"mipmaps/generate": false,
	"roughness/mode": 0,
	"process/fix_alpha_border": true,
	"process/normal_map_invert_y": false,
	"process/size_limit": 0,
	"detect_3d/compress_to": 1,
}


static func settings(map: ImpastoMapFile) -> Dictionary[String, Variant]:
	var flat := map.role == "sprite" or map.filter_hint == "nearest"
	var exact := flat or map.role == "height"
	return {
		"compress/mode": LOSSLESS if exact else VRAM_COMPRESSED,
		"compress/normal_map": NORMAL_MAP if map.kind() == "normal" else NO_NORMAL_MAP,
		"mipmaps/generate": not flat,
		"roughness/mode": NO_ROUGHNESS_LIMIT,
		"process/fix_alpha_border": map.role != "packed" and map.alpha_mode != "none",
		"process/normal_map_invert_y": map.normal_y == "-",
		# never smaller than the picture, however large the next one of this name is
		"process/size_limit": 0,
		# else the first use in 3D changes the compression and imports once more
		"detect_3d/compress_to": 0,
	}


## Whether nobody, neither a user nor a companion, has set anything in an `.import` file.
static func is_untouched(config: ConfigFile) -> bool:
	for key in DEFAULTS:
		if config.get_value("params", key, DEFAULTS[key]) != DEFAULTS[key]:
			return false
	return true


## What else the file holds, its uid before all, stays.
static func write(path: String, map: ImpastoMapFile) -> bool:
	var config := ConfigFile.new()
	if FileAccess.file_exists(path + ".import"):
		config.load(path + ".import")
	config.set_value("remap", "importer", config.get_value("remap", "importer", "texture"))
	var given := settings(map)
	for key in given:
		config.set_value("params", key, given[key])
	return config.save(path + ".import") == OK
