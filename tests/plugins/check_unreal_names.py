"""Holds the Unreal companion against the public stub of the editor's Python API, version 5.6:

    pip install --no-deps --target DIR unreal-stub==0.3
    python tests/plugins/check_unreal_names.py DIR

Every `unreal.X` and `unreal.X.y` exists, every editor property that is named as text is documented for a class that
its file names, and mypy --strict passes against the classes used. It is a check for development: the stub says what
there is, not how it behaves.
"""

import ast
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PYTHON = Path(__file__).parents[2] / "plugins" / "unreal" / "Impasto" / "Content" / "Python"
CORE = Path(__file__).parents[2] / "plugins" / "python"
_TOP = re.compile(r"^(?:class|def) (\w+)\b.*?(?=^(?:class|def|@|#####) ?|\Z)", re.MULTILINE | re.DOTALL)
_BROKEN_DEFAULT = re.compile(r"\(\(Left=[^)]*\)\)")
_PROPERTY = re.compile(r"^\s*- ``(\w+)``", re.MULTILINE)
_PROPERTY_CALLS = {"get_editor_property", "set_editor_property", "set_editor_properties"}
_HEAD = """# mypy: ignore-errors
from collections.abc import *
from typing import *
from types import TracebackType
Array = Sequence
Map = Mapping
"""


class Stub:
    """The stub's classes and functions as text; a class is parsed when it is asked for."""

    def __init__(self, folder: Path) -> None:
        text = (folder / "unreal" / "unreal.py").read_text(encoding="utf-8")
        text = _BROKEN_DEFAULT.sub("()", text)
        self.texts = {match[1]: match[0] for match in _TOP.finditer(text)}
        self._nodes: dict[str, ast.ClassDef | ast.FunctionDef] = {}

    def node(self, name: str) -> ast.ClassDef | ast.FunctionDef:
        if name not in self._nodes:
            parsed = ast.parse(self.texts[name]).body[0]
            assert isinstance(parsed, ast.ClassDef | ast.FunctionDef)
            self._nodes[name] = parsed
        return self._nodes[name]

    def bases(self, name: str) -> Iterator[str]:
        """The class and all that it inherits from."""
        if name in self.texts:
            yield name
            node = self.node(name)
            for base in node.bases if isinstance(node, ast.ClassDef) else []:
                yield from self.bases(ast.unparse(base).split("[")[0])

    def members(self, name: str) -> set[str]:
        found: set[str] = set()
        for one in self.bases(name):
            for part in self.node(one).body:
                if isinstance(part, ast.FunctionDef):
                    found.add(part.name)
                elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    found.add(part.target.id)
        return found

    def properties(self, name: str) -> set[str]:
        return {found for one in self.bases(name) for found in _PROPERTY.findall(self.texts[one])}


def used_names(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, `X` and, for `unreal.X.y`, `y`, else nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            inner = node.value
            if isinstance(inner, ast.Name) and inner.id == "unreal":
                yield node.lineno, node.attr, ""
            elif (
                isinstance(inner, ast.Attribute)
                and isinstance(inner.value, ast.Name)
                and inner.value.id == "unreal"
            ):
                yield node.lineno, inner.attr, node.attr


def named_properties(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _PROPERTY_CALLS and node.args:
            first = node.args[0]
            for text in first.keys if isinstance(first, ast.Dict) else [first]:
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield node.lineno, text.value
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PROPERTIES":
            for value in ast.literal_eval(node.value):
                yield node.lineno, value


def wrong_names(path: Path, stub: Stub) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = {"Texture2D"} if path.stem == "texture_settings" else set()  # named there by its settings only
    for line, name, member in used_names(tree):
        if name not in stub.texts:
            yield f"{path.name}:{line}: unreal.{name}"
            continue
        kinds.add(name)
        if member and member not in stub.members(name):
            yield f"{path.name}:{line}: unreal.{name}.{member}"
    known = {found for kind in kinds for found in stub.properties(kind)}
    for line, text in named_properties(tree):
        if text not in known:
            yield f"{path.name}:{line}: editor property {text!r}"


def small_stub(stub: Stub, names: set[str]) -> str:
    """The named classes with what they inherit, as a stub file; all other types in it are Any."""
    wanted = {base for name in names if name in stub.texts for base in stub.bases(name)}
    module = ast.Module([stub.node(name) for name in stub.texts if name in wanted], [])
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Expr(ast.Constant(...))]
            node.args.defaults = [ast.Constant(...) for _ in node.args.defaults]
        elif isinstance(node, ast.ClassDef):
            node.body = [part for part in node.body if not isinstance(part, ast.Expr)] or [
                ast.Expr(ast.Constant(...))
            ]
    text = ast.unparse(ast.fix_missing_locations(module))
    others = set(re.findall(r"\b[A-Z_]\w+", text)) & set(stub.texts) - wanted - {"Array", "Map", "Set"} | {
        "_T",
        "_EditorSubsystemTypeVar",
    }
    return _HEAD + "".join(f"{name} = Any\n" for name in sorted(others)) + text


def main(folder: Path) -> int:
    stub = Stub(folder)
    files = sorted(PYTHON.rglob("*.py"))
    wrong = [line for path in files for line in wrong_names(path, stub)]
    print("\n".join(wrong) or f"all names of {len(files)} files are in the stub", flush=True)
    names = {name for path in files for _, name, _ in used_names(ast.parse(path.read_text(encoding="utf-8")))}
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "unreal.pyi").write_text(small_stub(stub, names), encoding="utf-8")
        mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", place, str(PYTHON)]
        paths = os.pathsep.join([place, str(CORE), str(PYTHON)])
        typed = subprocess.run(mypy, cwd=PYTHON, env={**os.environ, "MYPYPATH": paths}, check=False)
    return bool(wrong) or typed.returncode != 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
