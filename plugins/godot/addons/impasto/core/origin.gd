@tool
extends RefCounted
## Where a file comes from: the source whose sidecar names it, and the role it has there.

const Source := preload("source.gd")

var source: Source
var role := ""


func _init(named_by: Source, file_role: String) -> void:
	source = named_by
	role = file_role
