"""What stands still in frames is painted once."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from at_once import ignore
from impasto_engine.request import BuiltinStyle, EngineOptions, RestyleRequest, SourceRef, StyleRequest
from impasto_engine.restyle import Restyler
from impasto_engine.role_names import MapRole
from impasto_engine.stillness import Backdrop, median_of, sampled
from impasto_engine.texture import FloatArray
from impasto_engine.texture_io import read_texture
from walk_cycle import FRAME, flicker, walk_cycle


def frames(count: int = 5) -> list[FloatArray]:
    """A dot that wanders over noise."""
    random = np.random.default_rng(4)
    ground = random.random((40, 60, 3), dtype=np.float32)
    cut = []
    for index in range(count):
        frame = ground + random.normal(0, 1 / 255, ground.shape).astype(np.float32)
        frame[15:25, 5 + 10 * index : 15 + 10 * index] = (1.0, 0.0, 0.0)
        cut.append(frame.clip(0, 1))
    return cut


def test_the_median_has_none_of_what_moves() -> None:
    median, noise = median_of(frames())
    assert np.abs(median - frames()[0])[30:].max() < 6 / 255
    assert not ((median[15:25, :, 0] == 1.0) & (median[15:25, :, 1] == 0.0)).any()
    assert 2 / 255 <= noise <= 6 / 255


def test_what_moves_is_the_frame_s_and_what_does_not_the_backdrop_s() -> None:
    cut = frames()
    median, noise = median_of(cut)
    backdrop = Backdrop(median, np.zeros_like(median), noise)
    shown = backdrop.behind(cut[2], np.ones_like(median))
    assert (shown[17:23, 27:33] == 1.0).all()
    assert (shown[:8] == 0.0).all()
    assert (shown[:, :15] == 0.0).all()


def test_a_scene_that_moves_as_a_whole_has_no_backdrop() -> None:
    random = np.random.default_rng(0)
    cut = [random.random((40, 40, 3), dtype=np.float32) for _ in range(5)]
    median, noise = median_of(cut)
    shown = Backdrop(median, np.zeros_like(median), noise).behind(cut[0], np.ones_like(median))
    assert shown.mean() > 0.99


@pytest.mark.parametrize(
    ("count", "pixels", "expected"), [(8, 64 * 64, 8), (1000, 2048 * 2048, 8), (5, 2**26, 3)]
)
def test_no_more_frames_are_held_than_memory_allows(count: int, pixels: int, expected: int) -> None:
    chosen = sampled(count, pixels)
    assert len(chosen) == len(set(chosen)) == expected
    assert chosen[0] == 0
    assert chosen[-1] < count


def test_frames_in_files_of_their_own_stand_as_still(tmp_path: Path) -> None:
    sheet = walk_cycle()
    refs = []
    for index in range(8):
        top, left = index // 4 * FRAME, index % 4 * FRAME
        cell = np.rint(sheet.rgb[top : top + FRAME, left : left + FRAME] * 255).astype(np.uint8)
        Image.fromarray(cell).save(tmp_path / f"walk_{index}.png")
        refs.append(SourceRef(tmp_path / f"walk_{index}.png", str(index)))
    restyler = Restyler(EngineOptions(tmp_path, "cpu"))
    style = StyleRequest("ink", builtins=(BuiltinStyle(19),))
    request = RestyleRequest(MapRole.SPRITE, style, group=tuple(refs), is_sequence=True)
    result = np.zeros_like(sheet.rgb)
    for index, ref in enumerate(refs):
        top, left = index // 4 * FRAME, index % 4 * FRAME
        painted = restyler.restyle(read_texture(ref.path), request, ignore).texture.collect().rgb
        result[top : top + FRAME, left : left + FRAME] = painted
    assert flicker(result) <= 1.2 * flicker(sheet.rgb)
    assert np.abs(result - sheet.rgb).mean() > 0.05


def test_what_stands_still_is_painted_though_the_first_frame_is_empty(tmp_path: Path) -> None:
    refs = []
    for index, frame in enumerate(frames(4)):
        pixels = np.dstack([frame, np.ones_like(frame[..., :1])]) * (index > 0)
        Image.fromarray(np.rint(pixels * 255).astype(np.uint8)).save(tmp_path / f"appears_{index}.png")
        refs.append(SourceRef(tmp_path / f"appears_{index}.png", str(index)))
    style = StyleRequest("ink", builtins=(BuiltinStyle(19),))
    request = RestyleRequest(MapRole.SPRITE, style, group=tuple(refs), is_sequence=True)
    source = read_texture(refs[2].path)
    painted = Restyler(EngineOptions(tmp_path, "cpu")).restyle(source, request, ignore).texture.collect()
    assert np.abs(painted.rgb - source.rgb)[:12].mean() > 0.05
