"""The plan in a terminal: tables that drop their least important columns when narrow.

Rich draws them, and honours NO_COLOR and pipes. What comes from a plan is put into
`Text`, never into markup, and has no control characters (`words.plain`), so no name can
colour, move or hide anything.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from offtake.draw import numbers, power_told, reading, says, tables, vehicle, waiting, words
from offtake.model.plan import Plan
from offtake.report import content

_STYLES: Final = {
    "own": "cyan",
    "lease": "yellow",
    "reserve": "blue",
    "rent": "red",
    "spot": "magenta",
}
"""Colour is tenure here too, as near as sixteen colours allow."""
_YEAR_RANKS: Final = {"Carbon": 4, "Not served": 2, "Spot MW": 6, "Rent MW": 5, "Reserve MW": 3}
_PAD = 2
_INDENT = 2
_LIMITS = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how dear it is when room is short, and how it is set."""

    head: str
    rank: int = 0
    """0 stays; of the others the highest goes first, with all of its rank."""
    text: bool = False
    """Set to the left; numbers are set to the right."""
    least: int = 0
    """Wraps, and needs at least so much room; 0 is never wrapped."""


def terminal(plan: Plan, width: int = 80) -> Group:
    """Give the plan as a renderable for `rich.console.Console.print`, `width` columns wide."""
    return Group(*_parts(plan, width))


def _parts(plan: Plan, width: int) -> Iterator[RenderableType]:
    yield Text(content.title(plan), style="bold")
    yield Text(f"as of {words.day(plan.as_of)}, {words.modelled(plan)}", style="dim")
    yield Text()
    yield wrapped(content.answer(plan), width, indent=0)
    if plan.signed:
        yield from headed("What to sign", _signings(plan, width))
    yield from headed("Cost and risk", _risk(plan, width))
    if plan.valuation is not None:
        yield wrapped([says.discounted(plan)], width)
    yield from headed("Demand not served, and carbon", wrapped(_facts(plan), width))
    yield from headed("Capacity by year", _years(plan, width))
    if plan.stages is not None:
        told = [waiting.says(plan), *(f"{r[0]} {r[1]}: {r[6]}." for r in waiting.later(plan).rows)]
        yield from headed("What waits for what is learnt", wrapped(told, width))
    if vehicle.building(plan):
        told = [" ".join(vehicle.sentences(line)) for line in vehicle.building(plan)]
        yield from headed("Ring-fenced vehicles", wrapped(told, width))
    if plan.power:
        told = [" ".join(power_told.sentences(site)) for site in plan.power]
        yield from headed("Power", wrapped(told, width))
    if plan.limits:
        yield from headed("What holds the plan back", wrapped(_why(plan), width))
    yield from headed("How sure this is", wrapped(_method(plan), width))


def headed(title: str, body: RenderableType) -> Iterator[RenderableType]:
    """Give a heading and what stands below it, with a line before."""
    yield Text()
    yield Text(title, style="bold")
    yield body


def _signings(plan: Plan, width: int) -> Grid:
    columns = (
        Column("When", text=True),
        Column("What", text=True, least=18),
        Column("Where", rank=4, text=True),
        Column("Held", text=True),
        Column("Accelerator", rank=3, text=True),
        Column("MW IT"),
        Column("Accelerators", rank=5),
        Column("In service", rank=1),
        Column(content.cost_unit(plan).unit, rank=2),
        Column("Why", rank=6, text=True, least=60),
    )
    rows = [
        (
            *(r.when, r.name, r.site, r.tenure, r.accelerator, r.power),
            *(r.count, r.service, r.cost, r.why),
        )
        for r in content.signings(plan)
    ]
    return grid(columns, rows, width)


def _risk(plan: Plan, width: int) -> Grid:
    table = tables.spread(plan)
    sums = [v for _, spread in reading.spreads(plan) for v in reading.values(spread)]
    unit = numbers.column(sums, numbers.USD).unit
    head = ("", *table.head[1:-1], f"Worst {(1 - plan.cvar_alpha_share) * 100:.3g} %")
    columns = [
        Column(name, text=place == 0, rank=2 if name == "Median" else 0)
        for place, name in enumerate(head)
    ]
    return grid(columns, [(f"{row[0]}, {unit}", *row[1:]) for row in table.rows], width)


def _facts(plan: Plan) -> tuple[str, str]:
    grams = reading.grams_per_kwh(plan)
    carbon = f"{numbers.carbon(plan.carbon_t_co2)} from {numbers.energy(plan.energy_mwh)}"
    if grams is not None:
        carbon += f", {numbers.count(grams)} g/kWh"
    carbon += f"; {numbers.share(plan.clean_share)} of the energy is carbon-free by the year."
    return says.unserved(plan), carbon


def _years(plan: Plan, width: int) -> Grid:
    table = tables.years(plan)
    columns = [
        Column(head, rank=_YEAR_RANKS.get(head, 0), text=place in table.texts)
        for place, head in enumerate(table.head)
    ]
    return grid(columns, table.rows, width)


def _why(plan: Plan) -> list[str]:
    found = content.limits(plan)
    lines = [f"{limit.name}, {limit.when}: {limit.why}" for limit in found[:_LIMITS]]
    if len(found) > _LIMITS:
        lines.append(f"and {words.counted(len(found) - _LIMITS, 'limit')} of less worth")
    return lines


def _method(plan: Plan) -> list[str]:
    gap = numbers.usd(plan.bound_usd - plan.objective_usd)
    lines = [
        f"No plan is better by more than {gap} ({numbers.share(plan.gap_share)} of the volume of "
        f"cost); {words.counted(plan.scenarios, 'scenario')}, seed {plan.seed}, "
        f"λ {plan.risk_share:g}, α {plan.cvar_alpha_share:g}.",
        *content.remarks(plan),
    ]
    if plan.assumptions:
        many = words.counted(len(plan.assumptions), "assumption")
        lines.append(f"It rests on {many} that nobody outside can check; the report lists them.")
    return lines


def wrapped(lines: Iterable[str], width: int, indent: int = _INDENT) -> Text:
    """Set lines of words without the blanks rich leaves at their ends."""
    room = " " * indent
    folded = (
        textwrap.fill(line, width, initial_indent=room, subsequent_indent=room) for line in lines
    )
    return Text("\n".join(folded))


def grid(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> Grid:
    """Lay out a table; the least important columns are left out where room is short."""
    kept = fitting(columns, rows, width)
    laid = Grid(box=None, padding=(0, _PAD, 0, 0), show_edge=False, pad_edge=False)
    for index in kept:
        column = columns[index]
        laid.add_column(
            Text(column.head, style="dim"),
            justify="left" if column.text else "right",
            no_wrap=not column.least,
            overflow="fold",
        )
    for row in rows:
        laid.add_row(*(Text(row[i], style=_STYLES.get(row[i], "")) for i in kept))
    return laid


def fitting(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Tell which columns fit into a width: the least important are dropped one by one."""
    widths = [
        min(c.least or longest, longest)
        for c, longest in ((c, _longest(c, i, rows)) for i, c in enumerate(columns))
    ]
    kept = list(range(len(columns)))
    while sum(widths[i] + _PAD for i in kept) - _PAD > width:
        droppable = [i for i in kept if columns[i].rank]
        if not droppable:
            break
        dearest = max(columns[i].rank for i in droppable)
        kept = [i for i in kept if columns[i].rank != dearest]
    return kept


def _longest(column: Column, index: int, rows: Sequence[Sequence[str]]) -> int:
    return max(len(column.head), *(len(row[index]) for row in rows)) if rows else len(column.head)
