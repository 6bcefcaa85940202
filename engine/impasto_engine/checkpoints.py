"""What a long stylization has so far, kept in a file: if its process dies, the next one goes on from there."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

from impasto_engine.atomic_files import write_atomically
from impasto_engine.request import StyleRequest
from impasto_engine.rows import Rows
from impasto_engine.stylizer import Terms

_log = logging.getLogger(__name__)
_SCHEMA = "impasto.unfinished/1.0"
_SUFFIX = ".safetensors"
_KEPT_SECONDS = 7 * 86400.0


class CheckpointFile:
    """Checkpoints of one painting. key_of: what tells it from all others; asked for when first needed.

    What is torn, or another's, counts as none; what cannot be written is done without: a log line tells.
    """

    def __init__(self, folder: Path, key_of: Callable[[], str]) -> None:
        self._folder = folder
        self._key_of = key_of
        self._key: str | None = None

    def load(self) -> tuple[int, dict[str, torch.Tensor]] | None:
        path = self._path()
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                said = file.metadata() or {}
                if (said.get("schema"), said.get("key")) != (_SCHEMA, self._key):
                    raise ValueError("it is of another painting")
                return int(said["scale"]), {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  no mapping
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            _log.warning("%s: cannot go on from it, painted from the start: %s", path, error)
            return None

    def save(self, scale: int, tensors: Mapping[str, torch.Tensor]) -> None:
        path = self._path()
        held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        said = {"schema": _SCHEMA, "key": self._key or "", "scale": str(scale)}
        try:
            write_atomically(path, safetensors.torch.save(held, said))
        except OSError as error:
            _log.warning("%s: cannot be written, so a restart begins anew: %s", path, error)

    def clear(self) -> None:
        """The painting is done."""
        if self._key is None:
            return
        try:
            self._path().unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s: cannot be removed: %s", self._path(), error)

    def _path(self) -> Path:
        if self._key is None:
            self._key = self._key_of()
        return self._folder / (self._key + _SUFFIX)


def checkpoint_folder(cache: Path) -> Path:
    return cache / "unfinished"


def sweep(folder: Path, now: float | None = None) -> None:
    """Delete what nobody came back for in a week. now: seconds as `time.time` has them."""
    before = (time.time() if now is None else now) - _KEPT_SECONDS
    for path in folder.glob(f"*{_SUFFIX}*"):
        try:
            if path.stat().st_mtime < before:
                path.unlink()
        except OSError as error:
            _log.warning("%s: cannot be swept away: %s", path, error)


def painting_key(content: Rows, style: StyleRequest, terms: Terms, version: int) -> str:
    """Hexadecimal sha256 of all that decides a painting's pixels, but for the device's memory."""
    digest = hashlib.sha256()
    for part in _asked(style, terms, version):
        digest.update(part.encode() + b"\0")
    for picture in (content, *(region.share for region in terms.regions)):
        for start in range(0, picture.height, picture.band):
            rows = picture.rows(start, min(picture.height, start + picture.band))
            digest.update(rows.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _asked(style: StyleRequest, terms: Terms, version: int) -> Iterator[str]:
    yield repr((style, version, terms.wrap, terms.group.key if terms.group else None))
    for region in terms.regions:
        yield repr(region.style)
