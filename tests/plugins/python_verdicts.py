"""What the Python core sees in a golden, in the words of the table; the core is whichever copy is at hand."""

from pathlib import Path
from typing import Any


def seen(core: Any, path: Path, goldens: Path) -> dict[str, Any]:
    """The table's row of a good sidecar."""
    sidecar, gate = core.read_sidecar(path), core.HashGate()
    return {
        "sidecar": path.relative_to(goldens).as_posix(),
        "broken": False,
        "source": sidecar.source.file,
        "material": sidecar.source.material,
        "variants": [
            {name: getattr(variant, name) for name in ("id", "status", "draft", "error", "rule", "reason")}
            | {
                "usable": gate.usable(sidecar, variant),
                "maps": [_map(core, sidecar, entry, gate) for entry in variant.maps],
            }
            for variant in sidecar.variants
        ],
        "retired": list(sidecar.retired),
    }


def _map(core: Any, sidecar: Any, entry: Any, gate: Any) -> dict[str, Any]:
    settings = core.variant_settings(entry)
    arrival = gate.arrival(sidecar.path_of(entry), entry.sha256)
    told = {"file": entry.file, "use": arrival is core.Arrival.ARRIVED}
    return told | {name: getattr(settings, name) for name in settings.__slots__}
