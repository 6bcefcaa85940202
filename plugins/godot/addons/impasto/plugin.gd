@tool
extends EditorPlugin
## Shows the textures that the impasto daemon restyled, as they come.

const Choices := preload("core/choices.gd")
const Dock := preload("editor/dock.gd")
const Dresser := preload("editor/dresser.gd")
const Findings := preload("core/findings.gd")
const Follower := preload("editor/follower.gd")
const SidecarImporter := preload("editor/sidecar_importer.gd")
const Verdict := preload("core/verdict.gd")
const RECORD := "impasto_first_settings.txt"

var choices: Choices
var findings: Findings
var follower: Follower
var _verdict: Verdict
var _dresser: Dresser
var _dock: Dock
var _importer: SidecarImporter
var _dressed_signature := 0
var _wants_dressing := true


func _enter_tree() -> void:
	choices = Choices.new()
	_verdict = Verdict.new(choices)
	_dresser = Dresser.new(_verdict)
	_setup_importer()
	_setup_dock()
	_setup_follower()
	_setup_signals()


func _exit_tree() -> void:
	_remove_signals()
	_remove_follower()
	_remove_dock()
	_remove_importer()


## Undoable. An empty id: the material shows again what the project shows.
func choose(material_key: String, id: String) -> void:
	var before: String = choices.materials.get(material_key, "")
	if id != before:
		_do_and_undo(
			"Impasto: show %s" % id,
			_choose.bind(material_key, id),
			_choose.bind(material_key, before)
		)


## Undoable. An empty id: each material shows its newest variant, or the original.
func choose_for_project(id: String) -> void:
	var before := choices.project
	if id != before:
		_do_and_undo(
			"Impasto: show %s" % id, _choose_for_project.bind(id), _choose_for_project.bind(before)
		)


## Undoable.
func set_follow(on: bool) -> void:
	if on != choices.follow:
		_do_and_undo("Impasto: follow new variants", _set_follow.bind(on), _set_follow.bind(not on))


func _setup_importer() -> void:
	_importer = SidecarImporter.new()
	add_import_plugin(_importer)


func _remove_importer() -> void:
	remove_import_plugin(_importer)
	_importer = null


func _setup_dock() -> void:
	_dock = Dock.new()
	_dock.name = "Impasto"
	_dock.material_chosen.connect(choose)
	_dock.project_chosen.connect(choose_for_project)
	_dock.follow_toggled.connect(set_follow)
	add_control_to_dock(DOCK_SLOT_RIGHT_UL, _dock)


func _remove_dock() -> void:
	remove_control_from_docks(_dock)
	_dock.queue_free()
	_dock = null


func _setup_follower() -> void:
	follower = Follower.new(
		EditorInterface.get_editor_paths().get_project_settings_dir().path_join(RECORD)
	)
	follower.settled.connect(_on_settled)
	follower.problem_found.connect(_on_problem_found)
	add_child(follower)
	follower.begin()


func _remove_follower() -> void:
	follower.queue_free()
	follower = null


func _setup_signals() -> void:
	scene_changed.connect(_on_scene_changed)
	resource_saved.connect(_on_resource_saved)
	EditorInterface.get_resource_filesystem().filesystem_changed.connect(_on_filesystem_changed)


func _remove_signals() -> void:
	scene_changed.disconnect(_on_scene_changed)
	resource_saved.disconnect(_on_resource_saved)
	EditorInterface.get_resource_filesystem().filesystem_changed.disconnect(_on_filesystem_changed)


func _on_settled(found: Findings) -> void:
	var chosen_elsewhere := choices.read()
	var changed := found.signature() != _dressed_signature
	findings = found
	_verdict.take(found.snapshot)
	_dresser.fresh.merge(found.fresh)
	_dressed_signature = found.signature()
	if changed or chosen_elsewhere:
		_dock.show_findings(found.snapshot, choices)
	if changed or chosen_elsewhere or _wants_dressing:
		_dress()
		# once more a look later: a file that went away is believed gone only then
		_wants_dressing = changed


func _dress() -> void:
	var files := EditorInterface.get_resource_filesystem()
	var changed := _dresser.mend(files.get_filesystem(), EditorInterface.get_open_scenes())
	changed.append_array(_dresser.dress_materials(files.get_filesystem()))
	for path in changed:
		files.update_file(path)
	var root := EditorInterface.get_edited_scene_root()
	if root != null and _dresser.dress_scene(root):
		EditorInterface.mark_scene_as_unsaved()
	_dresser.fresh.clear()


func _on_problem_found(line: String) -> void:
	print_rich("[color=orange]impasto: %s[/color]" % line.replace("[", "[lb]"))


func _on_scene_changed(_root: Node) -> void:
	_wants_dressing = true


func _on_resource_saved(_resource: Resource) -> void:
	_wants_dressing = true


func _on_filesystem_changed() -> void:
	_wants_dressing = true


## The undo is of the choice: what is shown follows from it.
func _do_and_undo(title: String, done: Callable, undone: Callable) -> void:
	var undo := get_undo_redo()
	undo.create_action(title, UndoRedo.MERGE_DISABLE, self)
	undo.add_do_method(self, &"_call", done)
	undo.add_undo_method(self, &"_call", undone)
	undo.commit_action()


func _call(change: Callable) -> void:
	change.call()
	if findings != null:
		_dock.show_findings(findings.snapshot, choices)
		_dress()


func _choose(material_key: String, id: String) -> void:
	choices.choose(material_key, id)


func _choose_for_project(id: String) -> void:
	choices.choose_for_project(id)


func _set_follow(on: bool) -> void:
	choices.set_follow(on)
