@tool
extends OptionButton
## Offers what may be shown: nothing chosen, the original, or a variant by its id.

signal id_chosen(id: String)

const Choices := preload("../core/choices.gd")


func _init() -> void:
	fit_to_longest_item = false
	clip_text = true
	item_selected.connect(func(index: int) -> void: id_chosen.emit(get_item_metadata(index)))


## A chosen id that is away for now stays offered: it is shown when it comes back.
func offer(ids: PackedStringArray, chosen: String, unchosen_text: String) -> void:
	clear()
	_add(unchosen_text, "")
	_add("original", Choices.ORIGINAL)
	for id in ids:
		_add(id, id)
	if chosen not in ["", Choices.ORIGINAL] and not ids.has(chosen):
		_add("%s (not there)" % chosen, chosen)
	for index in item_count:
		if get_item_metadata(index) == chosen:
			select(index)


func _add(text: String, id: String) -> void:
	add_item(text)
	set_item_metadata(item_count - 1, id)
