"""`explain`: which rule a file matches, why, and what would be written."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from impasto_daemon.config import load_config
from impasto_daemon.examiner import Examiner
from impasto_daemon.plan import Plan, Plans
from impasto_engine import SheetLayout


def explain_files(config: Path, files: Sequence[Path]) -> Iterator[str]:
    """A paragraph for each file. Raises ConfigError, or FileNotFoundError."""
    with closing(Examiner()) as examiner:
        plans = Plans(load_config(config), ledger=None, look=examiner.survey)
        for file in files:
            path = file.resolve()
            if not path.is_file():
                raise FileNotFoundError(f"{file}: no such file")
            yield _explain(plans, examiner, file, path)


def _explain(plans: Plans, examiner: Examiner, file: Path, path: Path) -> str:
    if plans.rulebook.watch_folder(path) is None:
        folders = ", ".join(str(folder) for folder in plans.watch_folders)
        return f"{file}\n  not in a watch folder; those are: {folders}"
    if plans.rulebook.is_ignored(path):
        return f"{file}\n  ignored"
    found = examiner.survey(path)
    if found.content.made_by_impasto:
        return f"{file}\n  an output of impasto, never a source"
    return "\n".join([str(file), *(f"  {line}" for line in _lines(plans.of_survey(found)))])


def _lines(plan: Plan) -> Iterator[str]:
    if plan.role is not None:
        yield f"role     {plan.role.role}: {plan.role.reason}"
    yield f"rule     {plan.rule or 'none'}: {plan.outcome}"
    for variant in plan.variants:
        yield f"variant  {variant.record.id} -> {variant.output.name}"
        style, upscale = variant.request.style, variant.request.upscale
        group, base = variant.request.group, variant.request.wrap_from
        if style is not None:
            yield f"           style {style.name} by {style.stylizer}, strength {style.strength:g}"
        if upscale is not None:
            yield f"           upscaled x{upscale.scale:g} by {upscale.model}"
        if variant.request.sheet is not None and variant.error is None:
            yield f"           {_show_cells(variant.request.sheet)}"
        if group:
            ends = f"{group[0].path.name} to {group[-1].path.name}"
            yield f"           one of {len(group)} that share their statistics: {ends}"
        if base is not None:
            yield f"           wraps as {base.path.name} does"
        sibling = variant.request.sibling
        if sibling is not None:
            yield f"           with the strokes of {sibling.path.name}, relief {variant.request.relief:g}"
        if variant.error is not None:
            yield f"           cannot be made: {variant.error}"


def _show_cells(sheet: SheetLayout) -> str:
    if sheet.grid is not None:
        return f"{sheet.kind} of cells of {sheet.grid[0]}x{sheet.grid[1]}"
    if sheet.cells:
        return f"{sheet.kind} of {len(sheet.cells)} cells, by the JSON beside it"
    return f"{sheet.kind} of cells by its alpha"
