@tool
extends RefCounted
## Points the references of a text resource or scene elsewhere, without loading it.
##
## What refers to a file that is gone cannot be loaded whole: saving it would lose the reference.

const EXTENSIONS: Array[String] = ["tres", "tscn"]


## `instead`: the new path by the old one. True when the file was changed.
static func retarget(path: String, instead: Dictionary[String, String]) -> bool:
	if path.get_extension() not in EXTENSIONS:
		return false
	var lines := FileAccess.get_file_as_string(path).split("\n")
	var changed := false
	for number in lines.size():
		for old in instead:
			var quoted := 'path="%s"' % old
			if lines[number].begins_with("[ext_resource ") and lines[number].contains(quoted):
				lines[number] = lines[number].replace(quoted, 'path="%s"' % instead[old])
				lines[number] = _without_uid(lines[number])
				changed = true
	if not changed:
		return false
	var file := FileAccess.open(path, FileAccess.WRITE)
	if file == null:
		push_warning("impasto: %s cannot be written" % path)
		return false
	return file.store_string("\n".join(lines))


## The uid is the old file's; Godot adds the new one's when it saves.
static func _without_uid(line: String) -> String:
	var uid := RegEx.create_from_string(' uid="[^"]*"')
	return uid.sub(line, "")
