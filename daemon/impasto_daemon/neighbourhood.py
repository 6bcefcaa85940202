"""Whom each source is bound to: with whom it shares statistics, and whose wrap and strokes it takes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from impasto_daemon.bounded import Bounded
from impasto_daemon.config import Rulebook
from impasto_daemon.errors import ConfigError
from impasto_daemon.judgement import Judgement, profile_of
from impasto_daemon.known_sources import KnownSources
from impasto_daemon.neighbours import (
    Tie,
    TieKind,
    are_frames,
    base_color_of,
    group_of,
    may_be_base_color,
    ties_of,
)
from impasto_daemon.survey import Survey
from impasto_daemon.variants import RuleVariant, Share
from impasto_engine import MapRole, RestyleRequest, SourceRef

_MOST_FOLDERS, _MOST_JUDGEMENTS, _MOST_GROUPS = 8, 512, 256
_BASE_ROLES = frozenset({MapRole.BASE_COLOR, MapRole.SPRITE})
_Kind = tuple[Path, str, MapRole]  # the rule's file and name, and the role it took the source for


class Neighbourhood:
    """Folders are read when first asked about, and kept in step by `note` and `forget`.

    judge: may raise ConfigError where an override is broken; nothing leans on such a source.
    """

    def __init__(self, known: KnownSources, rulebook: Rulebook, judge: Callable[[Survey], Judgement]) -> None:
        self._known = known
        self._rulebook = rulebook
        self._judge = judge
        self._folders: Bounded[Path, dict[Tie, set[Path]]] = Bounded(_MOST_FOLDERS)
        self._judgements: Bounded[Path, Judgement | None] = Bounded(_MOST_JUDGEMENTS)
        self._groups: Bounded[Tie, dict[_Kind, tuple[SourceRef, ...]]] = Bounded(_MOST_GROUPS)

    def ties(self, path: Path) -> tuple[Tie, ...]:
        return ties_of(path, profile_of(path, self._rulebook))

    def note(self, judged: Judgement) -> None:
        """That is what stands there now."""
        path = judged.path
        before = self._judgements.get(path)
        self._judgements[path] = judged
        if before is not None and _shown(before) == _shown(judged):
            return
        index = self._folders.get(path.parent)
        for tie in self.ties(path):
            self._groups.pop(tie, None)
            if index is not None:
                index.setdefault(tie, set()).add(path)

    def forget(self, path: Path) -> None:
        self._judgements.pop(path, None)
        index = self._folders.get(path.parent, {})
        for tie in self.ties(path):
            self._groups.pop(tie, None)
            index.get(tie, set()).discard(path)
            if not index.get(tie):  # else names that are long gone would fill the memory
                index.pop(tie, None)

    def judgement(self, path: Path) -> Judgement | None:
        if path not in self._judgements:
            found = self._known.survey_of(path)
            try:
                self._judgements[path] = None if found is None else self._judge(found)
            except ConfigError:
                return None
        return self._judgements[path]

    def concerned(self, path: Path) -> set[Path]:
        """The others whose plans may change when this source comes, goes or changes."""
        may_be_base = may_be_base_color(path.name, profile_of(path, self._rulebook))
        concerned: set[Path] = set()
        for tie in self.ties(path):
            if (
                tie.kind == "number"
                or (tie.kind == "material" and may_be_base)
                or (tie.kind == "folder" and self._shares_by_folder(path))
            ):
                concerned |= self._bound(tie)
        return concerned - {path}

    def leans_on(self, judged: Judgement) -> frozenset[Tie]:
        """The ties that decide what this source's plan is."""
        ties = self.ties(judged.path)
        leaned: set[Tie | None] = set()
        for variant in judged.match.rule.variants if judged.match else ():
            if _is_grouped(variant):
                leaned.add(_shared_tie(ties, variant))
            if _needs_base(variant.request(judged.role.role)):
                leaned.add(_tie(ties, "material"))
        return frozenset(tie for tie in leaned if tie is not None)

    def bind(self, judged: Judgement, variant: RuleVariant) -> RestyleRequest:
        """What the variant asks for this source, with all that it leans on."""
        request = variant.request(judged.role.role)
        group = self._group(judged, variant) if _is_grouped(variant) and judged.is_sound else ()
        numbered = bool(group) and variant.share == "auto"
        is_sequence = numbered and are_frames(ref.path.name for ref in group)
        if numbered and not is_sequence:  # a UDIM tile goes on in its neighbours, not at its own other side
            u, v = ("clamp" if one == "auto" else one for one in request.wrap)
            request = replace(request, wrap=(u, v))
        base = self._base_color(judged) if _needs_base(request) else None
        return replace(
            request,
            group=group,
            is_sequence=is_sequence,
            wrap_from=base if _needs_wrap(request) else None,
            sibling=base if request.relief is not None else None,
        )

    def _group(self, judged: Judgement, variant: RuleVariant) -> tuple[SourceRef, ...]:
        """Those of the same rule and role that stand in the tie; one alone is no group."""
        tie = _shared_tie(self.ties(judged.path), variant)
        kind = _kind(judged)
        if tie is None or kind is None:
            return ()
        groups = self._groups.setdefault(tie, {})
        if kind not in groups:
            paths = self._bound(tie) | {judged.path}
            if tie.kind == "number":
                paths = {*group_of(judged.path, [path.name for path in paths])}
            found = [one for path in sorted(paths) if (one := self.judgement(path)) is not None]
            refs = tuple(
                SourceRef(one.path, one.sha256) for one in found if one.is_sound and _kind(one) == kind
            )
            groups[kind] = refs if len(refs) > 1 else ()
        return groups[kind]

    def _base_color(self, judged: Judgement) -> SourceRef | None:
        profile = profile_of(judged.path, self._rulebook)
        tie = _tie(self.ties(judged.path), "material")
        paths = self._bound(tie) if tie else set()
        candidates = [path for path in paths if may_be_base_color(path.name, profile)]
        sound = {
            path.name: one.sha256
            for path in candidates
            if (one := self.judgement(path)) is not None and one.is_sound and one.role.role in _BASE_ROLES
        }
        base = base_color_of(judged.path, sound, profile)
        return None if base is None else SourceRef(base, sound[base.name])

    def _bound(self, tie: Tie) -> set[Path]:
        index = self._folders.get(tie.folder)
        if index is None:
            index = self._folders[tie.folder] = {}
            for path in self._known.in_folder(tie.folder):
                for one in self.ties(path):
                    index.setdefault(one, set()).add(path)
        return index.get(tie, set())

    def _shares_by_folder(self, path: Path) -> bool:
        try:
            rules = self._rulebook.rules_for(path)
        except ConfigError:
            return False
        return any(variant.share == "folder" for scoped in rules for variant in scoped.rule.variants)


def _tie(ties: Iterable[Tie], kind: TieKind | None) -> Tie | None:
    return next((tie for tie in ties if tie.kind == kind), None)


def _shared_tie(ties: Iterable[Tie], variant: RuleVariant) -> Tie | None:
    kinds: dict[Share, TieKind] = {"auto": "number", "folder": "folder"}
    return _tie(ties, kinds.get(variant.share))


def _is_grouped(variant: RuleVariant) -> bool:
    """Whether pixels depend on a group's statistics: those of a normal map with relief are its base colour's."""
    return variant.style is not None and variant.relief is None


def _kind(judged: Judgement) -> _Kind | None:
    rule = judged.match.rule if judged.match else None
    return None if rule is None else (rule.file, rule.name, judged.role.role)


def _shown(judged: Judgement) -> tuple[str, bool, _Kind | None]:
    """What others lean on."""
    return judged.sha256, judged.is_sound, _kind(judged)


def _needs_base(request: RestyleRequest) -> bool:
    return _needs_wrap(request) or request.relief is not None


def _needs_wrap(request: RestyleRequest) -> bool:
    """Whether it wraps at all, and is to find out how from another than itself."""
    is_asked = request.style is not None or request.upscale is not None
    return is_asked and "auto" in request.wrap and request.role not in _BASE_ROLES
