"""A plan or a study as a workbook for people who live in Excel.

    Cover             what it is, when, from what, and whether the checks agree
    Cash by quarter, Cash by year, Value       live formulas (`cashflow`)
    Signings, Deliveries, Capacity, Limits, Risk, …, Assumptions, Notes  tables

A study has a cover, its findings, a sheet for each of its parts, and checks (`studybook`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil

from offtake.draw import words
from offtake.files import cashflow
from offtake.files.excel import MILLION, MONEY, Book, Sheet, table
from offtake.files.frames import Column, Frame, Standing
from offtake.files.studybook import study_sheets, title_of
from offtake.model.contract import Tenure
from offtake.model.plan import Plan
from offtake.model.study import Study

AUTHOR = "offtake"
_ABOUT_ROWS = 4

STANDINGS: Mapping[Standing, str] = {
    Standing.WRITTEN: "stands in the portfolio, or was asked for",
    Standing.DECIDED: "what the plan chose",
    Standing.MODELLED: "computed from scenarios",
    Standing.ASSUMED: "a number nobody outside can check",
    Standing.MEASURED: "read off while it was computed",
}
_PLACED = frozenset(
    "plan spread signings deliveries by_period by_period_tenure by_period_long limits "
    "assumptions sources remarks".split()
)
"""Tables of a plan that have a sheet of their own making, or are told elsewhere."""
_CASH = ("investment_cash_usd", "payment_cash_usd", "energy_cash_usd", "revenue_cash_usd")


def workbook(held: Plan | Study, made: Mapping[str, Frame]) -> tuple[bytes, tuple[str, ...]]:
    """Give the workbook of a plan or a study, and the names of its sheets.

    Args:
        held: What it is of.
        made: Its tables.

    Raises:
        ValueError: a text is longer than a cell can hold.
    """
    kind = "Plan" if isinstance(held, Plan) else "Study"
    title = f"{kind} for {words.plain(held.portfolio)}, {held.horizon.first} to {held.horizon.last}"
    book = Book(title, words.plain(held.about), held.as_of, AUTHOR)
    cover = book.sheet("Cover", title)
    if isinstance(held, Plan):
        found = cashflow.cash(book, held)
        found += list(_plan_tables(book, held, made))
        agreed = cashflow.checks(book.sheets[cashflow.VALUE], found)
    else:
        agreed = study_sheets(book, held, made)
    _cover(cover, held, agreed)
    return book.close(), tuple(book.sheets)


def _plan_tables(book: Book, plan: Plan, made: Mapping[str, Frame]) -> Iterator[cashflow.Check]:
    """Write the tables of a plan; give what can be checked in them."""
    signings = book.sheet("Signings", "What to sign; cost is the mean, discounted, less residual")
    table(signings, made["signings"], ("power_it_mw", "lifetime_cost_usd"), 2)
    table(book.sheet("Deliveries", "When it arrives: P10, P50 and P90 are modelled"),
          made["deliveries"], frozen=2)  # fmt: skip
    yield from _capacity(book, plan, made)
    limits = book.sheet("Limits", "What holds the plan back, and what one more unit is worth")
    table(limits, made["limits"], frozen=2)
    yield from _risk(book, plan, made)
    for name, frame in made.items():
        if name not in _PLACED and len(frame):
            table(book.sheet(title_of(name), frame.about), frame)
    about = "Numbers the plan rests on that nobody outside can check"
    table(book.sheet("Assumptions", about), made["assumptions"])
    notes = book.sheet("Notes", "What a reader must know, and whose data it rests on")
    lines = [("Remark", line) for line in plan.remarks] + [("Source", s) for s in plan.sources]
    _lines(notes, lines)


def _capacity(book: Book, plan: Plan, made: Mapping[str, Frame]) -> Iterator[cashflow.Check]:
    """Write capacity and demand by quarter; check energy, carbon and the sum by tenure."""
    sheet = book.sheet("Capacity", "In service by tenure, demand, energy and carbon; means")
    wide = [c for c in made["by_period"].columns if c.name not in _CASH]
    split = [_by_tenure(plan, tenure) for tenure in Tenure if _holds(plan, tenure)]
    frame = replace(made["by_period"], columns=(wide[0], *split, *wide[1:]))
    table(sheet, frame, ("energy_mwh", "carbon_t_co2"))
    if not len(frame):
        return
    places = {column.name: place for place, column in enumerate(frame.columns)}
    end = 5 + len(frame)
    for name, said, unit, about in (
        ("energy_mwh", plan.energy_mwh, "MWh", "Energy of all quarters"),
        ("carbon_t_co2", plan.carbon_t_co2, "t CO2", "Carbon of all quarters"),
    ):
        cell = (end, places[name])
        yield cashflow.Check(about, sheet.at(*cell), sheet.values[cell], said, unit)


def _holds(plan: Plan, tenure: Tenure) -> bool:
    return any(line.power_it_mw.get(tenure, 0.0) > 0 for line in plan.by_period)


def _by_tenure(plan: Plan, tenure: Tenure) -> Column:
    cells = tuple(float(line.power_it_mw.get(tenure, 0.0)) for line in plan.by_period)
    about = f"In service, {tenure.value}"
    return Column(f"{tenure.value}_it_mw", "number", "MW IT", about, Standing.MODELLED, cells)


def _risk(book: Book, plan: Plan, made: Mapping[str, Frame]) -> Iterator[cashflow.Check]:
    """Write the spread of money, and the objective as a formula of it."""
    tail = f"CVaR is the mean of the {words.worst(plan)}"
    sheet = book.sheet("Risk", f"Discounted sums over {plan.scenarios:,} scenarios; {tail}")
    frame = made["spread"]
    table(sheet, frame)
    places = {column.name: place for place, column in enumerate(frame.columns)}
    row = 8
    sheet.text(row, 0, "Weight of the tail λ, %")
    weight = sheet.number(row, 1, plan.risk_share, "%")
    sheet.text(row + 1, 0, f"Objective, {MONEY}: (1 − λ)·mean + λ·CVaR", "result")
    mean, tail_at = sheet.at(5, places["mean_usd"]), sheet.at(5, places["cvar_usd"])
    value = (1 - plan.risk_share) * plan.npv.mean_usd + plan.risk_share * plan.npv.cvar_usd
    written = f"(1-{weight})*{mean}+{weight}*{tail_at}"
    at = sheet.formula(row + 1, 1, written, value / MILLION, MONEY, "total")
    sheet.text(row + 2, 0, f"No plan can reach more than, {MONEY}")
    bound = sheet.number(row + 2, 1, plan.bound_usd / MILLION, MONEY)
    sheet.text(row + 3, 0, f"Gap, {MONEY}")
    gap = round((plan.bound_usd - value) / MILLION, 6)
    sheet.formula(row + 3, 1, f"ROUND({bound}-{at},6)", gap, MONEY)
    sheet.made.set_column(0, 0, 44)
    said, left_open = plan.objective_usd, max(plan.bound_usd - plan.objective_usd, 0.0)
    yield cashflow.Check(
        "Objective", at, value / MILLION, said / MILLION, MONEY, left_open / MILLION
    )


def _cover(sheet: Sheet, held: Plan | Study, agreed: tuple[str, str]) -> None:
    sheet.made.set_portrait()
    sheet.made.set_column(0, 0, 30)
    sheet.made.set_column(1, 1, 78)
    row = _lines(sheet, list(_facts(held)), 3)
    sheet.text(row, 0, "Checks")
    sheet.formula(row, 1, agreed[0], agreed[1], "", "result")
    row = _headed(sheet, row + 2, "How to read it", _reading())
    row = _headed(sheet, row + 1, "Where numbers come from", _standings())
    sheet.text(row + 1, 0, "Sheets", "heading")
    for step, (name, other) in enumerate(sheet.book.sheets.items(), row + 2):
        link = sheet.book.style("link")
        sheet.made.write_url(step, 0, f"internal:'{name}'!A1", link, name)
        sheet.text(step, 1, other.about, "soft-wrapped")


def _facts(held: Plan | Study) -> Iterator[tuple[str, str]]:
    if held.about:
        yield "About", words.plain(held.about)
    yield "As of", words.day(held.as_of)
    yield "Horizon", f"{held.horizon.first} to {held.horizon.last}"
    yield "Scenarios", f"{held.scenarios:,}, drawn with seed {held.seed}"
    yield (
        "Risk",
        f"weight of the tail λ {held.risk_share:g}, confidence α {held.cvar_alpha_share:g}",
    )
    yield "Inputs (SHA-256)", held.inputs_sha256
    yield "Made by", f"offtake {words.plain(held.version)}"


def _reading() -> Sequence[tuple[str, str]]:
    return (
        ("Money", f"{MONEY} (million United States dollars), nominal; paid is negative on Cash"),
        ("Power", "MW IT is power at the servers; energy is at the meter"),
        ("H100e", "accelerators counted in H100 equivalents for the work in question"),
        ("Blue", "a figure written by offtake"),
        ("Black", "a formula of this workbook, or words"),
    )


def _standings() -> Sequence[tuple[str, str]]:
    told = [(str(standing), said) for standing, said in STANDINGS.items()]
    return [*told, ("", "Nothing here is a measurement of what was delivered or paid.")]


def _headed(sheet: Sheet, row: int, title: str, lines: Sequence[tuple[str, str]]) -> int:
    sheet.text(row, 0, title, "heading")
    return _lines(sheet, lines, row + 1)


def _lines(sheet: Sheet, lines: Sequence[tuple[str, str]], row: int = 3) -> int:
    """Write names and what they are, a row each; give the row below."""
    sheet.made.set_column(1, 1, 78)
    for step, (name, said) in enumerate(lines, row):
        sheet.made.set_row(step, 15.0 * ceil((len(said) + 2) * 1.08 / 78))
        sheet.text(step, 0, name, "soft-wrapped")
        sheet.text(step, 1, said, "wrapped")
    return row + len(lines)
