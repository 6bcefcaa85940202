"""`apply`: one file restyled in this process, without config, ledger or manifest."""

import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from impasto_daemon.commands.progress_line import ProgressLine
from impasto_daemon.examiner import Examiner
from impasto_daemon.hashing import hash_file
from impasto_daemon.judgement import color_space_of
from impasto_daemon.manifest import temp_path
from impasto_daemon.processing import Order, Workshop
from impasto_daemon.state import cache_folder, models_folder
from impasto_daemon.survey import FINGERPRINT_KEY
from impasto_engine import (
    COLOR_ROLES,
    BuiltinStyle,
    ColorSpace,
    DevicePreference,
    EngineOptions,
    RequestError,
    RestyleRequest,
    StyleImage,
    StyleModel,
    StyleRequest,
    UpscaleRequest,
    decide_role,
    find_stylizer,
    output_extension,
    role_by_name,
)


@dataclass(frozen=True, slots=True)
class Application:
    """style: the path of a picture or a learned style, or the number of a built-in style; None to upscale only.
    stylizer: None for the default.
    """

    file: Path
    style: str | None
    stylizer: str | None = None
    scale: float = 1.0
    strength: float = 1.0
    model: str = "auto"
    output: Path | None = None
    preserve_color: bool = False
    device: DevicePreference = "auto"


@dataclass(frozen=True, slots=True)
class Applied:
    path: Path
    width: int
    height: int
    seconds: float
    device: str


def apply_style(asked: Application) -> Applied:
    """Raises FileNotFoundError, or EngineError for what the engine refuses."""
    if not asked.file.is_file():
        raise FileNotFoundError(f"{asked.file}: no such file")
    if asked.style is None and asked.scale == 1.0:
        raise RequestError("nothing to do: give --style, --scale or both")
    style = _style(asked)
    with closing(Examiner()) as examiner:
        found = examiner.check(asked.file)
        for image in style.images if style else ():
            examiner.check(image.path)
    verdict = decide_role(role_by_name(asked.file), found.content.content)
    if style is not None and verdict.role not in COLOR_ROLES:
        raise RequestError(
            f"{asked.file}: is a {verdict.role} map ({verdict.reason}): stylizing would ruin it"
        )
    extension = output_extension(
        asked.file.suffix,
        round(found.content.width * asked.scale),
        round(found.content.height * asked.scale),
        found.content.bit_depth,
    )
    name = f"{asked.file.stem}.{style.name if style else f'x{asked.scale:g}'}{extension}"
    output = asked.output or asked.file.with_name(name)
    order = Order(
        ticket=0,
        source=asked.file,
        sha256=found.sha256,
        request=RestyleRequest(
            role=verdict.role,
            style=style,
            upscale=UpscaleRequest(asked.model, asked.scale) if asked.scale != 1.0 else None,
        ),
        temp=temp_path(output),
        file_format=output.suffix.lower(),
        linear=color_space_of(verdict.role, found.content.bit_depth) is ColorSpace.LINEAR,
        metadata={FINGERPRINT_KEY: "apply"},
    )
    console = Console(file=sys.stderr)
    with ProgressLine(console) as line:
        made = Workshop(_options(asked)).process(order, line.show)
    order.temp.replace(output)
    for note in made.notes:
        console.print(note, style="yellow")
    return Applied(output, made.width, made.height, made.seconds, made.device)


def _options(asked: Application) -> EngineOptions:
    return EngineOptions(models_folder(), asked.device, low_priority=False, cache=cache_folder())


def _style(asked: Application) -> StyleRequest | None:
    if asked.style is None:
        return None
    if not 0.0 <= asked.strength <= 1.0:
        raise RequestError(f"--strength {asked.strength} is not between 0 and 1")
    style = _named_style(asked.style)
    stylizer = asked.stylizer or ("learned" if style.model else style.stylizer)
    takes = find_stylizer(stylizer).takes
    if style.source not in takes:
        raise RequestError(f"--style {asked.style}: not for {stylizer}, which takes {' or '.join(takes)}")
    return replace(style, stylizer=stylizer, strength=asked.strength, preserve_color=asked.preserve_color)


def _named_style(text: str) -> StyleRequest:
    if text.isdecimal():
        return StyleRequest(name=f"builtin{text}", builtins=(BuiltinStyle(int(text)),))
    path = Path(text)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such style image; a built-in style is a number from 0 to 25")
    if path.suffix.lower() == ".safetensors":
        return StyleRequest(name=path.stem, model=StyleModel(path.resolve(), hash_file(path)))
    return StyleRequest(name=path.stem, images=(StyleImage(path.resolve(), hash_file(path)),))
