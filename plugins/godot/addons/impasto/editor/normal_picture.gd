@tool
extends RefCounted
## Makes a normal map look as artists know it: Godot keeps two of its three channels.


static func of(texture: Texture2D, size: int) -> Texture2D:
	var image := texture.get_image() if texture != null else null
	if image == null:
		return texture
	if image.is_compressed():
		image.decompress()
	image.convert(Image.FORMAT_RGB8)
	image.resize(size, size, Image.INTERPOLATE_BILINEAR)
	for y in size:
		for x in size:
			var color := image.get_pixel(x, y)
			var flat := Vector2(color.r, color.g) * 2.0 - Vector2.ONE
			color.b = sqrt(maxf(0.0, 1.0 - flat.length_squared())) * 0.5 + 0.5
			image.set_pixel(x, y, color)
	return ImageTexture.create_from_image(image)
