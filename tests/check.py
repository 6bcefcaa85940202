"""Lint, format, types and tests, in this order, all of them even when one fails: `python tests/check.py`."""

import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).parents[1]
GDSCRIPT = [
    str(path.relative_to(REPO)) for top in ("plugins", "tests") for path in (REPO / top).rglob("*.gd")
]
STEPS = (
    ("lint", [sys.executable, "-m", "ruff", "check", "."]),
    ("format", [sys.executable, "-m", "ruff", "format", "--check", "."]),
    ("gdscript parse", [sys.executable, "-m", "gdtoolkit.parser", *GDSCRIPT]),
    ("gdscript lint", [sys.executable, "-m", "gdtoolkit.linter", *GDSCRIPT]),
    ("gdscript format", [sys.executable, "-m", "gdtoolkit.formatter", "--check", *GDSCRIPT]),
    ("types", [sys.executable, "-m", "mypy"]),
    ("tests", [sys.executable, "-m", "pytest", *sys.argv[1:]]),
)


def main() -> int:
    failed = []
    for name, command in STEPS:
        print(f"== {name}: {' '.join(command[2:])}", flush=True)
        if subprocess.run(command, cwd=REPO, check=False).returncode != 0:
            failed.append(name)
    print(f"== failed: {', '.join(failed)}" if failed else "== all passed", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
