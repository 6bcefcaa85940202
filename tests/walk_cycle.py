"""A drawn walk cycle in one sheet: what should move moves, what should stand still stands still."""

import numpy as np
from PIL import Image, ImageDraw

from impasto_engine.texture import FloatArray, Texture

FRAME = 64  # pixels, both sides
_FINE = 4  # drawn so much larger, for smooth edges
_GROUND = 54
_HIP, _NECK = (32, 34), (32, 20)
_HALF = 9  # of an arm or a leg


def walk_cycle(frames: int = 8, columns: int = 4, seed: int = 0) -> Texture:
    """An opaque sheet of a figure that walks on the spot before a wall, cells of FRAME x FRAME, row by row.

    The wall and the ground are the same in every frame but for noise of about one level of 255, as a scan or a
    video has it: without any, the flicker of the source would be 0, and none could be measured against it.
    """
    noise = np.random.default_rng(seed)
    backdrop = _backdrop()
    rows = -(-frames // columns)
    sheet = np.zeros((rows * FRAME, columns * FRAME, 3), np.float32)
    for index in range(frames):
        top, left = index // columns * FRAME, index % columns * FRAME
        frame = backdrop + noise.normal(0.0, 1.2 / 255, backdrop.shape).astype(np.float32)
        color, cover = _figure(index / frames)
        frame += (color - frame) * cover[..., None]
        sheet[top : top + FRAME, left : left + FRAME] = frame
    return Texture(np.rint(sheet.clip(0, 1) * 255).astype(np.float32) / 255)


def static_pixels(frames: int = 8) -> np.ndarray:
    """(FRAME, FRAME) bool: where no frame shows the figure, with 4 pixels to spare."""
    covered = np.max([_figure(index / frames)[1] for index in range(frames)], axis=0) > 0
    grown = np.zeros_like(covered)
    rows, columns = np.nonzero(covered)
    for shift in np.ndindex(9, 9):
        at = (rows + shift[0] - 4).clip(0, FRAME - 1), (columns + shift[1] - 4).clip(0, FRAME - 1)
        grown[at] = True
    still: np.ndarray = ~grown
    return still


def flicker(sheet: FloatArray, frames: int = 8, columns: int = 4) -> float:
    """Mean |difference| of static pixels between each frame and the next, the last and the first as well.

    sheet: (H, W, 3), the walk cycle at any whole scale.
    """
    side = sheet.shape[1] // columns
    scale = side // FRAME
    still = static_pixels(frames).repeat(scale, axis=0).repeat(scale, axis=1)
    cut = [
        sheet[index // columns * side :, index % columns * side :][:side, :side][still]
        for index in range(frames)
    ]
    return float(
        np.mean([np.abs(one - other).mean() for one, other in zip(cut, [*cut[1:], cut[0]], strict=True)])
    )


def _backdrop() -> FloatArray:
    """A wall of bricks in evening light, a window, and the ground."""
    image = Image.new("RGB", (FRAME, FRAME), (178, 92, 66))
    draw = ImageDraw.Draw(image)
    for row in range(0, _GROUND, 9):
        draw.line([(0, row), (FRAME, row)], fill=(120, 66, 52))
        for column in range(row % 2 * 8, FRAME, 16):
            draw.line([(column, row), (column, row + 9)], fill=(120, 66, 52))
    draw.rectangle([44, 8, 58, 26], fill=(64, 92, 140), outline=(70, 44, 34))
    draw.line([(51, 8), (51, 26)], fill=(70, 44, 34))
    draw.rectangle([0, _GROUND, FRAME, FRAME], fill=(92, 104, 62))
    light = np.linspace(1.08, 0.86, FRAME, dtype=np.float32)[None, :, None]
    return (np.asarray(image, np.float32) / 255 * light).clip(0, 1)


def _figure(phase: float) -> tuple[FloatArray, FloatArray]:
    """Colour (FRAME, FRAME, 3) and coverage (FRAME, FRAME) of the figure at `phase` of its cycle, in [0, 1)."""
    size = (FRAME * _FINE, FRAME * _FINE)
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    swing = np.sin(2 * np.pi * phase)
    bob = abs(np.cos(2 * np.pi * phase)) * 1.5
    hip, neck = (_HIP[0], _HIP[1] - bob), (_NECK[0], _NECK[1] - bob)
    _limb(draw, neck, -0.6 * swing, (44, 60, 96))  # the far arm and leg
    _limb(draw, hip, 0.7 * swing, (52, 48, 60))
    _stroke(draw, [neck, hip], (206, 170, 60), 9)
    _limb(draw, hip, -0.7 * swing, (74, 68, 88))
    _limb(draw, neck, 0.6 * swing, (70, 92, 140))
    x, y, radius = neck[0], neck[1] - 7, 5.5
    draw.ellipse(
        [_FINE * side for side in (x - radius, y - radius, x + radius, y + radius)], fill=(226, 178, 144)
    )
    small = image.resize((FRAME, FRAME), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32) / 255
    return pixels[..., :3], pixels[..., 3]


def _limb(
    draw: ImageDraw.ImageDraw, joint: tuple[float, float], angle: float, color: tuple[int, int, int]
) -> None:
    """Two halves; the lower one trails a little."""
    lower = angle * 0.6 - 0.15
    middle = (joint[0] + _HALF * np.sin(angle), joint[1] + _HALF * np.cos(angle))
    end = (middle[0] + _HALF * np.sin(lower), middle[1] + _HALF * np.cos(lower))
    _stroke(draw, [joint, middle, end], color, 4.5)


def _stroke(
    draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], color: tuple[int, int, int], width: float
) -> None:
    scaled = [(x * _FINE, y * _FINE) for x, y in points]
    draw.line(scaled, fill=color, width=round(width * _FINE), joint="curve")
    for x, y in scaled:
        half = width * _FINE / 2
        draw.ellipse([x - half, y - half, x + half, y + half], fill=color)
