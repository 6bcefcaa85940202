"""A style's moments are found once: in memory, and on disk for the next process."""

from pathlib import Path

import pytest
import torch

from at_once import draw_paintings
from few_features import FewFeatures, entry_of
from impasto_engine.eye import Eye
from impasto_engine.request import StyleImage

CPU = torch.device("cpu")
MEMORY = 1 << 30


@pytest.fixture
def painting(tmp_path: Path) -> StyleImage:
    return draw_paintings(tmp_path, 80)[0]


def made() -> tuple[Eye, FewFeatures]:
    encoder = FewFeatures()
    return Eye("few", entry_of(encoder), encoder, CPU), encoder


def test_another_process_finds_them_on_disk(painting: StyleImage, tmp_path: Path) -> None:
    first, looked = made()
    found = first.style(painting, 900, MEMORY, tmp_path / "cache")
    second, idle = made()
    again = second.style(painting, 900, MEMORY, tmp_path / "cache")
    assert len(looked.looks) == 1
    assert not idle.looks
    assert len(again) == 3  # of the pixels, and of two layers
    for one, other in zip(found, again, strict=True):
        assert torch.equal(one.mean, other.mean)
        assert torch.equal(one.second, other.second)


def test_each_size_is_looked_at_and_none_is_enlarged(painting: StyleImage) -> None:
    moments, encoder = made()
    for pixels in (900, 900, 1600, 10**6):
        moments.style(painting, pixels, MEMORY, None)
    assert [height * width for height, width in encoder.looks] == pytest.approx(
        [28 * 28, 40 * 36, 80 * 72]  # in whole strides
    )


def test_in_windows_they_are_those_of_the_whole(tmp_path: Path) -> None:
    painting = draw_paintings(tmp_path, 320)[0]
    moments, encoder = made()
    whole = moments.style(painting, 10**6, MEMORY, None)
    cut, pieces = made()
    found = cut.style(painting, 10**6, 100 * 120 * 120, None)
    assert len(encoder.looks) == 1
    assert len(pieces.looks) > 1
    for one, other in zip(found, whole, strict=True):
        torch.testing.assert_close(one.mean, other.mean, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(one.second, other.second, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("content", [b"", b"not a tensor", b"\xff" * 64])
def test_a_torn_file_is_looked_past_and_written_anew(
    content: bytes, painting: StyleImage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made()[0].style(painting, 900, MEMORY, tmp_path)
    (file,) = (tmp_path / "moments").iterdir()
    file.write_bytes(content)
    moments, encoder = made()
    moments.style(painting, 900, MEMORY, tmp_path)
    assert len(encoder.looks) == 1
    assert str(file) in caplog.text
    third, idle = made()
    third.style(painting, 900, MEMORY, tmp_path)
    assert not idle.looks


def test_a_cache_that_cannot_be_written_is_no_error(
    painting: StyleImage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "moments").write_text("in the way")
    moments, _ = made()
    assert moments.style(painting, 900, MEMORY, tmp_path)
    assert "not kept" in caplog.text
