"""Which stylizers there are: every module in stylizers/ is one, and its name is the YAML name."""

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from impasto_engine import stylizers
from impasto_engine.errors import RequestError
from impasto_engine.stylizer import StylizerEntry


@lru_cache
def stylizer_names() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in iter_modules(stylizers.__path__)))


def find_stylizer(name: str) -> StylizerEntry:
    """Raises RequestError for a name that no module has."""
    if name not in stylizer_names():
        raise RequestError(f"unknown stylizer {name!r}; there are: {', '.join(stylizer_names())}")
    entry = import_module(f"{stylizers.__name__}.{name}").STYLIZER
    if not isinstance(entry, StylizerEntry):
        raise TypeError(f"stylizers/{name}.py: STYLIZER is not a StylizerEntry")
    return entry
