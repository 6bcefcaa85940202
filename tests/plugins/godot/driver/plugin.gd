@tool
extends EditorPlugin
## Prints `STATE {...}` whenever something else is shown, and does what `commands/N.json` asks.

const COMPANION := "res://addons/impasto/plugin.gd"
const EVERY_SECONDS := 0.1

var _said := ""
var _next_command := 1
var _batches := 0
var _files_imported := 0


func _enter_tree() -> void:
	var timer := Timer.new()
	timer.wait_time = EVERY_SECONDS
	timer.autostart = true
	timer.timeout.connect(_tick)
	add_child(timer)
	EditorInterface.get_resource_filesystem().resources_reimported.connect(_on_reimported)
	print("DRIVER READY")


func _tick() -> void:
	if EditorInterface.get_resource_filesystem().is_scanning():
		return
	var path := "res://commands/%d.json" % _next_command
	if FileAccess.file_exists(path):
		_next_command += 1
		var command: Dictionary = JSON.parse_string(FileAccess.get_file_as_string(path))
		_obey(command)
	var state := JSON.stringify(_state())
	if state != _said:
		_said = state
		print("STATE ", state)


func _on_reimported(files: PackedStringArray) -> void:
	_batches += 1
	_files_imported += files.size()


func _obey(command: Dictionary) -> void:
	var companion := _companion()
	match command["do"]:
		"choose":
			companion.call("choose", command["material"], command["id"])
		"choose_for_project":
			companion.call("choose_for_project", command["id"])
		"follow":
			companion.call("set_follow", command["on"])
		"undo":
			_history().undo()
		"redo":
			_history().redo()
		"open":
			EditorInterface.open_scene_from_path(command["scene"])
		"save":
			EditorInterface.save_scene()
		"repeat":
			var material: BaseMaterial3D = load(command["material"])
			material.texture_repeat = command["on"]
			ResourceSaver.save(material)
		"scan":
			EditorInterface.get_resource_filesystem().scan()
		"switch_companion":
			EditorInterface.set_plugin_enabled("impasto", command["on"])


func _history() -> UndoRedo:
	return get_undo_redo().get_history_undo_redo(EditorUndoRedoManager.GLOBAL_HISTORY)


func _state() -> Dictionary:
	var state := {"commands": _next_command - 1, "materials": {}, "sprites": {}}
	for path in _materials("res://materials") + _materials("res://rocks"):
		state["materials"][path] = _material(load(path) as BaseMaterial3D)
	var root := EditorInterface.get_edited_scene_root()
	if root != null:
		for node: Sprite2D in root.find_children("*", "Sprite2D", true, false):
			state["sprites"][node.name] = _sprite(node)
	state["batches"] = _batches
	state["files_imported"] = _files_imported
	return state


func _materials(folder: String) -> PackedStringArray:
	var found := PackedStringArray()
	if not DirAccess.dir_exists_absolute(folder):
		return found
	for file in DirAccess.get_files_at(folder):
		var path := folder.path_join(file)
		if file.get_extension() == "tres" and _is_whole(path):
			found.append(path)
	return found


func _is_whole(path: String) -> bool:
	for dependency in ResourceLoader.get_dependencies(path):
		if not ResourceLoader.exists(dependency.get_slice("::", 2)):
			return ResourceLoader.has_cached(path)
	return true


func _material(material: BaseMaterial3D) -> Dictionary:
	var slots := {}
	for slot in BaseMaterial3D.TEXTURE_MAX:
		var texture := material.get_texture(slot)
		if texture != null:
			slots[str(slot)] = texture.resource_path
	var albedo := material.albedo_texture
	return {
		"slots": slots,
		"width": albedo.get_width() if albedo != null else 0,
		"filter": material.texture_filter,
		"repeat": material.texture_repeat,
	}


func _sprite(sprite: Sprite2D) -> Dictionary:
	var drawn := sprite.get_rect().size * sprite.scale
	return {
		"texture": sprite.texture.resource_path if sprite.texture != null else "",
		"drawn": [snappedf(drawn.x, 0.01), snappedf(drawn.y, 0.01)],
		"filter": sprite.texture_filter,
	}


func _companion() -> EditorPlugin:
	for node in get_tree().root.find_children("*", "EditorPlugin", true, false):
		var script := node.get_script() as Script
		if script != null and script.resource_path == COMPANION:
			return node as EditorPlugin
	return null
