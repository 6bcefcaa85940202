"""The learned styles last used, so that a file is read once for many textures."""

from collections import OrderedDict
from pathlib import Path

from impasto_engine.errors import RequestError
from impasto_engine.learned_style import LearnedStyle, read_learned

_KEPT = 64  # a few kilobytes each


class StyleShelf:
    """Styles by the paths of their files; without a cache, those that were learned here, which are on none."""

    def __init__(self) -> None:
        self._read: OrderedDict[tuple[Path, int, int], LearnedStyle] = OrderedDict()  # by size and mtime too
        self._unwritten: dict[Path, LearnedStyle] = {}

    def holds(self, path: Path) -> bool:
        """Whether it is kept here, in no file."""
        return path in self._unwritten

    def keep(self, path: Path, style: LearnedStyle) -> None:
        self._unwritten[path] = style

    def get(self, path: Path) -> LearnedStyle:
        """Raises RequestError where there is no such file, WeightsRefusedError where it is no learned style."""
        if path in self._unwritten:
            return self._unwritten[path]
        try:
            stat = path.stat()
        except OSError as error:
            raise RequestError(f"{path}: there is no such learned style: {error.strerror}") from error
        key = (path, stat.st_size, stat.st_mtime_ns)
        if key not in self._read:
            self._read[key] = read_learned(path)
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        self._read.move_to_end(key)
        return self._read[key]
