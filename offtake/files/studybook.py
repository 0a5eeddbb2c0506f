"""A study as sheets: its findings, a sheet a part, and every scenario of every plan.

The means of the plans are worked out from their scenarios, and what planning for many
futures and knowing the future is worth from the objectives, by formulas; each is held
against what the study says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from offtake.files import cashflow
from offtake.files.cashflow import Check
from offtake.files.excel import HEAD_ROW, MILLION, MONEY, Book, Sheet, table, turned
from offtake.files.frames import Column, Frame, Standing
from offtake.model.outlook import Outlook
from offtake.model.study import Study

_NAMES = 31
"""Characters the name of a sheet has at most."""
_ON_THE_COVER = "study"
_BY_SCENARIO = ("_npv_usd", "_scenario_usd")
"""Ends of tables that are columns of the sheet Scenarios."""
_FIRST = HEAD_ROW + 2


def study_sheets(book: Book, study: Study, made: Mapping[str, Frame]) -> tuple[str, str]:
    """Write the sheets of a study; give the cell that sums the checks up, and what it says."""
    found: list[Check] = []
    first = ["findings", *(name for name in made if name != "findings")]
    for name in first:
        frame = made[name]
        if name == _ON_THE_COVER or name.endswith(_BY_SCENARIO) or not len(frame):
            continue
        sheet = book.sheet(title_of(name), frame.about)
        if name == "scenarios":
            found += _scenarios(sheet, study, frame)
        elif len(frame) == 1 and len(frame.columns) > len(made["findings"].columns):
            places = turned(sheet, frame)
            found += _worth(places, frame) if name == "value" else ()
        else:
            table(sheet, frame)
            found += _objectives(sheet, study, frame) if name in ("strategies", "frontier") else ()
    checks = book.sheet("Checks", "What the workbook works out, against what the study says")
    return cashflow.checks(checks, found, row=HEAD_ROW, theirs="Study")


def title_of(name: str) -> str:
    """Name the sheet of a table: `Vehicles cover`."""
    spoken = name.replace("_", " ")
    return spoken[:1].upper() + spoken[1:_NAMES]


def _scenarios(sheet: Sheet, study: Study, frame: Frame) -> Iterator[Check]:
    """Write what each plan brings in each scenario, and its mean by formula."""
    plans = list(_plans(study))
    kept = tuple(c for c in frame.columns if c.name != "plan_npv_usd")
    more = tuple(_column(name, plan) for name, plan in plans)
    table(sheet, replace(frame, columns=(*kept, *more)), frozen=len(kept))
    last = _FIRST + len(frame) - 1
    chance = sheet.span(_FIRST, len(kept) - 1, last, len(kept) - 1)
    sheet.text(last + 2, 0, f"Mean, {MONEY}", "result")
    for place, (name, plan) in enumerate(plans, len(kept)):
        block = sheet.span(_FIRST, place, last, place)
        value = sum(p * v for p, v in zip(study.probability_share, plan.npv_usd, strict=True))
        value /= MILLION
        written = f"SUMPRODUCT({chance},{block})"
        at = sheet.formula(last + 2, place, written, value, MONEY, "total")
        yield Check(f"Mean of {name}", at, value, plan.npv.mean_usd / MILLION, MONEY)


def _plans(study: Study) -> Iterator[tuple[str, Outlook]]:
    """Name every plan whose value is known in every scenario."""
    found: list[tuple[str, Outlook | None]] = [("the plan", study.plan)]
    if study.strategies is not None:
        found += [(s.name or s.id, s.plan) for s in study.strategies.strategies]
    if study.frontier is not None:
        found += [(f"λ {p.risk_share:g}", p.plan) for p in study.frontier.points]
    if study.value is not None:
        found.append(("the mean-value plan", study.value.mean_value))
    many = len(study.probability_share)
    yield from ((n, p) for n, p in found if p is not None and len(p.npv_usd) == many > 0)


def _column(name: str, plan: Outlook) -> Column:
    about = f"Net present value of {name}"
    return Column(f"{name}_usd", "number", "USD", about, Standing.MODELLED, plan.npv_usd)


def _worth(places: Mapping[str, str], frame: Frame) -> Iterator[Check]:
    """Work out what each step of knowledge is worth."""
    steps = (
        ("vss_usd", "Worth of planning for many futures", "rp_usd", "eev_usd"),
        ("evpi_usd", "Worth of knowing the future", "ws_usd", "rp_usd"),
    )
    for name, about, above, below in steps:
        said, high, low = (_number(frame, column) for column in (name, above, below))
        if said is not None and high is not None and low is not None:
            written = f"{places[above]}-{places[below]}"
            yield Check(about, written, (high - low) / MILLION, said / MILLION, MONEY)


def _number(frame: Frame, name: str) -> float | None:
    (held,) = frame[name].cells
    return float(held) if isinstance(held, int | float) else None


def _objectives(sheet: Sheet, study: Study, frame: Frame) -> Iterator[Check]:
    """Work out the objective of each plan from its mean and its tail."""
    places = {column.name: place for place, column in enumerate(frame.columns)}
    names = ("plan_npv_mean_usd", "plan_npv_cvar_usd", "plan_objective_usd")
    for row, (key, *amounts) in enumerate(
        zip(frame.columns[0].cells, *(frame[name].cells for name in names), strict=True), _FIRST
    ):
        mean, tail, objective = (a if isinstance(a, int | float) else None for a in amounts)
        if mean is None or tail is None or objective is None:
            continue
        weight = key if isinstance(key, float) else study.risk_share
        cells = [sheet.at(row, places[name]) for name in names[:2]]
        value = (1 - weight) * mean + weight * tail
        written = f"(1-{float(weight)!r})*{cells[0]}+{float(weight)!r}*{cells[1]}"
        name = f"Objective of λ {weight:g}" if isinstance(key, float) else f"Objective of {key}"
        yield Check(name, written, value / MILLION, objective / MILLION, MONEY)
