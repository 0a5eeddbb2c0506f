"""What lenders look at, as tables of text: sources and uses, debt, waterfall, ratios, books."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from offtake.capital.vehicle import plain
from offtake.capital.vehicle.closing import Closing, Outcome
from offtake.capital.vehicle.consolidation import Method, Treatment
from offtake.capital.vehicle.scenarios import Spread, Told
from offtake.draw import numbers, words
from offtake.draw.numbers import MINUS, NOTHING, Column
from offtake.draw.tables import Table

USES = {
    "capex": "Building",
    "interest": "Interest while building",
    "upfront": "Fee at the close",
    "commitment": "Commitment fees",
    "reserve": "Debt service reserve",
    "carried": "Cash kept",
    "debt": "Debt",
    "equity": "Equity",
    "earned": "Earned by phases in service",
}
"""How each source and use is called where people read it."""


_M_USD = Column("M USD", 1e6, 1)
"""Lenders read millions."""


def title(closing: Closing) -> str:
    """Say what is lent, and what limits it."""
    loan, share = numbers.usd(closing.loan_usd), numbers.share(closing.gearing)
    if not closing.loan_usd:
        return f"{closing.vehicle.party} borrows nothing"
    return (
        f"{closing.vehicle.party} borrows {loan} ({share} of all uses); "
        f"what limits it is {closing.binding}"
    )


def sources_and_uses(closing: Closing) -> Table:
    """Give what pays for the vehicle and what is paid, each with its share."""
    held, unit = plain.sources_and_uses(closing), _M_USD
    rows = []
    for side, parts in held.items():
        total = sum(parts.values())
        for name, amount in parts.items():
            if amount:
                part = str(numbers.share(amount / total))
                rows.append((side.capitalize(), USES[name], unit(amount), part))
        rows.append((side.capitalize(), "Total", unit(total), ""))
    caption = f"Until the last phase is in service, {unit.unit}, as planned"
    return Table(caption, ("Side", "What", unit.unit, "Share"), tuple(rows), frozenset({0, 1}))


def limits(closing: Closing) -> Table:
    """Give what lenders would lend by each rule."""
    unit = _M_USD
    rows = tuple(
        (limit.name, unit(limit.loan_usd), "limits" if limit.name == closing.binding else "")
        for limit in closing.limits
    )
    caption = f"Largest loan by each rule, {unit.unit}; the least is lent"
    return Table(caption, ("Rule", unit.unit, ""), rows, frozenset({0, 2}))


def debt(made: Outcome, run: int = 0) -> Table:
    """Give draws, interest, repayment and balance, from the close to the last repayment."""
    closing, flows = made.closing, made.flows
    funded, unit = closing.funded, _M_USD
    owed = np.concatenate([[0.0], np.cumsum(funded.debt)])
    rows = [
        (
            plain.ends_on(closing, t).isoformat(),
            unit(float(owed[t])),
            unit(float(funded.debt[t])),
            unit(float(funded.interest[t])),
            unit(0.0),
            unit(float(owed[t + 1])),
        )
        for t in range(closing.built + 1)
    ]
    before = float(owed[-1])
    for t in range(len(flows.balance)):
        after = float(flows.balance[t, run])
        repaid = float(flows.principal[t, run] + flows.swept[t, run])
        if before <= 0.005:
            break
        day = plain.ends_on(closing, closing.built + 1 + t).isoformat()
        paid = unit(float(flows.interest[t, run]))
        rows.append((day, unit(before), unit(0.0), paid, unit(repaid), unit(after)))
        before = after
    head = ("Period to", "Opening", "Drawn", "Interest", "Repaid", "Closing")
    return Table(f"Debt, {unit.unit}", head, tuple(rows))


def waterfall(made: Outcome, run: int = 0) -> Table:
    """Give who is paid what, period by period."""
    unit = _M_USD
    rows = []
    for line in plain.waterfall(made, run):
        state = "broken" if line["broken"] else "locked" if line["locked"] else ""
        names = ("cfads", "termination", "ending", "interest", "principal")
        cells = [unit(line[f"{name}_usd"]) for name in names]
        moved = unit(line["to_reserve_usd"] - line["from_reserve_usd"])
        ends = [unit(line[f"{name}_usd"]) for name in ("swept", "distributed", "kept", "missed")]
        cover = line["cover_ratio"]
        told = NOTHING if cover is None else f"{cover:.2f}"
        rows.append((line["end"], *cells, moved, *ends, told, state))
    head = (
        *("Period to", "CFADS", "Termination", "Sale", "Interest", "Principal", "Into reserve"),
        *("Swept", "Distributed", "Kept", "Missed", "Cover", "State"),
    )
    texts = frozenset({0, len(head) - 1})
    caption = f"Waterfall, {unit.unit}; cover of the last 12 months"
    return Table(caption, head, tuple(rows), texts)


def cases(made: Mapping[str, Outcome]) -> Table:
    """Give the ratios of each case beside each other."""
    rows = []
    for name, outcome in made.items():
        found = plain.ratios(outcome)
        flows = outcome.flows
        worst = float(flows.missed.max())
        rows.append(
            (
                words.plain(name),
                _ratio(found["least_cover_ratio"]),
                _ratio(found["mean_cover_ratio"]),
                _ratio(found["loan_life_cover_ratio"]),
                _share(found["equity_irr_share_per_year"]),
                str(int(flows.locked.sum())),
                str(int(flows.broken.sum())),
                str(numbers.usd(worst)) if worst > 0.005 else "none",
                str(numbers.usd(found["unpaid_usd"])) if found["unpaid_usd"] else "none",
            )
        )
    head = (
        *("Case", "Least cover", "Mean cover", "Loan life cover", "Equity IRR"),
        *("Periods locked", "Periods broken", "Most missed", "Never paid"),
    )
    return Table("Ratios of each case; IRR a year, before tax", head, tuple(rows))


def covenants(closing: Closing) -> Table:
    """Give the covers that are agreed, and what falling below each does."""
    vehicle = closing.vehicle
    rows = (
        ("Target", _ratio(vehicle.dscr_target_ratio), "sizes the loan"),
        ("Lock-up", _ratio(vehicle.dscr_lockup_ratio), "cash is kept from shareholders"),
        ("Covenant", _ratio(vehicle.dscr_covenant_ratio), "all that is left repays debt"),
    )
    return Table("Cash over debt service", ("Cover", "Ratio", "Below it"), rows, frozenset({0, 2}))


def random(told: Told) -> Table:
    """Give what many runs say."""
    shares = (
        ("Locked up at some time", told.locked_share),
        ("Covenant broken or something missed", told.broken_share),
        ("Something missed", told.missed_share),
        ("Debt never paid", told.unpaid_share),
    )
    rows = [
        ("Equity IRR", *_spread(told.equity_irr, _share)),
        ("Least cover", *_spread(told.least_cover, _ratio)),
        *((name, str(numbers.share(share)), "", "", "", "") for name, share in shares),
    ]
    caption = f"{told.runs:,} random runs; a share of runs where one number stands"
    return Table(caption, ("What", "Mean", "P10", "P50", "P90", "Least"), tuple(rows))


def books(found: Treatment) -> Table:
    """Give what the lab's books show, year by year."""
    years, unit = found.years, _M_USD
    controlled = found.method is Method.CONSOLIDATED
    named = "Assets" if controlled else "Share of equity"
    rows = tuple(
        (
            str(line.year),
            unit(line.lab_assets_usd),
            unit(line.lab_debt_usd),
            unit(line.others_equity_usd),
            unit(line.lab_profit_usd),
            unit(line.inside_usd if controlled else 0.0),
        )
        for line in years
    )
    head = ("Year", named, "Debt", "Equity of others", "Lab's profit", "Falls out inside")
    caption = f"In the lab's books ({found.method.value}), {unit.unit}: {words.plain(found.reason)}"
    return Table(caption, head, rows)


def _spread(found: Spread, write: object) -> tuple[str, ...]:
    assert callable(write)
    values = (found.mean, found.p10, found.p50, found.p90, found.least)
    return tuple(str(write(value)) for value in values)


def _ratio(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}".replace("-", MINUS)


def _share(value: float | None) -> str:
    return NOTHING if value is None else str(numbers.share(value))
