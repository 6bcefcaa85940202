@tool
extends VBoxContainer
## The panel: what the project shows, the materials with their variants, the details of one.

signal material_chosen(material_key: String, id: String)
signal project_chosen(id: String)
signal follow_toggled(on: bool)

const Choices := preload("../core/choices.gd")
const Details := preload("details.gd")
const Row := preload("row.gd")
const ShownOption := preload("shown_option.gd")
const Snapshot := preload("../core/snapshot.gd")
const SourceTree := preload("source_tree.gd")
const NARROWEST := 300

var tree := SourceTree.new()
var _project := ShownOption.new()
var _follow := CheckButton.new()
var _filter := LineEdit.new()
var _details := Details.new()
var _empty := Label.new()
var _snapshot := Snapshot.new()
var _choices: Choices
var _row: Row


func _init() -> void:
	custom_minimum_size.x = NARROWEST * EditorInterface.get_editor_scale()
	_add_project_line()
	_filter.placeholder_text = "Filter materials"
	_filter.clear_button_enabled = true
	_filter.text_changed.connect(func(_text: String) -> void: _refresh())
	add_child(_filter)
	var split := VSplitContainer.new()
	split.size_flags_vertical = Control.SIZE_EXPAND_FILL
	tree.row_picked.connect(_on_row_picked)
	tree.variant_chosen.connect(material_chosen.emit)
	split.add_child(tree)
	var scroll := ScrollContainer.new()
	scroll.horizontal_scroll_mode = ScrollContainer.SCROLL_MODE_DISABLED
	scroll.size_flags_vertical = Control.SIZE_EXPAND_FILL
	_details.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_details.variant_chosen.connect(material_chosen.emit)
	scroll.add_child(_details)
	split.add_child(scroll)
	add_child(split)
	_empty.text = "No sidecars in this project yet.\nThey come when the daemon has restyled a texture."
	_empty.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	_empty.horizontal_alignment = HORIZONTAL_ALIGNMENT_CENTER
	_empty.modulate.a = 0.7
	add_child(_empty)


func _ready() -> void:
	_filter.right_icon = get_theme_icon(&"Search", &"EditorIcons")


func show_findings(snapshot: Snapshot, choices: Choices) -> void:
	_snapshot = snapshot
	_choices = choices
	var ids := PackedStringArray()
	for key in snapshot.groups:
		for id in snapshot.groups[key].usable_ids():
			if not ids.has(id):
				ids.append(id)
	ids.sort()
	_project.offer(ids, choices.project, "new variants" if choices.follow else "originals")
	_follow.set_pressed_no_signal(choices.follow)
	_follow.disabled = choices.project != ""
	_refresh()


func _refresh() -> void:
	if _choices == null:
		return
	_empty.visible = _snapshot.sources.is_empty() and _snapshot.problems.is_empty()
	_row = null
	tree.show_snapshot(_snapshot, _choices, _filter.text)
	if _row == null:
		tree.pick_first()
	if _row == null:
		_details.show_nothing()


func _on_row_picked(row: Row) -> void:
	_row = row
	if row == null:
		_details.show_nothing()
	elif row.problem != "":
		_details.show_problem(row.problem)
	else:
		_details.show_row(row, _choices)


func _add_project_line() -> void:
	var line := HBoxContainer.new()
	var caption := Label.new()
	caption.text = "Project shows"
	line.add_child(caption)
	_project.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_project.id_chosen.connect(project_chosen.emit)
	line.add_child(_project)
	add_child(line)
	_follow.text = "Follow new variants"
	_follow.tooltip_text = "Show new variants by themselves where nothing was chosen"
	_follow.toggled.connect(follow_toggled.emit)
	add_child(_follow)
