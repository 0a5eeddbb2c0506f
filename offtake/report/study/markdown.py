"""The report of a study as Markdown, for an issue, a wiki or a mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from offtake.draw.study import tables
from offtake.draw.tables import Table
from offtake.model.study import Study
from offtake.report.markdown import safe, section, table
from offtake.report.study import content

_MADE: Mapping[str, tuple[Callable[[Study], Table], ...]] = {
    "strategies": (tables.strategies,),
    "frontier": (tables.frontier,),
    "value": (tables.value,),
    "out_of_sample": (lambda study: tables.intervals(study, of_plan=True), tables.broken),
    "regret": (tables.losses,),
    "tornado": (tables.tornado,),
    "conditions": (tables.conditions,),
    "alternatives": (tables.ranges, tables.alternatives),
    "rolling": (lambda study: tables.intervals(study, of_plan=False),),
}


def study_markdown(study: Study) -> str:
    """Write the report of a study as Markdown (tables as GitHub has them)."""
    return "\n".join(_lines(study)).rstrip() + "\n"


def _lines(study: Study) -> Iterator[str]:
    yield f"# {safe(content.title(study))}\n"
    if study.about:
        yield f"{safe(study.about)}\n"
    yield f"**{safe(' '.join(content.answer(study)))}**\n"
    yield from (
        f"- {safe(tile.label)}: **{safe(str(tile.shown))}** ({safe(tile.note)})"
        for tile in content.tiles(study)
    )
    if study.plan.lots:
        yield from section("The plan that is studied", table(tables.lots(study)))
    told = {finding.part: finding.says for finding in content.findings(study)}
    for part, title in content.PARTS.items():
        if getattr(study, part) is not None:
            yield from section(title, _part(study, part), " ".join(told.get(part, ())))
    yield from section("How it was computed", _method(study))


def _part(study: Study, part: str) -> Iterator[str]:
    for make in _MADE[part]:
        held = make(study)
        if held.rows:
            yield from table(held)
            yield ""
    if part == "strategies":
        yield from (f"- **{safe(name)}**: {safe(rule)}" for name, rule in content.rules(study))
    if part == "tornado":
        yield from (f"- {safe(line)}" for line in content.left_out(study))


def _method(study: Study) -> Iterable[str]:
    yield from (f"- {name}: {safe(value)}" for name, value in content.method(study))
    yield from (f"- {safe(remark)}" for remark in content.remarks(study))
