@tool
extends RefCounted
## How a variant stands, in a word and a colour of the editor's theme.

const Source := preload("../core/source.gd")

var text := ""
var color := &"font_color"
var icon := &""


func _init(word: String, theme_color: StringName, theme_icon: StringName = &"") -> void:
	text = word
	color = theme_color
	icon = theme_icon


static func of(source: Source, variant: ImpastoVariant) -> RefCounted:
	var usable := source.usable(variant)
	if variant.status == "failed":
		return new("failed, older kept" if usable else "failed", &"error_color", &"StatusError")
	if variant.status == "pending":
		return new("again soon" if usable else "pending", &"warning_color", &"Timer")
	if not usable:
		return new("arriving", &"warning_color", &"Timer")
	if variant.draft:
		return new("draft", &"warning_color", &"StatusWarning")
	return new("ready", &"success_color", &"StatusSuccess")
