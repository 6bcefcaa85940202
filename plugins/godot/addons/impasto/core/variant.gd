@tool
class_name ImpastoVariant
extends Resource
## One restyled version of a source. A failed rerun keeps the last good maps and says failed.

@export var id := ""
@export var status := ""
@export var draft := false
@export var error := ""
@export var notes := PackedStringArray()
@export var rule := ""
@export var reason := ""
@export var style := ""
@export var maps: Array[ImpastoMapFile] = []


func map_of(role: String) -> ImpastoMapFile:
	for map in maps:
		if map.role == role:
			return map
	return null
