"""The report as Markdown, for an issue, a wiki or a mail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from offtake.draw import power_told, says, tables, vehicle, waiting, words
from offtake.draw.tables import Table
from offtake.model.plan import Plan
from offtake.report import content
from offtake.report.content import Assumed

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&$!])")


def report_markdown(plan: Plan) -> str:
    """Write the report of a plan as Markdown (tables as GitHub has them)."""
    return "\n".join(_lines(plan)).rstrip() + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    yield f"# {safe(content.title(plan))}\n"
    if plan.about:
        yield f"{safe(plan.about)}\n"
    yield f"**{safe(' '.join(content.answer(plan)))}**\n"
    yield from (
        f"- {safe(tile.label)}: **{safe(str(tile.shown))}** ({safe(tile.note)})"
        for tile in content.tiles(plan)
    )
    yield from section("What to sign", _signings(plan))
    if plan.stages is not None:
        held = (waiting.later(plan), waiting.states(plan))
        rows = (row for each in held for row in (*table(each), ""))
        yield from section("What waits for what is learnt", rows, waiting.says(plan))
    yield from section("Capacity by year", table(tables.years(plan)), says.capacity(plan))
    yield from section("Cost and risk", table(tables.spread(plan)), says.spread(plan))
    yield from section("Demand not served", table(tables.unserved(plan)), says.unserved(plan))
    yield from section("What holds the plan back", _limits(plan), says.limits(plan))
    yield from section("Cash by quarter", table(tables.cash(plan)), says.cash(plan))
    if plan.valuation is not None:
        yield f"\n{safe(says.discounted(plan))}"
    if vehicle.building(plan):
        tables_of = (vehicle.money(plan), vehicle.cover(plan))
        rows = (row for each in tables_of for row in (*table(each), ""))
        yield from section("Ring-fenced vehicles", rows, vehicle.says(plan))
    if plan.power:
        held = (power_told.choices(plan), power_told.energy(plan))
        rows = (row for each in held for row in (*table(each), ""))
        yield from section("Power", rows, power_told.says(plan))
    yield from section("Deliveries", table(tables.timeline(plan)), says.timeline(plan))
    yield from section("Assumptions", _assumptions(plan))
    yield from section("How it was computed", _method(plan))
    yield from section("Sources", (f"- {safe(source)}" for source in content.sources(plan)))


def section(title: str, lines: Iterable[str], said: str = "") -> Iterator[str]:
    """Give a heading, what it says, and lines below."""
    yield f"\n## {title}\n"
    if said:
        yield f"{safe(said)}\n"
    yield from lines


def _signings(plan: Plan) -> Iterator[str]:
    rows = content.signings(plan)
    if not rows:
        yield "Nothing."
        return
    head = (
        *("When", "What", "Where", "Held", "Accelerator", "MW IT", "Accelerators"),
        *("In service", f"Cost, {content.cost_unit(plan).unit}", "Why"),
    )
    body = [
        (
            *(r.when, r.name, f"{r.site} ({r.chain})", r.tenure, r.accelerator, r.power),
            *(r.count, r.service, r.cost, r.why),
        )
        for r in rows
    ]
    yield from _grid(head, body, frozenset({0, 1, 2, 3, 4, 7, 9}))


def _limits(plan: Plan) -> Iterator[str]:
    for limit in content.limits(plan):
        name = f"{limit.name}, {limit.when}"
        yield f"1. **{safe(name)}**: {safe(limit.why)} 1 % more: {safe(limit.percent)}."


def _assumptions(plan: Plan) -> Iterator[str]:
    found = content.assumptions(plan)
    if not found:
        yield "The plan names none."
    rows = [
        (f"{part}: {each.field}", each.shown, each.reason, _entries(each))
        for part, members in found.items()
        for each in members
    ]
    if rows:
        yield from _grid(("Field", "Value", "Why", "Where"), rows, frozenset(range(4)))


def _entries(each: Assumed) -> str:
    more = [f"{each.more} more"] if each.more else []
    return ", ".join([*each.entries, *more])


def _method(plan: Plan) -> Iterator[str]:
    yield from (f"- {name}: {safe(value)}" for name, value in content.method(plan))
    yield from (f"- {safe(remark)}" for remark in content.remarks(plan))


def table(held: Table) -> Iterator[str]:
    """Give a table with its caption."""
    yield f"{safe(held.caption)}.\n"
    yield from _grid(held.head, held.rows, held.texts)


def _grid(
    head: Sequence[str], rows: Iterable[Sequence[str]], texts: frozenset[int]
) -> Iterator[str]:
    yield _row(head)
    yield _row(("---" if i in texts else "---:" for i in range(len(head))), is_safe=True)
    yield from (_row(row) for row in rows)


def _row(cells: Iterable[str], *, is_safe: bool = False) -> str:
    return "| " + " | ".join(cell if is_safe else safe(cell) for cell in cells) + " |"


def safe(text: str) -> str:
    """Write text so that Markdown takes nothing in it for a mark or for HTML."""
    return _MARKS.sub(r"\\\1", words.plain(text))
