"""The same fingerprint means the same pixels: it changes with all that decides them, and with nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from impasto_daemon.fingerprint import _style, fingerprint
from impasto_engine import (
    BuiltinStyle,
    Cell,
    MapRole,
    MaskRegion,
    Palette,
    RequestError,
    RestyleRequest,
    SheetLayout,
    SourceRef,
    StyleImage,
    StyleMask,
    StyleRequest,
    UpscaleRequest,
    find_stylizer,
)

STYLE = StyleRequest("night", images=(StyleImage(Path("a.jpg"), "hash of a"),))
REQUEST = RestyleRequest(MapRole.BASE_COLOR, STYLE, UpscaleRequest("auto", 2.0))
RELIEF = replace(REQUEST, relief=0.5, sibling=SourceRef(Path("a.png"), "hash of a"))
INK = Palette(((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))
WALL = StyleMask(Path("wall.png"), "hash of wall")
SETTINGS = find_stylizer("magenta").settings


def of(request: RestyleRequest, source: str = "source", file_format: str = ".png") -> str:
    return fingerprint(source, request, file_format, Path("models"))


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, role=MapRole.SPRITE),
        replace(REQUEST, upscale=None),
        replace(REQUEST, upscale=UpscaleRequest("auto", 3.0)),
        replace(REQUEST, upscale=UpscaleRequest("realesrgan-x4plus", 2.0)),
        replace(REQUEST, wrap=("repeat", "auto")),
        replace(REQUEST, power_of_two=True),
        replace(REQUEST, max_size=512),
        replace(REQUEST, style=None),
        replace(REQUEST, pixel_art=True),
        replace(REQUEST, sheet=SheetLayout("atlas")),
        replace(REQUEST, style=replace(STYLE, images=(StyleImage(Path("a.jpg"), "hash of b"),))),
        replace(REQUEST, style=replace(STYLE, images=(StyleImage(Path("a.jpg"), "hash of a", 0.5),))),
        replace(REQUEST, style=StyleRequest("night", builtins=(BuiltinStyle(3),))),
        replace(REQUEST, style=replace(STYLE, strength=0.5)),
        replace(REQUEST, style=replace(STYLE, stroke=2.0)),
        replace(REQUEST, style=replace(STYLE, preserve_color=True)),
        replace(REQUEST, style=replace(STYLE, seed=7)),
        replace(REQUEST, group=(SourceRef(Path("a"), "a"), SourceRef(Path("b"), "b"))),
        replace(REQUEST, wrap_from=SourceRef(Path("a"), "a")),
        replace(REQUEST, sibling=SourceRef(Path("a"), "a")),
        replace(REQUEST, style=replace(STYLE, settings=SETTINGS.model_validate({"style_crop": "whole"}))),
        replace(REQUEST, style=replace(STYLE, palette="style")),
        replace(REQUEST, style=replace(STYLE, palette=INK)),
        replace(REQUEST, style=replace(STYLE, mask=WALL)),
        RELIEF,
    ],
)
def test_it_changes_with_all_that_decides_the_pixels(other: RestyleRequest) -> None:
    assert of(other) != of(REQUEST)


def test_every_part_of_a_sheet_s_layout_counts() -> None:
    layouts = [
        SheetLayout("atlas"),
        SheetLayout("frames"),
        SheetLayout("atlas", grid=(64, 64)),
        SheetLayout("atlas", grid=(64, 32)),
        SheetLayout("atlas", cells=(Cell(0, 0, 64, 64),)),
        SheetLayout("atlas", cells=(Cell(0, 0, 64, 63),)),
        SheetLayout("atlas", extrude=2),
    ]
    assert len({of(replace(REQUEST, sheet=sheet)) for sheet in layouts}) == len(layouts)


def test_requests_of_before_there_were_sheets_keep_their_fingerprint() -> None:
    request = RestyleRequest(MapRole.NORMAL, None, None, ("repeat", "clamp"), max_size=512)
    assert of(request) == "405acfd7159d583382be111fa94b3872d4c083bfc84bab7018cdcdfec3cf4666"


def test_it_changes_with_the_colours_of_a_palette_and_with_the_relief_and_its_sibling() -> None:
    grey = Palette(((0.0, 0.0, 0.0), (0.5, 0.5, 0.5)))
    others = [
        replace(REQUEST, style=replace(STYLE, palette=INK)),
        replace(REQUEST, style=replace(STYLE, palette=grey)),
        RELIEF,
        replace(RELIEF, relief=0.6),
        replace(RELIEF, sibling=SourceRef(Path("a.png"), "hash of b")),
    ]
    assert len({of(other) for other in others}) == 5
    assert of(replace(RELIEF, sibling=SourceRef(Path("moved/a.png"), "hash of a"))) == of(RELIEF)


def test_masks_count_by_their_pixels_their_colours_and_what_these_stand_for() -> None:
    def masked(mask: StyleMask | None) -> str:
        return of(replace(REQUEST, style=replace(STYLE, mask=mask)))

    def regions(style: StyleRequest | None, color: tuple[int, int, int] = (255, 0, 0)) -> StyleMask:
        return replace(WALL, regions=(MaskRegion(color, style),))

    others = [
        None,
        WALL,
        replace(WALL, sha256="repainted"),
        regions(None),
        regions(None, (0, 0, 255)),
        regions(STYLE),
        regions(replace(STYLE, images=(StyleImage(Path("a.jpg"), "hash of b"),))),
    ]
    assert len({masked(other) for other in others}) == len(others)
    assert masked(replace(WALL, path=Path("moved/wall.png"))) == masked(WALL)


def test_a_style_without_a_mask_has_the_fingerprint_it_always_had() -> None:
    assert "mask" in _style(replace(STYLE, mask=WALL))
    assert "mask" not in _style(STYLE)


def test_it_changes_with_the_source_and_the_format() -> None:
    assert len({of(REQUEST), of(REQUEST, source="other"), of(REQUEST, file_format=".tga")}) == 3


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, style=replace(STYLE, name="renamed")),
        replace(REQUEST, style=replace(STYLE, images=(StyleImage(Path("moved/a.jpg"), "hash of a"),))),
        replace(REQUEST, cpu_fallback=False),
    ],
)
def test_names_places_and_devices_do_not_change_it(other: RestyleRequest) -> None:
    assert of(other) == of(REQUEST)


def test_what_a_request_leans_on_counts_by_its_content_and_in_no_order() -> None:
    def group(*members: tuple[str, str]) -> str:
        return of(replace(REQUEST, group=tuple(SourceRef(Path(name), sha256) for name, sha256 in members)))

    assert group(("a", "1"), ("b", "2")) == group(("c", "2"), ("d", "1"))
    assert group(("a", "1"), ("b", "2")) != group(("a", "1"), ("b", "3"))
    base = replace(REQUEST, wrap_from=SourceRef(Path("a"), "1"))
    assert of(base) == of(replace(REQUEST, wrap_from=SourceRef(Path("b"), "1")))
    assert of(base) != of(replace(REQUEST, sibling=SourceRef(Path("a"), "1")))


def test_one_that_leans_on_nobody_has_the_fingerprint_it_always_had() -> None:
    plain = RestyleRequest(MapRole.NORMAL, max_size=512)
    assert of(plain) == "b8f085ff17a45175968a22d759760885de77a56fa8a769b1c503b22989b34377"


def test_a_model_of_the_artist_s_counts_by_its_content(tmp_path: Path) -> None:
    model = tmp_path / "mine.pth"
    request = replace(REQUEST, upscale=UpscaleRequest("mine", 2.0))
    model.write_bytes(b"first")
    first = fingerprint("source", request, ".png", tmp_path)
    model.write_bytes(b"another")
    assert fingerprint("source", request, ".png", tmp_path) != first
    model.unlink()
    with pytest.raises(RequestError, match="no upscaler is called 'mine'"):
        fingerprint("source", request, ".png", tmp_path)


def test_frames_count_the_version_of_what_keeps_them_still(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = [replace(REQUEST, sheet=SheetLayout(kind)) for kind in ("atlas", "frames")]
    before = [of(sheet) for sheet in sheets]
    monkeypatch.setattr("impasto_daemon.fingerprint.STILLNESS_VERSION", 99)
    assert [of(sheet) == key for sheet, key in zip(sheets, before, strict=True)] == [True, False]
