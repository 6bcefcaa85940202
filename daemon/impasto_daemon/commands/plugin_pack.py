"""`plugins pack`: a zip of each companion, the same bytes from the same files."""

import io
import zipfile
from pathlib import Path

from impasto_daemon.commands.companions import Companion, CompanionName, find_companion
from impasto_daemon.commands.editor_projects import by_hand
from impasto_daemon.commands.plugin_record import RECORD_NAME, record_of
from impasto_daemon.manifest import write_atomically
from impasto_daemon.version import VERSION

_NO_TIME = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16


def pack_companions(names: tuple[CompanionName, ...], plugins: Path, output: Path) -> tuple[str, ...]:
    """A line for each: what was written and what to do with it. Nothing is written where one is missing."""
    companions = [find_companion(name, plugins) for name in names]
    output.mkdir(parents=True, exist_ok=True)
    return tuple(f"wrote {pack(one, output)}: {by_hand(one)}" for one in companions)


def pack(companion: Companion, output: Path) -> Path:
    path = output / f"impasto-{companion.name}-{VERSION}.zip"
    write_atomically(path, _zipped(companion))
    return path


def _zipped(companion: Companion) -> bytes:
    members = [(str(inner), path.read_bytes()) for inner, path in companion.files]
    members.append((RECORD_NAME, record_of(companion.files)))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # stored: compressed bytes differ between releases of zlib
        for inner, content in sorted(members):
            member = zipfile.ZipInfo(_folder_in_zip(companion) + inner, _NO_TIME)
            member.external_attr = _PLAIN_FILE
            archive.writestr(member, content)
    return buffer.getvalue()


def _folder_in_zip(companion: Companion) -> str:
    match companion.name:
        case CompanionName.BLENDER:
            return ""  # an extension's manifest lies at the top
        case CompanionName.GODOT:
            return f"addons/{companion.folder_name}/"
        case _:
            return f"{companion.folder_name}/"
