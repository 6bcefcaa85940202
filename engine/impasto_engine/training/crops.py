"""What a network learns on: squares cut out of textures, at the size that they have there."""

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from impasto_engine.display import display_of, is_invisible
from impasto_engine.errors import RequestError, TextureReadError
from impasto_engine.resample import WrapPair
from impasto_engine.rows import Rows, of_array
from impasto_engine.seams import measure_wrap
from impasto_engine.texture_io import read_texture
from impasto_engine.texture_traits import Wrap
from impasto_engine.tiling import continued

SIDE = 256
_CROPS = 48  # in all: more of a texture shows nothing new

Open = Callable[[], tuple[Rows, WrapPair]]


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """squares: (1, 3, SIDE, SIDE) sRGB in [0, 1] each. pixels: of a texture, on average."""

    squares: Sequence[torch.Tensor]
    pixels: int

    def draw(self, count: int, rolls: torch.Generator) -> torch.Tensor:
        """(count, 3, SIDE, SIDE), mirrored half of the time."""
        chosen = torch.randint(len(self.squares), (count,), generator=rolls).tolist()
        batch = torch.cat([self.squares[index] for index in chosen])
        batch = batch.flip(3) if int(torch.randint(2, (1,), generator=rolls)) else batch
        return batch.contiguous(memory_format=torch.channels_last)


def open_file(path: Path) -> tuple[Rows, WrapPair]:
    """A texture as the networks see it. Raises TextureReadError, also where nothing of it is visible."""
    texture = read_texture(path)
    if is_invisible(texture):
        raise TextureReadError(f"{path}: nothing of it is visible")
    return of_array(display_of(texture).rgb), measure_wrap(texture.rgb, texture.alpha)


def cut(textures: Sequence[Open], rolls: torch.Generator) -> Generator[None, None, Crops]:
    """Stops after each texture. Those that cannot be read are left out; raises RequestError where none is left."""
    squares: list[torch.Tensor] = []
    pixels, failures = [], []
    for texture in textures:
        try:
            picture, wrap = texture()
        except TextureReadError as error:
            failures.append(str(error))
            continue
        pixels.append(picture.height * picture.width)
        squares += [_square(picture, wrap, rolls) for _ in range(math.ceil(_CROPS / len(textures)))]
        yield
    if not squares:
        raise RequestError(f"there is no texture to learn on: {'; '.join(failures) or 'none was given'}")
    return Crops(squares, round(sum(pixels) / len(pixels)))


def _square(picture: Rows, wrap: WrapPair, rolls: torch.Generator) -> torch.Tensor:
    """Around the circle where an axis repeats; of a smaller texture, as it goes on past its edges."""
    rows = _span(picture.height, wrap[1], rolls)
    columns = _span(picture.width, wrap[0], rolls)
    first, last = int(rows.min()), int(rows.max())
    band = picture.rows(first, last + 1)
    square: torch.Tensor = band.index_select(2, rows - first).index_select(3, columns)
    return square.float().cpu().clone()


def _span(size: int, wrap: Wrap, rolls: torch.Generator) -> torch.Tensor:
    places = size if wrap is Wrap.REPEAT else max(1, size - SIDE + 1)
    start = int(torch.randint(places, (1,), generator=rolls))
    return torch.from_numpy(continued(start, start + SIDE, size, wrap))
