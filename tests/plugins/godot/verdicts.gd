extends SceneTree
## Writes what the companion's core sees in every sidecar, and what it shows for a list of choices.

const Choices := preload("res://addons/impasto/core/choices.gd")
const Library := preload("res://addons/impasto/core/library.gd")
const MaterialGroup := preload("res://addons/impasto/core/material_group.gd")
const Snapshot := preload("res://addons/impasto/core/snapshot.gd")
const Source := preload("res://addons/impasto/core/source.gd")


func _init() -> void:
	var snapshot := Library.new().look()
	var sidecars: Array[Dictionary] = []
	for path: String in snapshot.problems:
		sidecars.append(
			{"sidecar": _relative(path), "broken": true, "line": snapshot.problems[path]}
		)
	for source in snapshot.sources:
		sidecars.append(_seen(source))
	var asked: Dictionary = JSON.parse_string(FileAccess.get_file_as_string("res://asked.json"))
	var shows: Array[Array] = []
	for row: Dictionary in asked["choices"]:
		shows.append(_shows(snapshot, row))
	var answer := FileAccess.open("res://answer.json", FileAccess.WRITE)
	answer.store_string(JSON.stringify({"sidecars": sidecars, "choices": shows}))
	answer.close()
	print("VERDICTS WRITTEN")
	quit()


func _shows(snapshot: Snapshot, row: Dictionary) -> Array[Dictionary]:
	var choices := Choices.new("res://%s.cfg" % hash(row))
	choices.follow = row["follow"]
	var key: String = "res://%s/%s" % [row["folder"], row["material"]]
	if row["wanted"] != "":
		choices.materials[key] = row["wanted"]
	var group := snapshot.groups[key]
	var shows: Array[Dictionary] = []
	for source in group.sources:
		var shown := group.shown_path(source, group.shown_id(choices))
		shows.append({"source": source.manifest.source_file, "file": shown.get_file()})
	return shows


func _seen(source: Source) -> Dictionary:
	var variants: Array[Dictionary] = []
	for variant in source.manifest.variants:
		var maps: Array[Dictionary] = []
		for map in variant.maps:
			(
				maps
				. append(
					{
						"file": map.file,
						"use": source.arrived(map),
						"kind": map.kind(),
						"color_space": map.color_space,
						"normal_y": map.normal_y,
						"alpha": map.alpha_mode,
						"wrap_u": map.wrap_u,
						"wrap_v": map.wrap_v,
						"filter": map.filter_hint,
						"max_size": map.max_size(),
					}
				)
			)
		(
			variants
			. append(
				{
					"id": variant.id,
					"status": variant.status,
					"draft": variant.draft,
					"error": variant.error,
					"rule": variant.rule,
					"reason": variant.reason,
					"usable": source.usable(variant),
					"maps": maps,
				}
			)
		)
	return {
		"sidecar": _relative(source.sidecar),
		"broken": false,
		"source": source.manifest.source_file,
		"material": source.manifest.material,
		"variants": variants,
		"retired": source.manifest.retired,
	}


func _relative(path: String) -> String:
	return path.trim_prefix("res://")
