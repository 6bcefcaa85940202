@tool
extends Node
## Looks at the sidecars each second and has Godot import what came, all of it in one batch.

## A look has ended, and what was to be imported is imported.
signal settled(findings: Findings)
signal problem_found(line: String)

const Findings := preload("../core/findings.gd")
const FirstSettings := preload("../core/first_settings.gd")
const Imported := preload("../core/imported_bytes.gd")
const Library := preload("../core/library.gd")
const Snapshot := preload("../core/snapshot.gd")
const SOONEST_SECONDS := 1.0
const LATEST_SECONDS := 3.0
## Of a core, that looking may take in a large project.
const LARGEST_SHARE := 0.05
const NOBODY := -1

var _library := Library.new()
var _imported: Imported
var _first_settings: FirstSettings
## Maps that were given settings and not yet imported with them.
var _unapplied: Dictionary[String, ImpastoMapFile] = {}
## Maps that were given settings since the last settled look.
var _fresh: Dictionary[String, ImpastoMapFile] = {}
var _timer := Timer.new()
var _task := NOBODY
var _found: Findings
var _look_seconds := 0.0
var _importing := false
var _import_ran := false
var _scanned_for: Dictionary[String, bool] = {}
var _said: Dictionary[String, String] = {}


func _init(record: String) -> void:
	_imported = Imported.new(_library.gate)
	_first_settings = FirstSettings.new(record)


## Before the editor's first scan, so that what is new gets its settings before Godot imports it.
func begin() -> void:
	_fresh = _first_settings.give(_library.read().sources)
	_timer.wait_time = SOONEST_SECONDS
	_timer.autostart = true
	_timer.timeout.connect(_look)
	add_child(_timer)
	var files := EditorInterface.get_resource_filesystem()
	files.resources_reimporting.connect(_on_reimporting)
	files.resources_reimported.connect(_on_reimported)


## Godot imports with a progress bar, which it refuses to deferred calls: hence from here.
func _process(_delta: float) -> void:
	if _task != NOBODY and WorkerThreadPool.is_task_completed(_task):
		_await_task()
		if not _is_busy():
			_take(_found)


func _exit_tree() -> void:
	_await_task()
	var files := EditorInterface.get_resource_filesystem()
	files.resources_reimporting.disconnect(_on_reimporting)
	files.resources_reimported.disconnect(_on_reimported)


func _look() -> void:
	if _task != NOBODY or _is_busy():
		return
	_task = WorkerThreadPool.add_task(_look_in_thread, false, "impasto looks at sidecars")


func _await_task() -> void:
	if _task != NOBODY:
		WorkerThreadPool.wait_for_task_completion(_task)
	_task = NOBODY


func _look_in_thread() -> void:
	var started := Time.get_ticks_msec()
	var findings := Findings.new(_library.look())
	var given := _first_settings.give(findings.snapshot.sources)
	_fresh.merge(given)
	for path in given:
		if not _imported.is_stale(path):
			_unapplied[path] = given[path]
	findings.weigh(_imported, _unapplied)
	_found = findings
	_look_seconds = (Time.get_ticks_msec() - started) / 1000.0


func _take(findings: Findings) -> void:
	_timer.wait_time = clampf(_look_seconds / LARGEST_SHARE, SOONEST_SECONDS, LATEST_SECONDS)
	_say_problems(findings.snapshot)
	if findings.stale.is_empty():
		findings.fresh = _fresh
		_fresh = {}
		settled.emit(findings)
	else:
		_import(findings.stale)


func _import(paths: PackedStringArray) -> void:
	var files := EditorInterface.get_resource_filesystem()
	for path in paths:
		var folder := path.get_base_dir()
		if files.get_filesystem_path(folder) != null:
			_scanned_for.erase(folder)
		elif not _scanned_for.has(folder):
			_scanned_for[folder] = true
			files.scan()
			return
	for path in paths:
		if files.get_file_type(path) == "":
			files.update_file(path)
	_import_ran = false
	files.reimport_files(paths)
	if not _import_ran:  # Godot was at an import of its own: the next look tries again
		return
	for path in paths:
		_imported.tried(path)
		_unapplied.erase(path)
	_look()


## While Godot imports, it lets timers and `_process` run, but no second import. It shows its
## progress before it says that it begins.
func _is_busy() -> bool:
	if _importing or EditorInterface.get_resource_filesystem().is_scanning():
		return true
	var dialogs := get_tree().root.find_children("*", "ProgressDialog", true, false)
	return dialogs.any(func(dialog: Node) -> bool: return dialog.get("visible"))


func _on_reimporting(_files: PackedStringArray) -> void:
	_importing = true


func _on_reimported(_files: PackedStringArray) -> void:
	_importing = false
	_import_ran = true


## Each line once, until it is another.
func _say_problems(snapshot: Snapshot) -> void:
	for sidecar in snapshot.problems:
		var line := snapshot.problems[sidecar]
		if _said.get(sidecar, "") != line:
			problem_found.emit(line)
	_said = snapshot.problems
