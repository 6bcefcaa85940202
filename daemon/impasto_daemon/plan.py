"""What should stand beside a source: which rule it matches, why, and the variants that follow from it."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from impasto_daemon.bounded import Bounded
from impasto_daemon.config import OVERRIDE_NAME, Config, Rulebook
from impasto_daemon.errors import ConfigError, PlanError, Problem
from impasto_daemon.fingerprint import fingerprint
from impasto_daemon.judgement import Judgement, color_space_of, judge
from impasto_daemon.known_sources import KnownSources, RememberedSources, SourcesOnDisk
from impasto_daemon.ledger import Ledger
from impasto_daemon.manifest import SourceFile, Variant
from impasto_daemon.neighbourhood import Neighbourhood
from impasto_daemon.rules import Rule, ScopedRule
from impasto_daemon.settle import signature_of
from impasto_daemon.sheet_files import find_cells, sheet_file
from impasto_daemon.state import models_folder
from impasto_daemon.survey import Survey, survey
from impasto_daemon.variants import RuleVariant, output_name
from impasto_engine import (
    ColorSpace,
    EngineError,
    MapRole,
    NormalY,
    RestyleRequest,
    RoleVerdict,
    output_extension,
)

_PACKING_LETTERS = {
    MapRole.AO: "o",
    MapRole.ROUGHNESS: "r",
    MapRole.METALLIC: "m",
    MapRole.GLOSS: "s",
    MapRole.HEIGHT: "h",
}

_MOST_PLANS, _MOST_DIGESTS = 256, 1024


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
    """The plans of every source under the config in force.

    look: how others that a source leans on are looked at where there is no ledger to know them.
    """

    def __init__(
        self, config: Config, ledger: Ledger | None, look: Callable[[Path], Survey] = survey
    ) -> None:
        self._ledger = ledger
        self._look = look
        self._cached: Bounded[Path, tuple[str, Plan]] = Bounded(_MOST_PLANS)
        self._digests: Bounded[str, tuple[str, bool]] = Bounded(_MOST_DIGESTS)
        self.use(config)

    def use(self, config: Config) -> None:
        """From now on this config counts."""
        self.config = config
        self.rulebook = Rulebook(config)
        self._known: KnownSources = (
            RememberedSources(self._ledger) if self._ledger else SourcesOnDisk(self.rulebook, self._look)
        )
        self.neighbourhood = Neighbourhood(self._known, self.rulebook, self._judge)
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
        """Changes when the rules for `path` do, or the versions and weights of what serves them, or the JSON
        that tells a sheet's cells."""
        digest, goes_by_file = self.digest_in(path.parent)
        sheet = sheet_file(path) if goes_by_file else None
        return f"{digest} {sheet.name} {signature_of(sheet)}" if sheet else digest

    def digest_in(self, folder: Path) -> tuple[str, bool]:
        """That of all files of one folder, but that where it is True, `digest_of` adds what each goes by."""
        try:
            digest = self.rulebook.digest_of(folder / OVERRIDE_NAME)
            if digest not in self._digests:
                rules = self.rulebook.rules_for(folder / OVERRIDE_NAME)
                self._digests[digest] = self._digest_with_versions(digest, rules), _read_sheets(rules)
        except ConfigError as error:
            return f"broken: {error}", False
        return self._digests[digest]

    def mistakes_in(self, folder: Path) -> tuple[Problem, ...]:
        """What is wrong in overrides and ignore files that count for the files of this folder."""
        try:
            self.rulebook.rules_for(folder / OVERRIDE_NAME)
        except ConfigError as error:
            return error.problems
        return ()

    def judge(self, found: Survey) -> Judgement:
        """What was found stands there from now on. Raises ConfigError where an override above it is broken."""
        judged = self._judge(found)
        self.neighbourhood.note(judged)
        return judged

    def of_survey(self, found: Survey) -> Plan:
        """Raises ConfigError where an override above the file is broken."""
        plan = self._make(found, self.judge(found))
        self._cached[found.path] = (found.sha256, plan)
        return plan

    def recall(self, source: Path) -> Survey | None:
        """What an earlier survey found there, None where there was none."""
        return self._known.survey_of(source)

    def variant(self, source: Path, variant_id: str) -> PlannedVariant | None:
        plan = self._of(source)
        return next((one for one in plan.variants if one.record.id == variant_id), None) if plan else None

    def facts(self, source: Path) -> SourceFile:
        plan = self._of(source)
        return plan.facts if plan else SourceFile(file=source.name, sha256="")

    def forget(self, source: Path) -> None:
        self._cached.pop(source, None)
        self.neighbourhood.forget(source)

    def tidy(self) -> None:
        """Let go of what is kept for folders that are no more, and for what was edited since."""
        self.rulebook.forget_gone()
        if self._ledger is not None:
            self._ledger.forget_contents()

    def _of(self, source: Path) -> Plan | None:
        """The plan as last surveyed, made again from the ledger where an earlier run surveyed it."""
        seen = self._ledger.source(source) if self._ledger else None
        if seen is None or self._ledger is None:
            return None
        sha256, plan = self._cached.get(source, ("", None))
        if plan is not None and sha256 == seen.sha256:
            return plan
        found = self.recall(source)
        try:
            return self.of_survey(found) if found else None
        except ConfigError:
            return None

    def _digest_with_versions(self, digest: str, rules: Iterable[ScopedRule]) -> str:
        """Goes by the fingerprints of no source in particular, which may be one of a sequence."""
        keys = [
            self._fingerprint("", replace(variant.request(MapRole.UNKNOWN), is_sequence=True), "")[0]
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

    def _judge(self, found: Survey) -> Judgement:
        return judge(found, self.rulebook, self._role_before(found.path) if found.content.error else None)

    def _make(self, found: Survey, judged: Judgement) -> Plan:
        rule = judged.match.rule if judged.match else None
        variants = tuple(self._planned(found, judged, rule, one) for one in rule.variants) if rule else ()
        return Plan(judged.facts, judged.role, rule.name if rule else None, judged.outcome, variants)

    def _role_before(self, path: Path) -> MapRole | None:
        jobs = self._ledger.jobs_of(path) if self._ledger else []
        return next((made.role for job in jobs for made in job.record.maps), None)

    def _planned(self, found: Survey, judged: Judgement, rule: Rule, variant: RuleVariant) -> PlannedVariant:
        verdict = judged.role
        request = self.neighbourhood.bind(judged, variant)
        extension = _extension(found, variant)
        style = variant.style
        normal_y = verdict.normal_y or "+" if verdict.role is MapRole.NORMAL else None
        key, problem = "", None
        if request.relief is not None:
            request = replace(request, normal_y=normal_y)
        try:
            if request.relief is not None and request.sibling is None:
                raise PlanError("relief needs the base colour of this material beside it, and there is none")
            if request.sheet is not None and found.content.error is None:
                request = replace(request, sheet=find_cells(request.sheet, found.path, found.content))
        except PlanError as error:
            problem = str(error)
        else:
            key, problem = self._fingerprint(found.sha256, request, extension)
        record = Variant(
            id=variant.id,
            rule=rule.name,
            reason=judged.outcome,
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
            normal_y=normal_y,
            packing="".join(_PACKING_LETTERS.get(role, "-") for role in verdict.packing) or None,
            error=found.content.error or problem,
        )


def _read_sheets(rules: Iterable[ScopedRule]) -> bool:
    """Whether any goes by the JSON beside a sheet."""
    asked = (variant.sheet for scoped in rules for variant in scoped.rule.variants)
    return any(sheet is not None and sheet.grid is None for sheet in asked)


def _extension(found: Survey, variant: RuleVariant) -> str:
    if variant.format != "same":
        return {"jpeg": ".jpg"}.get(variant.format, f".{variant.format}")
    scale = variant.upscale.scale if variant.upscale else 1.0
    content = found.content
    size = round(content.width * scale), round(content.height * scale)
    depth = content.bit_depth if content.error is None else None
    return output_extension(found.path.suffix, *size, depth)
