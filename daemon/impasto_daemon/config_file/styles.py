"""Styles: the pictures and models they name, or the built-in ones."""

from collections.abc import Mapping

from impasto_daemon.config_file.document import StyleEntry
from impasto_daemon.config_file.references import References
from impasto_daemon.config_file.shape import DocumentReader
from impasto_daemon.yaml_lines import Loc
from impasto_engine import (
    READABLE_EXTENSIONS,
    BuiltinStyle,
    EngineError,
    StyleImage,
    StyleModel,
    StyleRequest,
)

_MODEL_EXTENSIONS = (".safetensors",)


class StyleReader:
    """Reads the styles of one document."""

    def __init__(self, reader: DocumentReader, references: References) -> None:
        self._reader = reader
        self._references = references

    def read(self, entries: Mapping[str, StyleEntry | None]) -> dict[str, StyleRequest | None]:
        """The styles by name; None for those that are wrong."""
        return {name: None if entry is None else self._style(name, entry) for name, entry in entries.items()}

    def _style(self, name: str, entry: StyleEntry) -> StyleRequest | None:
        loc: Loc = ("styles", name)
        given = [key for key in StyleEntry.model_fields if getattr(entry, key) is not None]
        if len(given) != 1:
            valid = ", ".join(StyleEntry.model_fields)
            has = " and ".join(given) or "none of them"
            self._reader.refuse(loc, f"needs exactly one of {valid}; it has {has}")
            return None
        if entry.builtin is not None:
            builtins = tuple(BuiltinStyle(index, weight) for index, weight in sorted(entry.builtin.items()))
            return StyleRequest(name, builtins=builtins)
        if entry.model is not None:
            model = self._model((*loc, "model"), entry.model)
            return None if model is None else StyleRequest(name, model=model)
        if entry.image is not None:
            found = [self._image((*loc, "image"), entry.image, 1.0)]
        else:
            weights = (entry.images or {}).items()
            found = [self._image((*loc, "images", text), text, weight) for text, weight in weights]
        images = tuple(image for image in found if image is not None)
        return StyleRequest(name, images=images) if len(images) == len(found) else None

    def _model(self, loc: Loc, text: str) -> StyleModel | None:
        from impasto_engine import read_learned  # with numpy, which a config without such files does not need

        reference = self._references.find(loc, text, _MODEL_EXTENSIONS)
        if reference is None:
            return None
        try:
            read_learned(reference.path)
        except EngineError as error:
            self._reader.refuse(loc, str(error))
            return None
        return StyleModel(reference.path, reference.sha256)

    def _image(self, loc: Loc, text: str, weight: float) -> StyleImage | None:
        reference = self._references.find(loc, text, READABLE_EXTENSIONS)
        if reference is None:
            return None
        if reference.path.suffix.lower() not in READABLE_EXTENSIONS:
            valid = ", ".join(sorted(READABLE_EXTENSIONS))
            self._reader.refuse(loc, f"'{text}' is no picture that impasto reads; valid: {valid}")
            return None
        return StyleImage(reference.path, reference.sha256, weight)
