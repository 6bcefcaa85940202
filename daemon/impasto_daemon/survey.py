"""A settled source looked at once: its hash, its size, and what its pixels say."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from impasto_daemon.hashing import hash_file
from impasto_daemon.settle import Signature, source_signature_of
from impasto_engine import (
    AlphaMode,
    BitDepth,
    Content,
    ContentKind,
    TextureReadError,
    inspect_content,
    read_metadata,
    sample_texture,
)

FINGERPRINT_KEY = "impasto:fingerprint"


class SourceContent(BaseModel):
    """What the pixels say, as the ledger caches it under their hash; error is set where they can't be decoded.

    made_by_impasto: the file carries a fingerprint, so it is an output whose record was lost, never a source.
    """

    model_config = ConfigDict(frozen=True)

    width: int = 0
    height: int = 0
    bit_depth: BitDepth = BitDepth.UINT8
    alpha_mode: AlphaMode = AlphaMode.NONE
    kind: ContentKind = ContentKind.COLOR
    varying_alpha: bool = False
    hdr: bool = False
    error: str | None = None
    made_by_impasto: bool = False

    @property
    def content(self) -> Content:
        return Content(kind=self.kind, varying_alpha=self.varying_alpha, hdr=self.hdr)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found at `path`. signature None: nothing is there any more. sha256 "": it could not be read.

    arrived: when it was asked for, in seconds since 1970; 0.0 for what was known before.
    """

    path: Path
    signature: Signature | None
    sha256: str
    content: SourceContent
    arrived: float = 0.0


def survey(path: Path) -> Survey:
    """Hash the file and look at its pixels. Any failure is in the result."""
    signature = source_signature_of(path)
    if signature is None:
        return Survey(path, None, "", SourceContent(error="the file is gone"))
    try:
        sha256 = hash_file(path)
    except OSError as error:
        return Survey(path, signature, "", SourceContent(error=f"{path}: cannot be read: {error.strerror}"))
    return Survey(path, signature, sha256, look_at(path))


def look_at(path: Path) -> SourceContent:
    try:
        if FINGERPRINT_KEY in read_metadata(path):
            return SourceContent(made_by_impasto=True)
        sample = sample_texture(path)
    except TextureReadError as error:
        return SourceContent(error=str(error))
    content = inspect_content(sample.texture)
    return SourceContent(
        width=sample.width,
        height=sample.height,
        bit_depth=sample.texture.bit_depth,
        alpha_mode=sample.alpha_mode,
        kind=content.kind,
        varying_alpha=content.varying_alpha,
        hdr=content.hdr,
    )
