"""What the worker checks before it begins."""

from pathlib import Path

import pytest

from impasto_daemon.hashing import hash_file
from impasto_daemon.processing import check_refs, refusal
from impasto_engine import MapRole, RestyleRequest, SourceRef


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
