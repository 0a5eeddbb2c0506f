"""A vehicle as a workbook whose waterfall is live: change an input and it works itself out.

    Construction   draws and rates in blue; interest, fees, uses, balance and the gap by formula
    Waterfall      one sheet a case: cash, rates and what is agreed in blue, the rest by formula
    Checks         what the workbook works out, against what offtake says

A formula's line says the same as `capital.vehicle.waterfall`, term by term. Money is in
million USD; what is below half a cent is nothing, here as there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from offtake.capital.vehicle import plain
from offtake.capital.vehicle.cash import Floats
from offtake.capital.vehicle.closing import Outcome, rates_of, rules_of
from offtake.capital.vehicle.waterfall import LEAST_USD
from offtake.draw import words
from offtake.files import cashflow
from offtake.files.cashflow import Check
from offtake.files.excel import MILLION, MONEY, Book, Sheet, cell

AUTHOR = "offtake"
_HEAD, _FIRST = 3, 4
_LEAST = repr(LEAST_USD / MILLION)

Write = Callable[[int, int], str]
"""(row, number of the period) -> formula."""


@dataclass(frozen=True, slots=True)
class Line:
    """One column of a waterfall: what it is called, and its figures or its formula."""

    key: str
    name: str
    unit: str
    values: Sequence[float] | Floats
    written: Write | None = None
    """None is an input."""


def workbook(cases: Mapping[str, Outcome]) -> bytes:
    """Give the workbook of a vehicle: construction, a waterfall a case, checks."""
    first = next(iter(cases.values()))
    closing = first.closing
    title = f"Vehicle {words.plain(closing.vehicle.party)}"
    book = Book(title, "Construction, waterfall and checks", closing.finance.close, AUTHOR)
    found = list(_construction(book, first))
    names: set[str] = set()
    for case, made in cases.items():
        found += _waterfall(book, _named(case, names), made)
    sheet = book.sheet("Checks", "What the workbook works out, against what offtake says")
    cashflow.checks(sheet, found, row=_HEAD, theirs="offtake")
    return book.close()


def _named(case: str, taken: set[str]) -> str:
    """Name the sheet of a case: 31 characters, none that a sheet may not have, unique."""
    kept = "".join(c for c in words.plain(case) if c not in "[]:*?/\\'")
    name = f"Waterfall {kept}"[:31].strip()
    number = 1
    while name.lower() in taken:
        number += 1
        name = f"{name[:27]} {number}"
    taken.add(name.lower())
    return name


def _construction(book: Book, made: Outcome) -> list[Check]:
    closing, funded = made.closing, made.closing.funded
    sheet = book.sheet("Construction", "Sources and uses until the last phase is in service")
    rates = rates_of(closing.vehicle, closing.finance, np.zeros((1, 1)), closing.built + 1)[:, 0]
    given: tuple[tuple[str, Floats], ...] = (
        ("Building", funded.capex),
        ("Interest rate a period", rates * MILLION),
        ("Debt drawn", funded.debt),
        ("Equity paid in", funded.equity),
        ("Earned in service", funded.earned),
        ("Fee at the close", funded.upfront),
        ("Reserve", funded.reserve),
    )
    inputs = [
        Line(name, name, "factor" if "rate" in name else MONEY, values / MILLION)
        for name, values in given
    ]
    days = [plain.ends_on(closing, t).isoformat() for t in range(closing.built + 1)]
    _table(sheet, days, [*inputs, *_building(made)])
    last = _FIRST + closing.built
    uses, ends = sheet.span(_FIRST, 10, last, 10), sheet.at(last, 12)
    total, loan = float(funded.uses.sum()) / MILLION, closing.loan_usd / MILLION
    return [
        Check("Uses while building", f"SUM({uses})", total, total, MONEY),
        Check("Debt drawn in all", ends, loan, loan, MONEY),
    ]


def _building(made: Outcome) -> Iterator[Line]:
    """Give the columns of construction that are worked out: 8 to 12."""
    closing, funded = made.closing, made.closing.funded
    fee = closing.finance.commitment_fee_share_per_year * closing.finance.period.months / 12
    loan = closing.loan_usd / MILLION

    def interest(row: int, t: int) -> str:
        return f"{cell(row - 1, 12)}*{cell(row, 2)}" if t else "0"

    def commitment(row: int, t: int) -> str:
        return f"{fee!r}*({loan!r}-{cell(row - 1, 12)})" if t else "0"

    def uses(row: int, t: int) -> str:
        return "+".join(cell(row, column) for column in (1, 6, 7, 8, 9))

    def kept(row: int, t: int) -> str:
        before = cell(row - 1, 11) if t else "0"
        came = "+".join(cell(row, column) for column in (3, 4, 5))
        return f"{before}+{came}-{cell(row, 10)}"

    def owed(row: int, t: int) -> str:
        return f"{cell(row - 1, 12) if t else '0'}+{cell(row, 3)}"

    yield Line("interest", "Interest", MONEY, funded.interest / MILLION, interest)
    yield Line("commitment", "Commitment fee", MONEY, funded.commitment / MILLION, commitment)
    yield Line("uses", "Uses", MONEY, funded.uses / MILLION, uses)
    yield Line("kept", "Cash kept", MONEY, funded.carried / MILLION, kept)
    yield Line("balance", "Debt at the end", MONEY, np.cumsum(funded.debt) / MILLION, owed)


def _table(sheet: Sheet, days: Sequence[str], lines: Sequence[Line]) -> None:
    """Write periods down and lines across, inputs in blue."""
    sheet.text(_HEAD, 0, "Period to", "head")
    sheet.made.set_column(0, 0, 12)
    sheet.made.set_column(1, len(lines), 13)
    sheet.made.set_row(_HEAD, 32)
    for column, line in enumerate(lines, 1):
        unit = f", {line.unit}" if line.unit == MONEY else ""
        sheet.text(_HEAD, column, f"{line.name}{unit}", "head-right")
    for t, day in enumerate(days):
        row = _FIRST + t
        sheet.text(row, 0, day)
        for column, line in enumerate(lines, 1):
            value = float(line.values[t])
            if line.written is None:
                sheet.number(row, column, value, line.unit)
            elif np.isnan(value):
                sheet.formula(row, column, line.written(row, t), "", line.unit)
            else:
                sheet.formula(row, column, line.written(row, t), value, line.unit)
    sheet.made.freeze_panes(_FIRST, 1)


_INPUTS = (
    *("contract", "merchant", "damages", "running", "laid_by", "termination", "ending"),
    *("rate", "repaid", "balloon", "target"),
)
_WORKED = (
    *("cfads", "opening", "interest", "scheduled", "service", "due", "cash", "from_cash"),
    *("from_reserve", "short", "owed", "cover", "broken", "locked", "wanted", "to_reserve"),
    *("left", "swept", "balance", "missed", "distributed", "kept", "reserve"),
)
_COLUMNS = {key: column for column, key in enumerate((*_INPUTS, *_WORKED), 1)}
_NAMES = {
    "contract": "Offtaker pays",
    "merchant": "Sold on the market",
    "damages": "Delay damages",
    "running": "Running cost",
    "laid_by": "Laid by for maintenance",
    "termination": "Termination payment",
    "ending": "Sale at the end of life",
    "rate": "Interest rate a period",
    "repaid": "Due, over what is owed",
    "balloon": "Due at once, over what is owed",
    "target": "Reserve wanted, over what is owed",
    "cfads": "Cash for debt service",
    "opening": "Owed when it begins",
    "interest": "Interest asked for",
    "scheduled": "Principal as scheduled",
    "service": "Debt service",
    "due": "All that is due",
    "cash": "Cash at hand",
    "from_cash": "Paid from cash",
    "from_reserve": "Paid from the reserve",
    "short": "Missed",
    "owed": "Owed after it",
    "cover": "Cover of 12 months",
    "broken": "Covenant broken",
    "locked": "Locked up",
    "wanted": "Reserve lacks",
    "to_reserve": "Into the reserve",
    "left": "Left",
    "swept": "Repaid early",
    "balance": "Owed at the end",
    "missed": "Missed at the end",
    "distributed": "Distributed",
    "kept": "Kept",
    "reserve": "Reserve at the end",
}
_RATIOS = frozenset({"rate", "repaid", "balloon", "target", "cover"})
_FLAGS = frozenset({"broken", "locked"})


def _waterfall(book: Book, name: str, made: Outcome) -> list[Check]:
    closing, flows = made.closing, made.flows
    sheet = book.sheet(name, "Who is paid what; blue may be changed")
    terms = _terms(sheet, made)
    values = _values(made)
    window = 12 // closing.finance.period.months
    lines = [
        Line(
            key,
            _NAMES[key],
            "factor" if key in _RATIOS else "whole" if key in _FLAGS else MONEY,
            values[key],
            None if key in _INPUTS else _formula(key, terms, window),
        )
        for key in _COLUMNS
    ]
    count = len(flows.cfads)
    days = [plain.ends_on(closing, closing.built + 1 + t).isoformat() for t in range(count)]
    _table(sheet, days, lines)
    last = _FIRST + count - 1
    checks = [
        (f"{name}: distributed", "distributed", float(flows.distributed.sum())),
        (f"{name}: repaid early", "swept", float(flows.swept.sum())),
    ]
    found = []
    for said, key, total in checks:
        span = sheet.span(_FIRST, _COLUMNS[key], last, _COLUMNS[key])
        worth = total / MILLION
        found.append(Check(said, f"SUM({span})", worth, worth, MONEY))
    owed = sheet.at(last, _COLUMNS["balance"])
    end = float(flows.balance[-1, 0]) / MILLION
    found.append(Check(f"{name}: never paid", owed, end, end, MONEY))
    return found + _return(sheet, name, made, last)


def _return(sheet: Sheet, name: str, made: Outcome, last: int) -> list[Check]:
    """Write the shareholders' flows in a column, and their return by formula."""
    whole = float(made.equity_irr[0])
    per_year = 12 // made.closing.finance.period.months
    column = len(_COLUMNS) + 4
    sheet.text(_HEAD, column, f"Shareholders, {MONEY}", "head-right")
    built = made.closing.built
    for t in range(built + 1):
        sheet.number(_FIRST + t, column, float(made.equity[t, 0]) / MILLION, MONEY)
    for row in range(_FIRST, last + 1):
        value = float(made.flows.distributed[row - _FIRST, 0]) / MILLION
        place = row + built + 1
        sheet.formula(place, column, cell(row, _COLUMNS["distributed"]), value, MONEY)
    if not np.isfinite(whole) or whole <= -0.999999:
        return []
    span = sheet.span(_FIRST, column, last + built + 1, column)
    guess = (1 + whole) ** (1 / per_year) - 1
    written = f"(1+IRR({span},{guess!r}))^{per_year}-1"
    return [Check(f"{name}: return of shareholders a year", written, whole, whole, "%")]


def _terms(sheet: Sheet, made: Outcome) -> dict[str, str]:
    """Write what is agreed beside the table, and give the cell of each."""
    closing = made.closing
    column = len(_COLUMNS) + 2
    held = {
        "loan": ("Loan when repayment begins", closing.loan_usd / MILLION, MONEY),
        "reserve": ("Reserve then", closing.reserve_usd / MILLION, MONEY),
        "kept": ("Cash then", made.opening_usd / MILLION, MONEY),
        "lockup": ("Lock-up cover", closing.vehicle.dscr_lockup_ratio, "factor"),
        "covenant": ("Covenant cover", closing.vehicle.dscr_covenant_ratio, "factor"),
        "sweep": ("Sweep, share", closing.finance.sweep_share, "%"),
    }
    sheet.made.set_column(column, column, 26)
    places = {}
    for step, (key, (name, value, unit)) in enumerate(held.items()):
        sheet.text(_FIRST + step, column, name)
        places[key] = sheet.number(_FIRST + step, column + 1, float(value), unit, "input")
    return places


def _formula(key: str, terms: Mapping[str, str], window: int) -> Write:
    """Give what a column's formula is, row by row."""

    def written(row: int, t: int) -> str:
        at = {name: cell(row, column) for name, column in _COLUMNS.items()}
        last = {name: cell(row - 1, column) for name, column in _COLUMNS.items()}
        if t == 0:
            last |= {"balance": terms["loan"], "reserve": terms["reserve"], "kept": terms["kept"]}
            last["missed"] = "0"
        top = row - min(t, window - 1)
        sums = {
            name: f"SUM({cell(top, _COLUMNS[name])}:{at[name]})" for name in ("cfads", "service")
        }
        return _FORMULAS[key](at, last, sums, terms)

    return written


_Cells = Mapping[str, str]
_FORMULAS: Mapping[str, Callable[[_Cells, _Cells, _Cells, _Cells], str]] = {
    "cfads": lambda a, b, s, t: (
        f"{a['contract']}+{a['merchant']}+{a['damages']}-{a['running']}-{a['laid_by']}"
    ),
    "opening": lambda a, b, s, t: b["balance"],
    "interest": lambda a, b, s, t: f"{a['opening']}*{a['rate']}",
    "scheduled": lambda a, b, s, t: f"({a['opening']}-{b['missed']})*{a['repaid']}",
    "service": lambda a, b, s, t: f"{a['interest']}+{a['scheduled']}",
    "due": lambda a, b, s, t: (
        f"{a['service']}+({a['opening']}-{b['missed']})*{a['balloon']}+{b['missed']}"
    ),
    "cash": lambda a, b, s, t: f"{b['kept']}+{a['cfads']}+{a['ending']}+{a['termination']}",
    "from_cash": lambda a, b, s, t: f"MIN(MAX({a['cash']},0),{a['due']})",
    "from_reserve": lambda a, b, s, t: f"MIN({a['due']}-{a['from_cash']},{b['reserve']})",
    "short": lambda a, b, s, t: f"{a['due']}-{a['from_cash']}-{a['from_reserve']}",
    "owed": lambda a, b, s, t: (
        f"{a['opening']}+{a['interest']}-{a['from_cash']}-{a['from_reserve']}"
    ),
    "cover": lambda a, b, s, t: f'IF({s["service"]}>{_LEAST},{s["cfads"]}/{s["service"]},"")',
    "broken": lambda a, b, s, t: (
        f"IF({a['owed']}>{_LEAST},IF({a['short']}>{_LEAST},1,"
        f"IF(COUNT({a['cover']})=1,IF({a['cover']}<{t['covenant']},1,0),0)),0)"
    ),
    "locked": lambda a, b, s, t: (
        f"IF({a['owed']}>{_LEAST},IF({a['broken']}=1,1,"
        f"IF(COUNT({a['cover']})=1,IF({a['cover']}<{t['lockup']},1,0),0)),0)"
    ),
    "wanted": lambda a, b, s, t: f"{a['target']}*{a['owed']}-({b['reserve']}-{a['from_reserve']})",
    "to_reserve": lambda a, b, s, t: (
        f"IF({a['wanted']}>0,MIN({a['wanted']},MAX({a['cash']}-{a['from_cash']},0)),"
        f"IF({a['short']}>{_LEAST},0,{a['wanted']}))"
    ),
    "left": lambda a, b, s, t: f"{a['cash']}-{a['from_cash']}-{a['to_reserve']}",
    "swept": lambda a, b, s, t: (
        f"MIN({a['owed']},MIN({a['termination']},MAX({a['left']},0))"
        f"+IF({a['broken']}=1,1,IF({a['locked']}=1,0,{t['sweep']}))"
        f"*(MAX({a['left']},0)-MIN({a['termination']},MAX({a['left']},0))))"
    ),
    "balance": lambda a, b, s, t: f"{a['owed']}-{a['swept']}",
    "missed": lambda a, b, s, t: f"MAX({a['short']}-{a['swept']},0)",
    "distributed": lambda a, b, s, t: (
        f"IF({a['locked']}*({a['balance']}>{_LEAST})=1,0,MAX({a['left']}-{a['swept']},0))"
    ),
    "kept": lambda a, b, s, t: f"{a['left']}-{a['swept']}-{a['distributed']}",
    "reserve": lambda a, b, s, t: f"{b['reserve']}-{a['from_reserve']}+{a['to_reserve']}",
}
"""(this row, the row before, sums of 12 months, terms) -> formula."""


def _values(made: Outcome) -> dict[str, Sequence[float]]:
    """Give what every column holds: inputs as they are, results as offtake works them out."""
    closing, flows, cash = made.closing, made.flows, made.cash
    start, count = closing.built + 1, len(flows.cfads)
    rules = rules_of(closing, count)
    found: dict[str, Floats] = {
        name: np.asarray(getattr(cash, name)[start:, 0]) / MILLION
        for name in ("contract", "merchant", "damages", "running", "laid_by")
    }
    found |= {
        name: np.asarray(getattr(flows, name)[:, 0]) / MILLION
        for name in (
            *("termination", "ending", "cfads", "service", "due", "from_reserve", "to_reserve"),
            *("swept", "balance", "missed", "distributed", "kept", "reserve"),
        )
    }
    found |= {"repaid": rules.repaid, "balloon": rules.balloon, "target": rules.target}
    found |= {"cover": flows.cover[:, 0], "rate": made.rates[:, 0]}
    found |= {"broken": flows.broken[:, 0] * 1.0, "locked": flows.locked[:, 0] * 1.0}
    found["opening"] = np.concatenate([[closing.loan_usd / MILLION], found["balance"][:-1]])
    held = np.concatenate([[closing.reserve_usd / MILLION], found["reserve"][:-1]])
    kept = np.concatenate([[made.opening_usd / MILLION], found["kept"][:-1]])
    found["interest"] = found["opening"] * found["rate"]
    found["scheduled"] = found["service"] - found["interest"]
    found["cash"] = kept + found["cfads"] + found["ending"] + found["termination"]
    found["from_cash"] = np.minimum(np.maximum(found["cash"], 0.0), found["due"])
    found["short"] = found["due"] - found["from_cash"] - found["from_reserve"]
    found["owed"] = found["balance"] + found["swept"]
    found["wanted"] = found["target"] * found["owed"] - (held - found["from_reserve"])
    found["left"] = found["cash"] - found["from_cash"] - found["to_reserve"]
    return {name: list(map(float, values)) for name, values in found.items()}
