@tool
extends VBoxContainer
## stub
signal material_chosen(material_key: String, id: String)
signal project_chosen(id: String)
signal follow_toggled(on: bool)

const Choices := preload("../core/choices.gd")
const Snapshot := preload("../core/snapshot.gd")


func show_findings(_snapshot: Snapshot, _choices: Choices) -> void:
	pass
