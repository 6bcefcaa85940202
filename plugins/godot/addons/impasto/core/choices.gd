@tool
extends RefCounted
## What the team chose, in one text file of the project that goes under version control.

const PATH := "res://impasto.cfg"
const ORIGINAL := "original"

## An id, `original`, or empty where nothing was chosen for the whole project.
var project := ""
var follow := true
var materials: Dictionary[String, String] = {}
var _path: String
var _read_bytes := ""


func _init(path: String = PATH) -> void:
	_path = path
	read()


## The material's own choice, else the project's; empty where nothing was chosen.
func wanted(material_key: String) -> String:
	return materials.get(material_key, project)


func choose(material_key: String, id: String) -> void:
	if id == "":
		materials.erase(material_key)
	else:
		materials[material_key] = id
	_write()


func choose_for_project(id: String) -> void:
	project = id
	_write()


func set_follow(on: bool) -> void:
	follow = on
	_write()


## True when the file says something else than before, as after a teammate's change came in.
func read() -> bool:
	var bytes := FileAccess.get_md5(_path) if FileAccess.file_exists(_path) else ""
	if bytes == _read_bytes:
		return false
	_read_bytes = bytes
	var before := [project, follow, materials.duplicate()]
	var config := ConfigFile.new()
	if bytes != "" and config.load(_path) != OK:
		push_warning("impasto: %s cannot be read; what was chosen before stays" % _path)
		return false
	project = str(config.get_value("project", "shows", ""))
	follow = config.get_value("project", "follow_new_variants", true) == true
	materials.clear()
	if config.has_section("materials"):
		for key in config.get_section_keys("materials"):
			materials[key] = str(config.get_value("materials", key))
	return before != [project, follow, materials]


func _write() -> void:
	var config := ConfigFile.new()
	config.set_value("project", "follow_new_variants", follow)
	if project != "":
		config.set_value("project", "shows", project)
	var keys := materials.keys()
	keys.sort()
	for key: String in keys:
		config.set_value("materials", key, materials[key])
	var error := config.save(_path)
	if error != OK:
		push_error("impasto: %s cannot be written: %s" % [_path, error_string(error)])
