@tool
class_name ImpastoMapFile
extends Resource
## One image of a variant, as the manifest records it.

@export var file := ""
@export var sha256 := ""
@export var width := 0
@export var height := 0
@export var role := ""
@export var color_space := ""
@export var bit_depth := ""
@export var alpha_mode := ""
@export var normal_y := ""
@export var wrap_u := ""
@export var wrap_v := ""
@export var filter_hint := "linear"


## What an editor must know first: `normal`, `color` or `data`.
func kind() -> String:
	if role == "normal":
		return "normal"
	return "color" if color_space == "srgb" else "data"


## The power of two that holds the picture.
func max_size() -> int:
	return nearest_po2(maxi(1, maxi(width, height)))
