@tool
extends RefCounted
## Knows the sha256 of files and hashes them again only when they may have changed.

## Godot tells a file's time in whole seconds: what was hashed sooner is not believed.
const SETTLED_SECONDS := 2.0

var _known: Dictionary[String, Seen] = {}


## Empty where there is no such file.
func sha256(path: String) -> String:
	var file := FileAccess.open(path, FileAccess.READ)
	if file == null:
		_known.erase(path)
		return ""
	var size := file.get_length()
	file.close()
	var changed := FileAccess.get_modified_time(path)
	var seen: Seen = _known.get(path)
	if seen != null and seen.still_is(changed, size):
		return seen.sha256
	seen = Seen.new()
	seen.changed = changed
	seen.size = size
	seen.hashed = Time.get_unix_time_from_system()
	seen.sha256 = FileAccess.get_sha256(path)
	_known[path] = seen
	return seen.sha256


class Seen:
	extends RefCounted

	var changed: int
	var size: int
	var hashed: float
	var sha256: String

	func still_is(time: int, length: int) -> bool:
		return time == changed and length == size and hashed - changed >= SETTLED_SECONDS
