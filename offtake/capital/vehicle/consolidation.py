"""What the lab's books show of a vehicle: all of it, or its share of equity.

    controlled     full consolidation: assets and debt in full, others' share of equity apart;
                   what the lab pays the vehicle is inside the group and falls out
    not controlled the equity method: one line, ownership · equity of the vehicle

Whether the lab controls the vehicle is a judgement, declared with its reason (IFRS 10.7: power,
variable returns, and the link between them); it is never inferred from a share. Capacity is
written off evenly over the life of each phase; interest while building is part of its cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from offtake.capital.vehicle.cash import Floats
from offtake.capital.vehicle.closing import Outcome
from offtake.errors import Fault, OfftakeError, Where


class Method(StrEnum):
    """How the lab shows the vehicle."""

    CONSOLIDATED = "consolidated"
    EQUITY = "equity-method"


@dataclass(frozen=True, slots=True)
class Year:
    """One year of the vehicle, and what of it the lab shows, in USD."""

    year: int
    assets_usd: float
    """Capacity, written down."""
    cash_usd: float
    """Cash and reserves."""
    debt_usd: float
    equity_usd: float
    profit_usd: float
    """Of the vehicle."""
    inside_usd: float
    """Paid by the lab to the vehicle: falls out where it is consolidated."""
    lab_assets_usd: float
    """Assets the lab shows: all of them, or its share of equity in one line."""
    lab_debt_usd: float
    lab_profit_usd: float
    """The lab's share of profit."""
    others_equity_usd: float
    """Equity of others, shown apart; 0 under the equity method."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """How the lab shows a vehicle, why, and with what figures."""

    method: Method
    reason: str
    years: tuple[Year, ...]


def treated(made: Outcome, run: int = 0) -> Treatment:
    """Show a vehicle in the lab's books, year by year, in one run.

    Raises:
        OfftakeError: control is declared, or denied, without a reason (`OTK-C027`).
    """
    closing = made.closing
    if not closing.finance.control_reason.strip():
        what = "whether the lab controls the vehicle is declared without a reason"
        where = Where(path=f"{closing.path}.finance.control_reason")
        hint = "say who directs what matters, who bears the variable return"
        raise OfftakeError(Fault(code="OTK-C027", what=what, where=where, hint=hint))
    controlled = closing.vehicle.controlled
    method = Method.CONSOLIDATED if controlled else Method.EQUITY
    return Treatment(method, closing.finance.control_reason, tuple(_years(made, run, controlled)))


def _years(made: Outcome, run: int, controlled: bool) -> list[Year]:
    closing, share = made.closing, made.closing.vehicle.ownership_share
    assets, cash, debt, profit = _accounts(made, run)
    equity = assets + cash - debt
    months = closing.finance.period.months
    count = len(assets)
    close = closing.finance.close
    calendar = (close.year * 12 + close.month - 1 + np.arange(count) * months) // 12
    years = []
    for year in np.unique(calendar):
        inside = np.flatnonzero(calendar == year)
        last = inside[-1]
        earned = float(profit[inside].sum())
        years.append(
            Year(
                year=int(year),
                assets_usd=float(assets[last]),
                cash_usd=float(cash[last]),
                debt_usd=float(debt[last]),
                equity_usd=float(equity[last]),
                profit_usd=earned,
                inside_usd=float(made.cash.contract[inside, run].sum()),
                lab_assets_usd=float(
                    assets[last] + cash[last] if controlled else share * equity[last]
                ),
                lab_debt_usd=float(debt[last]) if controlled else 0.0,
                lab_profit_usd=share * earned,
                others_equity_usd=float((1 - share) * equity[last]) if controlled else 0.0,
            )
        )
    return years


def _accounts(made: Outcome, run: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Assets, cash, debt and profit at the end of, and in, each period from the close on.

    Profit is what changes equity but for what shareholders pay in and are paid.
    """
    flows, funded = made.flows, made.closing.funded
    count, built = len(made.equity), made.closing.built
    debt, cash = np.zeros(count), np.zeros(count)
    debt[: built + 1] = np.cumsum(funded.debt)
    paid = funded.debt + funded.equity + made.called[:, run] - funded.uses
    came = made.cash.cfads[: built + 1, run] + made.cash.termination[: built + 1, run]
    cash[: built + 1] = np.cumsum(paid + came)
    cash[built] += funded.reserve.sum()
    debt[built + 1 :] = flows.balance[:, run]
    laid = np.cumsum(made.cash.laid_by[:, run] - made.cash.spent[:, run])
    cash[built + 1 :] = flows.kept[:, run] + flows.reserve[:, run]
    assets = _assets(made, count)
    cash = cash + laid
    equity = assets + cash - debt
    profit = np.diff(equity, prepend=0.0) + made.equity[:, run]
    return assets, cash, debt, profit


def _assets(made: Outcome, count: int) -> Floats:
    """Written-down cost: capital cost shared out by phase, evenly over each life."""
    closing, funded = made.closing, made.closing.funded
    months = closing.finance.period.months
    cost = np.cumsum(funded.capex + funded.interest + funded.upfront + funded.commitment)
    held = np.full(count, cost[-1])
    held[: len(cost)] = cost
    total = sum(phase.capex_usd for phase in closing.finance.phases)
    ends = np.arange(count) * float(months)
    for phase in closing.finance.phases:
        start = phase.spend_from_months + phase.build_months
        used = np.clip((ends - start) / phase.life_months, 0.0, 1.0)
        held = held - cost[-1] * (phase.capex_usd / total if total else 0.0) * used
    return held
