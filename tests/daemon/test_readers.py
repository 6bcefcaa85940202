"""What a companion reads while the daemon writes: never half a manifest, and a wrong hash for a moment only."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest

from impasto_daemon.hashing import hash_file
from impasto_daemon.ledger import JobState, Ledger
from impasto_daemon.manifest import (
    Manifest,
    MapFile,
    SourceFile,
    Variant,
    read_manifest,
    sidecar_path,
    temp_path,
)
from impasto_daemon.publish import publish_image, publish_manifest

_READS = 10_000
_SETTLED_SECONDS = 1.0


@dataclass
class Writer:
    """Publishes one output again and again, each time another one, from a thread of its own."""

    folder: Path
    rounds: int = 0
    ended: Event = field(default_factory=Event)
    error: BaseException | None = None

    @property
    def source(self) -> Path:
        return self.folder / "brick.png"

    @property
    def output(self) -> Path:
        return self.folder / "brick.ink.png"

    def run(self) -> None:
        try:
            ledger = Ledger(self.folder / "state" / "ledger.sqlite")
            while not self.ended.is_set():
                self.publish(ledger)
                self.rounds += 1
            ledger.close()
        except BaseException as error:
            self.error = error
            raise

    def publish(self, ledger: Ledger) -> None:
        temp = temp_path(self.output)
        temp.write_bytes(b"%d" % self.rounds * (1 + self.rounds % 1000))
        made = MapFile(
            file=self.output.name,
            sha256=hash_file(temp),
            bytes=temp.stat().st_size,
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
        notes = ("a note",) * (self.rounds % 200)  # so that the manifest grows and shrinks
        record = Variant(
            id="ink", rule="all", reason="", fingerprint="f", status="ready", notes=notes, maps=(made,)
        )
        publish_image(temp, self.output, self.source, made.sha256, ledger)
        ledger.put_job(self.source, record, self.output, JobState.DONE)
        publish_manifest(self.source, SourceFile(file=self.source.name, sha256="ab"), ledger)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(tmp_path)
    thread = Thread(target=writer.run, daemon=True)
    thread.start()
    while not sidecar_path(writer.source).exists():
        assert thread.is_alive()
    yield writer
    writer.ended.set()
    thread.join(timeout=20)
    assert writer.error is None


def matches(manifest: Manifest, output: Path) -> bool:
    return manifest.variants[0].maps[0].sha256 == hash_file(output)


def test_ten_thousand_reads_of_a_manifest_that_is_rewritten_are_all_valid(writer: Writer) -> None:
    """`read_manifest` raises for what is not JSON, or not a manifest."""
    wrong = 0
    for _ in range(_READS):
        manifest = read_manifest(sidecar_path(writer.source))
        deadline = time.monotonic() + _SETTLED_SECONDS
        if not matches(manifest, writer.output):
            wrong += 1
            while not matches(read_manifest(sidecar_path(writer.source)), writer.output):
                assert time.monotonic() < deadline, "a wrong hash is settled on rereading within a second"
    assert writer.rounds > 20
    print(f"{_READS} reads, {writer.rounds} rewrites, {wrong} hashes wrong at first")  # noqa: T201  by `-s`
