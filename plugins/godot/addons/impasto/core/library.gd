@tool
extends RefCounted
## Finds and reads the sidecars below a folder. Touches no editor, so that it may run in a thread.

const Gate := preload("gate.gd")
const Sidecar := preload("sidecar.gd")
const Snapshot := preload("snapshot.gd")
const Source := preload("source.gd")
const EXTENSION := "impasto"
## Folders that link to themselves end here.
const DEEPEST := 32

var gate := Gate.new()
var _root: String
var _read: Dictionary[String, ImpastoManifest] = {}
var _read_sha256: Dictionary[String, String] = {}


func _init(root: String = "res://") -> void:
	_root = root


func look() -> Snapshot:
	var snapshot := read()
	for source in snapshot.sources:
		for file in source.listed_files():
			var sha256 := gate.sha256(source.path(file))
			if sha256 != "":
				source.found[file] = sha256
	return snapshot


## The sidecars alone: quick, but of no file it is known whether it arrived.
func read() -> Snapshot:
	var snapshot := Snapshot.new()
	var sidecars := PackedStringArray()
	_find(_root, 0, sidecars)
	sidecars.sort()
	for sidecar in sidecars:
		var manifest := _manifest(sidecar)
		if manifest == null:
			continue
		if manifest.problem != "":
			snapshot.problems[sidecar] = "%s %s" % [sidecar, manifest.problem]
			continue
		var source := Source.new()
		source.sidecar = sidecar
		source.manifest = manifest
		snapshot.add(source)
	return snapshot


## Null for a sidecar that went away while it was looked at.
func _manifest(sidecar: String) -> ImpastoManifest:
	var sha256 := gate.sha256(sidecar)
	if sha256 == "":
		return null
	if _read_sha256.get(sidecar, "") != sha256:
		_read[sidecar] = Sidecar.read(sidecar)
		_read_sha256[sidecar] = sha256
	return _read[sidecar]


static func _find(folder: String, depth: int, into: PackedStringArray) -> void:
	var dir := DirAccess.open(folder)
	if dir == null or depth > DEEPEST or dir.file_exists(".gdignore"):
		return
	dir.list_dir_begin()
	var entry := dir.get_next()
	while entry != "":
		if not entry.begins_with("."):
			if dir.current_is_dir():
				_find(folder.path_join(entry), depth + 1, into)
			elif entry.get_extension() == EXTENSION:
				into.append(folder.path_join(entry))
		entry = dir.get_next()
	dir.list_dir_end()
