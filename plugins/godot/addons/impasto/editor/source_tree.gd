@tool
extends Tree
## The materials by folder, with their sources and variants, each with a thumbnail of what it shows.

signal row_picked(row: Row)
signal variant_chosen(material_key: String, id: String)

const Badge := preload("badge.gd")
const Choices := preload("../core/choices.gd")
const MaterialGroup := preload("../core/material_group.gd")
const NormalPicture := preload("normal_picture.gd")
const Row := preload("row.gd")
const Snapshot := preload("../core/snapshot.gd")
const Source := preload("../core/source.gd")
const NAME := 0
const STATE := 1
const THUMBNAIL := 28
## More materials than this are folded at first.
const MANY := 20

## The items by what they stand for, so that a rebuilt tree looks as it did.
var _items: Dictionary[String, TreeItem] = {}
var _picked := ""
var _many := false
var _folded: Dictionary[String, bool] = {}


func _init() -> void:
	columns = 2
	hide_root = true
	select_mode = Tree.SELECT_ROW
	size_flags_vertical = Control.SIZE_EXPAND_FILL
	set_column_expand(NAME, true)
	set_column_expand(STATE, true)
	set_column_expand_ratio(NAME, 7)
	set_column_expand_ratio(STATE, 4)
	set_column_clip_content(NAME, true)
	set_column_clip_content(STATE, true)
	item_selected.connect(_on_item_selected)
	item_activated.connect(_on_item_activated)
	item_collapsed.connect(_on_item_collapsed)


func show_snapshot(snapshot: Snapshot, choices: Choices, filter: String) -> void:
	clear()
	_items.clear()
	create_item()
	for sidecar in snapshot.problems:
		if filter == "" or sidecar.containsn(filter):
			_add_problem(sidecar, snapshot.problems[sidecar])
	_many = snapshot.groups.size() > MANY
	for key in snapshot.groups:
		if filter == "" or key.containsn(filter):
			_add_material(snapshot.groups[key], choices)
	var picked: TreeItem = _items.get(_picked)
	if picked != null:
		picked.select(NAME)


## Picks the first material, so that the dock never looks empty.
func pick_first() -> void:
	for name in _items:
		var row: Row = _items[name].get_metadata(NAME)
		if row != null and row.group != null:
			_items[name].select(NAME)
			return


func pick(name: String) -> void:
	if _items.has(name):
		_items[name].select(NAME)
		scroll_to_item(_items[name])


func _add_problem(sidecar: String, line: String) -> void:
	var item := _add(sidecar, get_root(), sidecar.get_file(), Row.of_problem(line))
	item.set_icon(NAME, get_theme_icon(&"StatusError", &"EditorIcons"))
	item.set_text(STATE, "unreadable")
	item.set_custom_color(STATE, get_theme_color(&"error_color", &"Editor"))
	item.set_tooltip_text(NAME, line)


func _add_material(group: MaterialGroup, choices: Choices) -> void:
	var face := group.face()
	var shown := group.shown_id(choices)
	var item := _add(
		group.key, _folder_item(face.folder()), group.key.get_file(), Row.of(group, face)
	)
	_set_thumbnail(group.key, group.shown_path(face, shown))
	item.set_text(STATE, shown)
	item.set_tooltip_text(STATE, "what %s shows" % group.key.get_file())
	for source in group.sources:
		var parent := item
		if group.sources.size() > 1:
			var name := source.manifest.source_file
			parent = _add(source.sidecar, item, name, Row.of(group, source))
			_set_thumbnail(source.sidecar, group.shown_path(source, shown))
			parent.set_text(STATE, source.manifest.role.replace("_", " "))
			var dim := Color(get_theme_color(&"font_color", &"Editor"), 0.6)
			parent.set_custom_color(STATE, dim)
		for variant in source.manifest.variants:
			_add_variant(parent, Row.of(group, source, variant), shown)
			_mark_failure(item, variant)


func _add_variant(parent: TreeItem, row: Row, shown: String) -> void:
	var badge: Badge = Badge.of(row.source, row.variant)
	var name := "%s#%s" % [row.source.sidecar, row.variant.id]
	var item := _add(name, parent, row.variant.id, row)
	item.set_text(STATE, badge.text)
	item.set_custom_color(STATE, get_theme_color(badge.color, &"Editor"))
	item.set_icon(STATE, get_theme_icon(badge.icon, &"EditorIcons"))
	item.set_tooltip_text(NAME, "double-click to show it")
	item.set_tooltip_text(
		STATE, row.variant.error if row.variant.error != "" else row.variant.reason
	)
	if row.is_shown(shown):
		item.set_custom_font(NAME, get_theme_font(&"bold", &"EditorFonts"))
	if row.source.usable(row.variant):
		_set_thumbnail(name, row.source.path(row.variant.maps[0].file))


func _mark_failure(item: TreeItem, variant: ImpastoVariant) -> void:
	if variant.status == "failed":
		item.set_icon(STATE, get_theme_icon(&"StatusError", &"EditorIcons"))


func _folder_item(folder: String) -> TreeItem:
	if _items.has(folder):
		return _items[folder]
	var text := folder.trim_prefix("res://")
	var item := _add(folder, get_root(), text if text != "" else "res://", null)
	item.set_icon(NAME, get_theme_icon(&"Folder", &"EditorIcons"))
	item.set_icon_modulate(NAME, get_theme_color(&"folder_icon_color", &"FileDialog"))
	item.set_selectable(NAME, false)
	item.set_selectable(STATE, false)
	return item


func _add(name: String, parent: TreeItem, text: String, row: Row) -> TreeItem:
	var item := create_item(parent)
	item.set_text(NAME, text)
	item.set_metadata(NAME, row)
	item.set_metadata(STATE, name)
	item.collapsed = _folded.get(name, _many and row != null and row.is_material(name))
	_items[name] = item
	return item


func _set_thumbnail(name: String, path: String) -> void:
	var item := _items[name]
	item.set_icon(NAME, get_theme_icon(&"ImageTexture", &"EditorIcons"))
	item.set_icon_max_width(NAME, int(THUMBNAIL * EditorInterface.get_editor_scale()))
	if ResourceLoader.exists(path, "Texture2D"):
		var previews := EditorInterface.get_resource_previewer()
		previews.queue_resource_preview(path, self, &"_on_preview_made", name)


func _on_preview_made(_path: String, made: Texture2D, _small: Texture2D, name: String) -> void:
	if made == null or not _items.has(name):
		return
	var row: Row = _items[name].get_metadata(NAME)
	var is_normal := not row.is_material(name) and row.source.manifest.role == "normal"
	_items[name].set_icon(NAME, NormalPicture.of(made, THUMBNAIL) if is_normal else made)


func _on_item_selected() -> void:
	_picked = get_selected().get_metadata(STATE)
	row_picked.emit(get_selected().get_metadata(NAME))


func _on_item_activated() -> void:
	var row: Row = get_selected().get_metadata(NAME)
	if row != null and row.variant != null:
		variant_chosen.emit(row.group.key, row.variant.id)


func _on_item_collapsed(item: TreeItem) -> void:
	_folded[str(item.get_metadata(STATE))] = item.collapsed
