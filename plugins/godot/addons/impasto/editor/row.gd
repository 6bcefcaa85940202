@tool
extends RefCounted
## What a line of the tree stands for: a material, one of its sources, a variant, or a problem.

const MaterialGroup := preload("../core/material_group.gd")
const Source := preload("../core/source.gd")

var group: MaterialGroup
var source: Source
var variant: ImpastoVariant
var problem := ""


static func of(material: MaterialGroup, shown: Source, one: ImpastoVariant = null) -> RefCounted:
	var row := new()
	row.group = material
	row.source = shown
	row.variant = one
	return row


static func of_problem(line: String) -> RefCounted:
	var row := new()
	row.problem = line
	return row


func is_material(name: String) -> bool:
	return group != null and group.key == name


## Whether its variant is what the source shows when `id` is shown.
func is_shown(id: String) -> bool:
	var path := group.shown_path(source, id)
	for map in variant.maps:
		if source.path(map.file) == path:
			return true
	return false
