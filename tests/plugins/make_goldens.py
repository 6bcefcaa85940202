"""Makes plugins/goldens: sidecars with their small pictures, and the one table of what a companion sees in them.

Run `python tests/plugins/make_goldens.py` after a change here; the result is committed.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

GOLDENS = Path(__file__).parents[2] / "plugins" / "goldens"
ROOTS = {
    "base_color": (150, 90, 60),
    "normal": (128, 128, 255),
    "packed": (255, 180, 0),
    "sprite": (40, 160, 90),
}
Document = dict[str, Any]


@dataclass
class Golden:
    """One folder: its sidecars as documents or raw text, and what is expected of each."""

    name: str
    expected: list[Document] = field(default_factory=list)
    choices: list[Document] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return GOLDENS / self.name

    def picture(self, file: str, role: str, size: int = 8, tone: int = 0) -> Document:
        """Writes a checkered picture; gives what a map's entry says of it."""
        mode = "RGBA" if role == "sprite" else "RGB"
        pixels = np.zeros((size, size, len(mode)), np.uint8)
        pixels[..., :3] = ROOTS[role]
        if role != "normal":
            pixels[::2, ::2, :3] = np.minimum(pixels[::2, ::2, :3] + 40 + tone, 255)
        if mode == "RGBA":
            pixels[1:-1, 1:-1, 3] = 255
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels, mode).save(path, optimize=False)
        content = path.read_bytes()
        return {
            "file": file,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "width": size,
            "height": size,
            "scale": size / 8,
            "role": role,
            "color_space": "linear" if role in ("normal", "packed") else "srgb",
            "channels": {"packed": "arm", "sprite": "rgba"}.get(role, "rgb"),
            "bit_depth": "uint8",
            "alpha_mode": "mask" if role == "sprite" else "none",
            "normal_y": "+" if role == "normal" else None,
            "wrap_u": "clamp" if role == "sprite" else "repeat",
            "wrap_v": "clamp" if role == "sprite" else "repeat",
            "filter_hint": "nearest" if role == "sprite" else "linear",
        }

    def source(self, file: str, role: str, material: str) -> Document:
        told = self.picture(file, role)
        names = ("file", "sha256", "width", "height", "bit_depth", "role", "color_space", "alpha_mode")
        return {name: told[name] for name in names} | {"material": material}

    def sidecar(
        self, source: Document, variants: list[Document], gone: tuple[str, ...] = (), **more: Any
    ) -> Document:
        document = {
            "schema": "impasto.manifest/1.0",
            "generator": {"name": "impasto", "version": "0.1.0"},
            "created_utc": "2026-11-25T00:00:00+00:00",
            "source": source,
            "variants": variants,
            "retired": [{"file": file, "sha256": hashlib.sha256(file.encode()).hexdigest()} for file in gone],
        } | more
        self.write(source["file"], json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        self.expected.append(seen(f"{self.name}/{source['file']}.impasto", document))

    def write(self, source_file: str, text: str) -> None:
        path = self.folder / f"{source_file}.impasto"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def broken(self, source_file: str, text: str, says: str) -> None:
        self.write(source_file, text)
        self.expected.append({"sidecar": f"{self.name}/{source_file}.impasto", "broken": True, "says": says})

    def choice(self, material: str, wanted: str, *, follow: bool, shows: dict[str, str]) -> None:
        """`wanted`: an id, `original`, or empty where the user has chosen nothing."""
        rows = [{"source": source, "file": file} for source, file in shows.items()]
        self.choices.append(
            {"folder": self.name, "material": material, "wanted": wanted, "follow": follow, "shows": rows}
        )


def variant(id: str, maps: list[Document], style: str | None = "night", **more: Any) -> Document:
    return {
        "id": id,
        "rule": "environment",
        "reason": "rule 'environment' matches '*' and role base_color (name ends in 'basecolor')",
        "style": style,
        "stylizer": style and "magenta",
        "encoder": None,
        "upscaler": None,
        "strength": 1.0,
        "seed": 0,
        "fingerprint": hashlib.sha256(id.encode()).hexdigest(),
        "draft": False,
        "status": "ready",
        "error": None,
        "notes": [],
        "device": "cpu",
        "seconds": 1.0,
        "maps": maps,
    } | more


def seen(sidecar: str, document: Document) -> Document:
    """What a companion must see in a good sidecar; `use` says whether the file there has the recorded hash."""
    folder = (GOLDENS / sidecar).parent
    source = document["source"]
    return {
        "sidecar": sidecar,
        "broken": False,
        "source": source["file"],
        "material": source["material"],
        "variants": [
            {
                "id": one["id"],
                "status": one["status"],
                "draft": one["draft"],
                "error": one["error"] or "",
                "rule": one["rule"],
                "reason": one["reason"],
                "usable": bool(one["maps"]) and all(_arrived(folder, entry) for entry in one["maps"]),
                "maps": [_settings(folder, entry) for entry in one["maps"]],
            }
            for one in document["variants"]
        ],
        "retired": [gone["file"] for gone in document["retired"]],
    }


def _settings(folder: Path, entry: Document) -> Document:
    kind = "normal" if entry["role"] == "normal" else "color" if entry["color_space"] == "srgb" else "data"
    largest = max(entry["width"], entry["height"])
    return {
        "file": entry["file"],
        "use": _arrived(folder, entry),
        "kind": kind,
        "color_space": entry["color_space"],
        "normal_y": entry["normal_y"] or "",
        "alpha": entry["alpha_mode"],
        "wrap_u": entry["wrap_u"],
        "wrap_v": entry["wrap_v"],
        "filter": entry["filter_hint"],
        "max_size": 1 << (largest - 1).bit_length(),
    }


def _arrived(folder: Path, entry: Document) -> bool:
    path = folder / entry["file"]
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]


def plain_goldens() -> list[Golden]:
    ready = Golden("ready")
    ready.sidecar(
        ready.source("brick_basecolor.png", "base_color", "brick"),
        [
            variant("night", [ready.picture("brick_basecolor.night.png", "base_color", 16, 10)]),
            variant("scream", [ready.picture("brick_basecolor.scream.png", "base_color", 8, 20)], "scream"),
        ],
    )
    shown = "brick_basecolor.png"
    ready.choice("brick", "", follow=True, shows={shown: "brick_basecolor.night.png"})
    ready.choice("brick", "", follow=False, shows={shown: shown})
    ready.choice("brick", "scream", follow=False, shows={shown: "brick_basecolor.scream.png"})
    ready.choice("brick", "original", follow=True, shows={shown: shown})

    failed = Golden("failed")
    stands = failed.picture("wall_basecolor.night.png", "base_color")
    told = "out of memory: needs 3.1 GiB, 2.0 GiB are free; give a smaller max_size"
    failed.sidecar(
        failed.source("wall_basecolor.png", "base_color", "wall"),
        [
            variant("night", [stands], status="failed", error=told),
            variant("scream", [], "scream", status="failed", error=told),
        ],
    )
    failed.choice("wall", "night", follow=True, shows={"wall_basecolor.png": "wall_basecolor.night.png"})
    failed.choice("wall", "scream", follow=True, shows={"wall_basecolor.png": "wall_basecolor.png"})

    pending = Golden("pending")
    pending.sidecar(
        pending.source("door_basecolor.png", "base_color", "door"), [variant("night", [], status="pending")]
    )
    pending.choice("door", "", follow=True, shows={"door_basecolor.png": "door_basecolor.png"})

    draft = Golden("draft")
    draft.sidecar(
        draft.source("roof_basecolor.png", "base_color", "roof"),
        [variant("ours", [draft.picture("roof_basecolor.ours.png", "base_color")], "ours", draft=True)],
    )
    draft.choice("roof", "", follow=True, shows={"roof_basecolor.png": "roof_basecolor.ours.png"})
    return [ready, failed, pending, draft]


def moving_goldens() -> list[Golden]:
    retired = Golden("retired")
    retired.sidecar(
        retired.source("sand_basecolor.png", "base_color", "sand"),
        [variant("scream", [retired.picture("sand_basecolor.scream.png", "base_color")], "scream")],
        gone=("sand_basecolor.night.png",),
    )
    retired.choice("sand", "night", follow=True, shows={"sand_basecolor.png": "sand_basecolor.png"})

    transit = Golden("hash_in_transit")
    late = transit.picture("moss_basecolor.night.png", "base_color")
    transit.sidecar(
        transit.source("moss_basecolor.png", "base_color", "moss"),
        [
            variant("night", [late | {"sha256": hashlib.sha256(b"the bytes to come").hexdigest()}]),
            variant("scream", [late | {"file": "moss_basecolor.scream.png"}], "scream"),
        ],
    )
    transit.choice("moss", "night", follow=True, shows={"moss_basecolor.png": "moss_basecolor.png"})

    newer = Golden("newer_minor_schema")
    newer.sidecar(
        newer.source("tile_basecolor.png", "base_color", "tile"),
        [variant("night", [newer.picture("tile_basecolor.night.png", "base_color")], mood="blue")],
        schema="impasto.manifest/1.7",
        colours=[{"name": "a field of tomorrow"}],
    )
    return [retired, transit, newer]


def named_goldens() -> list[Golden]:
    names = Golden("unicode and spaces")
    source = "Größe straße 石.png"
    night = "Größe straße 石.Nächtlich blau.png"
    names.sidecar(
        names.source(source, "sprite", "Größe straße 石"),
        [variant("Nächtlich blau", [names.picture(night, "sprite")])],
    )
    names.choice("Größe straße 石", "Nächtlich blau", follow=False, shows={source: night})

    many = Golden("many_maps")
    color, normal, packed = "floor_basecolor.png", "floor_normal.png", "floor_arm.png"
    many.sidecar(
        many.source(color, "base_color", "floor"),
        [
            variant(
                "night",
                [
                    many.picture("floor_basecolor.night.png", "base_color", 16),
                    many.picture("floor_normal.night.png", "normal", 16),
                ],
            ),
            variant("x2", [many.picture("floor_basecolor.x2.png", "base_color", 16, 5)], None),
        ],
    )
    many.sidecar(
        many.source(normal, "normal", "floor"),
        [variant("x2", [many.picture("floor_normal.x2.png", "normal", 16)], None)],
    )
    many.sidecar(
        many.source(packed, "packed", "floor"),
        [
            variant("x2", [many.picture("floor_arm.x2.png", "packed", 16)], None),
            variant("x4", [many.picture("floor_arm.x4.png", "packed", 32)], None),
        ],
    )
    night_maps = {color: "floor_basecolor.night.png", normal: "floor_normal.night.png", packed: packed}
    many.choice("floor", "night", follow=False, shows=night_maps)
    many.choice("floor", "", follow=True, shows=night_maps)
    doubled = {color: "floor_basecolor.x2.png", normal: "floor_normal.x2.png", packed: "floor_arm.x2.png"}
    many.choice("floor", "x2", follow=False, shows=doubled)
    four = {color: "floor_basecolor.x2.png", normal: "floor_normal.x2.png", packed: "floor_arm.x4.png"}
    many.choice("floor", "x4", follow=False, shows=four)
    many.choice("floor", "original", follow=True, shows={color: color, normal: normal, packed: packed})
    return [names, many]


def broken_goldens() -> list[Golden]:
    half = Golden("broken")
    half.broken(
        "cut_basecolor.png", '{\n  "schema": "impasto.manifest/1.0",\n  "source": {"file": "cut', "JSON"
    )
    half.broken("bare_basecolor.png", "[]\n", "schema")
    whole = {"schema": "impasto.manifest/1.0", "generator": {"version": "0.1.0"}}
    half.broken("no_source.png", json.dumps(whole, indent=2) + "\n", "source")

    major = Golden("newer_major_schema")
    source = {"file": "tile_basecolor.png", "sha256": "0" * 64}
    document = {"schema": "impasto.manifest/2.0", "generator": {"version": "9.0"}, "source": source}
    major.broken("tile_basecolor.png", json.dumps(document, indent=2) + "\n", "impasto.manifest/2.0")

    outside = Golden("outside_its_folder")
    for stem, file in {
        "up": "../../secret.png",
        "absolute": "/etc/secret.png",
        "drive": "C:\\secret.png",
        "backslash": "..\\secret.png",
    }.items():
        entry = {
            "file": file,
            "sha256": "0" * 64,
            "bytes": 1,
            "width": 8,
            "height": 8,
            "scale": 1.0,
            "role": "base_color",
            "color_space": "srgb",
            "channels": "rgb",
            "bit_depth": "uint8",
            "alpha_mode": "none",
            "wrap_u": "repeat",
            "wrap_v": "repeat",
        }
        name = f"{stem}_basecolor.png"
        climbing = whole | {
            "source": {"file": name, "sha256": "0" * 64},
            "variants": [variant("night", [entry])],
        }
        outside.broken(name, json.dumps(climbing, indent=2) + "\n", file)
    gone = whole | {"source": {"file": "gone.png", "sha256": "0" * 64}}
    gone |= {"retired": [{"file": "../gone.night.png", "sha256": "0" * 64}]}
    outside.broken("gone.png", json.dumps(gone, indent=2) + "\n", "../gone.night.png")
    return [half, major, outside]


def main() -> None:
    shutil.rmtree(GOLDENS, ignore_errors=True)
    goldens = plain_goldens() + moving_goldens() + named_goldens() + broken_goldens()
    table = {
        "sidecars": [row for golden in goldens for row in golden.expected],
        "choices": [row for golden in goldens for row in golden.choices],
    }
    (GOLDENS / "expected.json").write_text(
        json.dumps(table, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
