"""Cash of a plan as sheets whose totals, discounting and checks are formulas.

    Cash by quarter   lines down, quarters across; net, cumulated, discount factor
    Cash by year      the same added up
    Value             from cash to net present value, and checks against the plan's figures

The rate stands in one cell of the sheet Value: who changes it sees what it does, and the
checks then say that the result is no longer the plan's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from offtake.draw import theme
from offtake.files.excel import MILLION, MONEY, Book, Sheet, cell
from offtake.model.plan import PeriodLine, Plan, Valuation

QUARTERS, YEARS, VALUE = "Cash by quarter", "Cash by year", "Value"

_HEAD = 3
_YEAR, _NUMBER = 4, 5
"""Rows below the head: the year of each quarter, and its number from 0."""
_FIRST = 6
_LINES: tuple[tuple[str, str, Callable[[PeriodLine], float]], ...] = (
    ("Revenue", "modelled", lambda p: p.revenue_cash_usd),
    ("Investment", "modelled", lambda p: -p.investment_cash_usd),
    ("Payments", "modelled", lambda p: -p.payment_cash_usd),
    ("Energy", "modelled", lambda p: -p.energy_cash_usd),
)
"""Lines of cash; what is paid is negative."""
_PAID, _NET, _CUMULATED, _FACTOR, _WORTH, _WORTH_PAID = (_FIRST + 4 + i for i in range(6))
_TOTAL = 3
_START = 4
"""Columns: line, unit, where from, total, then the quarters."""

AGREES, DIFFERS = "agrees", "differs"
TOLERANCE = 1e-6
"""A check lets pass so much of the plan's figure, for rounding."""


@dataclass(frozen=True, slots=True)
class Check:
    """A figure of the workbook, held against the plan's own."""

    name: str
    formula: str
    value: float
    said: float
    """The plan's figure, in `unit`."""
    unit: str
    slack: float = 0.0
    """How far apart the two may be by what the plan itself leaves open."""


def cash(book: Book, plan: Plan) -> list[Check]:
    """Write the sheets of cash and value, and give what can be checked."""
    sheet = book.sheet(
        QUARTERS,
        f"Modelled: mean of {plan.scenarios:,} scenarios, {MONEY}, not discounted; paid below 0",
    )
    years = book.sheet(YEARS, f"The same by calendar year, {MONEY}, not discounted")
    value = book.sheet(VALUE, "From cash to net present value, and what agrees with the plan")
    rate = _rate(value, plan.valuation)
    _by_quarter(sheet, plan, rate)
    net = _by_year(years, sheet, plan)
    _chart(book, years, plan)
    found = [net]
    if plan.valuation is not None:
        found += _valued(value, sheet, plan, plan.valuation, rate)
    return found


def _rate(value: Sheet, told: Valuation | None) -> tuple[str, float] | None:
    """Write the rate where it may be changed; give its cell and what it is."""
    value.text(_HEAD, 0, "Inputs", "heading")
    if told is None:
        value.text(_HEAD + 1, 0, "The plan does not tell its discount rate: plan again for a value")
        return None
    value.text(_HEAD + 1, 0, "Discount rate, % per year (as written; may be changed)")
    rate = float(told.discount_share_per_year)
    return value.number(_HEAD + 1, 1, rate, "%", "input"), rate


def _by_quarter(sheet: Sheet, plan: Plan, rate: tuple[str, float] | None) -> None:
    _lines_head(sheet, [str(p.period) for p in plan.by_period])
    for place, line in enumerate(plan.by_period, _START):
        sheet.number(_YEAR, place, line.period.year, "year")
        sheet.number(_NUMBER, place, place - _START, "whole")
        amounts = [amount(line) / MILLION for *_, amount in _LINES]
        for row, amount in enumerate(amounts, _FIRST):
            sheet.number(row, place, amount, MONEY)
        _quarter_sums(sheet, place, amounts)
        if rate is not None:
            _quarter_worth(sheet, place, rate, amounts)
    last = _START + len(plan.by_period) - 1
    rows = [*range(_FIRST, _FIRST + 4), _PAID, _NET]
    rows += [_WORTH, _WORTH_PAID] if rate is not None else []
    for row in rows:
        value = sum(sheet.values.get((row, place), 0.0) for place in range(_START, last + 1))
        block = sheet.span(row, _START, row, max(last, _START))
        sheet.formula(row, _TOTAL, f"SUM({block})", value, MONEY, "total")
    names = [(_PAID, "Paid"), (_NET, "Net"), (_CUMULATED, "Net, cumulated")]
    if rate is not None:
        names += [
            (_FACTOR, "Discount factor, middle of the quarter"),
            (_WORTH, "Net, discounted"),
            (_WORTH_PAID, "Paid, discounted"),
        ]
    for row, name in names:
        _line_head(sheet, row, name, "factor" if row == _FACTOR else MONEY, "formula")
    sheet.made.freeze_panes(_HEAD + 1, _START)


def _lines_head(sheet: Sheet, across: Sequence[str]) -> None:
    for place, name in enumerate(("Line", "Unit", "Where from")):
        sheet.text(_HEAD, place, name, "head")
    for place, name in enumerate(("Total", *across), _TOTAL):
        sheet.text(_HEAD, place, f"{name}, {MONEY}", "head-right")
    for row, (name, standing, _) in enumerate(_LINES, _FIRST):
        _line_head(sheet, row, name, MONEY, standing)
    _line_head(sheet, _YEAR, "Year", "", "as written")
    _line_head(sheet, _NUMBER, "Number of the quarter, from 0", "", "as written")
    sheet.made.set_column(0, 0, 36)
    sheet.made.set_column(1, 2, 12)
    sheet.made.set_column(_TOTAL, _TOTAL + len(across), 11)
    sheet.made.repeat_rows(_HEAD)
    sheet.made.repeat_columns(0, _TOTAL)


def _line_head(sheet: Sheet, row: int, name: str, unit: str, standing: str) -> None:
    sheet.text(row, 0, name, "result" if standing == "formula" else "text")
    sheet.text(row, 1, unit, "soft")
    sheet.text(row, 2, standing, "soft")


def _quarter_sums(sheet: Sheet, place: int, amounts: Sequence[float]) -> None:
    def here(row: int) -> str:
        return cell(row, place)

    paid = sum(amounts[1:])
    net = amounts[0] + paid
    sheet.formula(_PAID, place, f"SUM({here(_FIRST + 1)}:{here(_FIRST + 3)})", paid, MONEY)
    sheet.formula(_NET, place, f"{here(_FIRST)}+{here(_PAID)}", net, MONEY)
    if place == _START:
        sheet.formula(_CUMULATED, place, here(_NET), net, MONEY)
    else:
        before = cell(_CUMULATED, place - 1)
        total = sheet.values[_CUMULATED, place - 1] + net
        sheet.formula(_CUMULATED, place, f"{before}+{here(_NET)}", total, MONEY)


def _quarter_worth(
    sheet: Sheet, place: int, rate: tuple[str, float], amounts: Sequence[float]
) -> None:
    def here(row: int) -> str:
        return cell(row, place)

    factor = (1 + rate[1]) ** (-(place - _START + 0.5) / 4)
    sheet.formula(_FACTOR, place, f"(1+{rate[0]})^(0-({here(_NUMBER)}+0.5)/4)", factor, "factor")
    net, paid = sum(amounts), sum(amounts[1:])
    sheet.formula(_WORTH, place, f"{here(_NET)}*{here(_FACTOR)}", net * factor, MONEY)
    sheet.formula(_WORTH_PAID, place, f"{here(_PAID)}*{here(_FACTOR)}", paid * factor, MONEY)


def _by_year(sheet: Sheet, quarters: Sheet, plan: Plan) -> Check:
    """Add the quarters up by year, and give the check that nothing is lost."""
    years = sorted({line.period.year for line in plan.by_period})
    _lines_head(sheet, [str(year) for year in years])
    last = _START + max(len(plan.by_period), 1) - 1
    which = quarters.span(_YEAR, _START, _YEAR, last)
    rows = [*range(_FIRST, _FIRST + 4), _PAID, _NET]
    for name, row in (("Paid", _PAID), ("Net", _NET)):
        _line_head(sheet, row, name, MONEY, "formula")
    for place, year in enumerate(years, _START):
        sheet.number(_YEAR, place, year, "year")
        many = sum(line.period.year == year for line in plan.by_period)
        here = cell(_YEAR, place)
        sheet.formula(_NUMBER, place, f"COUNTIF({which},{here})", many, "whole")
        for row in rows:
            among = quarters.span(row, _START, row, last)
            value = sum(
                quarters.values[row, _START + i]
                for i, line in enumerate(plan.by_period)
                if line.period.year == year
            )
            sheet.formula(row, place, f"SUMIF({which},{here},{among})", value, MONEY)
    _line_head(sheet, _NUMBER, "Quarters in the horizon", "", "formula")
    end = _START + max(len(years), 1) - 1
    for row in rows:
        value = sum(sheet.values.get((row, place), 0.0) for place in range(_START, end + 1))
        sheet.formula(
            row, _TOTAL, f"SUM({sheet.span(row, _START, row, end)})", value, MONEY, "total"
        )
    sheet.made.freeze_panes(_HEAD + 1, _START)
    sheet.made.fit_to_pages(1, 1)
    said = sum(amount(line) for line in plan.by_period for *_, amount in _LINES) / MILLION
    net = sheet.at(_NET, _TOTAL)
    return Check("Net cash, years against quarters", net, sheet.values[_NET, _TOTAL], said, MONEY)


def _chart(book: Book, sheet: Sheet, plan: Plan) -> None:
    """Draw cash by year as stacked bars, with the net as a line."""
    end = _START + len({line.period.year for line in plan.by_period}) - 1
    if end < _START:
        return
    years = f"={sheet.span(_YEAR, _START, _YEAR, end)}"
    bars, net = book.chart("column", "stacked"), book.chart("line")
    inks = (theme.REVENUE, theme.INVESTMENT, theme.PAYMENT, theme.ENERGY, theme.INK)
    for row, ink in zip((*range(_FIRST, _FIRST + 4), _NET), inks, strict=True):
        series = {
            "name": f"={sheet.at(row, 0)}",
            "categories": years,
            "values": f"={sheet.span(row, _START, row, end)}",
            "line" if row == _NET else "fill": {"color": ink.light},
        }
        (net if row == _NET else bars).add_series(series)
    bars.combine(net)
    bars.set_title({"name": f"Cash by year, {MONEY}", "name_font": {"size": 11}})
    bars.set_x_axis({"label_position": "low"})
    bars.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True}})
    bars.set_legend({"position": "bottom"})
    bars.set_size({"width": 720, "height": 330})
    sheet.made.insert_chart(
        _NET + 2, 0, bars, {"description": f"Cash by year, {MONEY}: bars and net"}
    )


def _valued(
    value: Sheet, quarters: Sheet, plan: Plan, told: Valuation, rate: tuple[str, float] | None
) -> list[Check]:
    """Write the way from cash to net present value; give what can be held against the plan."""
    assert rate is not None, "who tells a valuation tells its rate"
    periods = len(plan.by_period)
    final = (1 + rate[1]) ** (-periods / 4)
    row = _HEAD + 2
    value.text(row, 0, f"Residual value at the end of {plan.horizon.last}, {MONEY}, not discounted")
    left = value.number(row, 1, told.residual_usd / final / MILLION, MONEY)
    value.text(row, 2, "modelled", "soft-cell")
    value.text(row + 1, 0, f"Penalties for what is not served, {MONEY}, discounted")
    missed = value.number(row + 1, 1, told.shortfall_usd / MILLION, MONEY)
    value.text(row + 1, 2, "modelled; at the rate of the plan", "soft-cell")
    value.text(row + 2, 0, "Quarters of the horizon")
    across = quarters.span(_NUMBER, _START, _NUMBER, _START + max(periods, 1) - 1)
    many = value.formula(row + 2, 1, f"COUNT({across})", periods, "whole")
    row += 4
    value.text(row, 0, "Net present value", "heading")
    net = quarters.values[_WORTH, _TOTAL]
    paid = quarters.values[_WORTH_PAID, _TOTAL]
    residual, penalty = told.residual_usd / MILLION, told.shortfall_usd / MILLION
    lines = (
        (f"Net cash, discounted, {MONEY}", quarters.at(_WORTH, _TOTAL), net, MONEY),
        ("Discount factor at the end", f"(1+{rate[0]})^(0-{many}/4)", final, "factor"),
        (
            f"Residual value, discounted, {MONEY}",
            f"{left}*{value.at(row + 2, 1)}",
            residual,
            MONEY,
        ),
        (f"Penalties, {MONEY}", f"0-{missed}", -penalty, MONEY),
    )
    for step, (name, written, worth, unit) in enumerate(lines, row + 1):
        value.text(step, 0, name)
        value.formula(step, 1, written, worth, unit)
    first, residual_at, last = (value.at(row + step, 1) for step in (1, 3, 4))
    npv, cost = net + residual - penalty, -paid - residual
    value.text(row + 5, 0, f"Net present value, mean, {MONEY}", "result")
    npv_at = value.formula(row + 5, 1, f"{first}+{residual_at}+{last}", npv, MONEY, "total")
    value.text(row + 6, 0, f"Cost, mean, {MONEY}", "result")
    paid_at = quarters.at(_WORTH_PAID, _TOTAL)
    cost_at = value.formula(row + 6, 1, f"0-{paid_at}-{residual_at}", cost, MONEY, "total")
    return [
        Check("Net present value, mean", npv_at, npv, plan.npv.mean_usd / MILLION, MONEY),
        Check("Cost, mean", cost_at, cost, plan.cost.mean_usd / MILLION, MONEY),
    ]


def checks(
    value: Sheet, found: Sequence[Check], row: int = 20, theirs: str = "Plan"
) -> tuple[str, str]:
    """Write the checks from a row on; give the cell that sums them up, and what it says."""
    value.made.set_column(0, 0, 46)
    value.made.set_column(1, 4, 15)
    value.made.set_column(5, 6, 12)
    value.text(row, 0, "Checks", "heading")
    heads = ("Check", "Workbook", theirs, "Difference", "Lets pass", "Unit", "Result")
    for place, head in enumerate(heads):
        value.text(row + 1, place, head, "head-right" if place in range(1, 5) else "head")
    for step, check in enumerate(found, row + 2):
        _checked(value, step, check)
    block = value.span(row + 2, 6, row + 1 + len(found), 6)
    good = sum(map(agrees, found))
    end = row + 3 + len(found)
    value.text(
        end, 0, f"Lets pass: {TOLERANCE:g} of the {theirs.lower()}'s figure, or its gap.", "soft"
    )
    written = f'COUNTIF({block},"{AGREES}")&" of {len(found)} checks agree"'
    said = f"{good} of {len(found)} checks agree"
    return value.formula(end + 1, 0, written, said, "", "result"), said


def _checked(value: Sheet, row: int, check: Check) -> None:
    value.text(row, 0, check.name)
    value.text(row, 5, check.unit, "soft-cell")
    mine = value.formula(row, 1, check.formula, check.value, check.unit)
    theirs = value.number(row, 2, check.said, check.unit)
    apart = value.formula(row, 3, f"{mine}-{theirs}", check.value - check.said, check.unit)
    lets = f"MAX({float(check.slack)!r},{TOLERANCE}*MAX(1,ABS({theirs})))"
    least = value.formula(row, 4, lets, _lets_pass(check), "small")
    said = AGREES if agrees(check) else DIFFERS
    written = f'IF(ABS({apart})<={least},"{AGREES}","{DIFFERS}")'
    value.formula(row, 6, written, said, "", said)


def agrees(check: Check) -> bool:
    """Tell whether a figure is the plan's, but for rounding and what the plan leaves open."""
    return abs(check.value - check.said) <= _lets_pass(check)


def _lets_pass(check: Check) -> float:
    return max(check.slack, TOLERANCE * max(1.0, abs(check.said)))
