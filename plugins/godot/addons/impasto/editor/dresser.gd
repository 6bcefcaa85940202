@tool
extends RefCounted
## Puts the shown file in the place of another, in materials that are files and in the edited scene.

const SpriteSize := preload("sprite_size.gd")
const TextReferences := preload("../core/text_references.gd")
const Verdict := preload("../core/verdict.gd")
const MATERIAL_TYPES: Array[String] = ["StandardMaterial3D", "ORMMaterial3D"]
const MENDED_TYPES: Array[String] = ["StandardMaterial3D", "ORMMaterial3D", "PackedScene"]

## Maps that were imported for the first time just now: what shows them takes their wrap and filter.
var fresh: Dictionary[String, ImpastoMapFile] = {}
var _verdict: Verdict


func _init(verdict: Verdict) -> void:
	_verdict = verdict


## What refers to a file that is gone, and is not open, is pointed elsewhere on disk.
func mend(root: EditorFileSystemDirectory, open_scenes: PackedStringArray) -> PackedStringArray:
	var mended := PackedStringArray()
	if not _verdict.anything_went():
		return mended
	for path in _files_of_types(root, MENDED_TYPES):
		if ResourceLoader.has_cached(path) or path in open_scenes:
			continue
		var instead: Dictionary[String, String] = {}
		for file in _dependencies(path):
			var other := _verdict.instead_of(file)
			if other != "" and _is_gone(file):
				instead[file] = other
		if not instead.is_empty() and TextReferences.retarget(path, instead):
			mended.append(path)
	return mended


## Materials of the project; the paths of those that changed and were saved.
func dress_materials(root: EditorFileSystemDirectory) -> PackedStringArray:
	var dressed := PackedStringArray()
	for path in _files_of_types(root, MATERIAL_TYPES):
		if not _wears_anything(path):
			continue
		var material := load(path) as BaseMaterial3D
		if material == null or not _dress_material(material):
			continue
		var error := ResourceSaver.save(material, path)
		if error == OK:
			dressed.append(path)
		else:
			push_warning("impasto: %s cannot be saved: %s" % [path, error_string(error)])
	return dressed


## True when something of the scene changed, so that it wants saving.
func dress_scene(root: Node) -> bool:
	var dressed := false
	var nodes: Array[Node] = [root]
	while not nodes.is_empty():
		var node: Node = nodes.pop_back()
		nodes.append_array(node.get_children())
		if node is Sprite2D or node is Sprite3D:
			dressed = _dress_sprite(node) or dressed
		elif node is GeometryInstance3D:
			for material in _materials_of(node as GeometryInstance3D):
				if _belongs_to(material, root.scene_file_path):
					dressed = _dress_material(material) or dressed
	return dressed


func _dress_material(material: BaseMaterial3D) -> bool:
	var dressed := false
	for slot in BaseMaterial3D.TEXTURE_MAX:
		var texture := _instead_of(material.get_texture(slot))
		if texture != null:
			material.set_texture(slot, texture)
			_hint_material(material, texture.resource_path)
			dressed = true
	return dressed


func _dress_sprite(node: Node) -> bool:
	var before: Texture2D = node.get("texture")
	var texture := _instead_of(before)
	if texture == null:
		return false
	var ratio := Vector2(before.get_size()) / Vector2(texture.get_size())
	node.set("texture", texture)
	if node is Sprite2D:
		SpriteSize.keep_2d(node as Sprite2D, ratio)
		var map: ImpastoMapFile = fresh.get(texture.resource_path)
		var sprite := node as Sprite2D
		var parents := CanvasItem.TEXTURE_FILTER_PARENT_NODE
		if map != null and map.filter_hint == "nearest" and sprite.texture_filter == parents:
			sprite.texture_filter = CanvasItem.TEXTURE_FILTER_NEAREST
	else:
		SpriteSize.keep_3d(node as Sprite3D, ratio)
	return true


## Only what differs from a new material's own values, and only where the user has left these.
func _hint_material(material: BaseMaterial3D, path: String) -> void:
	var map: ImpastoMapFile = fresh.get(path)
	if map == null:
		return
	if map.wrap_u == "clamp" and map.wrap_v == "clamp":
		material.texture_repeat = false
	var usual := BaseMaterial3D.TEXTURE_FILTER_LINEAR_WITH_MIPMAPS
	if map.filter_hint == "nearest" and material.texture_filter == usual:
		material.texture_filter = BaseMaterial3D.TEXTURE_FILTER_NEAREST


## Null where the texture stays.
func _instead_of(texture: Texture2D) -> Texture2D:
	if texture == null or texture.resource_path == "":
		return null
	var path := _verdict.instead_of(texture.resource_path)
	if path == "" or not ResourceLoader.exists(path, "Texture2D"):
		return null
	return load(path) as Texture2D


## Whether something of it is to be switched, and all it refers to can be loaded.
func _wears_anything(path: String) -> bool:
	if ResourceLoader.has_cached(path):
		return true
	var wears := false
	for file in _dependencies(path):
		wears = wears or _verdict.instead_of(file) != ""
		if _is_gone(file):
			return false
	return wears


func _files_of_types(folder: EditorFileSystemDirectory, types: Array[String]) -> PackedStringArray:
	var found := PackedStringArray()
	for index in folder.get_file_count():
		if String(folder.get_file_type(index)) in types:
			found.append(folder.get_file_path(index))
	for index in folder.get_subdir_count():
		found.append_array(_files_of_types(folder.get_subdir(index), types))
	return found


static func _dependencies(path: String) -> PackedStringArray:
	var files := PackedStringArray()
	for dependency in ResourceLoader.get_dependencies(path):
		var parts := dependency.split("::")
		files.append(parts[parts.size() - 1])
	return files


## Godot still loads what it imported before, as long as its settings are there.
static func _is_gone(file: String) -> bool:
	return not ResourceLoader.exists(file) and not FileAccess.file_exists(file + ".import")


static func _materials_of(node: GeometryInstance3D) -> Array[BaseMaterial3D]:
	var found: Array[BaseMaterial3D] = []
	var candidates: Array[Material] = [node.material_override, node.material_overlay]
	var mesh_node := node as MeshInstance3D
	if mesh_node != null and mesh_node.mesh != null:
		for surface in mesh_node.mesh.get_surface_count():
			candidates.append(mesh_node.get_surface_override_material(surface))
			candidates.append(mesh_node.mesh.surface_get_material(surface))
	for candidate in candidates:
		if candidate is BaseMaterial3D and not found.has(candidate):
			found.append(candidate as BaseMaterial3D)
	return found


## Of an imported model nothing can be saved, and a file of its own was dressed already.
static func _belongs_to(material: BaseMaterial3D, scene: String) -> bool:
	var path := material.resource_path
	return path == "" or (scene != "" and path.begins_with(scene + "::"))
