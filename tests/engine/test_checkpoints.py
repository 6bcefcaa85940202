"""A long stylization goes on where it was, after whatever ended it; nothing else is ever taken for it."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from at_once import CLAMP, REPEAT, ignore, picture, terms
from impasto_engine.checkpoints import CheckpointFile, checkpoint_folder, painting_key, sweep
from impasto_engine.request import BuiltinStyle, EngineOptions, RestyleRequest, StyleRequest, UpscaleRequest
from impasto_engine.restyle import Restyler
from impasto_engine.role_names import MapRole
from impasto_engine.rows import Rows, Whole
from impasto_engine.stylizer import Group, Progress, Region, Terms
from impasto_engine.texture import FloatArray, Texture

INK = StyleRequest("ink", builtins=(BuiltinStyle(19),))
TENSORS = {"painted": torch.rand(1, 3, 5, 7), "rolls": torch.Generator().get_state()}


class PowerCutError(BaseException):
    pass


@dataclass
class Slow:
    """A stylizer of four scales that saves each; `dies_at` one. begun: the scales it began at."""

    dies_at: int | None = None
    begun: list[int] = field(default_factory=list)

    def stylize(self, content: Rows, request: StyleRequest, terms: Terms) -> Rows:
        del request
        assert terms.checkpoints is not None
        found = terms.checkpoints.load()
        first, painted = (
            (found[0] + 1, found[1]["painted"]) if found else (0, content.rows(0, content.height))
        )
        self.begun.append(first)
        for scale in range(first, 4):
            if scale == self.dies_at:
                raise PowerCutError
            painted = painted * 0.8
            terms.checkpoints.save(scale, {"painted": painted})
            terms.progress(Progress("stylize", scale, 4))
        return Whole(painted)


def painted_by(
    slow: Slow, cache: Path, source: FloatArray, style: StyleRequest = INK, scale: float = 1
) -> FloatArray:
    """By a process of its own."""
    restyler = Restyler(EngineOptions(cache / "models", "cpu", cache=cache))
    restyler._pool.stylizer = lambda _name, _device: slow
    request = RestyleRequest(
        MapRole.BASE_COLOR, style, UpscaleRequest("auto", scale), wrap=("clamp", "clamp")
    )
    return restyler.restyle(Texture(source), request, ignore).texture.collect().rgb


def noise(seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).random((12, 16, 3), dtype=np.float32)


def kept(cache: Path) -> list[Path]:
    return sorted(checkpoint_folder(cache).glob("*"))


def test_after_a_death_it_goes_on_at_the_last_scale_to_the_same_pixels(tmp_path: Path) -> None:
    slow = Slow(dies_at=2)
    with pytest.raises(PowerCutError):
        painted_by(slow, tmp_path, noise())
    assert len(kept(tmp_path)) == 1
    slow.dies_at = None
    resumed = painted_by(slow, tmp_path, noise())
    assert slow.begun == [0, 2]
    assert np.array_equal(resumed, painted_by(Slow(), tmp_path / "other", noise()))


@pytest.mark.parametrize("scale", [1, 2])
def test_nothing_is_kept_of_what_is_done(tmp_path: Path, scale: int) -> None:
    painted_by(Slow(), tmp_path, noise(), scale=scale)
    assert kept(tmp_path) == []


def test_another_source_or_style_begins_anew(tmp_path: Path) -> None:
    slow = Slow(dies_at=2)
    for seed, style in ((0, INK), (1, INK), (0, replace(INK, strength=0.5))):
        with pytest.raises(PowerCutError):
            painted_by(slow, tmp_path, noise(seed), style)
    assert slow.begun == [0, 0, 0]
    assert len(kept(tmp_path)) == 3


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def of_another(path: Path) -> None:
    CheckpointFile(path.parent, lambda: "other").save(1, TENSORS)
    (path.parent / "other.safetensors").replace(path)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def no_such_file(path: Path) -> None:
    path.write_bytes(b"\xff" * 200)


@pytest.mark.parametrize("spoil", [cut_short, of_another, emptied, no_such_file])
def test_what_is_torn_or_another_s_is_left_with_a_log_line(
    spoil: Callable[[Path], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = CheckpointFile(tmp_path, lambda: "key")
    assert file.load() is None
    file.save(1, {})
    file.save(3, TENSORS)
    found = CheckpointFile(tmp_path, lambda: "key").load()
    assert found is not None
    assert found[0] == 3
    assert found[1].keys() == TENSORS.keys()
    assert all(torch.equal(found[1][name], TENSORS[name]) for name in TENSORS)
    spoil(tmp_path / "key.safetensors")
    with caplog.at_level(logging.WARNING):
        assert file.load() is None
    assert "key.safetensors: cannot go on from it" in caplog.text
    file.save(0, TENSORS)
    assert file.load() is not None


def test_where_nothing_can_be_written_it_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "unfinished").write_text("a file where the folder should be")
    file = CheckpointFile(checkpoint_folder(tmp_path), lambda: "key")
    file.save(0, TENSORS)
    assert file.load() is None
    file.clear()
    assert "cannot be written" in caplog.text
    assert painted_by(Slow(), tmp_path, noise()).shape == (12, 16, 3)


def test_a_week_s_old_are_swept_by_the_next_process(tmp_path: Path) -> None:
    folder = checkpoint_folder(tmp_path)
    for name in ("old", "new"):
        CheckpointFile(folder, lambda name=name: name).save(0, TENSORS)
    (folder / ".old.safetensors.1234.tmp").write_bytes(b"")
    now = time.time()
    for path in (folder / "old.safetensors", folder / ".old.safetensors.1234.tmp"):
        os.utime(path, (now - 6.9 * 86400,) * 2)
    sweep(folder, now)
    assert len(kept(tmp_path)) == 3
    sweep(folder, now + 0.2 * 86400)
    assert [path.name for path in kept(tmp_path)] == ["new.safetensors"]
    os.utime(folder / "new.safetensors", (now - 8 * 86400,) * 2)
    Restyler(EngineOptions(tmp_path / "models", "cpu", cache=tmp_path))
    assert kept(tmp_path) == []


def test_all_that_decides_a_painting_is_in_its_key() -> None:
    content, plain = Whole(picture(8, 8)), terms(CLAMP)
    key = painting_key(content, INK, plain, 1)
    assert painting_key(Whole(picture(8, 8).clone()), INK, replace(plain, budget=1), 1) == key
    others = {
        painting_key(Whole(1 - picture(8, 8)), INK, plain, 1),
        painting_key(content, replace(INK, seed=1), plain, 1),
        painting_key(content, INK, plain, 2),
        painting_key(content, INK, terms(REPEAT), 1),
        painting_key(content, INK, replace(plain, group=Group("g", list)), 1),
        painting_key(content, INK, replace(plain, regions=[Region(content, INK)]), 1),
        painting_key(content, INK, replace(plain, regions=[Region(Whole(1 - content.picture), INK)]), 1),
        painting_key(content, INK, replace(plain, regions=[Region(content, replace(INK, seed=1))]), 1),
    }
    assert len(others | {key}) == 9
