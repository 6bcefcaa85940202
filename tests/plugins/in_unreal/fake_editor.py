"""A stand-in for Unreal's editor that records what is done to it.

It is unkind where the editor may be: a reimport throws away a texture's settings, references are known of saved
assets only, a property or function that is not here is an error, and nothing can be saved.
"""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

NEW_TEXTURE = {
    "srgb": True,
    "compression_settings": "TC_DEFAULT",
    "lod_group": "TEXTUREGROUP_WORLD",
    "flip_green_channel": False,
    "compression_no_alpha": False,
    "address_x": "TA_WRAP",
    "address_y": "TA_WRAP",
    "filter": "TF_DEFAULT",
    "max_texture_size": 0,
}


class Object:
    def __init__(self, path: str, properties: dict[str, Any]) -> None:
        self.path = path
        self.properties = properties
        self.tags: dict[str, str] = {}

    def get_path_name(self) -> str:
        return f"{self.path}.{self.path.rsplit('/', 1)[1]}"

    def get_editor_property(self, name: str) -> Any:
        return self.properties[name]

    def set_editor_properties(self, properties: dict[str, Any]) -> None:
        for name, value in properties.items():
            if name not in self.properties:
                raise AttributeError(name)
            self.properties[name] = value


class Texture2D(Object):
    def __init__(self, path: str, file: Path | None) -> None:
        super().__init__(path, dict(NEW_TEXTURE))
        self.file = file
        self.content = file.read_bytes() if file else b""


class MaterialInstanceConstant(Object):
    def __init__(self, path: str, parent: "MaterialInstanceConstant | None", editor: "FakeEditor") -> None:
        super().__init__(path, {"parent": parent})
        self.own: dict[str, Texture2D | None] = {}
        self.saved: dict[str, Texture2D | None] = {}
        self._editor = editor

    def values(self) -> dict[str, Texture2D | None]:
        parent = self.properties["parent"]
        return (parent.values() if parent else {}) | self.own

    def shows(self, parameter: str = "BaseColor") -> str:
        texture = self.values()[parameter]
        return texture.path if texture else ""

    def modify(self) -> bool:
        self._editor.transactions[-1].append((self, dict(self.own)))
        return True


class InterchangeGenericTexturePipeline(Object):
    made: dict[str, "InterchangeGenericTexturePipeline"] = {}  # noqa: RUF012  found again by its path

    def __init__(self) -> None:
        path = f"/Engine/Transient.pipeline_{len(self.made)}"
        super().__init__(path, {"asset_name": "", "detect_normal_map_texture": True, "import_udi_ms": True})
        self.made[self.get_path_name()] = self

    def get_path_name(self) -> str:
        return self.path


class FakeEditor:
    """`module` is what `import unreal` gives; all else is for tests."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.assets: dict[str, Object] = {}
        self.loaded: list[Object] = []
        self.selected: list[Object] = []
        self.imports: list[Path] = []
        self.reimports: list[Path] = []
        self.refuses: set[str] = set()
        self.transactions: list[list[tuple[MaterialInstanceConstant, dict[str, Texture2D | None]]]] = []
        self.log: list[str] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []
        self.ticks: list[Callable[[float], None]] = []
        self.menu: dict[str, str] = {}
        self.time = 0.0
        self.busy_registry = False
        self.playing = False
        self.tells_md5 = True
        self.looks = 0
        self.module = ModuleType("unreal")

    def clock(self) -> float:
        return self.time

    def tick(self, seconds: float = 0.1) -> None:
        self.time += seconds
        for callback in list(self.ticks):
            callback(seconds)

    def settle(self, seconds: float = 40.0) -> None:
        for _ in range(int(seconds / 0.25)):
            self.tick(0.25)

    def texture(self, path: str, file: Path | None = None) -> Texture2D:
        """As a user's own import made it."""
        made = Texture2D(path, file)
        self.assets[path] = made
        return made

    def instance(
        self, path: str, parent: MaterialInstanceConstant | None = None, **own: Texture2D
    ) -> MaterialInstanceConstant:
        made = MaterialInstanceConstant(path, parent, self)
        made.own = dict(own)
        self.assets[path] = made
        self.save()
        return made

    def save(self) -> None:
        for asset in self.assets.values():
            if isinstance(asset, MaterialInstanceConstant):
                asset.saved = dict(asset.own)

    def undo(self) -> None:
        for instance, own in reversed(self.transactions.pop()):
            instance.own = own

    def click(self, label: str) -> None:
        exec(self.menu[label], {})  # noqa: S102  what the editor does with a menu's command
