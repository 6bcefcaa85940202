"""`plugins install`: a companion into a project, and an older one of impasto's out, but nothing of the user's."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from impasto_daemon.commands.companions import Companion, CompanionName, find_companion
from impasto_daemon.commands.editor_projects import by_hand, newest_blender, next_step, place_in_project
from impasto_daemon.commands.godot_project import tick_plugin
from impasto_daemon.commands.plugin_pack import pack
from impasto_daemon.commands.plugin_record import RECORD_NAME, digest_of, read_record, record_of
from impasto_daemon.errors import InstallError
from impasto_daemon.manifest import write_atomically

_NAMED = 5
_EDITORS_OWN = {".meta", ".import", ".uid"}  # an editor rewrites these as it likes


def install_companion(name: CompanionName, project: Path | None, plugins: Path) -> Iterator[str]:
    """Lines that say what was done and what to do next.

    project: None for the newest Blender's user folder, or a zip where there is none.
    Raises FileNotFoundError for a folder that is not such a project, InstallError for files that are in the way.
    """
    companion = find_companion(name, plugins)
    if project is None:
        project = newest_blender()
        if project is None:
            made = pack(companion, Path.cwd())
            yield "no Blender of 4.2 or newer has run here yet; --project names its user folder, as .../blender/4.5"
            yield f"wrote {made}: {by_hand(companion)}"
            return
        project.mkdir(parents=True, exist_ok=True)
    folder = place_in_project(companion, project)
    yield _put(companion, folder)
    if name is CompanionName.GODOT:
        yield tick_plugin(project, companion.folder_name)
    yield next_step(companion)


def _put(companion: Companion, folder: Path) -> str:
    before, parts = read_record(folder), dict(companion.files)
    foreign = [
        inner for inner, source in parts.items() if _is_foreign(folder / inner, source, before.get(inner))
    ]
    _refuse(folder, [inner for inner in foreign if inner.suffix not in _EDITORS_OWN])
    written = _write(folder, {inner: source for inner, source in parts.items() if inner not in foreign})
    dropped = [inner for inner in before if inner not in parts and (folder / inner).is_file()]
    gone = [inner for inner in dropped if _is_ours(folder / inner, before[inner])]
    for inner in gone:
        (folder / inner).unlink()
        _remove_empty(folder, inner)
    write_atomically(
        folder / RECORD_NAME, record_of(companion.files)
    )  # last, so that a cut off run can be run again
    kept = [inner for inner in dropped if inner not in gone]
    told = [f"{folder}: {written} files written, {len(parts) - written} were the same"]
    told += [f"{len(gone)} of the older version removed"] if gone else []
    told += [f"{_listed(kept)}: no longer part of it, but edited, so it stays"] if kept else []
    return "; ".join(told)


def _write(folder: Path, files: dict[PurePosixPath, Path]) -> int:
    written = 0
    for inner, source in files.items():
        path, content = folder / inner, source.read_bytes()
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
            written += 1
    return written


def _refuse(folder: Path, foreign: list[PurePosixPath]) -> None:
    if foreign:
        raise InstallError(
            f"{folder}: {_listed(foreign)}: edited, or not put there by impasto; nothing was changed. "
            "Move it away and run this again"
        )


def _is_foreign(path: Path, source: Path, recorded: str | None) -> bool:
    ours = (recorded, digest_of(source))  # the second after a run that was cut off
    return path.exists() and not any(_is_ours(path, sha256) for sha256 in ours)


def _is_ours(path: Path, sha256: str | None) -> bool:
    return path.is_file() and not path.is_symlink() and digest_of(path) == sha256


def _remove_empty(folder: Path, inner: PurePosixPath) -> None:
    for parent in list(inner.parents)[:-1]:
        if any((folder / parent).iterdir()):
            return
        (folder / parent).rmdir()


def _listed(files: list[PurePosixPath]) -> str:
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return ", ".join(map(str, files[:_NAMED])) + more
