@tool
extends EditorImportPlugin
## Makes an ImpastoManifest of a sidecar, so that games and tools can load it.
##
## A broken one is imported, too: it says what is wrong, rather than failing at each start.

const Sidecar := preload("../core/sidecar.gd")


func _get_importer_name() -> String:
	return "impasto.manifest"


func _get_visible_name() -> String:
	return "Impasto manifest"


func _get_recognized_extensions() -> PackedStringArray:
	return ["impasto"]


func _get_save_extension() -> String:
	return "res"


func _get_resource_type() -> String:
	return "Resource"


func _get_priority() -> float:
	return 1.0


func _get_import_order() -> int:
	return IMPORT_ORDER_DEFAULT


func _get_preset_count() -> int:
	return 0


func _get_import_options(_path: String, _preset: int) -> Array[Dictionary]:
	return []


func _get_option_visibility(_path: String, _option: StringName, _options: Dictionary) -> bool:
	return true


func _can_import_threaded() -> bool:
	return true


func _import(
	source_file: String,
	save_path: String,
	_options: Dictionary,
	_platform_variants: Array[String],
	_gen_files: Array[String]
) -> Error:
	var manifest := Sidecar.read(source_file)
	return ResourceSaver.save(manifest, "%s.%s" % [save_path, _get_save_extension()])
