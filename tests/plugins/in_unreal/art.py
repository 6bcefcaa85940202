"""Sidecars with their pictures in the project's Art folder, and what a user has made of them."""

from pathlib import Path

from in_unreal.fake_editor import FakeEditor, MaterialInstanceConstant, Texture2D
from make_goldens import Golden, variant

ART = "/Game/Impasto/Art"


class Art(Golden):
    """Sidecars and pictures in the project's Art folder."""

    @property
    def folder(self) -> Path:
        return Path(self.name)

    def make(
        self, stem: str, *ids: str, role: str = "base_color", gone: tuple[str, ...] = (), tone: int = 0
    ) -> Path:
        """A source with a ready variant of each id; made again with another tone, its variants have other bytes."""
        source = self.source(f"{stem}.png", role, stem)
        variants = [variant(id, [self.picture(f"{stem}.{id}.png", role, 16, tone)]) for id in ids]
        self.sidecar(source, variants, gone)
        return self.folder / f"{stem}.png"


def texture(editor: FakeEditor, path: str) -> Texture2D:
    found = editor.assets[path]
    assert isinstance(found, Texture2D)
    return found


def brick(editor: FakeEditor, art: Art, *ids: str) -> MaterialInstanceConstant:
    """A material instance that shows a source as its user imported it, before impasto came."""
    source = art.make("brick", *ids)
    return editor.instance("/Game/M/MI_Brick", BaseColor=editor.texture("/Game/T/T_Brick", source))


def asset_from(editor: FakeEditor, file: Path) -> Texture2D | None:
    found = [one for one in editor.assets.values() if isinstance(one, Texture2D) and one.file == file]
    assert len(found) <= 1
    return found[0] if found else None
