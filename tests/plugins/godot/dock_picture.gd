@tool
extends EditorPlugin
## Saves a picture of the companion's dock as `res://dock.png` and ends the editor.

const WAIT_SECONDS := 8.0
const PICKED := "res://art/walls/rock_albedo.png.impasto#scream"


func _enter_tree() -> void:
	get_tree().create_timer(WAIT_SECONDS).timeout.connect(_take)


func _take() -> void:
	var dock: Control = (
		EditorInterface.get_base_control().find_children("Impasto", "", true, false)[0]
	)
	var tab: Control = dock
	while not tab.get_parent() is TabContainer:
		tab = tab.get_parent()
	var tabs := tab.get_parent() as TabContainer
	tabs.current_tab = tabs.get_tab_idx_from_control(tab)
	var source_tree: Tree = dock.get("tree")
	source_tree.call("pick", PICKED)
	await get_tree().create_timer(2.0).timeout
	source_tree.call("pick", PICKED)
	for frame in 10:
		await get_tree().process_frame
	var picture := EditorInterface.get_base_control().get_viewport().get_texture().get_image()
	picture.save_png("res://editor.png")
	picture.get_region(Rect2i(dock.get_global_rect().grow(8))).save_png("res://dock.png")
	print("PICTURE SAVED")
	get_tree().quit()
