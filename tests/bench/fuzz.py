"""500 damaged pictures through the reader: `python tests/bench/fuzz.py`. None may crash it, hang it or fill memory.

Real textures are written in every format that is read, damaged, and given to the daemon's own examiner, which then
decodes them once more as the worker does. IMPASTO_SHARED names the real textures.
"""

import argparse
import os
import random
import struct
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from PIL import Image

from impasto_daemon.examiner import Examiner, serve
from impasto_daemon.survey import Survey, survey
from impasto_engine import BitDepth, Texture, read_texture, write_texture
from impasto_engine.texture_formats import oiio
from press_profile import press_profile

_SIDE = 192
_REAL = ("sand_albedo.jpg", "fire.png", "tree_alpha_16bit.png", "texture_bricks_depth.jpg")
_SECONDS = 20.0
_HUGE = (0, 1, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF)
Damage = Callable[[bytearray, random.Random], bytearray]


def flip_bits(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 4, 32))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def cut_off(content: bytearray, chance: random.Random) -> bytearray:
    return content[: chance.randrange(1, len(content))]


def edit_header(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 2, 6))):
        content[chance.randrange(min(len(content), 160))] = chance.choice((0, 1, 127, 128, 255))
    return content


def claim_a_size(content: bytearray, chance: random.Random) -> bytearray:
    """Wherever the first kilobytes hold the picture's side, as a number of 2 or 4 bytes, another stands."""
    for form in ("<I", ">I", "<H", ">H"):
        side, most = struct.pack(form, _SIDE), 0xFFFF if form[1] == "H" else 0xFFFFFFFF
        place = content.find(side, 0, 4096)
        while place >= 0:
            if chance.random() < 0.7:
                content[place : place + len(side)] = struct.pack(form, min(chance.choice(_HUGE), most))
            place = content.find(side, place + len(side), 4096)
    return content


def move_a_part(content: bytearray, chance: random.Random) -> bytearray:
    start, length = chance.randrange(len(content)), chance.randrange(1, 400)
    part = content[start : start + length]
    if chance.random() < 0.5:
        del content[start : start + length]
    place = chance.randrange(len(content) + 1)
    return content[:place] + part + content[place:]


DAMAGES: tuple[Damage, ...] = (flip_bits, cut_off, edit_header, claim_a_size, move_a_part)


def mend_checksums(png: bytearray) -> bytearray:
    """Else a reader refuses a PNG before it comes to what is damaged."""
    place = 8
    while place + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, place)
        end = place + 8 + length
        if end + 4 > len(png):
            break
        struct.pack_into(">I", png, end, zlib.crc32(png[place + 4 : end]))
        place = end + 4
    return png


def write_seeds(shared: Path, folder: Path) -> Iterator[Path]:
    """One or more small pictures in each format, made of real ones."""
    for number, name in enumerate(_REAL):
        real = read_texture(shared / "assets" / "textures" / name)
        alpha = None if real.alpha is None else real.alpha[:_SIDE, :_SIDE]
        rgb = real.rgb[:_SIDE, :_SIDE]
        for extension in (".png", ".jpg", ".tga", ".tif", ".exr", ".webp", ".bmp"):
            depth = BitDepth.HALF if extension == ".exr" else real.bit_depth
            path = folder / f"{number}{extension}"
            if extension != ".jpg" or alpha is None:
                write_texture(
                    Texture(rgb, alpha, bit_depth=depth, grey=real.grey), path, file_format=extension
                )
                yield path
    yield from write_others(folder)


def write_others(folder: Path) -> Iterator[Path]:
    """The formats that impasto reads and does not write, and kinds of file that only other programs write."""
    picture = Image.open(next(folder.glob("0.png"))).convert("RGB")
    pixels = picture.tobytes()
    kinds = {
        "palette.png": (picture.quantize(16), {}),
        "progressive.jpg": (picture, {"progressive": True}),
        "cmyk.jpg": (picture.convert("CMYK"), {}),
        "press.jpg": (picture.convert("CMYK"), {"icc_profile": press_profile()}),
        "press.tif": (picture.convert("CMYK"), {"icc_profile": press_profile()}),
        "lzw.tif": (picture, {"compression": "tiff_lzw"}),
        "jpeg.tif": (picture, {"compression": "jpeg"}),
        "palette.bmp": (picture.quantize(16), {}),
        "lossy.webp": (picture, {"quality": 60}),
        "plain.dds": (picture.convert("RGBA"), {}),
    }
    for name, (image, options) in kinds.items():
        image.save(folder / name, **options)
        yield folder / name
    planes = b"".join(pixels[channel::3] for channel in range(3))
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, _SIDE, _SIDE, 8, 3) + bytes(12)
    (folder / "plain.psd").write_bytes(header + bytes(2) + planes)
    blocks = random.Random(1).randbytes((_SIDE // 4) ** 2 * 8)
    head = struct.pack("<7I44x", 124, 0x81007, _SIDE, _SIDE, len(blocks), 0, 1)
    head += struct.pack("<II4s5I", 32, 4, b"DXT1", 0, 0, 0, 0, 0) + struct.pack("<5I", 0x1000, 0, 0, 0, 0)
    (folder / "blocks.dds").write_bytes(b"DDS " + head + blocks)
    light = oiio().ImageBuf(str(folder / "0.png"))
    light.write(str(folder / "light.hdr"))
    yield from (folder / name for name in ("plain.psd", "blocks.dds", "light.hdr"))


def serve_twice(connection: Connection, most_memory: int) -> None:
    serve(connection, most_memory, _look_twice)


def _look_twice(path: Path) -> Survey:
    found = survey(path)
    if found.content.error is None:
        read_texture(path)
    return found


def outcome_of(found: Survey) -> str:
    error = found.content.error or ""
    for sign, outcome in (
        ("breaks its decoder", "crash"),
        ("took longer", "hang"),
        ("MemoryError", "memory"),
    ):
        if sign in error:
            return outcome
    if "cannot be read: " in error:
        return "unforeseen"
    return "refused" if error else "read"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="Where to put what was neither read nor refused.")
    asked = parser.parse_args()
    shared = Path(os.environ["IMPASTO_SHARED"])
    chance = random.Random(asked.seed)
    examiner = Examiner(seconds=_SECONDS, target=serve_twice)
    table: dict[str, Counter[str]] = {}
    slowest: Counter[str] = Counter()
    peak: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        (Path(folder) / "seeds").mkdir()
        by_format: dict[str, list[Path]] = {}
        for seed in write_seeds(shared, Path(folder) / "seeds"):
            found = examiner.survey(seed)
            if found.content.error:
                raise SystemExit(f"a seed is not read itself: {found.content.error}")
            by_format.setdefault(seed.suffix, []).append(seed)
        for number in range(asked.files):
            form = sorted(by_format)[number % len(by_format)]
            content = bytearray(chance.choice(by_format[form]).read_bytes())
            for damage in chance.sample(DAMAGES, chance.choice((1, 1, 2))):
                content = damage(content, chance)
            if form == ".png" and chance.random() < 0.8:
                content = mend_checksums(content)
            path = Path(folder, f"{number}{form}")
            path.write_bytes(content)
            began = time.monotonic()
            found = examiner.survey(path)
            outcome = outcome_of(found)
            table.setdefault(form, Counter())[outcome] += 1
            slowest[form] = max(slowest[form], round(1000 * (time.monotonic() - began)))
            peak[form] = max(peak[form], _memory())
            if outcome not in ("read", "refused"):
                print(f"{path.name}: {outcome}: {found.content.error}")
                if asked.keep:
                    asked.keep.mkdir(parents=True, exist_ok=True)
                    (asked.keep / path.name).write_bytes(content)
            path.unlink()
    examiner.close()
    columns = ("read", "refused", "unforeseen", "memory", "crash", "hang")
    print("| format | " + " | ".join(columns) + " | slowest, ms | peak so far, MB |")
    for form, counts in sorted(table.items()):
        cells = [str(counts[column]) for column in columns]
        print(f"| {form} | {' | '.join(cells)} | {slowest[form]} | {peak[form]} |")
    totals = Counter[str]()
    for counts in table.values():
        totals += counts
    print(f"| all {totals.total()} | " + " | ".join(str(totals[column]) for column in columns) + " | | |")


def _memory() -> int:
    """Most memory, in MB, that the examiner's process has held at once, where Linux says so."""
    sizes = [0]
    for child in psutil.Process().children():
        status = Path(f"/proc/{child.pid}/status")
        if status.exists():
            lines = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            sizes += [int(line.split()[1]) // 1024 for line in lines]
    return max(sizes)


if __name__ == "__main__":
    main()
