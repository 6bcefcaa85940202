"""In the daemon: temp files to outputs, then the manifest. Images land first, the manifest last."""

import errno
import os
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from impasto_daemon import failpoints
from impasto_daemon.edits import differs, is_edited, mark_of
from impasto_daemon.errors import ManifestError, PublishError
from impasto_daemon.ledger import Ledger, Output
from impasto_daemon.manifest import (
    Generator,
    Manifest,
    MapFile,
    RetiredFile,
    SourceFile,
    Variant,
    read_manifest,
    sidecar_path,
    temp_path,
    write_manifest,
)
from impasto_daemon.plan import PlannedVariant
from impasto_daemon.processing import Made
from impasto_daemon.settle import signature_of
from impasto_daemon.version import VERSION
from impasto_engine import AlphaMode, ColorSpace

_RENAME_ATTEMPTS = 10 if sys.platform == "win32" else 1  # Windows refuses a rename over a file that is open


def check_may_write(
    output: Path, source: Path, ledger: Ledger, *, fingerprint: str = "", sha256: str = ""
) -> None:
    """Raises PublishError where `output` is not ours to write: foreign, edited by hand, or another source's.

    fingerprint, sha256: of what is to be made, and of what was. Where all records of an output that stands there
    are lost, whether it was edited shows once it has been made again.
    """
    owner = ledger.owner_of(output)
    if owner not in (None, source) and signature_of(owner) is not None:  # else its job is about to go
        raise PublishError(
            f"{output.name}: {source.name} and {owner.name} would both write it; rename one of them"
        )
    signature = signature_of(output)
    if signature is None:
        return
    known = ledger.output(output)
    if known is None:
        if (fingerprint and mark_of(output) == fingerprint) or (sha256 and not differs(output, sha256)):
            return
        raise PublishError(
            f"{output}: exists and is not impasto's; move it away, or change `output:` in the rule"
        )
    if is_edited(known):
        raise PublishError(
            f"{output}: was edited by hand and is kept; move or delete it to have it made again"
        )


def publish_image(temp: Path, output: Path, source: Path, sha256: str, ledger: Ledger) -> None:
    """Rename a finished file to its output, the new hash noted before and after. Raises PublishError."""
    if ledger.output(output) is None and mark_of(output) is not None and differs(output, sha256):
        # made by impasto, with all records of it lost since: by hand or by another device it is not the same
        ledger.remember_output(Output(output, source, sha256, None, -1, -1, edited=True))
    check_may_write(output, source, ledger, sha256=sha256)
    before = ledger.output(output)
    standing = before.sha256 if before else ""
    ledger.remember_output(Output(output, source, standing, sha256, -1, -1, edited=False))
    try:
        move(temp, output)
        failpoints.reach("renamed")
        _sync_folder(output.parent)
    except OSError as error:
        raise PublishError(f"{output}: cannot be written: {error.strerror}") from error
    signature = signature_of(output)
    if signature is None:
        raise PublishError(f"{output}: vanished as soon as it was written")
    ledger.remember_output(Output(output, source, sha256, None, *signature[:2], edited=False))


def retire(output: Output, ledger: Ledger) -> None:
    """Delete an output that no rule asks for any more. One that was edited by hand stays, and stays known: else
    the next scan would take it for a source."""
    if is_edited(output):
        ledger.remember_output(replace(output, edited=True))
        return
    output.path.unlink(missing_ok=True)
    ledger.forget_output(output.path)


def ready_record(made: Made, planned: PlannedVariant, name: str) -> Variant:
    """What the manifest says of a finished variant."""
    return planned.record.model_copy(
        update={
            "status": "ready",
            "error": None,
            "draft": made.draft,
            "device": made.device,
            "seconds": made.seconds,
            "upscaler": made.upscaler,
            "encoder": made.encoder,
            "notes": made.notes,
            "maps": (_map_file(made, planned, name),),
        }
    )


def _map_file(made: Made, planned: PlannedVariant, name: str) -> MapFile:
    channels = "grey" if made.grey else "rgb"
    return MapFile(
        file=name,
        sha256=made.sha256,
        bytes=made.bytes,
        width=made.width,
        height=made.height,
        scale=round(made.width / made.source_width, 4),
        role=planned.request.role,
        color_space=ColorSpace.LINEAR if planned.linear else ColorSpace.SRGB,
        channels=planned.packing or channels + ("" if made.alpha_mode is AlphaMode.NONE else "a"),
        bit_depth=made.bit_depth,
        alpha_mode=made.alpha_mode,
        normal_y=planned.normal_y,
        wrap_u=made.wrap[0],
        wrap_v=made.wrap[1],
        filter_hint="nearest" if planned.request.pixel_art else "linear",
    )


def publish_manifest(source: Path, facts: SourceFile | None, ledger: Ledger) -> None:
    """Write the sidecar that the ledger's jobs of this source amount to. Raises PublishError.

    facts: None where the source is no more, and the sidecar stays as a tombstone that lists what is retired.
    """
    path = sidecar_path(source)
    variants = tuple(job.record for job in ledger.jobs_of(source)) if facts is not None else ()
    try:
        standing = read_manifest(path)
    except ManifestError:
        standing = None
    facts = facts or (standing.source if standing else None)
    if facts is None or (standing is None and not variants):
        ledger.told(source)
        return
    listed = {made.file for variant in variants for made in variant.maps}
    retired = {file.file: file for file in standing.retired} if standing else {}
    for variant in standing.variants if standing else ():
        retired |= {made.file: RetiredFile(file=made.file, sha256=made.sha256) for made in variant.maps}
    kept = tuple(file for name, file in sorted(retired.items()) if name not in listed)
    manifest = Manifest(
        schema="impasto.manifest/1.0",
        generator=Generator(version=VERSION),
        source=facts,
        variants=variants,
        retired=kept,
    )
    try:
        if write_manifest(manifest, path):
            failpoints.reach("manifest written")
    except OSError as error:
        raise PublishError(f"{path}: cannot be written: {error.strerror}") from error
    ledger.told(source)


def move(file: Path, to: Path) -> None:
    """Rename the file; into another file system by way of a copy, so that nobody sees half of it."""
    try:
        _replace(file, to)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        temp = temp_path(to)
        try:
            copy(file, temp)
            _replace(temp, to)
        finally:
            temp.unlink(missing_ok=True)
        with suppress(OSError):
            file.unlink()


def copy(file: Path, to: Path) -> None:
    with file.open("rb") as content, to.open("wb") as written:
        shutil.copyfileobj(content, written)
        written.flush()
        os.fsync(written.fileno())


def _replace(file: Path, to: Path) -> None:
    for attempt in range(_RENAME_ATTEMPTS):
        try:
            file.replace(to)
        except PermissionError:
            if attempt == _RENAME_ATTEMPTS - 1:
                raise
            time.sleep(0.1 * (attempt + 1))
        else:
            return


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
