"""A vehicle as plain data, in the form `offtake.vehicle/1`: for JSON, tables and workbooks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import numpy as np

from offtake.capital.vehicle.closing import Closing, Outcome
from offtake.capital.vehicle.consolidation import Treatment, treated
from offtake.capital.vehicle.scenarios import Told

SCHEMA = "offtake.vehicle/1"
USES = ("capex", "interest", "upfront", "commitment", "reserve")
"""What is paid while a vehicle builds, by the names of `Funded`."""
FLOWS = (
    *("cfads", "termination", "ending", "interest", "principal", "due", "from_reserve"),
    *("to_reserve", "swept", "distributed", "balance", "reserve", "kept", "missed"),
)
"""What the waterfall pays, by the names of `Flows`."""


def ends_on(closing: Closing, period: int) -> date:
    """Give the last day of a period; period 0 is the day of the close."""
    close = closing.finance.close
    if period == 0:
        return close
    months = close.year * 12 + close.month - 1 + period * closing.finance.period.months
    if (close + timedelta(days=1)).month != close.month:  # the close is the end of a month
        months += 1
        return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)
    return date(months // 12, months % 12 + 1, min(close.day, 28))


def sources_and_uses(closing: Closing) -> dict[str, dict[str, float]]:
    """Give what pays for the vehicle, and what is paid, in USD."""
    funded = closing.funded
    uses = {name: float(getattr(funded, name).sum()) for name in USES}
    carried = float(funded.carried[-1])
    return {
        "sources": {
            "debt": float(funded.debt.sum()),
            "equity": float(funded.equity.sum()),
            "earned": float(funded.earned.sum()),
        },
        "uses": uses | {"carried": carried},
    }


def construction(closing: Closing) -> list[dict[str, Any]]:
    """Give each period until the last phase is in service."""
    funded, owed = closing.funded, np.cumsum(closing.funded.debt)
    names = (*USES, "earned", "debt", "equity")
    return [
        {"period": t, "end": ends_on(closing, t).isoformat()}
        | {f"{name}_usd": float(getattr(funded, name)[t]) for name in names}
        | {"balance_usd": float(owed[t])}
        for t in range(closing.built + 1)
    ]


def waterfall(made: Outcome, run: int = 0) -> list[dict[str, Any]]:
    """Give each period of one run, from the first repayment on."""
    closing, flows, cash = made.closing, made.flows, made.cash
    rows = []
    for t in range(len(flows.cfads)):
        period = closing.built + 1 + t
        cover = float(flows.cover[t, run])
        row: dict[str, Any] = {"period": period, "end": ends_on(closing, period).isoformat()}
        for name in ("contract", "merchant", "damages", "running", "laid_by"):
            row[f"{name}_usd"] = float(getattr(cash, name)[period, run])
        row |= {f"{name}_usd": float(getattr(flows, name)[t, run]) for name in FLOWS}
        row["cover_ratio"] = None if np.isnan(cover) else cover
        row["locked"], row["broken"] = bool(flows.locked[t, run]), bool(flows.broken[t, run])
        rows.append(row)
    return rows


def ratios(made: Outcome, run: int = 0) -> dict[str, float | None]:
    """Give what lenders and shareholders look at first."""
    closing = made.closing
    found = {
        "gearing_share": closing.gearing,
        "least_cover_ratio": float(made.least_cover[run]),
        "mean_cover_ratio": float(made.mean_cover[run]),
        "loan_life_cover_ratio": life_cover(made, run),
        "equity_irr_share_per_year": float(made.equity_irr[run]),
        "equity_called_usd": float(made.called[:, run].sum()),
        "unpaid_usd": float(made.flows.balance[-1, run]),
    }
    return {name: None if np.isnan(value) else value for name, value in found.items()}


def life_cover(made: Outcome, run: int = 0) -> float:
    """Give the present value of cash over the loan's life, over the loan, at the loan's rate."""
    closing = made.closing
    tenor = len(closing.profile.principal)
    if not tenor:
        return float("nan")
    worth = float(made.flows.cfads[:tenor, run] @ made.factors[:tenor])
    return worth / closing.loan_usd


def plain(
    closing: Closing, cases: dict[str, Outcome], random: Told | None = None
) -> dict[str, Any]:
    """Give a vehicle whole: its close, each case by name, and what random runs say."""
    vehicle = closing.vehicle
    return {
        "schema": SCHEMA,
        "vehicle": vehicle.party,
        "close": closing.finance.close.isoformat(),
        "period": closing.finance.period.value,
        "loan_usd": closing.loan_usd,
        "limited_by": closing.binding,
        "limits": [asdict(limit) for limit in closing.limits],
        **sources_and_uses(closing),
        "covenants": {
            "target_ratio": vehicle.dscr_target_ratio,
            "lockup_ratio": vehicle.dscr_lockup_ratio,
            "covenant_ratio": vehicle.dscr_covenant_ratio,
        },
        "construction": construction(closing),
        "cases": {
            name: {"ratios": ratios(made), "waterfall": waterfall(made)}
            for name, made in cases.items()
        },
        "books": _books(treated(next(iter(cases.values())))),
        "random": None if random is None else asdict(random),
    }


def _books(found: Treatment) -> dict[str, Any]:
    return {
        "method": found.method.value,
        "reason": found.reason,
        "years": [asdict(line) for line in found.years],
    }
