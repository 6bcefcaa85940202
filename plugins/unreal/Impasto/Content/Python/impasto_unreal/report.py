"""What the companion has to say, in lines for the log."""

from collections.abc import Iterable, Iterator

from impasto_sidecars import Found, group_materials

from .plan import Plan


def troubles(found: Found) -> Iterator[str]:
    """A line for each sidecar that cannot be read and each variant that failed."""
    yield from found.broken
    for sidecar in found.sidecars:
        for variant in sidecar.variants:
            if variant.status == "failed":
                why = f"rule {variant.rule!r}: {variant.reason}"
                yield f"{sidecar.source_path}: {variant.id} failed: {variant.error} ({why})"


def full_report(found: Found, plan: Plan, missing: Iterable[str]) -> Iterator[str]:
    """Every material with its sources and variants. missing: what could not be imported, in lines."""
    shows = {view.source: view for view in plan.views}
    for material in group_materials(found.sidecars):
        yield f"{material.folder} / {material.name}"
        for sidecar in material.sidecars:
            view = shows[sidecar.source_path]
            yield f"  {sidecar.source.file} shows {view.variant} ({view.shows.name})"
            for variant in sidecar.variants:
                draft = ", a draft: its style is still being learned" if variant.draft else ""
                error = f": {variant.error}" if variant.error else ""
                yield f"    {variant.id}: {variant.status}{draft}{error}"
                yield f"      rule {variant.rule!r}: {variant.reason}"
    for path in sorted(plan.late):
        yield f"{path}: its bytes are not the recorded ones (on its way, or edited by hand)"
    yield from found.broken
    yield from sorted(missing)
    yield f"{len(found.sidecars)} sources, {len(plan.textures)} textures, {len(found.broken)} broken sidecars"
