"""What a surveyed source is, before anything is planned for it: its role, the rule that wins, its facts."""

from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.config import Rulebook
from impasto_daemon.manifest import SourceFile
from impasto_daemon.rules import RuleMatch, match_rule
from impasto_daemon.survey import Survey
from impasto_engine import (
    COLOR_ROLES,
    BitDepth,
    ColorSpace,
    MapRole,
    Profile,
    RoleVerdict,
    decide_role,
    material_of,
    role_by_name,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """match None: no rule matches. is_sound: its pixels can be read, and an artist made them. is_painted_with: a
    rule has it for a style or a mask, so that none paints over it."""

    path: Path
    sha256: str
    role: RoleVerdict
    match: RuleMatch | None
    facts: SourceFile
    is_sound: bool
    is_painted_with: bool

    @property
    def outcome(self) -> str:
        """Which rule won and why, or why none did, in a sentence for people."""
        if self.is_painted_with:
            return "left alone: a rule paints with it, as a style or a mask"
        if self.match is None:
            return f"no rule matches: {self.role.role} ({self.role.reason})"
        return f"{self.match.reason} ({self.role.reason})"


def judge(found: Survey, rulebook: Rulebook, role_before: MapRole | None) -> Judgement:
    """Raises ConfigError where an override above the file is broken.

    role_before: that of its outputs which stand: a source cut off on its way is to keep its rule, and with it
    them.
    """
    path, content = found.path, found.content
    profile = profile_of(path, rulebook)
    named = role_by_name(path, profile)
    if content.error is not None:
        role = role_before or (named.role if named else MapRole.BASE_COLOR)
        verdict = RoleVerdict(role, "the picture cannot be decoded")
    else:
        verdict = decide_role(named, content.content)
    in_force = rulebook.in_force(path)
    is_painted_with = verdict.role in COLOR_ROLES and path in in_force.pictures
    return Judgement(
        path=path,
        sha256=found.sha256,
        role=verdict,
        match=None if is_painted_with else match_rule(in_force.rules, path, verdict.role),
        facts=_facts(found, verdict, material_of(path, profile)),
        is_sound=content.error is None and not content.made_by_impasto,
        is_painted_with=is_painted_with,
    )


def profile_of(path: Path, rulebook: Rulebook) -> Profile:
    watch = rulebook.watch_folder(path)
    return watch.profile if watch else Profile.NEUTRAL


def color_space_of(role: MapRole, bit_depth: BitDepth) -> ColorSpace:
    """Colour in integer files is sRGB-encoded; data, and anything in float files, is linear."""
    floating = bit_depth in (BitDepth.HALF, BitDepth.FLOAT)
    return ColorSpace.SRGB if role in COLOR_ROLES and not floating else ColorSpace.LINEAR


def _facts(found: Survey, verdict: RoleVerdict, material: str) -> SourceFile:
    content = found.content
    if content.error is not None:
        return SourceFile(file=found.path.name, sha256=found.sha256, material=material)
    return SourceFile(
        file=found.path.name,
        sha256=found.sha256,
        width=content.width,
        height=content.height,
        bit_depth=content.bit_depth,
        role=verdict.role,
        color_space=color_space_of(verdict.role, content.bit_depth),
        alpha_mode=content.alpha_mode,
        material=material,
    )
