@tool
extends RefCounted
## Knows which bytes of a file Godot has imported, from the record that Godot keeps of each import.

const Gate := preload("gate.gd")

var _gate: Gate
## The sha256 that is known to be imported, by path.
var _in_step: Dictionary[String, String] = {}
## The sha256 that an import was tried for, by path: the same bytes are never tried twice.
var _tried: Dictionary[String, String] = {}


func _init(gate: Gate) -> void:
	_gate = gate


func is_stale(path: String) -> bool:
	var sha256 := _gate.sha256(path)
	if sha256 == "" or _in_step.get(path, "") == sha256:
		return false
	if _recorded_md5(path) == FileAccess.get_md5(path):
		_in_step[path] = sha256
		return false
	return _tried.get(path, "") != sha256


func tried(path: String) -> void:
	_tried[path] = _gate.sha256(path)
	_in_step.erase(path)


func is_imported(path: String) -> bool:
	return _in_step.has(path)


static func _recorded_md5(path: String) -> String:
	if not FileAccess.file_exists(path + ".import"):
		return ""
	var base := "res://.godot/imported/%s-%s" % [path.get_file(), path.md5_text()]
	for line in FileAccess.get_file_as_string(base + ".md5").split("\n"):
		if line.begins_with("source_md5="):
			return line.trim_prefix("source_md5=").replace('"', "")
	return ""
