"""`learn`: a style is learned here and now, and put where rules find it, or a team that shares the file."""

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console

from impasto_daemon.commands.progress_line import ProgressLine
from impasto_daemon.config import Config, load_config
from impasto_daemon.errors import PublishError
from impasto_daemon.examiner import Examiner
from impasto_daemon.hashing import hash_file
from impasto_daemon.manifest import temp_path
from impasto_daemon.options import engine_options
from impasto_daemon.plan import Plans
from impasto_daemon.processing import LearnOrder, Workshop
from impasto_daemon.reconcile import scan
from impasto_daemon.state import cache_folder, models_folder
from impasto_engine import (
    COLOR_ROLES,
    READABLE_EXTENSIONS,
    EngineOptions,
    LearnedSettings,
    Progress,
    RequestError,
    StyleImage,
    StyleRequest,
    decide_role,
    learned_path,
    missing_styles,
    role_by_name,
)

_SOURCES = 16
_SLICE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Wish:
    """style: the name of one in the config, or a picture's path. textures: files and folders; none for the sources
    that the config has in this style. output: a file to share, beside that in the cache.
    """

    style: str
    config: Path | None
    textures: tuple[Path, ...] = ()
    output: Path | None = None


def learn_style(wish: Wish) -> tuple[str, ...]:
    """What was done and how to use it, in lines. Raises FileNotFoundError, DaemonError or EngineError."""
    config = load_config(wish.config) if wish.config else None
    style = _find_style(wish, config)
    if wish.output is not None:
        _check_output(wish.output, style)
    cache = cache_folder()
    done = f"{style.name}: is learned already"
    if missing_styles(cache, style):
        with closing(Examiner()) as examiner:
            for image in style.images:
                examiner.check(image.path)
            sources = tuple(islice(_sources(wish, style, config, examiner), _SOURCES))
        if not sources:
            raise RequestError(
                "no texture of yours is in this style yet: give some to learn on with --textures"
            )
        seconds = _learn(style, sources, config)
        done = f"{style.name}: learned in {seconds:.0f} s (textures: {len(sources)})"
    in_config = config is not None and wish.style in config.styles
    lines = [done]
    if wish.output is not None:
        _share(learned_path(cache, style.images[0], _settings_of(style)), wish.output)
        lines += [f"wrote {wish.output}", f"styles:   {{ {style.name}: {{ model: {wish.output} }} }}"]
    elif not in_config:
        lines.append(f"styles:   {{ {style.name}: {{ image: {wish.style} }} }}")
    return (*lines, f"variants: [{{ style: {style.name}, stylizer: learned }}]")


def _find_style(wish: Wish, config: Config | None) -> StyleRequest:
    """With the settings that the first rule has for it."""
    picture = Path(wish.style)
    style = config.styles.get(wish.style) if config else None
    if style is None and picture.is_file():
        style = StyleRequest(picture.stem, images=(StyleImage(picture.resolve(), hash_file(picture)),))
    if style is None:
        names = ", ".join(config.styles) if config else "none, since there is no config"
        raise FileNotFoundError(f"{wish.style}: no such picture, and no style of the config: {names}")
    if not style.images:
        raise RequestError(f"style {style.name!r} has no picture to learn from")
    variants = [variant for rule in config.rules for variant in rule.variants] if config else []
    asked = [one.style for one in variants if one.style is not None and _is_same(one.style, style)]
    settings: BaseModel | None = next((one.settings for one in asked if one.stylizer == "learned"), None)
    return replace(style, stylizer="learned", settings=settings)


def _sources(wish: Wish, style: StyleRequest, config: Config | None, examiner: Examiner) -> Iterator[Path]:
    if wish.textures:
        for path in wish.textures:
            yield from _textures_at(path, examiner)
    elif config is not None:
        yield from _textures_in_style(style, config, examiner)


def _textures_at(path: Path, examiner: Examiner) -> Iterator[Path]:
    """The file itself, or all pictures below a folder that a style may touch."""
    if path.is_dir():
        files: Iterable[Path] = (file for file in sorted(path.rglob("*")) if file.is_file())
        for file in files:
            if file.suffix.lower() in READABLE_EXTENSIONS and _is_paintable(file, examiner):
                yield file
    elif not path.is_file():
        raise FileNotFoundError(f"{path}: no such file or folder")
    else:
        yield examiner.check(path).path


def _is_paintable(file: Path, examiner: Examiner) -> bool:
    content = examiner.survey(file).content
    if content.error is not None or content.made_by_impasto:
        return False
    return decide_role(role_by_name(file), content.content).role in COLOR_ROLES


def _textures_in_style(style: StyleRequest, config: Config, examiner: Examiner) -> Iterator[Path]:
    """The sources that a rule paints in this style, by whichever stylizer."""
    plans = Plans(config, ledger=None, look=examiner.survey)
    for path in sorted(scan(plans.watch_folders, plans.rulebook).files):
        found = examiner.survey(path)
        if found.content.error is not None or found.content.made_by_impasto:
            continue
        requests = [variant.request for variant in plans.of_survey(found).variants]
        if any(one.style and not one.relief and _is_same(one.style, style) for one in requests):
            yield path


def _is_same(one: StyleRequest, other: StyleRequest) -> bool:
    """Whether both are of the same pictures, whatever they are called."""
    return {image.sha256 for image in one.images} == {image.sha256 for image in other.images}


def _learn(style: StyleRequest, sources: tuple[Path, ...], config: Config | None) -> float:
    """The seconds it took."""
    started = time.monotonic()
    options = engine_options(config) if config else EngineOptions(models_folder(), cache=cache_folder())
    with ProgressLine(Console(stderr=True)) as line:
        line.show(Progress("learn", 0, 1))
        lesson = Workshop(replace(options, low_priority=False)).learn(LearnOrder(0, style, sources))
        while not lesson.advance(_SLICE_SECONDS):
            line.show(lesson.progress)
    return time.monotonic() - started


def _settings_of(style: StyleRequest) -> LearnedSettings:
    return style.settings if isinstance(style.settings, LearnedSettings) else LearnedSettings()


def _check_output(output: Path, style: StyleRequest) -> None:
    """Before minutes are spent."""
    if output.suffix.lower() != ".safetensors":
        raise RequestError(f"--output {output}: a learned style is a .safetensors file")
    if len(style.images) > 1:
        raise RequestError(
            f"--output holds one picture's style, and {style.name!r} mixes {len(style.images)}"
        )
    if not output.absolute().parent.is_dir():
        raise PublishError(f"{output}: cannot be written: there is no folder {output.parent}")


def _share(learned: Path, output: Path) -> None:
    temp = temp_path(output)
    try:
        shutil.copyfile(learned, temp)
        temp.replace(output)
    except OSError as error:
        raise PublishError(f"{output}: cannot be written: {error.strerror}") from error
    finally:
        temp.unlink(missing_ok=True)
