"""Imports run one way, and heavy or foreign libraries have one home each."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
ENGINE = REPO / "engine" / "impasto_engine"
DAEMON = REPO / "daemon" / "impasto_daemon"

DAEMON_LAYERS = (
    ("errors", "hashing", "version", "mounts", "live", "clock", "failpoints", "inotify", "bounded", "disk"),
    ("systemd", "log_file", "lease"),
    ("ledger_tables", "manifest", "variants", "rules", "neighbours"),
    ("config", "yaml_lines", "settle", "state", "lock"),
    ("watcher", "ledger", "survey", "fingerprint"),
    ("hints",),
    ("judgement", "known_sources"),
    ("neighbourhood", "gathering"),
    ("processing", "plan", "publish", "examiner"),
    ("surveyor",),
    ("reconcile",),
    ("tally", "roots"),
    ("lanes", "executors", "journal"),
    ("bookkeeping", "telling", "moves"),
    ("departures",),
    ("intake", "dispatch", "learning"),
    ("service",),
    ("commands",),
    ("cli_options", "cli_plugins", "cli_service", "cli_weights"),
    ("cli",),
)
ENGINE_LAYERS = (
    ("errors", "texture"),
    ("networks", "tiling", "map_roles", "request", "weights"),
    ("stylizer",),
    ("stylizers", "upscaler"),
    ("registry", "esrgan"),
    ("restyle",),
    ("self_check",),
)
HOMES = {
    "watchdog": {"daemon/impasto_daemon/watcher.py", "daemon/impasto_daemon/inotify.py"},
    "yaml": {"daemon/impasto_daemon/yaml_lines.py"},
    "filelock": {"daemon/impasto_daemon/lock.py"},
    "sqlite3": {"daemon/impasto_daemon/ledger_tables.py"},
    "pathspec": {"daemon/impasto_daemon/rules.py"},
    "typer": {
        f"daemon/impasto_daemon/cli{part}.py" for part in ("", "_options", "_plugins", "_service", "_weights")
    },
    "onnx": {"engine/impasto_engine/onnx_weights.py"},
}
DOORS = {"impasto_engine.restyle": {"processing.py"}, "impasto_engine.self_check": {"commands/doctor.py"}}


def modules() -> list[Path]:
    return [*sorted(ENGINE.rglob("*.py")), *sorted(DAEMON.rglob("*.py"))]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(name: str, layers: tuple[tuple[str, ...], ...]) -> int | None:
    return next((level for level, names in enumerate(layers) if name in names), None)


@pytest.mark.parametrize(("root", "layers"), [(ENGINE, ENGINE_LAYERS), (DAEMON, DAEMON_LAYERS)])
def test_imports_run_one_way(root: Path, layers: tuple[tuple[str, ...], ...]) -> None:
    wrong = []
    for path in root.rglob("*.py"):
        own = layer_of(path.relative_to(root).with_suffix("").parts[0], layers)
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != root.name or len(parts) < 2:
                continue
            other = layer_of(parts[1], layers)
            if own is not None and other is not None and other > own:
                wrong.append(f"{path.relative_to(REPO)} imports {name}")
    assert wrong == []


def test_every_layer_name_is_a_module() -> None:
    """A renamed module must not fall out of the check above."""
    for root, layers in ((ENGINE, ENGINE_LAYERS), (DAEMON, DAEMON_LAYERS)):
        for names in layers:
            for name in names:
                assert (root / f"{name}.py").is_file() or (root / name).is_dir(), f"{root.name}.{name}"


def test_the_engine_knows_nothing_of_the_daemon() -> None:
    wrong = [
        str(path) for path in ENGINE.rglob("*.py") if any("impasto_daemon" in name for name in imports(path))
    ]
    assert wrong == []


def test_the_daemon_uses_the_engine_s_doors_only() -> None:
    wrong = []
    for path in DAEMON.rglob("*.py"):
        inner = path.relative_to(DAEMON).as_posix()
        for name in imports(path):
            if not name.startswith("impasto_engine.") or (
                name.count(".") == 1 and name.split(".")[1][0].isupper()
            ):
                continue
            door = ".".join(name.split(".")[:2])
            is_name_of_root = not (ENGINE / f"{name.split('.')[1]}.py").is_file()
            if not is_name_of_root and inner not in DOORS.get(door, set()):
                wrong.append(f"{inner} imports {name}")
    assert wrong == []


def test_each_library_has_one_home() -> None:
    wrong = []
    for path in modules():
        place = path.relative_to(REPO).as_posix()
        for name in imports(path):
            homes = HOMES.get(name.split(".")[0])
            if homes is not None and place not in homes:
                wrong.append(f"{place} imports {name}")
    assert wrong == []


def test_torch_stays_in_the_engine() -> None:
    wrong = [
        str(path)
        for path in DAEMON.rglob("*.py")
        if any(name.split(".")[0] == "torch" for name in imports(path))
    ]
    assert wrong == []
