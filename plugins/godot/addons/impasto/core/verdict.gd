@tool
extends RefCounted
## Which file stands in the place of another. What it has seen and then vanished, is let go.

const Choices := preload("choices.gd")
const Snapshot := preload("snapshot.gd")

var _snapshot: Snapshot
var _choices: Choices
var _seen: Dictionary[String, Origin] = {}
var _missing: Dictionary[String, bool] = {}


func _init(choices: Choices) -> void:
	_choices = choices
	_snapshot = Snapshot.new()


func take(snapshot: Snapshot) -> void:
	for source in snapshot.sources:
		for file in source.listed_files():
			var origin := Origin.new()
			origin.sidecar = source.sidecar
			origin.source_path = source.source_path()
			_seen[source.path(file)] = origin
	_missing = _missing_files(_snapshot, snapshot)
	_snapshot = snapshot


## Empty where nothing is to be done about it.
func instead_of(path: String) -> String:
	var source := _snapshot.owner(path)
	if source == null:
		return _let_go(path)
	var file := path.trim_prefix(source.folder() + "/")
	if source.in_transit(file) or _missing.has(path):
		return ""
	var group := _snapshot.group_of(source)
	var shown := group.shown_path(source, group.shown_id(_choices))
	return shown if shown != path else ""


## A file that was there a moment ago may be on its way: it is gone when it is missing twice.
static func _missing_files(before: Snapshot, now: Snapshot) -> Dictionary[String, bool]:
	var missing: Dictionary[String, bool] = {}
	for source in now.sources:
		for file in source.listed_files():
			if source.found.has(file):
				continue
			var was := before.owner(source.path(file))
			if was != null and was.found.has(file):
				missing[source.path(file)] = true
	return missing


func _let_go(path: String) -> String:
	var origin: Origin = _seen.get(path)
	if origin == null or origin.source_path == path:
		return ""
	return "" if _snapshot.problems.has(origin.sidecar) else origin.source_path


class Origin:
	extends RefCounted

	var sidecar: String
	var source_path: String
