@tool
extends RefCounted
## One source with its manifest and what of it has arrived on disk.

var sidecar: String
var manifest: ImpastoManifest
## The sha256 of each listed file that lies there, by its name; no entry where it is missing.
var found: Dictionary[String, String] = {}


func folder() -> String:
	return sidecar.get_base_dir()


## What the maps of one material share: the folder and the material's stem.
func material_key() -> String:
	var stem := manifest.material if manifest.material != "" else manifest.source_file
	return folder().path_join(stem)


func path(file: String) -> String:
	return folder().path_join(file)


func relative(file_path: String) -> String:
	return file_path.trim_prefix(folder().trim_suffix("/") + "/")


func source_path() -> String:
	return path(manifest.source_file)


func source_arrived() -> bool:
	return found.get(manifest.source_file, "") == manifest.source_sha256


## The gate: the file there has the recorded bytes.
func arrived(map: ImpastoMapFile) -> bool:
	return map.sha256 != "" and found.get(map.file, "") == map.sha256


## Whatever its status: a failed or pending rerun keeps its last good maps.
func usable(variant: ImpastoVariant) -> bool:
	return not variant.maps.is_empty() and variant.maps.all(arrived)


func usable_variant(id: String) -> ImpastoVariant:
	var variant := manifest.variant(id)
	return variant if variant != null and usable(variant) else null


## Whether a listed file lies there with bytes that no manifest has told yet.
func in_transit(file: String) -> bool:
	if not found.has(file):
		return false
	for variant in manifest.variants:
		for map in variant.maps:
			if map.file == file and not arrived(map):
				return true
	return false


func listed_files() -> PackedStringArray:
	var files := PackedStringArray([manifest.source_file])
	for variant in manifest.variants:
		for map in variant.maps:
			files.append(map.file)
	return files
