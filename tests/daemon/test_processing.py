"""What the worker checks before it begins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from impasto_daemon.hashing import hash_file
from impasto_daemon.processing import InHand, Order, Workshop, check_refs, decode, refusal
from impasto_engine import (
    DeviceMissingError,
    EngineOptions,
    MapRole,
    OutOfMemoryError,
    RestyleRequest,
    SourceRef,
)
from quick_daemon import Inverted


@pytest.mark.parametrize("change", ["edited", "deleted", None])
def test_a_source_that_another_leans_on_has_to_be_as_it_was(tmp_path: Path, change: str | None) -> None:
    refs = []
    for name in ("a.png", "b.png", "base.png"):
        path = tmp_path / name
        path.write_text(name)
        refs.append(SourceRef(path, hash_file(path)))
    request = RestyleRequest(MapRole.BASE_COLOR, group=tuple(refs[:2]), wrap_from=refs[2])
    check_refs(request)
    if change == "edited":
        refs[2].path.write_text("another")
    elif change == "deleted":
        refs[2].path.unlink()
    else:
        refs[2].path.touch()
        check_refs(request)
        return
    with pytest.raises(Exception, match=r"base\.png") as caught:
        check_refs(request)
    refused = refusal(3, caught.value)
    assert (refused.ticket, refused.kind, refused.changed) == (3, "changed", refs[2].path)


def test_what_is_made_says_how_often_memory_ran_out(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    Image.new("RGB", (8, 8), "red").save(source)
    request, temp = RestyleRequest(MapRole.BASE_COLOR), tmp_path / ".temp"
    order = Order(1, source, hash_file(source), request, temp, ".png", linear=False, metadata={})
    texture = decode(order)
    short = Inverted(texture.stream(), notes=("cpu ran out of memory: done in smaller parts",), retries=3)
    made = InHand(order, texture, short).finish(short.texture.bands, 0.0)  # type: ignore[arg-type]  # it has all
    assert (made.retries, made.notes) == (3, short.notes)


def test_a_job_that_no_smaller_part_helps_is_not_tried_again() -> None:
    refused = refusal(3, OutOfMemoryError("cuda:0 has no memory for 9x9 pixels: close what else uses it"))
    assert (refused.kind, refused.message) == (
        "input",
        "cuda:0 has no memory for 9x9 pixels: close what else uses it",
    )


def test_a_device_that_is_not_there_is_the_fault_of_no_texture(tmp_path: Path) -> None:
    with pytest.raises(DeviceMissingError) as caught:
        Workshop(EngineOptions(tmp_path, "mps" if sys.platform == "linux" else "cuda"))
    assert refusal(3, caught.value).kind == "device"


def test_a_texture_for_which_the_machine_has_no_memory_is_tried_again_and_says_what_to_do() -> None:
    refused = refusal(3, MemoryError("unable to allocate 4.00 GiB"))
    assert (refused.kind, refused.message) == (
        "fault",
        "no memory: close what else uses the machine's, or give a smaller texture (unable to allocate 4.00 GiB)",
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="GNU's OpenMP tells how its threads wait")
@pytest.mark.parametrize(("chosen", "spins"), [({}, False), ({"OMP_WAIT_POLICY": "ACTIVE"}, True)])
def test_the_worker_s_threads_wait_without_spinning_unless_the_artist_says_so(
    chosen: dict[str, str], spins: bool, tmp_path: Path
) -> None:
    script = (
        "from pathlib import Path; from impasto_daemon.processing import prepare; "
        "from impasto_engine import EngineOptions; prepare(EngineOptions(Path('models')))"
    )
    around = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    roots = [str(Path(__file__).parents[2] / one) for one in ("daemon", "engine")]
    around |= {"OMP_DISPLAY_ENV": "verbose", "PYTHONPATH": os.pathsep.join(roots)}
    told = subprocess.run(
        [sys.executable, "-c", script],
        env=around | chosen,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert ("GOMP_SPINCOUNT = '0'" not in told) == spins
    assert "GOMP_SPINCOUNT" in told
