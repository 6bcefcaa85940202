"""One file's rules, whole: its styles, presets and rules as frozen values, and every problem in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from impasto_daemon.config_file.document import RuleEntry, RuleHead, StyleEntry, VariantEntry
from impasto_daemon.config_file.references import References
from impasto_daemon.config_file.shape import DocumentReader
from impasto_daemon.config_file.styles import StyleReader
from impasto_daemon.config_file.variants import Scope, VariantReader
from impasto_daemon.rules import Rule
from impasto_daemon.variants import RuleVariant
from impasto_daemon.yaml_lines import Loc
from impasto_engine import COLOR_ROLES, MapRole, upscaler_names


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file of rules leans on.

    roots: the folders its references stay in. models: the models folder. scope: what the files above define.
    """

    roots: tuple[Path, ...]
    models: Path
    scope: Scope


@dataclass(frozen=True, slots=True)
class RulesFile:
    """scope: what files below may name. references: all files it names, there or not."""

    rules: tuple[Rule, ...]
    scope: Scope
    references: tuple[Path, ...]


def read_rules(reader: DocumentReader, values: Mapping[str, object], around: Surroundings) -> RulesFile:
    """Read the sections `styles`, `presets` and `rules` of `values`; problems go to the reader."""
    references = References(reader, around.roots)
    styles = StyleReader(reader, references).read(reader.named(StyleEntry, "styles", values.get("styles")))
    upscalers = ("auto", *upscaler_names(around.models))
    variant_reader = VariantReader(reader, styles, around.scope, upscalers, references=references)
    presets = variant_reader.read_presets(reader.named(VariantEntry, "presets", values.get("presets")))
    rules = _read_rules(reader, variant_reader, values.get("rules"))
    sound = {name: style for name, style in styles.items() if style is not None}
    scope = Scope({**around.scope.styles, **sound}, {**around.scope.presets, **presets})
    return RulesFile(rules, scope, tuple(references.files))


def _read_rules(reader: DocumentReader, variant_reader: VariantReader, value: object) -> tuple[Rule, ...]:
    rules: dict[str, Rule] = {}
    for loc, item in reader.items(("rules",), value):
        variants = _read_variants(reader, variant_reader, loc, item)
        without = {key: item[key] for key in item if key != "variants"} if isinstance(item, dict) else item
        head = reader.entry(RuleHead, loc, without, RuleEntry)
        if head is None:
            continue
        line = reader.document.line_of(loc) or 1
        if head.name in rules:
            message = (
                f"'{head.name}' is also the name of the rule in line {rules[head.name].line}; choose another"
            )
            reader.refuse((*loc, "name"), message)
        _check_roles(reader, loc, head.roles, variants)
        rule = Rule(head.name, tuple(head.match), tuple(head.roles), variants, reader.document.file, line)
        rules.setdefault(head.name, rule)
    return tuple(rules.values())


def _check_roles(
    reader: DocumentReader, loc: Loc, roles: Sequence[MapRole], variants: Iterable[RuleVariant]
) -> None:
    """A style is for colour; with relief it is for normal maps."""
    styled = [variant for variant in variants if variant.style is not None]
    data = [role for role in roles if role not in COLOR_ROLES]
    if data and any(variant.relief is None for variant in styled):
        message = f"{', '.join(data)}: data would be ruined by a style; give such maps a rule without one"
        reader.refuse((*loc, "roles"), message)
    elif any(variant.relief is not None for variant in styled) and set(roles) != {MapRole.NORMAL}:
        reader.refuse(
            (*loc, "roles"), "relief is for normal maps only; give them a rule with roles: [normal]"
        )


def _read_variants(
    reader: DocumentReader, variant_reader: VariantReader, loc: Loc, rule: object
) -> tuple[RuleVariant, ...]:
    """The rule's variants that are right; that no two collide is checked here."""
    if not isinstance(rule, dict):
        return ()
    if not rule.get("variants"):
        reader.refuse(
            (*loc, "variants"), "is missing: say what to make of each texture, at least one variant"
        )
    ids: dict[str, Loc] = {}
    outputs: dict[str, Loc] = {}
    variants = []
    for place, item in reader.items((*loc, "variants"), rule.get("variants")):
        entry = reader.entry(VariantEntry, place, item)
        variant = None if entry is None else variant_reader.read_variant(entry, place)
        if variant is None:
            continue
        variants.append(variant)
        # case does not tell files apart on Windows and macOS
        name, output = variant.id.casefold(), variant.output.replace("{variant}", variant.id).casefold()
        if name in ids:
            line = reader.document.line_of(ids[name])
            reader.refuse(place, f"has the id '{variant.id}' of the variant in line {line}; give it an id")
        elif output in outputs:
            line = reader.document.line_of(outputs[output])
            message = f"'{variant.output}' names the same file as the variant in line {line}; add {{variant}}"
            reader.refuse((*place, "output"), message)
        ids.setdefault(name, place)
        outputs.setdefault(output, place)
    return tuple(variants)
