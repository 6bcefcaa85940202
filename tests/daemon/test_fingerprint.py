"""The same fingerprint means the same pixels: it changes with all that decides them, and with nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from impasto_daemon.fingerprint import fingerprint
from impasto_engine import (
    BuiltinStyle,
    MapRole,
    RequestError,
    RestyleRequest,
    SourceRef,
    StyleImage,
    StyleRequest,
    UpscaleRequest,
    find_stylizer,
)

STYLE = StyleRequest("night", images=(StyleImage(Path("a.jpg"), "hash of a"),))
REQUEST = RestyleRequest(MapRole.BASE_COLOR, STYLE, UpscaleRequest("auto", 2.0))
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
    ],
)
def test_it_changes_with_all_that_decides_the_pixels(other: RestyleRequest) -> None:
    assert of(other) != of(REQUEST)


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
