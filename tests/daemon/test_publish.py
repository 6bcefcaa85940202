"""Into place: only what is ours is replaced or deleted, images before the manifest, and no half of either."""

import os
from pathlib import Path

import pytest

from impasto_daemon.edits import is_edited
from impasto_daemon.errors import PublishError
from impasto_daemon.hashing import hash_file
from impasto_daemon.ledger import JobState, Ledger
from impasto_daemon.manifest import MapFile, SourceFile, Variant, read_manifest, sidecar_path, temp_path
from impasto_daemon.publish import check_may_write, publish_image, publish_manifest, retire


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state" / "ledger.sqlite")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "brick.png"
    path.write_bytes(b"the source")
    return path


def publish(source: Path, content: bytes, ledger: Ledger, name: str = "brick.ink.png") -> Path:
    output = source.with_name(name)
    temp = temp_path(output)
    temp.write_bytes(content)
    publish_image(temp, output, source, hash_file(temp), ledger)
    return output


def finish(source: Path, output: Path, ledger: Ledger, variant: str = "ink") -> None:
    """The ledger's job of a published output."""
    made = MapFile(
        file=output.name,
        sha256=hash_file(output),
        bytes=output.stat().st_size,
        width=4,
        height=4,
        scale=1.0,
        role="base_color",
        color_space="srgb",
        channels="rgb",
        bit_depth="uint8",
        alpha_mode="none",
        wrap_u="repeat",
        wrap_v="repeat",
    )
    record = Variant(id=variant, rule="all", reason="because", fingerprint="f", status="ready", maps=(made,))
    ledger.put_job(source, record, output, JobState.DONE)


def write_sidecar(source: Path, ledger: Ledger, *, gone: bool = False) -> None:
    publish_manifest(source, None if gone else SourceFile(file=source.name, sha256="ab"), ledger)


def test_an_output_replaces_the_one_before_it_and_leaves_no_temp(source: Path, ledger: Ledger) -> None:
    publish(source, b"first", ledger)
    output = publish(source, b"second", ledger)
    assert output.read_bytes() == b"second"
    known = ledger.output(output)
    assert known is not None
    assert (known.source, known.sha256, known.incoming) == (source, hash_file(output), None)
    assert (known.size, known.mtime_ns) == (6, output.stat().st_mtime_ns)
    assert {path.name for path in source.parent.iterdir()} == {"brick.png", "brick.ink.png", "state"}


def test_a_file_that_is_not_ours_is_refused(source: Path, ledger: Ledger) -> None:
    source.with_name("brick.ink.png").write_bytes(b"someone's")
    with pytest.raises(PublishError, match=r"brick\.ink\.png: exists and is not impasto's; move it away"):
        publish(source, b"ours", ledger)
    assert source.with_name("brick.ink.png").read_bytes() == b"someone's"


def test_a_source_is_never_written_over_whatever_a_rule_calls_its_output(
    source: Path, ledger: Ledger
) -> None:
    with pytest.raises(PublishError, match="is not impasto's"):
        publish(source, b"ours", ledger, name="brick.png")
    assert source.read_bytes() == b"the source"


def test_an_edited_output_is_refused_until_it_is_moved_away(source: Path, ledger: Ledger) -> None:
    output = publish(source, b"ours", ledger)
    output.write_bytes(b"painted over")
    with pytest.raises(PublishError, match="edited by hand and is kept; move or delete it"):
        publish(source, b"newer", ledger)
    assert output.read_bytes() == b"painted over"
    output.unlink()
    publish(source, b"newer", ledger)


def test_an_edit_of_the_same_size_is_seen(source: Path, ledger: Ledger) -> None:
    output = publish(source, b"ours", ledger)
    output.write_bytes(b"OURS")
    with pytest.raises(PublishError, match="edited by hand"):
        check_may_write(output, source, ledger)


def test_a_touched_output_is_not_an_edited_one(source: Path, ledger: Ledger) -> None:
    output = publish(source, b"ours", ledger)
    os.utime(output, ns=(1, 1))
    check_may_write(output, source, ledger)


def test_an_output_of_another_source_is_refused_naming_both(source: Path, ledger: Ledger) -> None:
    finish(source, publish(source, b"ours", ledger), ledger)
    with pytest.raises(PublishError, match=r"brick\.jpg and brick\.png would both write it"):
        check_may_write(source.with_name("brick.ink.png"), source.with_suffix(".jpg"), ledger)


def test_the_output_of_a_source_that_is_gone_is_free(source: Path, ledger: Ledger) -> None:
    finish(source, publish(source, b"ours", ledger), ledger)
    source.unlink()
    check_may_write(source.with_name("brick.ink.png"), source.with_suffix(".jpg"), ledger)


@pytest.mark.parametrize("renamed", [False, True])
def test_a_power_cut_at_the_rename_is_not_taken_for_an_edit(
    source: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, renamed: bool
) -> None:
    output = publish(source, b"first", ledger)
    replace = Path.replace

    def cut(self: Path, target: Path) -> Path:
        if renamed:
            replace(self, target)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            publish(source, b"second", ledger)
    assert output.read_bytes() == (b"second" if renamed else b"first")
    publish(source, b"third", ledger)
    assert output.read_bytes() == b"third"


def test_a_refused_rename_leaves_the_standing_output_ours(
    source: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a read-only folder, which root would not notice."""
    output = publish(source, b"first", ledger)

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(target))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(PublishError, match=r"brick\.ink\.png: cannot be written: Permission denied"):
            publish(source, b"second", ledger)
    known = ledger.output(output)
    assert known is not None
    assert not is_edited(known)
    publish(source, b"third", ledger)


def test_retiring_deletes_what_is_ours(source: Path, ledger: Ledger) -> None:
    output = publish(source, b"ours", ledger)
    (known,) = ledger.outputs_of(source)
    retire(known, ledger)
    assert not output.exists()
    assert ledger.outputs_of(source) == []
    retire(known, ledger)  # gone already: nothing to do


def test_retiring_keeps_what_was_edited_and_remembers_whose_it_was(source: Path, ledger: Ledger) -> None:
    output = publish(source, b"ours", ledger)
    output.write_bytes(b"painted over")
    (known,) = ledger.outputs_of(source)
    retire(known, ledger)
    assert output.read_bytes() == b"painted over"
    (known,) = ledger.outputs_of(source)
    assert known.edited
    assert is_edited(known)


def test_a_manifest_lists_what_is_no_more_until_it_is_made_again(source: Path, ledger: Ledger) -> None:
    output = publish(source, b"ours", ledger)
    finish(source, output, ledger)
    write_sidecar(source, ledger)
    assert read_manifest(sidecar_path(source)).retired == ()
    write_sidecar(source, ledger, gone=True)
    tombstone = read_manifest(sidecar_path(source))
    assert tombstone.variants == ()
    assert [(one.file, one.sha256) for one in tombstone.retired] == [("brick.ink.png", hash_file(output))]
    write_sidecar(source, ledger, gone=True)
    assert read_manifest(sidecar_path(source)).retired == tombstone.retired
    write_sidecar(source, ledger)
    assert read_manifest(sidecar_path(source)).retired == ()


def test_nothing_made_and_nothing_to_take_back_writes_no_manifest(source: Path, ledger: Ledger) -> None:
    write_sidecar(source, ledger)
    write_sidecar(source, ledger, gone=True)
    assert not sidecar_path(source).exists()


def test_a_manifest_that_cannot_be_written_is_named(source: Path, ledger: Ledger) -> None:
    """A folder has its name: even root cannot write there."""
    finish(source, publish(source, b"ours", ledger), ledger)
    sidecar_path(source).mkdir()
    with pytest.raises(PublishError, match=r"brick\.png\.impasto: cannot be written"):
        write_sidecar(source, ledger)
    assert not [path for path in source.parent.iterdir() if path.name.endswith(".tmp")]
