@tool
extends VBoxContainer
## All about the picked line: original beside variant, the choice, rule and reason, a failure.

signal variant_chosen(material_key: String, id: String)

const Badge := preload("badge.gd")
const Choices := preload("../core/choices.gd")
const NormalPicture := preload("normal_picture.gd")
const Row := preload("row.gd")
const ShownOption := preload("shown_option.gd")
const PREVIEW := 132

var _group_key := ""
var _title := Label.new()
var _state := Label.new()
var _before := TextureRect.new()
var _after := TextureRect.new()
var _after_name := Label.new()
var _pictures := HBoxContainer.new()
var _choice_line := HBoxContainer.new()
var _option := ShownOption.new()
var _facts := RichTextLabel.new()


func _init() -> void:
	var heading := HBoxContainer.new()
	_title.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_title.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	heading.add_child(_title)
	heading.add_child(_state)
	add_child(heading)
	_add_picture(_before, _caption("original"))
	_add_picture(_after, _after_name)
	add_child(_pictures)
	_choice_line.add_child(_caption("Shows"))
	_option.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_option.id_chosen.connect(func(id: String) -> void: variant_chosen.emit(_group_key, id))
	_choice_line.add_child(_option)
	add_child(_choice_line)
	_facts.bbcode_enabled = true
	_facts.fit_content = true
	_facts.selection_enabled = true
	_facts.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	add_child(_facts)
	show_nothing()


func _ready() -> void:
	_title.add_theme_font_override(&"font", get_theme_font(&"bold", &"EditorFonts"))
	_after_name.modulate.a = 0.7


func show_nothing() -> void:
	visible = false


func show_problem(line: String) -> void:
	visible = true
	_title.text = "Sidecar cannot be read"
	_state.text = ""
	_pictures.visible = false
	_choice_line.visible = false
	_tell([["", line, &"error_color"]])


func show_row(row: Row, choices: Choices) -> void:
	visible = true
	_pictures.visible = true
	_choice_line.visible = true
	_group_key = row.group.key
	_title.text = row.source.manifest.source_file
	_title.tooltip_text = row.source.source_path()
	_option.offer(
		row.group.usable_ids(), choices.materials.get(row.group.key, ""), "as the project"
	)
	var shown := row.group.shown_path(row.source, row.group.shown_id(choices))
	var variant := row.variant if row.variant != null else _variant_with(row, shown)
	var compared := shown
	if row.variant != null:
		var map := row.variant.map_of(row.source.manifest.role)
		compared = row.source.path(map.file) if map != null else ""
	_put(_before, row.source.source_path(), row.source.manifest.role)
	_put(_after, compared, row.source.manifest.role)
	_after_name.text = variant.id if variant != null else "shown: original"
	_tell_variant(row, variant)


func _tell_variant(row: Row, variant: ImpastoVariant) -> void:
	var told: Array[Array] = []
	_state.text = ""
	if variant != null:
		var badge: Badge = Badge.of(row.source, variant)
		_state.text = badge.text
		_state.add_theme_color_override(&"font_color", get_theme_color(badge.color, &"Editor"))
		if variant.error != "":
			told.append(["Failed", variant.error, &"error_color"])
		if variant.draft:
			told.append(["Draft", "its style is still being learned", &"warning_color"])
		for note in variant.notes:
			told.append(["Note", note, &"warning_color"])
		told.append(["Rule", variant.rule, &""])
		told.append(["Why", variant.reason, &""])
	_tell(told)


## `lines`: caption, text, and a colour of the theme or none.
func _tell(lines: Array[Array]) -> void:
	_facts.clear()
	_facts.visible = not lines.is_empty()
	for line in lines:
		if line[0] != "":
			_facts.push_color(Color(get_theme_color(&"font_color", &"Editor"), 0.6))
			_facts.add_text("%s  " % line[0])
			_facts.pop()
		if line[2] != &"":
			_facts.push_color(get_theme_color(line[2], &"Editor"))
		_facts.add_text("%s\n" % line[1])
		if line[2] != &"":
			_facts.pop()


func _add_picture(picture: TextureRect, caption: Label) -> void:
	var column := VBoxContainer.new()
	column.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	picture.expand_mode = TextureRect.EXPAND_IGNORE_SIZE
	picture.stretch_mode = TextureRect.STRETCH_KEEP_ASPECT_CENTERED
	picture.custom_minimum_size.y = PREVIEW * EditorInterface.get_editor_scale()
	caption.horizontal_alignment = HORIZONTAL_ALIGNMENT_CENTER
	caption.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	column.add_child(picture)
	column.add_child(caption)
	_pictures.add_child(column)


static func _variant_with(row: Row, path: String) -> ImpastoVariant:
	for variant in row.source.manifest.variants:
		for map in variant.maps:
			if row.source.path(map.file) == path:
				return variant
	return null


static func _put(picture: TextureRect, path: String, role: String) -> void:
	var there := path != "" and ResourceLoader.exists(path, "Texture2D")
	var texture := load(path) as Texture2D if there else null
	picture.texture = NormalPicture.of(texture, PREVIEW) if role == "normal" else texture


static func _caption(text: String) -> Label:
	var label := Label.new()
	label.text = text
	label.modulate.a = 0.7
	return label
