@tool
extends RefCounted
## The sources of one material: same folder, same stem; and which file each shows.

const Choices := preload("choices.gd")
const Source := preload("source.gd")
const PAINTED_ROLES: Array[String] = ["base_color", "sprite"]

var key: String
var sources: Array[Source] = []


func _init(material_key: String) -> void:
	key = material_key


## The id that is shown where it can be: what was chosen, else the newcomer, else the original.
func shown_id(choices: Choices) -> String:
	var wanted := choices.wanted(key)
	if wanted != "":
		return wanted
	return _first_styled() if choices.follow else Choices.ORIGINAL


func shown_path(source: Source, id: String) -> String:
	if id == Choices.ORIGINAL:
		return source.source_path()
	var path := _map_of(source, source, id)
	for other in sources:
		if path == "" and other != source:
			path = _map_of(other, source, id)
	if path == "":
		path = _only_unstyled(source)
	return path if path != "" else source.source_path()


## Null where no sidecar of the material has a source of this role.
func source_of(role: String) -> Source:
	for source in sources:
		if source.manifest.role == role:
			return source
	return null


## Ids that can be chosen, in the order of the manifests.
func usable_ids() -> PackedStringArray:
	var ids := PackedStringArray()
	for source in sources:
		for variant in source.manifest.variants:
			if source.usable(variant) and not ids.has(variant.id):
				ids.append(variant.id)
	return ids


## The source whose picture stands for the material.
func face() -> Source:
	for source in sources:
		if source.manifest.role in PAINTED_ROLES:
			return source
	return sources[0]


func _first_styled() -> String:
	for source in sources:
		if source.manifest.role in PAINTED_ROLES:
			for variant in source.manifest.variants:
				if variant.style != "" and source.usable(variant):
					return variant.id
	return Choices.ORIGINAL


static func _map_of(maker: Source, source: Source, id: String) -> String:
	var variant := maker.usable_variant(id)
	var map := variant.map_of(source.manifest.role) if variant != null else null
	return maker.path(map.file) if map != null else ""


static func _only_unstyled(source: Source) -> String:
	var found: Array[ImpastoVariant] = []
	for variant in source.manifest.variants:
		if variant.style == "":
			found.append(variant)
	if found.size() != 1 or not source.usable(found[0]):
		return ""
	var map := found[0].map_of(source.manifest.role)
	return source.path(map.file) if map != null else ""
