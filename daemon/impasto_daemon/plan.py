"""What should stand beside a source: which rule it matches, why, and the variants that follow from it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.config import OVERRIDE_NAME, Config, Rulebook
from impasto_daemon.errors import ConfigError, Problem
from impasto_daemon.fingerprint import fingerprint
from impasto_daemon.ledger import Ledger
from impasto_daemon.manifest import SourceFile, Variant
from impasto_daemon.rules import RuleMatch, ScopedRule, match_rule
from impasto_daemon.state import models_folder
from impasto_daemon.survey import SourceContent, Survey
from impasto_daemon.variants import RuleVariant, output_name
from impasto_engine import (
    COLOR_ROLES,
    BitDepth,
    ColorSpace,
    EngineError,
    MapRole,
    NormalY,
    Profile,
    RestyleRequest,
    RoleVerdict,
    decide_role,
    material_of,
    output_extension,
    role_by_name,
)

_PACKING_LETTERS = {
    MapRole.AO: "o",
    MapRole.ROUGHNESS: "r",
    MapRole.METALLIC: "m",
    MapRole.GLOSS: "s",
    MapRole.HEIGHT: "h",
}


@dataclass(frozen=True, slots=True)
class PlannedVariant:
    """One output a source should have. record: as the manifest has it, pending. error: why it can't be made."""

    record: Variant
    request: RestyleRequest
    output: Path
    linear: bool
    normal_y: NormalY | None = None
    packing: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """role and rule None: nothing is done with the source; outcome says why, or which rule won."""

    facts: SourceFile
    role: RoleVerdict | None
    rule: str | None
    outcome: str
    variants: tuple[PlannedVariant, ...] = ()


class Plans:
    """The plans of every source under the config in force."""

    def __init__(self, config: Config, ledger: Ledger | None) -> None:
        self._ledger = ledger
        self._cached: dict[Path, tuple[str, Plan]] = {}
        self._digests: dict[str, str] = {}
        self.use(config)

    def use(self, config: Config) -> None:
        """From now on this config counts."""
        self.config = config
        self.rulebook = Rulebook(config)
        self._cached.clear()
        self._digests.clear()

    @property
    def watch_folders(self) -> tuple[Path, ...]:
        return tuple(watch.folder for watch in self.config.watch)

    def name(self, path: Path) -> str:
        """`path` as a person knows it: relative to its watch folder."""
        watch = self.rulebook.watch_folder(path)
        return path.relative_to(watch.folder).as_posix() if watch else path.name

    def digest_of(self, path: Path) -> str:
        """Changes when the rules for `path` do, or the versions and weights of what serves them."""
        try:
            digest = self.rulebook.digest_of(path)
            if digest not in self._digests:
                self._digests[digest] = self._digest_with_versions(digest, self.rulebook.rules_for(path))
        except ConfigError as error:
            return f"broken: {error}"
        return self._digests[digest]

    def mistakes_above(self, files: Iterable[Path]) -> str | None:
        """What is wrong in overrides and ignore files that count for these files, each mistake once."""
        problems: dict[Problem, None] = {}
        for folder in sorted({file.parent for file in files}):
            try:
                self.rulebook.rules_for(folder / OVERRIDE_NAME)
            except ConfigError as error:
                problems |= dict.fromkeys(error.problems)
        return str(ConfigError(problems)) if problems else None

    def of_survey(self, found: Survey) -> Plan:
        """Raises ConfigError where an override above the file is broken."""
        plan = self._make(found)
        self._cached[found.path] = (found.sha256, plan)
        return plan

    def variant(self, source: Path, variant_id: str) -> PlannedVariant | None:
        plan = self._of(source)
        return next((one for one in plan.variants if one.record.id == variant_id), None) if plan else None

    def facts(self, source: Path) -> SourceFile:
        plan = self._of(source)
        return plan.facts if plan else SourceFile(file=source.name, sha256="")

    def forget(self, source: Path) -> None:
        self._cached.pop(source, None)

    def _of(self, source: Path) -> Plan | None:
        """The plan as last surveyed, made again from the ledger where an earlier run surveyed it."""
        seen = self._ledger.source(source) if self._ledger else None
        if seen is None or self._ledger is None:
            return None
        sha256, plan = self._cached.get(source, ("", None))
        if plan is not None and sha256 == seen.sha256:
            return plan
        verdict = self._ledger.content(seen.sha256)
        if verdict is None:
            return None
        content = SourceContent.model_validate_json(verdict)
        try:
            return self.of_survey(Survey(source, (seen.size, seen.mtime_ns), seen.sha256, content))
        except ConfigError:
            return None

    def _digest_with_versions(self, digest: str, rules: Iterable[ScopedRule]) -> str:
        """Goes by the fingerprints of no source in particular."""
        keys = [
            self._fingerprint("", variant.request(MapRole.UNKNOWN), "")[0]
            for scoped in rules
            for variant in scoped.rule.variants
        ]
        return hashlib.sha256(" ".join([digest, *keys]).encode()).hexdigest()

    def _fingerprint(
        self, source_sha256: str, request: RestyleRequest, extension: str
    ) -> tuple[str, str | None]:
        """The key, or "" and why there is none: an upscaler's file may be gone since the config was read."""
        try:
            return fingerprint(source_sha256, request, extension, models_folder(self.config.models)), None
        except EngineError as error:
            return "", str(error)

    def _make(self, found: Survey) -> Plan:
        path = found.path
        watch = self.rulebook.watch_folder(path)
        profile = watch.profile if watch else Profile.NEUTRAL
        named = role_by_name(path, profile)
        if found.content.error is not None:
            role = self._role_before(path) or (named.role if named else MapRole.BASE_COLOR)
            verdict = RoleVerdict(role, "the picture cannot be decoded")
        else:
            verdict = decide_role(named, found.content.content)
        facts = _facts(found, verdict, material_of(path, profile))
        match = match_rule(self.rulebook.rules_for(path), path, verdict.role)
        if match is None:
            return Plan(facts, verdict, None, f"no rule matches: {verdict.role} ({verdict.reason})")
        variants = tuple(self._planned(found, verdict, match, one) for one in match.rule.variants)
        outcome = f"{match.reason} ({verdict.reason})"
        return Plan(facts, verdict, match.rule.name, outcome, variants)

    def _role_before(self, path: Path) -> MapRole | None:
        """That of the outputs that stand: a source cut off on its way is to keep its rule, and with it them."""
        jobs = self._ledger.jobs_of(path) if self._ledger else []
        return next((made.role for job in jobs for made in job.record.maps), None)

    def _planned(
        self, found: Survey, verdict: RoleVerdict, match: RuleMatch, variant: RuleVariant
    ) -> PlannedVariant:
        request = variant.request(verdict.role)
        extension = _extension(found, variant)
        style = variant.style
        key, problem = self._fingerprint(found.sha256, request, extension)
        record = Variant(
            id=variant.id,
            rule=match.rule.name,
            reason=f"{match.reason} ({verdict.reason})",
            style=style.name if style else None,
            stylizer=style.stylizer if style else None,
            upscaler=variant.upscale.model if variant.upscale else None,
            strength=style.strength if style else None,
            seed=style.seed if style else None,
            fingerprint=key,
            status="pending",
        )
        return PlannedVariant(
            record=record,
            request=request,
            output=found.path.with_name(output_name(variant, found.path.name, extension)),
            linear=color_space_of(verdict.role, found.content.bit_depth) is ColorSpace.LINEAR,
            normal_y=verdict.normal_y or "+" if verdict.role is MapRole.NORMAL else None,
            packing="".join(_PACKING_LETTERS.get(role, "-") for role in verdict.packing) or None,
            error=found.content.error or problem,
        )


def color_space_of(role: MapRole, bit_depth: BitDepth) -> ColorSpace:
    """Colour in integer files is sRGB-encoded; data, and anything in float files, is linear."""
    floating = bit_depth in (BitDepth.HALF, BitDepth.FLOAT)
    return ColorSpace.SRGB if role in COLOR_ROLES and not floating else ColorSpace.LINEAR


def _extension(found: Survey, variant: RuleVariant) -> str:
    if variant.format != "same":
        return {"jpeg": ".jpg"}.get(variant.format, f".{variant.format}")
    scale = variant.upscale.scale if variant.upscale else 1.0
    content = found.content
    size = round(content.width * scale), round(content.height * scale)
    depth = content.bit_depth if content.error is None else None
    return output_extension(found.path.suffix, *size, depth)


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
