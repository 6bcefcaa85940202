@tool
extends RefCounted
## Keeps a sprite as large as it was drawn when its picture has more pixels than before.
##
## `ratio` is the old picture's size over the new one's.


static func keep_2d(sprite: Sprite2D, ratio: Vector2) -> void:
	if ratio.is_equal_approx(Vector2.ONE):
		return
	sprite.scale *= ratio
	sprite.offset /= ratio
	if sprite.region_enabled:
		sprite.region_rect = Rect2(
			sprite.region_rect.position / ratio, sprite.region_rect.size / ratio
		)
	for child in sprite.get_children():
		var placed := child as Node2D
		if placed != null and not placed.top_level:
			placed.transform = Transform2D().scaled(Vector2.ONE / ratio) * placed.transform


static func keep_3d(sprite: Sprite3D, ratio: Vector2) -> void:
	if ratio.is_equal_approx(Vector2.ONE):
		return
	sprite.pixel_size *= ratio.y
	sprite.offset /= ratio
	if sprite.region_enabled:
		sprite.region_rect = Rect2(
			sprite.region_rect.position / ratio, sprite.region_rect.size / ratio
		)
