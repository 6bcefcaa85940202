@tool
extends RefCounted
## Every sidecar of the project at one moment. Nothing of it changes afterwards.

const MaterialGroup := preload("material_group.gd")
const Origin := preload("origin.gd")
const Source := preload("source.gd")

var sources: Array[Source] = []
var groups: Dictionary[String, MaterialGroup] = {}
## The line of each sidecar that cannot be read, by its path.
var problems: Dictionary[String, String] = {}
var origins: Dictionary[String, Origin] = {}
## Files that were made once and are gone, with the source they were made from.
var retired: Dictionary[String, Source] = {}


func add(source: Source) -> void:
	sources.append(source)
	var key := source.material_key()
	if not groups.has(key):
		groups[key] = MaterialGroup.new(key)
	groups[key].sources.append(source)
	for file in source.manifest.retired:
		retired[source.path(file)] = source
	for variant in source.manifest.variants:
		for map in variant.maps:
			origins[source.path(map.file)] = Origin.new(source, map.role)
	origins[source.source_path()] = Origin.new(source, source.manifest.role)


## Changes whenever something else is to be shown, anywhere.
func signature() -> int:
	var parts: Array = [problems]
	for source in sources:
		parts.append([source.sidecar, source.found, source.manifest.get_instance_id()])
	return hash(parts)
