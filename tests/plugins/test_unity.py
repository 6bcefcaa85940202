"""The Unity companion, compiled and run under Mono: its core, and its adapter against stubs of the editor."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from make_goldens import GOLDENS
from unity_metas import PACKAGE

HERE = Path(__file__).parent
STUBS = HERE / "unity_stubs"
CHECK = HERE / "unity_check"
MISSING = [tool for tool in ("mcs", "mono") if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING),
    reason=f"{' and '.join(MISSING)} not found: the C# of the Unity companion is neither compiled nor run "
    "(on Debian: apt install mono-mcs mono-runtime)",
)


def promises_in(*folders: Path) -> list[str]:
    """Class.Method of every test, as the sources have them."""
    found = []
    for path in sorted(script for folder in folders for script in folder.glob("*Tests.cs")):
        methods = re.findall(r"\[Test\]\s+public void (\w+)\(", path.read_text(encoding="utf-8"))
        found += [f"{path.stem}.{method}" for method in methods]
    return found


def golden_promises() -> list[str]:
    table = (GOLDENS / "expected.json").read_text(encoding="utf-8")
    sidecars = re.findall(r'"sidecar": "(.*)"', table)
    choices = range(table.count('"wanted": '))
    return [
        *(f"sidecar {name}" for name in sidecars),
        *(f"choice {at}" for at in choices),
        "no sidecar besides",
    ]


PROMISES = promises_in(PACKAGE / "Tests" / "Core", PACKAGE / "Tests" / "Editor", CHECK)


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The problem of each promise, empty for one that is kept."""
    build = Build(tmp_path_factory.mktemp("unity"))
    core = build.library("Impasto.Core", [PACKAGE / "Core"])
    nunit = build.library("NUnitStub", [STUBS / "NUnit.cs"])
    stubs = build.library("UnityStubs", [path for path in STUBS.glob("*.cs") if path.name != "NUnit.cs"])
    editor = build.library("Impasto.Editor", [PACKAGE / "Editor"], core, stubs)
    core_tests = build.library("Impasto.Core.Tests", [PACKAGE / "Tests" / "Core"], core, nunit)
    runner = [CHECK / "Check.cs", CHECK / "Goldens.cs"]
    watched = [path for path in CHECK.glob("*.cs") if path not in runner]
    known = (core, core_tests, editor, stubs, nunit)
    editor_tests = build.library("Impasto.Editor.Tests", [PACKAGE / "Tests" / "Editor", *watched], *known)
    check = build.program("check", runner, *known)
    ran = subprocess.run(
        ["mono", check, GOLDENS, editor, core_tests, editor_tests],  # noqa: S607 - of the user's path
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    rows = [line.split("\t") for line in ran.stdout.splitlines()]
    assert rows, ran.stderr
    return {name: problem or "broken" * (verdict != "kept") for verdict, name, problem in rows}


class Build:
    """Compiles into one folder; a warning is an error."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def library(self, name: str, sources: list[Path], *known: Path) -> Path:
        return self._compile(self._folder / f"{name}.dll", "library", sources, known)

    def program(self, name: str, sources: list[Path], *known: Path) -> Path:
        return self._compile(self._folder / f"{name}.exe", "exe", sources, known)

    def _compile(self, output: Path, target: str, sources: list[Path], known: tuple[Path, ...]) -> Path:
        files = [
            path for source in sources for path in (source.glob("*.cs") if source.is_dir() else [source])
        ]
        compiled = subprocess.run(
            [  # noqa: S607 - of the user's path
                "mcs", "-nologo", "-langversion:7", "-warnaserror+", f"-target:{target}", f"-out:{output}",
                *(f"-r:{path}" for path in known), *sorted(files),
            ],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert compiled.returncode == 0, compiled.stdout + compiled.stderr
        return output


@pytest.mark.parametrize("promise", PROMISES)
def test_the_promise_is_kept(promise: str, verdicts: dict[str, str]) -> None:
    assert verdicts[promise] == ""


@pytest.mark.parametrize("row", golden_promises())
def test_the_golden_is_seen_as_the_table_says(row: str, verdicts: dict[str, str]) -> None:
    assert verdicts[row] == ""


def test_nothing_ran_that_is_not_listed_here(verdicts: dict[str, str]) -> None:
    assert set(verdicts) == {*PROMISES, *golden_promises()}
