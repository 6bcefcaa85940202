@tool
extends RefCounted
## Reads a sidecar's text. One that cannot be read becomes a manifest with a problem.

const SCHEMA := "impasto.manifest/1."
## What Godot reads where a text holds NUL.
const UNREADABLE := "\uFFFD"


static func read(path: String) -> ImpastoManifest:
	var file := FileAccess.open(path, FileAccess.READ)
	if file == null:
		return _refused("cannot be opened: %s" % error_string(FileAccess.get_open_error()))
	return parse(file.get_as_text())


static func parse(text: String) -> ImpastoManifest:
	var json := JSON.new()
	if json.parse(text) != OK:
		var place := json.get_error_line() + 1
		return _refused("is not JSON: %s in line %d" % [json.get_error_message(), place])
	if not json.data is Dictionary:
		return _refused("is not an object with a schema %sx" % SCHEMA)
	return _manifest(json.data as Dictionary)


## Whether a recorded name stays inside the sidecar's folder, on every system.
static func is_inside(file: String) -> bool:
	if file.contains("\\") or file.contains(":") or file.contains(UNREADABLE):
		return false
	for part in file.split("/"):
		if part in ["", ".", ".."]:
			return false
	return true


static func _manifest(document: Dictionary) -> ImpastoManifest:
	var schema := _text(document, "schema")
	if not schema.begins_with(SCHEMA) or not schema.trim_prefix(SCHEMA).is_valid_int():
		return _refused("has schema '%s', not %sx" % [schema, SCHEMA])
	var source := _object(document, "source")
	var manifest := ImpastoManifest.new()
	manifest.source_file = _text(source, "file")
	manifest.source_sha256 = _text(source, "sha256")
	manifest.role = _text(source, "role")
	manifest.material = _text(source, "material")
	if manifest.source_file == "":
		return _refused("has no source.file")
	for entry in _objects(document, "variants"):
		manifest.variants.append(_variant(entry))
	for entry in _objects(document, "retired"):
		manifest.retired.append(_text(entry, "file"))
	for file in _named_files(manifest):
		if not is_inside(file):
			return _refused("names '%s', which is not inside its folder" % file)
	return manifest


static func _variant(entry: Dictionary) -> ImpastoVariant:
	var variant := ImpastoVariant.new()
	variant.id = _text(entry, "id")
	variant.status = _text(entry, "status")
	variant.draft = entry.get("draft") == true
	variant.error = _text(entry, "error")
	variant.rule = _text(entry, "rule")
	variant.reason = _text(entry, "reason")
	variant.style = _text(entry, "style")
	for note: Variant in _list(entry, "notes"):
		variant.notes.append(str(note))
	for map in _objects(entry, "maps"):
		variant.maps.append(_map_file(map))
	return variant


static func _map_file(entry: Dictionary) -> ImpastoMapFile:
	var map := ImpastoMapFile.new()
	map.file = _text(entry, "file")
	map.sha256 = _text(entry, "sha256")
	map.width = _whole(entry, "width")
	map.height = _whole(entry, "height")
	map.role = _text(entry, "role")
	map.color_space = _text(entry, "color_space")
	map.bit_depth = _text(entry, "bit_depth")
	map.alpha_mode = _text(entry, "alpha_mode")
	map.normal_y = _text(entry, "normal_y")
	map.wrap_u = _text(entry, "wrap_u")
	map.wrap_v = _text(entry, "wrap_v")
	map.filter_hint = "nearest" if _text(entry, "filter_hint") == "nearest" else "linear"
	return map


static func _named_files(manifest: ImpastoManifest) -> PackedStringArray:
	var files := PackedStringArray([manifest.source_file])
	files.append_array(manifest.retired)
	for variant in manifest.variants:
		for map in variant.maps:
			files.append(map.file)
	return files


static func _refused(why: String) -> ImpastoManifest:
	var manifest := ImpastoManifest.new()
	manifest.problem = why
	return manifest


static func _text(entry: Dictionary, key: String) -> String:
	var value: Variant = entry.get(key)
	return value if value is String else ""


static func _whole(entry: Dictionary, key: String) -> int:
	var value: Variant = entry.get(key)
	return int(value) if value is float or value is int else 0


static func _object(entry: Dictionary, key: String) -> Dictionary:
	var value: Variant = entry.get(key)
	return value if value is Dictionary else {}


static func _list(entry: Dictionary, key: String) -> Array:
	var value: Variant = entry.get(key)
	return value if value is Array else []


static func _objects(entry: Dictionary, key: String) -> Array[Dictionary]:
	var objects: Array[Dictionary] = []
	for value: Variant in _list(entry, key):
		if value is Dictionary:
			objects.append(value)
	return objects
