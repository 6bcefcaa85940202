"""Bad input gives a clear error in `status` and in the manifest, and the rest goes on."""

import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from fake_project import Project
from impasto_daemon import cli
from impasto_daemon.commands.status import read_status
from impasto_daemon.manifest import sidecar_path


def truncated_png(project: Project) -> Path:
    path = project.draw("bad.png", seed=3, size=(200, 200))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def text_named_png(project: Project) -> Path:
    path = project.textures / "bad.png"
    path.write_text("I am a shopping list, not a picture.\n")
    return path


def zero_bytes(project: Project) -> Path:
    path = project.textures / "bad.png"
    path.write_bytes(b"")
    return path


def decompression_bomb(project: Project) -> Path:
    """60,000 x 60,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    path = project.textures / "bad.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (truncated_png, "damaged or cut off"),
        (text_named_png, "bad.png"),
        (zero_bytes, "the file is empty (0 bytes)"),
        (decompression_bomb, f"larger than the limit of {2**28} pixels"),
    ],
)
def test_a_bad_picture_is_reported_and_the_rest_goes_on(
    project: Project, make: Callable[[Project], Path], reason: str
) -> None:
    good = project.draw("good.png")
    bad = make(project)
    summary = project.once()
    assert (summary.done, summary.failed, summary.failure_kinds) == (1, 1, {"input"})
    assert project.variant(good).status == "ready"
    assert [order.source for order in project.orders] == [good]

    manifest = project.manifest(bad)
    (variant,) = manifest.variants
    assert (variant.status, variant.maps) == ("failed", ())
    assert reason in (variant.error or "")
    assert "bad.png" in (variant.error or "")
    assert (manifest.source.width, manifest.source.height, manifest.source.role) == (None, None, None)

    (trouble,) = read_status(project.config).troubles
    assert (trouble.source, trouble.variant, trouble.error) == (str(bad), "ink", variant.error)


def test_a_bad_picture_that_is_mended_is_done(project: Project) -> None:
    bad = truncated_png(project)
    project.once()
    project.draw("bad.png", seed=3)
    summary = project.once()
    assert (summary.done, summary.failed) == (1, 0)
    assert project.variant(bad).status == "ready"


def test_one_pixel_is_a_picture(project: Project) -> None:
    source = project.draw("dot_albedo.png", size=(1, 1))
    assert project.once().failed == 0
    assert project.variant(source).maps[0].width == 1


def test_a_picture_named_against_its_content_is_left_alone_and_explained(project: Project) -> None:
    source = project.draw("noise_normal.png", size=(64, 64))
    summary = project.once()
    assert (summary.done, summary.failed) == (0, 0)
    assert not sidecar_path(source).exists()


def test_an_output_s_place_taken_by_a_folder_blocks_that_job_alone(project: Project) -> None:
    """Even root cannot write there; for everyone else a read-only folder ends the same way."""
    blocked, good = project.draw("brick.png", seed=1), project.draw("good.png", seed=2)
    (project.textures / "brick.ink.png").mkdir()
    summary = project.once()
    assert (summary.done, summary.failed, summary.failure_kinds) == (1, 1, {"write"})
    assert project.variant(good).status == "ready"
    assert "brick.ink.png" in (project.variant(blocked).error or "")
    assert [trouble.state for trouble in read_status(project.config).troubles] == ["blocked"]


def test_a_folder_that_takes_no_files_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rename into place is refused, as in a read-only folder (which root would not notice)."""
    locked, good = project.draw("locked/brick.png", seed=1), project.draw("good.png", seed=2)
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self.parent == locked.parent:
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    summary = project.once()
    assert (summary.done, summary.failure_kinds) == (1, {"write"})
    assert project.variant(good).status == "ready"
    (trouble,) = read_status(project.config).troubles
    assert "brick.ink.png: cannot be written: Permission denied" in trouble.error
    assert not [path for path in locked.parent.iterdir() if path.name.endswith(".tmp")]
    monkeypatch.undo()
    Image.open(locked).close()


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> object:
    """The exit code of a command."""
    monkeypatch.setattr(sys, "argv", ["impasto", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


def test_once_exits_with_65_where_an_input_is_bad(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text_named_png(project)
    assert run(monkeypatch, "once", "--config", project.config) == 65
    captured = capsys.readouterr()
    assert "0 done, 1 failed" in captured.err
    assert "bad.png" in captured.out
    assert run(monkeypatch, "once", "--config", project.config) == 65, "it still stands"


@pytest.mark.parametrize(
    "mistake",
    [
        ("style: ink", "stile: ink", "config.yaml:8: rules[0].variants[0].stile: "),
        ("style: ink", "style: inc", "config.yaml:8: rules[0].variants[0].style: unknown style 'inc'"),
        ("builtin: 19", "image: styles/none.jpg", "config.yaml:4: styles.ink.image: no such file"),
    ],
)
def test_a_mistake_in_the_config_exits_with_78_naming_line_and_key(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mistake: tuple[str, str, str],
) -> None:
    before, after, message = mistake
    project.draw("brick.png")
    project.rewrite(before, after)
    assert run(monkeypatch, "once", "--config", project.config) == 78
    assert message in capsys.readouterr().err
    assert project.names() == {"brick.png"}
