"""What a map is (base colour, normal, packed ...), by the name of its file and checked by its content."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath

from impasto_engine.map_content import Content, ContentKind, inspect_content
from impasto_engine.role_names import (
    ENVIRONMENT_WORDS,
    NORMAL_SIGNS,
    PACKINGS,
    PROFILE_NORMAL_Y,
    PROFILE_WORDS,
    SIBLING_LETTERS,
    WORDS,
    MapRole,
    NormalY,
    Profile,
)
from impasto_engine.texture_traits import READABLE_EXTENSIONS

__all__ = [
    "Content",
    "ContentKind",
    "CutName",
    "MapRole",
    "NamedRole",
    "NormalY",
    "Profile",
    "RoleVerdict",
    "cut_name",
    "decide_role",
    "inspect_content",
    "material_of",
    "role_by_name",
]


_GREY_ROLES = frozenset(
    {MapRole.ROUGHNESS, MapRole.GLOSS, MapRole.METALLIC, MapRole.AO, MapRole.HEIGHT, MapRole.OPACITY}
)


@dataclass(frozen=True, slots=True)
class NamedRole:
    """What a file's name says.

    material: the name without role, number and resolution; maps of one material share it.
    normal_y: "+" (OpenGL) or "-" (DirectX) where the name or the profile says so.
    packing: the role of each channel in order, R first; UNKNOWN for a channel that has none here.
    """

    role: MapRole
    reason: str
    material: str
    normal_y: NormalY | None = None
    packing: tuple[MapRole, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleVerdict:
    """The role a texture is treated as, and why, in a short sentence for people."""

    role: MapRole
    reason: str
    normal_y: NormalY | None = None
    packing: tuple[MapRole, ...] = ()


_RESOLUTION = re.compile(
    r"[._\- ](\d{1,2}k|\d{2,5}x\d{2,5}|\d{3,5}px)(-(png|jpg|exr|tif))?$",  # ambientCG: Bricks076_1K-PNG_Color
    re.IGNORECASE,
)
_UDIM = re.compile(r"[._](1\d{3}|u\d+_v\d+)$", re.IGNORECASE)
_NUMBER = re.compile(r"([._\- ]v?\d+|(?<=[a-z]{3})\d+)$", re.IGNORECASE)
_TOKEN = re.compile(r"\d+[a-z]*|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_SEPARATORS = "._- "


def role_by_name(
    path: PurePath | str, profile: Profile = Profile.NEUTRAL, *, siblings: Iterable[str] = ()
) -> NamedRole | None:
    """Read the role off a file's name, or None where the name has no role token.

    Resolution, UDIM and frame numbers are stripped, then the last token is the role ("brick_albedo_1001_2k").
    siblings: the names beside it: `brick_n` is a normal map without a profile where `brick_r` is there too.
    """
    path = PurePath(path)
    named = _role_by_own_name(path.name, profile)
    return named or _role_by_siblings(_bare_stem(path), siblings, profile)


def material_of(path: PurePath | str, profile: Profile = Profile.NEUTRAL) -> str:
    """The name that a material's maps share: `brick` for `brick_normal_2k.png` and `brick.1001.png`."""
    path = PurePath(path)
    named = role_by_name(path, profile)
    return named.material if named else _strip(_stem(path), _RESOLUTION, _UDIM)


def decide_role(named: NamedRole | None, content: Content) -> RoleVerdict:
    """Check a name against the pixels; what is unknown or contradicts itself stays UNKNOWN, never guessed.

    Content overrules a name only for normal maps: it cannot tell one grey map from another.
    """
    if named is None:
        return _role_without_name(content)
    if named.role is MapRole.ENVIRONMENT:
        return RoleVerdict(named.role, named.reason)
    if content.kind is ContentKind.NORMAL and named.role is not MapRole.NORMAL:
        return RoleVerdict(MapRole.NORMAL, f"content: a normal map, though {named.reason}")
    if contradiction := _contradiction(named, content):
        return RoleVerdict(MapRole.UNKNOWN, f"{named.reason}, but {contradiction}")
    return RoleVerdict(named.role, named.reason, named.normal_y, named.packing)


@lru_cache(maxsize=1024)
def _role_by_own_name(name: str, profile: Profile) -> NamedRole | None:
    """Whoever plans a source asks for it ten times."""
    path = PurePath(name)
    if path.suffix.lower() == ".hdr":
        return NamedRole(MapRole.ENVIRONMENT, "a .hdr file holds a scene's light", path.stem)
    stem = _bare_stem(path)
    tokens = list(_TOKEN.finditer(stem))
    for token in tokens:
        if token.group().lower() in ENVIRONMENT_WORDS:
            return NamedRole(MapRole.ENVIRONMENT, f"name contains '{token.group()}'", stem)
    return _role_of_tail(stem, tokens, profile)


def _contradiction(named: NamedRole, content: Content) -> str | None:
    if named.role is MapRole.NORMAL and content.kind is not ContentKind.NORMAL:
        return "the picture is no normal map"
    if named.role in _GREY_ROLES and content.kind is not ContentKind.GREY:
        return "the picture is colourful"
    if named.role is MapRole.PACKED and content.kind is ContentKind.COLOR:
        return "its channels move together, as a picture's do"
    if named.role is MapRole.PACKED and len(named.packing) == 3 and content.varying_alpha:
        return "its alpha varies, and that packing has none"  # a robot's arm, say
    return None


def _role_without_name(content: Content) -> RoleVerdict:
    if content.kind is ContentKind.NORMAL:
        return RoleVerdict(MapRole.NORMAL, "content: blue-dominant unit vectors, a normal map")
    if content.hdr:
        return RoleVerdict(
            MapRole.ENVIRONMENT, "no role in the name, and values far above 1: a scene's light"
        )
    if content.varying_alpha:
        return RoleVerdict(MapRole.SPRITE, "no role in the name, and alpha varies")
    if content.kind is ContentKind.GREY:
        return RoleVerdict(MapRole.UNKNOWN, "no role in the name, and a grey picture may be any map")
    return RoleVerdict(MapRole.BASE_COLOR, "no role in the name, and the picture is colourful")


def _stem(path: PurePath) -> str:
    return path.stem if path.suffix.lower() in READABLE_EXTENSIONS else path.name


def _strip(stem: str, *patterns: re.Pattern[str]) -> str:
    """Cut what the patterns match off the end, as often as one of them does, but never all of the name."""
    while True:
        shorter = stem
        for pattern in patterns:
            shorter = pattern.sub("", shorter) or shorter
        if shorter == stem:
            return stem
        stem = shorter


def _bare_stem(path: PurePath) -> str:
    return _strip(_stem(path), _RESOLUTION, _UDIM, _NUMBER)


def _role_of_tail(stem: str, tokens: list[re.Match[str]], profile: Profile) -> NamedRole | None:
    """The longest run of last tokens that is a role: `base_Color` before `Color`."""
    for count in range(min(4, len(tokens)), 0, -1):
        start, end = tokens[-count].start(), tokens[-1].end()
        word = "".join(token.group() for token in tokens[-count:]).lower()
        own_token = start > 0 and stem[start - 1] in _SEPARATORS
        named = _role_of_word(word, profile, own_token=own_token) or _role_of_word(
            word.removesuffix("map"), profile, own_token=own_token
        )
        if named:
            role, normal_y, packing = named
            material = _strip(stem[:start].rstrip(_SEPARATORS), _RESOLUTION, _UDIM)
            return NamedRole(role, f"name ends in '{stem[start:end]}'", material, normal_y, packing)
    return None


def _role_of_word(
    word: str, profile: Profile, *, own_token: bool
) -> tuple[MapRole, NormalY | None, tuple[MapRole, ...]] | None:
    """own_token: a separator stands before the word; short ones need it (`brick_n`, not `PlanB`)."""
    if packing := PACKINGS.get(word):
        return MapRole.PACKED, None, packing
    for ending, sign in NORMAL_SIGNS.items():
        if WORDS.get(word.removesuffix(ending)) is MapRole.NORMAL and word.endswith(ending):
            return MapRole.NORMAL, sign, ()
    role = WORDS.get(word)
    if role is None and (own_token or len(word) > 2):
        role = PROFILE_WORDS[profile].get(word)
    if role is None:
        return None
    return role, PROFILE_NORMAL_Y.get(profile) if role is MapRole.NORMAL else None, ()


def _role_by_siblings(stem: str, siblings: Iterable[str], profile: Profile) -> NamedRole | None:
    material, letter = stem[:-2], stem[-1:]
    role = SIBLING_LETTERS.get(letter.lower())
    if role is None or not material or stem[-2] not in _SEPARATORS:
        return None
    for sibling in siblings:
        other = _bare_stem(PurePath(sibling))
        lettered = other[:-2] == material and other != stem and other[-2] in _SEPARATORS
        if lettered or material_of(sibling, profile) == material:
            reason = f"name ends in '{letter}', and '{sibling}' beside it shares the stem"
            return NamedRole(role, reason, material)
    return None


@dataclass(frozen=True, slots=True)
class CutName:
    """A file's name in three: before its number, the number, and resolution and extension after it.

    number: "" where there is none. is_tile: it may be that of a UDIM tile.
    """

    before: str
    number: str
    after: str
    is_tile: bool


def cut_name(name: str) -> CutName:
    """Cut a file's name at the number of its UDIM tile or frame, which stands last but for the resolution."""
    stem = _strip(_stem(PurePath(name)), _RESOLUTION)
    tile = _UDIM.search(stem)
    found = tile or _NUMBER.search(stem)
    number = found.group().lstrip(_SEPARATORS) if found else stem
    if tile is None and not number.isdecimal():  # a version (`brick_v2`) is no frame
        number = ""
    before = stem.removesuffix(number)
    return CutName(before, number, name[len(stem) :], tile is not None and before.strip(_SEPARATORS) != "")
