"""What every stylizer makes of textures and paintings, to look at, and how near it comes to the painter's hand.

`python tests/bench/sheet.py TEXTURES STYLES OUTPUT --models FOLDER`: two folders, and one for a sheet for each
texture, a table and its numbers. The judge is the quarter-width VGG-19, whose weights FOLDER holds, and those of
microast, where it is to join. Gatys through the judge's own eyes is fitted to it, and proves nothing.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import numpy as np
import torch
from pictures import sheet
from PIL import Image
from rich.console import Console
from rich.table import Table
from texture_folder import colourful
from torchvision.transforms import functional as TF

from impasto_engine import (
    EngineOptions,
    MapRole,
    Progress,
    RestyleRequest,
    StyleImage,
    StyleRequest,
    Texture,
    read_texture,
    write_texture,
)
from impasto_engine.encoder import encoder_names, find_encoder
from impasto_engine.errors import WeightsMissingError
from impasto_engine.eye import Eye
from impasto_engine.groups import resolve_wrap
from impasto_engine.losses import GramTarget, moments_of
from impasto_engine.registry import find_stylizer, stylizer_names
from impasto_engine.resample import resample_map
from impasto_engine.restyle import Restyler, prepare_process
from impasto_engine.rows import of_array
from impasto_engine.seams import seam_ratio
from impasto_engine.texture_traits import Wrap
from impasto_engine.weights import WeightsStore

JUDGE = "vgg19_quarter"
SEAM = 1.3  # above it a wrap may be one that shows
_CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Way:
    """encoder: of gatys."""

    stylizer: str
    encoder: str | None = None

    @property
    def name(self) -> str:
        return self.stylizer if self.encoder is None else f"{self.stylizer} {self.encoder}"


@dataclass(frozen=True, slots=True)
class Judged:
    """distance: mean of the style layers' relative Gram distances. seam: the worse axis' seam ratio over the
    source's, or over 1 where that is less; None where the texture does not tile. line: how much of the largest
    step between two lines inside the step across that wrap is: up to 1 it is a line among others. inside: the
    seam once more, where it is above what a seam may be, of the texture rolled by half, painted, and rolled back:
    what it is where no edge is. Where it is as large there, the texture itself has that line.
    """

    way: str
    texture: str
    style: str
    distance: float
    seam: float | None
    line: float | None
    seconds: float
    inside: float | None = None


class Judge:
    def __init__(self, weights: WeightsStore) -> None:
        entry = find_encoder(JUDGE)
        self._eye = Eye(JUDGE, entry, entry.load(weights, _CPU), _CPU)

    def distance(self, picture: Texture, style: StyleImage, wrap: tuple[Wrap, Wrap]) -> float:
        wanted = self._eye.style(style, picture.width * picture.height, 1 << 30, None)[1:]
        with torch.no_grad():
            features = self._eye.encoder(of_array(picture.rgb).picture, wrap)
        seen = [one for one, layer in zip(features, self._eye.entry.layers, strict=True) if layer.style]
        return mean(
            float(GramTarget(one, "relative")(moments_of(found)))
            for one, found in zip(wanted, seen, strict=True)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("textures", type=Path)
    parser.add_argument("styles", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--cell", type=int, default=384)
    parser.add_argument("--count", type=int, default=4, help="of textures and of styles")
    parser.add_argument("--way", action="append", help="names of ways; default: all")
    parser.add_argument("--quality", choices=("draft", "normal", "best"), default="normal", help="of gatys")
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    console = Console(width=116)
    weights = WeightsStore(asked.models)
    options = EngineOptions(asked.models, "cpu", low_priority=False)
    prepare_process(options)
    restyler, judge = Restyler(options), Judge(weights)
    chosen = [way for way in ways(weights, console) if not asked.way or way.name in asked.way]
    styles = [StyleImage(path, path.name) for path in sorted(asked.styles.iterdir())[: asked.count]]
    paths = colourful(asked.textures)[: asked.count]
    wraps = [resolve_wrap(read_texture(path), ("auto", "auto")) for path in paths]
    sources = [shrunk(read_texture(path), wrap, asked.side) for path, wrap in zip(paths, wraps, strict=True)]
    learning = learned(restyler, sources, styles) if Way("learned") in chosen else {}
    for name, taken in learning.items():
        console.print(f"{name}: learned in {taken:.0f} s")
    found: list[Judged] = []
    for path, source, wrap in zip(paths, sources, wraps, strict=True):
        rows = []
        for style in styles:
            row = [(path.stem, pixels(source))]
            distance = judge.distance(source, style, wrap)
            found.append(Judged("the texture itself", path.stem, style.path.stem, distance, None, None, 0.0))
            for way in chosen:
                started = time.perf_counter()
                result = painted(restyler, source, style, way, (wrap, asked.quality))
                seconds = time.perf_counter() - started
                distance = judge.distance(result, style, wrap)
                seam, line = seam_of(result, source, wrap)
                inside = None
                if seam is not None and seam > SEAM:
                    again = painted(restyler, rolled(source), style, way, (wrap, asked.quality))
                    inside = seam_of(rolled(again), source, wrap)[0]
                    console.print(
                        f"{path.stem}, {style.path.stem}, {way.name}: seam {seam:.2f}, painted inside {inside:.2f}"
                    )
                names = (way.name, path.stem, style.path.stem)
                found.append(Judged(*names, distance, seam, line, seconds, inside))
                row.append((f"{style.path.stem}, {way.name}: {distance:.3f}", pixels(result)))
            rows.append(row)
        sheet(rows, asked.cell).save(asked.output / f"{path.stem}.jpg", quality=90)
    console.print(table(found, asked.side))
    numbers = {"learning": learning, "judged": [asdict(one) for one in found]}
    (asked.output / "sheet.json").write_text(json.dumps(numbers) + "\n")


def ways(weights: WeightsStore, console: Console) -> Iterator[Way]:
    """Those whose weights are here."""
    for stylizer in stylizer_names():
        encoders = encoder_names() if stylizer == "gatys" else (None,)
        for way in (Way(stylizer, encoder) for encoder in encoders):
            try:
                if way.encoder is None:
                    find_stylizer(stylizer).load(weights, _CPU)
                else:
                    weights.find(find_encoder(way.encoder).weights)
            except WeightsMissingError as error:
                console.print(f"{way.name} is left out: {error}")
            else:
                yield way


def learned(restyler: Restyler, sources: Sequence[Texture], styles: Sequence[StyleImage]) -> dict[str, float]:
    """Seconds that each style took, on all of the textures."""
    taken = {}
    with TemporaryDirectory() as scratch:
        files = [Path(scratch, f"{index}.png") for index, _ in enumerate(sources)]
        for file, source in zip(files, sources, strict=True):
            write_texture(source, file, file_format=".png")
        for style in styles:
            started = time.perf_counter()
            learner = restyler.learner(StyleRequest(style.path.stem, "learned", images=(style,)), files)
            while not learner.advance(10.0):
                pass
            taken[style.path.stem] = time.perf_counter() - started
    return taken


def painted(
    restyler: Restyler, source: Texture, style: StyleImage, way: Way, how: tuple[tuple[Wrap, Wrap], str]
) -> Texture:
    """how: the wrap, and the quality of gatys."""
    wrap, quality = how
    settings = None
    if way.encoder is not None:
        asked = {"encoder": way.encoder, "quality": quality}
        settings = find_stylizer(way.stylizer).settings.model_validate(asked)
    request = StyleRequest(style.path.stem, way.stylizer, images=(style,), settings=settings)
    asking = RestyleRequest(MapRole.BASE_COLOR, request, wrap=wrap)
    return restyler.restyle(source, asking, ignore).texture.collect()


def ignore(progress: Progress) -> None:
    del progress


def shrunk(texture: Texture, wrap: tuple[Wrap, Wrap], side: int) -> Texture:
    """Around its circle where it tiles."""
    return Texture(resample_map(texture.rgb, (side, side), MapRole.BASE_COLOR, wrap))


def rolled(texture: Texture) -> Texture:
    """By half its sides, which are even: twice is not at all."""
    height, width = texture.rgb.shape[:2]
    return Texture(np.roll(texture.rgb, (height // 2, width // 2), axis=(0, 1)))


def pixels(texture: Texture) -> Image.Image:
    image: Image.Image = TF.to_pil_image(of_array(texture.rgb).picture[0].clamp(0, 1))
    return image


def seam_of(
    result: Texture, source: Texture, wrap: tuple[Wrap, Wrap]
) -> tuple[float, float] | tuple[None, None]:
    """Judged's seam and line, each of the worse axis."""
    ratios, lines = [], []
    for along, before, after, on in zip(
        (1, 0), seam_ratio(source.rgb), seam_ratio(result.rgb), wrap, strict=True
    ):
        if on is Wrap.REPEAT:
            steps = np.abs(np.diff(result.rgb, axis=along)).mean(axis=(1 - along, 2))
            ratios.append(after / max(1.0, before))
            lines.append(float(after * steps.mean() / steps.max()))
    return (max(ratios), max(lines)) if ratios else (None, None)


def table(found: Sequence[Judged], side: int) -> Table:
    names = [*dict.fromkeys(one.way for one in found)]
    styles = [*dict.fromkeys(one.style for one in found)]
    rows = Table(
        *("Gram distance", *styles, "mean", "worst seam", "of the worst line", "seconds"),
        title=f"under {JUDGE}, {len(found) // len(names)} pictures of {side} x {side} each",
    )
    for name in names:
        mine = [one for one in found if one.way == name]
        seams = [one.seam for one in mine if one.seam is not None]
        lines = [one.line for one in mine if one.line is not None]
        per_style = [mean(one.distance for one in mine if one.style == style) for style in styles]
        rows.add_row(
            f"{name} (fitted with the judge)" if name.endswith(JUDGE) else name,
            *(f"{distance:.3f}" for distance in per_style),
            f"{mean(one.distance for one in mine):.3f}",
            f"{max(seams):.2f}" if seams else "-",
            f"{max(lines):.2f}" if lines else "-",
            f"{median(one.seconds for one in mine):.1f}",
        )
    return rows


if __name__ == "__main__":
    main()
