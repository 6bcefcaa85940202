@tool
extends RefCounted
## Which file stands in the place of another. What it has seen and then vanished, is let go.

const Choices := preload("choices.gd")
const MaterialGroup := preload("material_group.gd")
const Origin := preload("origin.gd")
const Snapshot := preload("snapshot.gd")
const Source := preload("source.gd")

var _snapshot := Snapshot.new()
var _choices: Choices
## All that was ever named by a sidecar since the start.
var _seen: Dictionary[String, Origin] = {}
var _missing: Dictionary[String, bool] = {}


func _init(choices: Choices) -> void:
	_choices = choices


func take(snapshot: Snapshot) -> void:
	_missing = _missing_files(_snapshot, snapshot)
	_seen.merge(snapshot.origins, true)
	_snapshot = snapshot


func anything_went() -> bool:
	return not _snapshot.retired.is_empty() or _seen.size() > _snapshot.origins.size()


## Empty where nothing is to be done about it.
func instead_of(path: String) -> String:
	var origin: Origin = _snapshot.origins.get(path)
	if origin != null:
		if origin.source.in_transit(origin.source.relative(path)) or _missing.has(path):
			return ""
		return _shown_for(path, origin)
	var was: Origin = _seen.get(path)
	if _snapshot.retired.has(path):
		var source := _snapshot.retired[path]
		return _shown_for(
			path, Origin.new(source, was.role if was != null else source.manifest.role)
		)
	return _let_go(path, was) if was != null else ""


func _shown_for(path: String, origin: Origin) -> String:
	var group := _snapshot.groups[origin.source.material_key()]
	var source := origin.source
	if source.manifest.role != origin.role:
		source = group.source_of(origin.role)
	if source == null:
		return ""
	var shown := group.shown_path(source, group.shown_id(_choices))
	return shown if shown != path else ""


## No sidecar names it any more. One that cannot be read just now may do so again.
func _let_go(path: String, origin: Origin) -> String:
	var source := origin.source
	if path == source.source_path() or _snapshot.problems.has(source.sidecar):
		return ""
	if source.manifest.role == origin.role:
		return source.source_path()
	var group: MaterialGroup = _snapshot.groups.get(source.material_key())
	var other := group.source_of(origin.role) if group != null else null
	return other.source_path() if other != null else ""


## A file that was there a moment ago may be on its way: it is gone when it is missing twice.
static func _missing_files(before: Snapshot, now: Snapshot) -> Dictionary[String, bool]:
	var missing: Dictionary[String, bool] = {}
	for path in now.origins:
		var was: Origin = before.origins.get(path)
		var file := now.origins[path].source.relative(path)
		if (
			was != null
			and was.source.found.has(file)
			and not now.origins[path].source.found.has(file)
		):
			missing[path] = true
	return missing
