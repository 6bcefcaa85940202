"""Files are decoded in a process of their own: what breaks it, hangs it or fills its memory is one file's error."""

import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import pytest
from PIL import Image

from fake_project import Project
from impasto_daemon.examiner import Examiner
from impasto_daemon.hashing import hash_file
from impasto_daemon.settle import signature_of
from impasto_daemon.survey import survey
from leaky_decoder import serve_leakily


@pytest.fixture
def examiner() -> Iterator[Examiner]:
    examiner = Examiner()
    yield examiner
    examiner.close()


@pytest.fixture
def leaky() -> Iterator[Examiner]:
    examiner = Examiner(seconds=3.0, most_memory=1 << 30, target=serve_leakily)
    yield examiner
    examiner.close()


def draw(folder: Path, name: str) -> Path:
    path = folder / name
    Image.effect_mandelbrot((40, 30), (-2, -1, 1, 1), 30).convert("RGB").save(path)
    return path


def processes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def test_it_finds_what_a_survey_in_this_process_finds(examiner: Examiner, tmp_path: Path) -> None:
    broken, odd = tmp_path / "broken.png", draw(tmp_path, "ödd \N{SNOWMAN}\n.png")
    broken.write_bytes(odd.read_bytes()[:60])
    for path in (odd, broken, tmp_path / "none.png", draw(tmp_path, "b.tif")):
        assert examiner.survey(path) == survey(path)
    assert len(processes()) == 1


def test_it_loads_no_torch(examiner: Examiner, tmp_path: Path) -> None:
    examiner.survey(draw(tmp_path, "a.png"))
    (process,) = processes()
    assert not [one.path for one in process.memory_maps() if "torch" in one.path]


def test_a_file_that_breaks_its_decoder_is_an_error_with_a_hash_and_the_next_is_looked_at(
    leaky: Examiner, tmp_path: Path
) -> None:
    bad, good = draw(tmp_path, "segfault.png"), draw(tmp_path, "good.png")
    found = leaky.survey(bad)
    assert found.content.error == f"{bad}: breaks its decoder"
    assert (found.signature, found.sha256) == (signature_of(bad), hash_file(bad))
    assert leaky.survey(good) == survey(good)


def test_a_file_is_not_blamed_for_a_process_that_something_else_ended(
    leaky: Examiner, tmp_path: Path
) -> None:
    path = draw(tmp_path, "unlucky.png")
    path.with_suffix(".trigger").touch()
    assert leaky.survey(path) == survey(path)
    assert not path.with_suffix(".trigger").exists()


def test_a_file_that_is_never_decoded_does_not_keep_the_others(leaky: Examiner, tmp_path: Path) -> None:
    bad, good = draw(tmp_path, "endless.png"), draw(tmp_path, "good.png")
    assert leaky.survey(bad).content.error == f"{bad}: took longer than 3 s to read"
    assert leaky.survey(good) == survey(good)
    assert len(processes()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's address space")
def test_a_file_that_takes_too_much_memory_is_an_error(leaky: Examiner, tmp_path: Path) -> None:
    bad, good = draw(tmp_path, "greedy.png"), draw(tmp_path, "good.png")
    assert leaky.survey(bad).content.error == f"{bad}: cannot be read: MemoryError: "
    assert leaky.survey(good) == survey(good)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits nothing")
def test_its_process_writes_no_file(leaky: Examiner, tmp_path: Path) -> None:
    path = draw(tmp_path, "writes.png")
    assert "File too large" in (leaky.survey(path).content.error or "")
    assert path.with_suffix(".out").stat().st_size == 0


def test_closing_ends_a_survey_that_goes_on(tmp_path: Path) -> None:
    leaky = Examiner(seconds=60.0, target=serve_leakily)
    leaky.survey(draw(tmp_path, "good.png"))
    endless, refused = draw(tmp_path, "endless.png"), threading.Event()

    def look() -> None:
        with pytest.raises(RuntimeError, match="closed"):
            leaky.survey(endless)
        refused.set()

    thread = threading.Thread(target=look)
    thread.start()
    leaky.close()
    assert refused.wait(10)
    assert processes() == []


def test_a_process_that_is_ended_before_it_is_ready_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a system that is short of memory."""
    examiner, spawn, ended = Examiner(), Examiner._spawn, []

    def spawn_and_end(self: Examiner) -> Connection:
        connection = spawn(self)
        if len(ended) < 3:
            assert self._process is not None
            self._process.kill()
            ended.append(self._process.pid)
        return connection

    monkeypatch.setattr(Examiner, "_spawn", spawn_and_end)
    found = examiner.survey(draw(tmp_path, "good.png"))
    assert found.content.error is None
    assert len(ended) == 3
    examiner.close()


def test_a_source_is_looked_at_again_after_no_process_got_as_far_as_to_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Examiner) -> Connection:
        raise ChildProcessError("the process that reads pictures ends before it has begun")

    source = project.draw("brick.png")
    with monkeypatch.context() as short_of_memory:
        short_of_memory.setattr("impasto_daemon.surveyor.Examiner", Examiner)
        short_of_memory.setattr(Examiner, "_start", refuse)
        assert project.once().failed == 1
    assert project.once().failed == 0
    assert project.is_ready(source)


def test_a_daemon_outlives_a_file_that_breaks_its_decoder(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("impasto_daemon.surveyor.Examiner", lambda: Examiner(target=serve_leakily))
    bad, good = project.draw("segfault.png", seed=1), project.draw("good.png", seed=2)
    summary = project.once()
    assert (summary.done, summary.failed, summary.failure_kinds) == (1, 1, {"input"})
    assert project.variant(bad).error == f"{bad}: breaks its decoder"
    assert project.is_ready(good)
    assert processes() == []
    assert project.once().done == 0
