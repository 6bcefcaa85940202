@tool
extends RefCounted
## Gives a map its import settings once. What a user changes afterwards stays.
##
## An image lands before its manifest, so that Godot may have imported it with nobody's settings:
## these count as none. The record tells such a file from one that a user has reset.

const Source := preload("source.gd")
const TextureImport := preload("texture_import.gd")

var _record: String
var _given: Dictionary[String, bool] = {}


func _init(record: String) -> void:
	_record = record
	if FileAccess.file_exists(record):
		for path in FileAccess.get_file_as_string(record).split("\n", false):
			_given[path] = true


## The maps that were given settings now, by path.
func give(sources: Array[Source]) -> Dictionary[String, ImpastoMapFile]:
	var given: Dictionary[String, ImpastoMapFile] = {}
	for source in sources:
		for variant in source.manifest.variants:
			for map in variant.maps:
				var path := source.path(map.file)
				if (
					FileAccess.file_exists(path)
					and _is_first(path)
					and TextureImport.write(path, map)
				):
					given[path] = map
	if not given.is_empty():
		_remember(given.keys())
	return given


func _is_first(path: String) -> bool:
	if not FileAccess.file_exists(path + ".import"):
		return true
	if _given.has(path):
		return false
	_given[path] = true
	var config := ConfigFile.new()
	return config.load(path + ".import") == OK and TextureImport.is_untouched(config)


func _remember(given: Array[String]) -> void:
	for path in given:
		_given[path] = true
	DirAccess.make_dir_recursive_absolute(_record.get_base_dir())
	var file := FileAccess.open(_record, FileAccess.WRITE)
	if file == null:
		push_warning("impasto: %s cannot be written" % _record)
		return
	file.store_string("\n".join(PackedStringArray(_given.keys())))
