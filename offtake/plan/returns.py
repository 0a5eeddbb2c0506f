"""Returns: what vehicles bring their shareholders and cost their lenders, in a few numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.model.vehicle import CoverLine, VehicleLine
from offtake.plan.financing import MONTHS
from offtake.plan.formulate import Facts, Formulation
from offtake.plan.outcome import Outcome, quantile
from offtake.plan.program import Floats
from offtake.plan.vehicles import Fenced, fenced
from offtake.plan.waterfall import Settled
from offtake.plan.workloads import MILLION
from offtake.units import it_mw

SMALL = 1e-6
"""Amounts below this (million USD, MW) are rounding of the solver."""
STEEPEST = 30.0
"""Largest yearly growth, as a logarithm, a return is looked for in."""
HALVINGS = 80


def vehicle_lines(made: Formulation, outcome: Outcome) -> tuple[VehicleLine, ...]:
    """Sum up every vehicle that builds something that is offered."""
    held, book = outcome.vehicles, fenced(made.facts)
    if held is None or book is None:
        return ()
    return tuple(_line(made.facts, book, held, number) for number in range(len(book.vehicles)))


def internal_return(flows: Floats, end: Floats) -> Floats:
    """Give the yearly rate at which flows are worth nothing, [N].

        Σ_t flow[t]·(1 + r)^(−(t + ½)/4) + end·(1 + r)^(−T/4) = 0

    Found by halving an interval of ln(1 + r). NaN where nothing is paid in; −1 where
    nothing comes back. Where flows change sign more than once it is one of several.

    Args:
        flows: [N, T] of quarters; what is paid in is negative.
        end: [N] what is left at the end.
    """
    periods = flows.shape[1]
    times = np.append((np.arange(periods) + 0.5) / 4, periods / 4)
    all_flows = np.concatenate([flows, end[:, None]], axis=1)
    low, high = np.full(len(flows), -STEEPEST), np.full(len(flows), STEEPEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        # Scaled by the largest factor, so that none overflows.
        power = -middle[:, None] * times
        worth = (all_flows * np.exp(power - power.max(axis=1, keepdims=True))).sum(axis=1)
        low, high = np.where(worth > 0, middle, low), np.where(worth > 0, high, middle)
    rate = np.expm1((low + high) / 2)
    paid = np.minimum(all_flows, 0.0).sum(axis=1) < -SMALL
    back = np.maximum(all_flows, 0.0).sum(axis=1) > SMALL
    found: Floats = np.where(paid, np.where(back, rate, -1.0), np.nan)
    return found


def shareholder_flows(held: Settled, number: int) -> tuple[Floats, Floats]:
    """What all shareholders of a vehicle get less what they pay, [W, T], and at the end [W]."""
    flows = held.distribution[number] - held.equity[number] - held.cure[number]
    return flows, held.value[number] + held.released[number]


def _line(facts: Facts, book: Fenced, held: Settled, number: int) -> VehicleLine:
    chance = facts.scenarios.probability
    vehicle = book.vehicles[number]
    mine = [k for k, owner in enumerate(book.owner) if owner == number]
    signed = sum(float(chance @ held.signed[k]) for k in mine)
    debt = sum(float(chance @ held.financed[k]) for k in mine)
    handed = held.handed[mine, :, -1].sum(axis=0)
    left = held.financed[mine].sum(axis=0) - handed
    short = _below(held, number, vehicle.dscr_lockup_ratio)
    cures = held.cure[number].sum(axis=1)
    gains = _gains(facts, float(vehicle.ownership_share), held, number)
    planned = _planned(facts, book, held, mine)
    irr, low = _irr(held, number, chance)
    shares = float(vehicle.ownership_share)

    def mean(amount: Floats) -> float:
        return max(float(chance @ amount), 0.0) * MILLION

    return VehicleLine(
        vehicle=vehicle.party,
        name=next((p.name for p in facts.portfolio.parties if p.id == vehicle.party), ""),
        ownership_share=shares,
        power_it_mw=it_mw(signed),
        financed_it_mw=it_mw(debt),
        offtake_usd_per_it_kw_month=_price(book, held, mine, chance),
        investment_usd=planned.investment * MILLION,
        debt_usd=planned.debt * MILLION,
        equity_usd=planned.equity * MILLION,
        leverage_ratio=planned.leverage,
        dscr_target_ratio=vehicle.dscr_target_ratio,
        dscr_lockup_ratio=vehicle.dscr_lockup_ratio,
        dscr_covenant_ratio=vehicle.dscr_covenant_ratio,
        cover=tuple(_cover(facts, book, held, number)),
        irr_mean_share_per_year=irr,
        irr_p10_share_per_year=low,
        lockup_share=_chance(chance, short.any(axis=1)),
        cure_share=_chance(chance, cures > SMALL),
        handover_share=_chance(chance, handed > SMALL),
        partial_share=_chance(chance, (handed > SMALL) & (left > SMALL)),
        handed_it_mw=it_mw(max(float(chance @ handed), 0.0)),
        cure_usd=mean(cures),
        early_usd=mean((held.distribution[number] * short).sum(axis=1)),
        guarantee_usd=mean(held.guarantee[number].sum(axis=1)),
        lenders_loss_usd=mean(held.lost[number]),
        lab_gain_usd=gains[0],
        minority_gain_usd=gains[1],
        minority_cash_share=1 - shares,
    )


def _chance(chance: Floats, when: npt.ArrayLike) -> float:
    return min(float(chance @ np.asarray(when, float)), 1.0)


def _below(held: Settled, number: int, ratio: float) -> npt.NDArray[np.bool_]:
    """Mark where service is due and cover is below a ratio, [W, T]."""
    owed = held.service[number]
    below: npt.NDArray[np.bool_] = (owed > SMALL) & (held.cfads[number] < ratio * owed - SMALL)
    return below


def _price(book: Fenced, held: Settled, mine: list[int], chance: Floats) -> float | None:
    weight = np.array([float(chance @ held.signed[k]) for k in mine])
    price = np.array([book.lines[k].loan.price for k in mine])
    if weight.sum() <= SMALL or weight @ price <= 0:
        return None
    return float(weight @ price / weight.sum()) * MILLION / 1e3 / MONTHS


@dataclass(frozen=True, slots=True)
class _Planned:
    """Sources and uses inside the horizon, million USD."""

    investment: float
    debt: float
    equity: float
    leverage: float | None


def _planned(facts: Facts, book: Fenced, held: Settled, mine: list[int]) -> _Planned:
    """Investment, debt and equity inside the horizon if nothing is late, mean over signings."""
    chance, periods = facts.scenarios.probability, facts.shape[1]
    invested, drawn, owes = (np.zeros(periods) for _ in range(3))
    for k in mine:
        plan = book.lines[k].loan
        signed, debt = float(chance @ held.signed[k]), float(chance @ held.financed[k])
        invested += signed * plan.invested[:periods]
        drawn += debt * plan.draws[:periods]
        owes += debt * plan.balance[:periods]
    equity = np.cumsum(invested - drawn)
    ratio = np.divide(owes, equity, out=np.zeros(periods), where=equity > SMALL)
    return _Planned(
        investment=float(invested.sum()),
        debt=float(owes.max(initial=0.0)),
        equity=max(float(equity[-1]), 0.0),
        leverage=float(ratio.max()) if (equity > SMALL).any() else None,
    )


def _cover(facts: Facts, book: Fenced, held: Settled, number: int) -> Iterator[CoverLine]:
    chance = facts.scenarios.probability
    quarters = facts.portfolio.horizon.quarters
    cash, owed = held.cfads[number], held.service[number]
    for year in sorted({q.year for q in quarters}):
        inside = np.array([q.year == year for q in quarters])
        due = (owed > SMALL) & inside
        service = np.where(due, owed, 0.0).sum(axis=1)
        there = service > SMALL
        if not there.any():
            continue
        ratio = np.maximum(np.where(due, cash, 0.0).sum(axis=1)[there] / service[there], 0.0)
        weight = chance[there] / chance[there].sum()
        yield CoverLine(
            year=str(year),
            planned_ratio=_planned_cover(book, held, number, chance, inside),
            least_ratio=float(ratio.min()),
            p10_ratio=quantile(ratio, weight, 0.1),
            p50_ratio=quantile(ratio, weight, 0.5),
            p90_ratio=quantile(ratio, weight, 0.9),
            due_share=_chance(chance, there),
        )


def _planned_cover(
    book: Fenced, held: Settled, number: int, chance: Floats, inside: npt.NDArray[np.bool_]
) -> float | None:
    cash, service = (np.zeros(len(inside)) for _ in range(2))
    for k, (owner, _, _, line) in enumerate(book.each()):
        if owner == number:
            cash += float(chance @ held.signed[k]) * line.loan.cash[: len(inside)]
            service += float(chance @ held.financed[k]) * line.loan.service[: len(inside)]
    due = inside & (service > SMALL)
    return max(float(cash[due].sum() / service[due].sum()), 0.0) if due.any() else None


def _irr(held: Settled, number: int, chance: Floats) -> tuple[float | None, float | None]:
    """Return of all shareholders: mean, and its value in the worst tenth."""
    found = internal_return(*shareholder_flows(held, number))
    known = np.isfinite(found)
    if not known.any():
        return None, None
    weight = chance[known] / chance[known].sum()
    return float(weight @ found[known]), quantile(found[known], weight, 0.1)


def _gains(facts: Facts, share: float, held: Settled, number: int) -> tuple[float, float]:
    """What lab and minority gain from their equity, discounted mean, USD."""
    chance, final = facts.scenarios.probability, facts.final_discount
    flows, end = shareholder_flows(held, number)
    worth = (flows * facts.discount).sum(axis=1) + final * end
    given = ((held.fee[number] - held.guarantee[number, :, :-1]) * facts.discount).sum(axis=1)
    given = given - final * held.guarantee[number, :, -1]
    lab = float(chance @ (share * worth + given))
    return lab * MILLION, float(chance @ worth) * (1 - share) * MILLION
