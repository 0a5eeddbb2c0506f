"""The tables of a plan and of a study: what an export holds, whatever its form.

plan              what it is, its price and its risk, in one row
spread            net present value and cost over the scenarios
signings, deliveries, limits, assumptions, sources, remarks
by_period         quarter by quarter, a column a figure
by_period_tenure  the same by tenure
by_period_long    all figures of all quarters, a row a figure: for pivot tables

A study has a table for each of its parts, `scenarios` and `findings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from offtake.files.frames import Cell, Column, Frame, Standing, Standings, frames, listed
from offtake.files.shape import Kind, fields_of
from offtake.model.outlook import Lot, Outlook
from offtake.model.plan import (
    Assumption,
    BindingLimit,
    Delivery,
    Effort,
    Plan,
    Signing,
    Spread,
    Valuation,
)
from offtake.model.study import FrontierPoint, RegretLine, Strategy, Study
from offtake.model.value import Value
from offtake.model.what_if import (
    Alternative,
    AlternativeRange,
    Alternatives,
    Bar,
    Condition,
    Lever,
)

WRITTEN: Mapping[type[Value], str] = {
    Plan: "as_of scenarios seed risk_share cvar_alpha_share",
    Study: "as_of scenarios seed risk_share cvar_alpha_share",
    FrontierPoint: "risk_share",
    Lever: "low_ratio high_ratio",
    Delivery: "power_it_mw signed due",
    BindingLimit: "allowed_amount",
    Valuation: "discount_share_per_year",
}
"""Numbers that stand in the portfolio or were asked for; fields by class."""
DECIDED: Mapping[type[Value], str] = {
    Signing: "power_it_mw accelerator_count block_count",
    Lot: "power_it_mw",
    Outlook: "signed_it_mw",
}
ASSUMED: Mapping[type[Value], str] = {Assumption: "shown"}
MEASURED: Mapping[type[Value], str] = {
    Effort: "columns_count rows_count nonzeros_count integers_count wall_s residual_amount",
    Study: "wall_s",
}

STANDINGS: Standings = {
    (made, name): standing
    for standing, fields in (
        (Standing.WRITTEN, WRITTEN),
        (Standing.DECIDED, DECIDED),
        (Standing.ASSUMED, ASSUMED),
        (Standing.MEASURED, MEASURED),
    )
    for made, names in fields.items()
    for name in names.split()
}

_TOLD_BESIDE = ("sources", "remarks")
_SPREADS = {"npv": "net present value", "cost": "cost"}


def tables(held: Plan | Study) -> dict[str, Frame]:
    """Give the tables of a plan or a study, by name."""
    return _of_plan(held) if isinstance(held, Plan) else _of_study(held)


def _of_plan(plan: Plan) -> dict[str, Frame]:
    found = {
        name.removeprefix("plan_"): frame
        for name, frame in frames("plan", plan, STANDINGS, _TOLD_BESIDE).items()
    }
    made = {"plan": found.pop("plan"), "spread": _spread(plan)}
    made["signings"] = found.pop("signed")
    made |= found
    made["by_period_long"] = _long(found["by_period"], found["by_period_tenure"])
    for name in _TOLD_BESIDE:
        made[name] = _words(name, fields_of(Plan)[name].about, getattr(plan, name))
    return {name: replace(frame, name=name) for name, frame in made.items()}


_PARTS = (
    *("value", "out_of_sample", "frontier", "strategies", "regret", "tornado"),
    *("conditions", "alternatives", "rolling"),
)
_LISTS: Mapping[str, tuple[str, type[Value]]] = {
    "frontier": ("points", FrontierPoint),
    "strategies": ("strategies", Strategy),
    "regret": ("lines", RegretLine),
    "tornado": ("bars", Bar),
}
"""Parts that are one list: the part's table is the list's."""


def _of_study(study: Study) -> dict[str, Frame]:
    aside = ("story", "probability_share", "plan", "remarks", *_PARTS)
    made = frames("study", study, STANDINGS, aside)
    made |= frames("plan", study.plan, STANDINGS, ("npv_usd",))
    made["scenarios"] = _scenarios(study)
    made["findings"] = _findings(study)
    for name in _PARTS:
        part = getattr(study, name)
        if part is None:
            continue
        if name in _LISTS:
            field, kind = _LISTS[name]
            made |= listed(name, kind, getattr(part, field), STANDINGS)
        elif isinstance(part, Alternatives):
            made |= listed("ranges", AlternativeRange, part.ranges, STANDINGS)
            made |= listed("alternatives", Alternative, part.plans, STANDINGS)
        elif isinstance(part, tuple):
            made |= listed(name, Condition, part, STANDINGS)
        else:
            made |= frames(name, part, STANDINGS)
    made["remarks"] = _words("remarks", fields_of(Study)["remarks"].about, study.remarks)
    return made


def _scenarios(study: Study) -> Frame:
    """Give every scenario: its story, its chance, and what the plan brings in it."""
    many = len(study.probability_share)
    told = fields_of(Study)
    worth = study.plan.npv_usd or (None,) * many
    columns = (
        Column("place", "whole", "", "Place in the draw, from 1", None, tuple(range(1, many + 1))),
        Column("story", "text", "", told["story"].about, None, study.story),
        Column(
            *("probability_share", "number", "share", told["probability_share"].about),
            *(Standing.WRITTEN, study.probability_share),
        ),
        Column(
            *("plan_npv_usd", "number", "USD", fields_of(Outlook)["npv_usd"].about),
            *(Standing.MODELLED, worth),
        ),
    )
    return Frame("scenarios", "Every scenario, and what the plan brings in it.", columns)


def _findings(study: Study) -> Frame:
    """Give what each part says, in sentences."""
    rows = [(name, said) for name in _PARTS for said in _said(getattr(study, name))]
    parts, said = zip(*rows, strict=True) if rows else ((), ())
    columns = (
        Column("part", "text", "", "Part of the study", None, parts),
        Column("finding", "text", "", "What it says", None, said),
    )
    return Frame("findings", "What each part of the study says, in sentences.", columns)


def _said(part: object) -> list[str]:
    if isinstance(part, tuple):
        return [one.says for one in part]
    names = ("says", "vss_says", "evpi_says")
    return [getattr(part, name) for name in names if hasattr(part, name)]


def _spread(plan: Plan) -> Frame:
    """Give the spreads as rows: what they are of, then their figures."""
    found = listed("spread", Spread, [getattr(plan, name) for name in _SPREADS], STANDINGS)
    of = Column("measure", "text", "", "What is spread", None, tuple(_SPREADS.values()))
    return replace(found["spread"], columns=(of, *found["spread"].columns))


def _long(*wide: Frame) -> Frame:
    """Give all figures of tables by quarter as rows: quarter, measure, unit, amount."""
    rows = [row for frame in wide for row in _figures(frame)]
    rows.sort(key=lambda row: str(row[0]))
    cells: Iterable[tuple[Cell, ...]] = zip(*rows, strict=True) if rows else [()] * len(_LONG)
    columns = (
        Column(name, kind, "", about, standing, tuple(column))
        for (name, kind, about, standing), column in zip(_LONG, cells, strict=True)
    )
    return Frame("by_period_long", "Every figure of every quarter, a row a figure.", tuple(columns))


_LONG: tuple[tuple[str, Kind, str, Standing | None], ...] = (
    ("period", "quarter", "The quarter", None),
    ("tenure", "choice", "How the capacity is held; empty is all of it", None),
    ("measure", "text", "The figure, by its column in the tables by quarter", None),
    ("unit", "text", "Unit of the amount", None),
    ("standing", "text", "Where the amount comes from", None),
    ("amount", "number", "The figure, in the unit of its row", Standing.MODELLED),
)


def _figures(frame: Frame) -> Iterator[tuple[Cell, ...]]:
    periods = frame["period"].cells
    names = {column.name for column in frame.columns}
    held = frame["tenure"].cells if "tenure" in names else (None,) * len(periods)
    for column in frame.columns:
        if column.kind in ("number", "whole"):
            standing = str(column.standing)
            for period, tenure, amount in zip(periods, held, column.cells, strict=True):
                yield period, tenure, column.name, column.unit, standing, amount


def _words(name: str, about: str, lines: Iterable[str]) -> Frame:
    column = Column(name.removesuffix("s"), "text", "", about, None, tuple(lines))
    return Frame(name, about, (column,))
