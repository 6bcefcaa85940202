"""Masks: each region of a texture in its style, the rest as it was."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from at_once import ignore
from impasto_engine import rendering
from impasto_engine.color import linear_to_srgb, srgb_to_linear
from impasto_engine.errors import RequestError
from impasto_engine.masks import read_mask
from impasto_engine.registry import find_stylizer
from impasto_engine.request import (
    BuiltinStyle,
    EngineOptions,
    MaskRegion,
    Palette,
    RestyleRequest,
    SourceRef,
    StyleImage,
    StyleMask,
    StyleRequest,
    UpscaleRequest,
)
from impasto_engine.restyle import Restyled, Restyler
from impasto_engine.role_names import MapRole
from impasto_engine.rows import Rows, Whole
from impasto_engine.sheet_layout import SheetLayout
from impasto_engine.stylizer import Region, Terms
from impasto_engine.texture import FloatArray, Texture
from impasto_engine.texture_io import write_texture
from impasto_engine.texture_traits import Wrap

INVERTED = StyleRequest("inverted", builtins=(BuiltinStyle(0),))
SWAPPED = StyleRequest("swapped", builtins=(BuiltinStyle(1),))
DARKER = StyleRequest("darker", builtins=(BuiltinStyle(2),))
PAINT = {
    "inverted": lambda rgb: 1 - rgb,
    "swapped": lambda rgb: rgb.flip(1),
    "darker": lambda rgb: rgb / 2,
}
RED, BLUE = (255, 0, 0), (0, 0, 255)


@dataclass
class Paints:
    """A stylizer of one pixel at a time; it keeps what it was asked for."""

    asked: list[str] = field(default_factory=list)
    regions: list[tuple[Region, ...]] = field(default_factory=list)

    def stylize(self, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        self.asked.append(request.name)
        self.regions.append(tuple(terms.regions))
        return Whole(PAINT[request.name](content.rows(0, content.height)))


@pytest.fixture
def paints(monkeypatch: pytest.MonkeyPatch, restyler: Restyler) -> Paints:
    paints = Paints()
    monkeypatch.setattr(restyler._pool, "stylizer", lambda _name, _device: paints)
    return paints


@pytest.fixture
def restyler(tmp_path: Path) -> Restyler:
    return Restyler(EngineOptions(tmp_path / "models", "cpu"))


def picture(height: int = 24, width: int = 40) -> FloatArray:
    return np.random.default_rng(3).random((height, width, 3), dtype=np.float32)


def drawn(
    folder: Path, pixels: object, *regions: tuple[tuple[int, int, int], StyleRequest | None]
) -> StyleMask:
    """A mask of bytes: (H, W), (H, W, 3) or (H, W, 4)."""
    path = folder / f"mask{len(list(folder.iterdir()))}.png"
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
    return StyleMask(path, path.name, tuple(MaskRegion(*one) for one in regions))


def stripes(*colors: object, height: int = 24, width: int = 40) -> np.ndarray:
    """Columns of colours, equally wide."""
    parts = np.array_split(np.arange(width), len(colors))
    return np.concatenate(
        [np.broadcast_to(color, (height, len(part), 3)) for color, part in zip(colors, parts, strict=True)], 1
    )


def asked(restyler: Restyler, texture: Texture, request: RestyleRequest) -> tuple[FloatArray, Restyled]:
    restyled = restyler.restyle(texture, replace(request, wrap=("clamp", "clamp")), ignore)
    return restyled.texture.collect().rgb, restyled


def run(restyler: Restyler, rgb: FloatArray, style: StyleRequest) -> FloatArray:
    return asked(restyler, Texture(rgb), RestyleRequest(MapRole.BASE_COLOR, style))[0]


@pytest.mark.parametrize("preserve_color", [False, True])
def test_white_is_painted_and_black_is_as_it_was_bit_for_bit(
    restyler: Restyler, tmp_path: Path, preserve_color: bool
) -> None:
    style = replace(INVERTED, preserve_color=preserve_color)
    half = np.zeros((24, 40))
    half[:, :20] = 255
    source = picture()
    unmasked = run(restyler, source, style)
    masked = run(restyler, source, replace(style, mask=drawn(tmp_path, half)))
    assert np.array_equal(masked[:, :20], unmasked[:, :20])
    assert np.array_equal(masked[:, 20:], source[:, 20:])
    assert np.abs(masked[:, :20] - source[:, :20]).mean() > 0.05
    white = drawn(tmp_path, np.full((7, 9), 255))
    assert np.array_equal(run(restyler, source, replace(style, mask=white)), unmasked)


@pytest.mark.usefixtures("paints")
def test_grey_is_painted_by_halves_in_linear_light(restyler: Restyler, tmp_path: Path) -> None:
    source = picture()
    masked = run(restyler, source, replace(INVERTED, mask=drawn(tmp_path, np.full((24, 40), 51))))
    expected = linear_to_srgb(0.8 * srgb_to_linear(source) + 0.2 * srgb_to_linear(1 - source))
    assert np.abs(masked - expected).max() < 1e-5


@pytest.mark.usefixtures("paints")
def test_what_is_transparent_in_a_mask_is_as_it_was(restyler: Restyler, tmp_path: Path) -> None:
    pixels = np.full((24, 40, 4), 255)
    pixels[:, 20:, 3] = 0
    masked = run(restyler, picture(), replace(INVERTED, mask=drawn(tmp_path, pixels)))
    assert np.array_equal(masked[:, 20:], picture()[:, 20:])
    assert np.array_equal(masked[:, :20], 1 - picture()[:, :20])


@pytest.mark.usefixtures("paints")
def test_each_colour_is_painted_in_its_style_and_the_rest_in_the_mask_s_own(
    restyler: Restyler, tmp_path: Path
) -> None:
    pixels = stripes(RED, (250, 9, 3), BLUE, (0, 255, 0))  # a brush, or a JPEG, hits a colour nearly
    mask = drawn(tmp_path, pixels, (RED, SWAPPED), (BLUE, None))
    source = picture()
    masked = run(restyler, source, replace(INVERTED, mask=mask))
    assert np.array_equal(masked[:, :20], source[:, :20, ::-1])
    assert np.array_equal(masked[:, 20:30], source[:, 20:30])
    assert np.array_equal(masked[:, 30:], 1 - source[:, 30:])


@pytest.mark.parametrize("mixed", [1, 2])
def test_the_mixed_colours_where_two_regions_meet_are_no_third_region(
    restyler: Restyler, paints: Paints, tmp_path: Path, mixed: int
) -> None:
    pixels = stripes(RED, BLUE).copy()
    pixels[:, 20 : 20 + mixed] = (128, 0, 128)
    mask = drawn(tmp_path, pixels, (RED, SWAPPED), (BLUE, DARKER))
    masked = run(restyler, picture(), replace(INVERTED, mask=mask))
    assert set(paints.asked) == {"swapped", "darker"}
    assert np.array_equal(masked[:, :20], picture()[:, :20, ::-1])
    assert np.array_equal(masked[:, 22:], picture()[:, 22:] / 2)


@pytest.mark.usefixtures("paints")
def test_a_colour_that_no_pixel_has_is_noted(restyler: Restyler, tmp_path: Path) -> None:
    mask = drawn(tmp_path, stripes(RED), (RED, SWAPPED), (BLUE, None))
    request = RestyleRequest(MapRole.BASE_COLOR, replace(INVERTED, mask=mask))
    assert asked(restyler, Texture(picture()), request)[1].notes == (
        "mask mask0.png: no pixel of it is #0000ff",
    )


def test_a_style_that_has_no_pixel_is_not_painted(restyler: Restyler, paints: Paints, tmp_path: Path) -> None:
    assert np.array_equal(run(restyler, picture(), replace(INVERTED, mask=drawn(tmp_path, [[0]]))), picture())
    assert paints.asked == []


@pytest.mark.usefixtures("paints")
def test_a_mask_of_another_size_is_laid_over_the_whole_and_its_edges_are_soft(
    restyler: Restyler, tmp_path: Path
) -> None:
    for mask in (
        drawn(tmp_path, [[255, 255, 0, 0]] * 4),
        drawn(tmp_path, [[255] * 100 + [0] * 100] * 60),
        drawn(tmp_path, stripes((9, 9, 9), BLUE, width=4), (BLUE, None)),
    ):
        source = picture()
        masked = run(restyler, source, replace(INVERTED, mask=mask))
        assert np.array_equal(masked[:, :10], 1 - source[:, :10])
        assert np.array_equal(masked[:, 30:], source[:, 30:])
    flat = np.full((24, 40, 3), 0.1, np.float32)
    steps = np.diff(
        run(restyler, flat, replace(INVERTED, mask=drawn(tmp_path, [[255, 255, 0, 0]] * 4)))[12, :, 0]
    )
    assert (steps <= 1e-6).all()
    assert np.abs(steps).max() < 0.4


@pytest.mark.usefixtures("paints")
def test_pixel_art_keeps_a_mask_s_edges_hard_and_its_own_colours(restyler: Restyler, tmp_path: Path) -> None:
    source = np.repeat(np.repeat(picture(3, 5).round(1), 8, 0), 8, 1)
    mask = drawn(tmp_path, [[255, 255, 0, 0]] * 4)
    request = RestyleRequest(MapRole.SPRITE, replace(INVERTED, mask=mask), pixel_art=True)
    masked = asked(restyler, Texture(source), request)[0]
    assert np.array_equal(masked[:, 20:], source[:, 20:])
    assert np.abs(masked[:, :20] - (1 - source[:, :20])).mean() < 0.1


@pytest.mark.usefixtures("paints")
@pytest.mark.parametrize("scale", [1, 2])
def test_a_palette_holds_only_what_is_painted(restyler: Restyler, tmp_path: Path, scale: int) -> None:
    half = np.zeros((24, 40))
    half[:, :20] = 255
    palette = Palette(((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))
    free = replace(INVERTED, mask=drawn(tmp_path, half))
    results = [
        asked(
            restyler,
            Texture(picture()),
            RestyleRequest(MapRole.BASE_COLOR, style, UpscaleRequest("auto", scale)),
        )[0]
        for style in (free, replace(free, palette=palette))
    ]
    assert np.array_equal(results[0][:, 22 * scale :], results[1][:, 22 * scale :])
    assert (
        np.ptp(results[1][:, : 18 * scale], axis=2).max()
        < np.ptp(results[0][:, : 18 * scale], axis=2).max() / 2
    )


@pytest.mark.usefixtures("paints")
def test_the_palette_of_a_style_s_images_has_those_of_its_regions_too(
    restyler: Restyler, tmp_path: Path
) -> None:
    images = []
    for name, color in (("grey", (90, 90, 90)), ("orange", (250, 120, 10))):
        Image.new("RGB", (16, 16), color).save(tmp_path / f"{name}.png")
        images.append((StyleImage(tmp_path / f"{name}.png", name),))
    mask = drawn(tmp_path, stripes((0, 0, 0), RED), (RED, replace(DARKER, builtins=(), images=images[1])))
    style = replace(INVERTED, builtins=(), images=images[0], mask=mask, palette="style")
    masked = run(restyler, np.full((24, 40, 3), (0.9, 0.5, 0.1), np.float32), style)
    assert np.ptp(masked[:, 22:], axis=2).min() > 0.1


@pytest.mark.usefixtures("paints")
def test_what_stands_still_in_frames_is_painted_by_region_too(restyler: Restyler, tmp_path: Path) -> None:
    half = np.zeros((24, 40))
    half[:, :20] = 255
    frames = []
    for index in range(3):
        frames.append((picture() * 255).round() / 255)
        frames[-1][index, index] = 1.0
        frames[-1][20, 30] = index / 255  # noise that a backdrop would take away
        write_texture(Texture(frames[-1]), tmp_path / f"{index}.png", file_format=".png")
    refs = tuple(SourceRef(tmp_path / f"{index}.png", str(index)) for index in range(3))
    style = replace(INVERTED, mask=drawn(tmp_path, half))
    request = RestyleRequest(MapRole.SPRITE, style, group=refs, is_sequence=True)
    for frame in frames:
        masked = asked(restyler, Texture(frame), request)[0]
        assert np.array_equal(masked[:, 20:], frame[:, 20:])
        assert np.abs(masked[:, :20] - (1 - frame[:, :20])).max() < 0.02


def test_a_guided_stylizer_gets_all_regions_at_once(
    restyler: Restyler, paints: Paints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "find_stylizer", lambda name: replace(find_stylizer(name), guided=True))
    mask = drawn(
        tmp_path,
        stripes(RED, BLUE, (0, 255, 0), (255, 255, 255)),
        (RED, SWAPPED),
        (BLUE, None),
        ((0, 255, 0), DARKER),
    )
    masked = run(restyler, picture(), replace(INVERTED, mask=mask))
    assert paints.asked == ["inverted"]
    ((own, swapped, darker),) = paints.regions
    assert [one.style for one in (own, swapped, darker)] == [INVERTED, SWAPPED, DARKER]
    shares = torch.cat([one.share.rows(0, 24) for one in (own, swapped, darker)])
    assert shares.shape == (3, 3, 24, 40)
    assert [shares[index, 0, 5].nonzero().ravel().tolist() for index in range(3)] == [
        list(range(30, 40)),
        list(range(10)),
        list(range(20, 30)),
    ]
    assert np.array_equal(masked[:, 10:20], picture()[:, 10:20])
    assert np.array_equal(masked[:, :10], 1 - picture()[:, :10])


def test_the_cells_of_a_sheet_take_no_mask(restyler: Restyler, tmp_path: Path) -> None:
    style = replace(INVERTED, mask=drawn(tmp_path, [[255]]))
    request = RestyleRequest(MapRole.SPRITE, style, sheet=SheetLayout("atlas", (8, 8)))
    with pytest.raises(RequestError, match="a mask is for one picture"):
        asked(restyler, Texture(picture()), request)


@pytest.mark.parametrize("with_regions", [False, True])
def test_a_rolled_texture_under_a_rolled_mask_gives_the_rolled_result(
    restyler: Restyler, tmp_path: Path, with_regions: bool
) -> None:
    """Strokes and the mask's edges go around the circle, where its size is another than the texture's."""
    source, shift = picture(64, 64), (16, -24)
    small = np.random.default_rng(5).integers(0, 3, (8, 8)).repeat(4, 0).repeat(4, 1)
    colors = (
        np.array([(255, 0, 0), (0, 0, 255), (255, 255, 255)])
        if with_regions
        else np.array([[0] * 3, [90] * 3, [255] * 3])
    )
    regions = (
        [(RED, StyleRequest("other", builtins=(BuiltinStyle(9),))), (BLUE, None)] if with_regions else []
    )
    results = []
    for rows, mask in ((source, small), (np.roll(source, shift, (0, 1)), np.roll(small, (8, -12), (0, 1)))):
        style = StyleRequest(
            "ink", builtins=(BuiltinStyle(19),), mask=drawn(tmp_path, colors[mask], *regions)
        )
        request = RestyleRequest(MapRole.BASE_COLOR, style, wrap=("repeat", "repeat"))
        results.append(restyler.restyle(Texture(rows), request, ignore).texture.collect().rgb)
    assert np.abs(results[1] - np.roll(results[0], shift, (0, 1))).max() <= 1 / 255


def test_the_mixed_colours_at_the_edge_of_a_mask_that_tiles_go_to_what_is_beyond_it(tmp_path: Path) -> None:
    colors = np.array([RED, BLUE, (128, 0, 128), (255, 255, 255)])
    pixels = colors[np.random.default_rng(2).integers(0, 4, (12, 12))]
    found = []
    for one in (pixels, np.roll(pixels, (5, 7), (0, 1))):
        mask = drawn(tmp_path, one, (RED, SWAPPED), (BLUE, None))
        found.append(read_mask(mask, INVERTED, (Wrap.REPEAT, Wrap.REPEAT)).shares)
    assert np.array_equal(found[1], np.roll(found[0], (5, 7), (0, 1)))
