@tool
extends RefCounted
## Every sidecar of the project at one moment. Nothing of it changes afterwards.

const MaterialGroup := preload("material_group.gd")
const Source := preload("source.gd")

var sources: Array[Source] = []
var groups: Dictionary[String, MaterialGroup] = {}
## The line of each sidecar that cannot be read, by its path.
var problems: Dictionary[String, String] = {}
var _owners: Dictionary[String, Source] = {}


func add(source: Source) -> void:
	sources.append(source)
	var key := source.material_key()
	if not groups.has(key):
		groups[key] = MaterialGroup.new(key)
	groups[key].sources.append(source)
	for file in source.manifest.retired:
		_owners.get_or_add(source.path(file), source)
	for file in source.listed_files():
		_owners[source.path(file)] = source


## The source that a file is, or was made from; null for a file that no manifest names.
func owner(path: String) -> Source:
	return _owners.get(path)


func owned_paths() -> Array[String]:
	return _owners.keys()


func group_of(source: Source) -> MaterialGroup:
	return groups[source.material_key()]


func with_key(key: String) -> MaterialGroup:
	return groups.get(key)


## Changes whenever something else is to be shown, anywhere.
func signature() -> int:
	var parts: Array = [problems]
	for source in sources:
		parts.append([source.sidecar, source.found, source.manifest.get_instance_id()])
	return hash(parts)
