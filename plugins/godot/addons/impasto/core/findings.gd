@tool
extends RefCounted
## What one look found: the sidecars, what of their files is imported, and what is to be.

const Imported := preload("imported_bytes.gd")
const Snapshot := preload("snapshot.gd")

var snapshot: Snapshot
## Maps that were imported for the first time now, by path.
var fresh: Dictionary[String, ImpastoMapFile] = {}
var stale := PackedStringArray()
## Files that are imported with the bytes that lie there.
var imported: Dictionary[String, bool] = {}
var _unapplied: Dictionary[String, ImpastoMapFile] = {}


func _init(seen: Snapshot) -> void:
	snapshot = seen


## `unapplied`: files that have got other settings since they were imported.
func weigh(record: Imported, unapplied: Dictionary[String, ImpastoMapFile]) -> void:
	_unapplied = unapplied
	for source in snapshot.sources:
		_weigh(source.sidecar, record)
		if source.source_arrived():
			_weigh(source.source_path(), record)
		for variant in source.manifest.variants:
			for map in variant.maps:
				if source.arrived(map):
					_weigh(source.path(map.file), record)
	for sidecar in snapshot.problems:
		_weigh(sidecar, record)


func signature() -> int:
	return hash([snapshot.signature(), imported.keys()])


func _weigh(path: String, record: Imported) -> void:
	if (record.is_stale(path) or _unapplied.has(path)) and not stale.has(path):
		stale.append(path)
	elif record.is_imported(path):
		imported[path] = true
