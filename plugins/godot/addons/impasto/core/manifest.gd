@tool
class_name ImpastoManifest
extends Resource
## What one sidecar says of its source; or, where it cannot be read, the line that says why.

@export var problem := ""
@export var source_file := ""
@export var source_sha256 := ""
@export var role := ""
@export var material := ""
@export var variants: Array[ImpastoVariant] = []
@export var retired := PackedStringArray()


func variant(id: String) -> ImpastoVariant:
	for one in variants:
		if one.id == id:
			return one
	return null
