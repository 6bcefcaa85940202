"""Sources, variants and sidecars as the daemon writes them; standard library only, since editors run this too."""

import hashlib
import json
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Color = tuple[int, int, int]
PACKED_AS = {"packed": "orm"}
DATA_ROLES = ("normal", "packed", "roughness", "metallic", "ao")


def write_png(path: Path, color: Color, size: int = 8) -> Path:
    """One colour all over; the file lands by a rename, as the daemon's do."""
    rows = (b"\0" + bytes(color) * size) * size
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    land(path, content)
    return path


def land(path: Path, content: bytes) -> None:
    temp = path.with_name(f".{path.name}.impasto.tmp")
    temp.write_bytes(content)
    temp.replace(path)


@dataclass
class SmallSidecar:
    """One source and what its sidecar says; `write` makes it so."""

    source: Path
    role: str = "base_color"
    material: str = "brick"
    variants: list[dict[str, Any]] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.source.with_name(f"{self.source.name}.impasto")

    def variant_file(self, id: str) -> Path:
        stem, dot, tile = self.source.stem.partition(".")
        return self.source.with_name(f"{stem}.{id}{dot}{tile}{self.source.suffix}")

    def add(self, id: str, color: Color, style: str | None = "night", **more: Any) -> Path:
        """Writes a variant's file, and lists it in place of one of the same id."""
        file = write_png(self.variant_file(id), color, 16)
        self.variants = [one for one in self.variants if one["id"] != id]
        self.variants.append(self._variant(id, style, [self._map(file) | more.pop("of_map", {})]) | more)
        return file

    def fail(self, id: str, error: str) -> None:
        self.variants.append(self._variant(id, "night", []) | {"status": "failed", "error": error})

    def retire(self, id: str) -> None:
        self.variants = [one for one in self.variants if one["id"] != id]
        self.retired.append(self.variant_file(id).name)
        self.variant_file(id).unlink()

    def write(self) -> None:
        space = "linear" if self.role in DATA_ROLES else "srgb"
        document = {
            "schema": "impasto.manifest/1.0",
            "generator": {"name": "impasto", "version": "0.1.0"},
            "created_utc": "2026-11-25T00:00:00+00:00",
            "source": {
                "file": self.source.name,
                "sha256": _sha256(self.source),
                "role": self.role,
                "color_space": space,
                "alpha_mode": "none",
                "material": self.material,
            },
            "variants": self.variants,
            "retired": [{"file": name, "sha256": "0" * 64} for name in self.retired],
        }
        land(self.path, json.dumps(document).encode())

    def _variant(self, id: str, style: str | None, maps: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": id,
            "rule": "environment",
            "reason": f"rule 'environment' matches '*' and role {self.role}",
            "style": style,
            "fingerprint": "0" * 64,
            "draft": False,
            "status": "ready",
            "error": None,
            "maps": maps,
        }

    def _map(self, file: Path) -> dict[str, Any]:
        return {
            "file": file.name,
            "sha256": _sha256(file),
            "bytes": file.stat().st_size,
            "width": 16,
            "height": 16,
            "scale": 2.0,
            "role": self.role,
            "color_space": "linear" if self.role in DATA_ROLES else "srgb",
            "channels": PACKED_AS.get(self.role, "rgb"),
            "bit_depth": "uint8",
            "alpha_mode": "none",
            "normal_y": "-" if self.role == "normal" else None,
            "wrap_u": "repeat",
            "wrap_v": "repeat",
            "filter_hint": "linear",
        }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
