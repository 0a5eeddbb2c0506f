"""Reasons: duals told in words and money, in the portfolio's own names.

A dual is what the objective gains from one more unit of a limit. With whole blocks held
at the plan's values the program is linear, so its duals are exact for small changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from offtake.model.period import Quarter
from offtake.model.plan import BindingLimit
from offtake.plan.formulate import Formulation, site_up
from offtake.plan.outcome import Outcome, used
from offtake.plan.program import ABSENT, Assembled, Floats, Rows
from offtake.plan.solve import Solution
from offtake.plan.vehicles import cash_relief, loan_relief
from offtake.plan.workloads import MILLION

NOTHING = 1e-6
"""Duals below this many million USD a unit are noise of the solver."""


Worth = dict[tuple[str, str, Quarter | None], BindingLimit]
"""What limits are worth, by kind, entry and quarter."""


def worths(made: Formulation, assembled: Assembled, solution: Solution) -> Worth:
    """Tell what one more unit of each limit is worth, added up over a part's scenarios."""
    found = [
        limit
        for rows in made.program.rows.values()
        if rows.limit is not None
        for limit in _of_block(rows, assembled, solution)
    ]
    found += _hourly_caps(made, solution)
    return {(b.limit, b.path, b.period): b for b in found}


def added(parts: Iterable[Worth]) -> Worth:
    """Add up what limits are worth in parts."""
    total: Worth = {}
    for part in parts:
        for key, limit in part.items():
            before = total[key].worth_usd_per_unit if key in total else 0.0
            total[key] = replace(limit, worth_usd_per_unit=before + limit.worth_usd_per_unit)
    return total


def binding_limits(total: Worth, tied: Mapping[str, str]) -> tuple[BindingLimit, ...]:
    """List what holds the plan back, the most valuable first.

    Worth is the gain in the (risk-weighted) objective. The order is by worth times the size
    of the limit, a rough share of the objective. Where an offer and the phase it fills are
    both at their end, the worth is that of raising the two together, and the sentence says
    so.

    Args:
        total: what limits are worth, over all scenarios.
        tied: see `tied`.
    """
    told = [
        replace(b, why=_with(_sentence(b.limit, b.path, b.period, b.unit, worth), other))
        for b in total.values()
        for worth, other in [(b.worth_usd_per_unit, tied.get(b.path))]
        if abs(worth) > NOTHING
    ]
    return tuple(sorted(told, key=lambda b: -abs(b.worth_usd_per_unit * _weight(b))))


def _with(why: str, other: str | None) -> str:
    return why if other is None else f"{why.removesuffix('.')}, if {other} grows with it."


def tied(made: Formulation, assembled: Assembled, solution: Solution) -> dict[str, str]:
    """Name for each offer at its limit the phase it fills, where that is full too, and back."""
    activity = assembled.matrix @ solution.values
    full: set[str] = set()
    for name in ("offer_power", "phase_power"):
        rows = made.program.rows[name]
        if rows.limit is not None and rows.index.size:
            most = assembled.row_upper[rows.index]
            tight = activity[rows.index] > most - 1e-4 * (1 + abs(most))
            full |= {str(path) for path in rows.limit.paths[tight & (rows.index != ABSENT)]}
    found: dict[str, str] = {}
    for offer in made.facts.supply.offers:
        own = f"offers.{offer.id}.power_it_mw"
        phase = f"sites.{offer.site}.phases.{offer.phase}.power_it_mw"
        if offer.phase and {own, phase} <= full:
            found |= {own: phase, phase: own}
    return found


def _weight(limit: BindingLimit) -> float:
    return limit.allowed_amount if limit.unit.startswith("MW") else max(limit.allowed_amount, 1.0)


def _of_block(rows: Rows, assembled: Assembled, solution: Solution) -> list[BindingLimit]:
    limit = rows.limit
    there = rows.index != ABSENT
    if limit is None or not there.any():
        return []
    dual = np.where(there, solution.row_dual[np.maximum(rows.index, 0)], 0.0)
    totals: dict[tuple[str, Quarter | None], list[float]] = {}
    for place in np.argwhere(abs(dual) > NOTHING):
        spot = tuple(place)
        when = limit.periods[spot] if limit.periods is not None else None
        row = int(rows.index[spot])
        side = assembled.row_upper if dual[spot] > 0 else assembled.row_lower
        side = side if np.isfinite(side[row]) else assembled.row_upper
        allowed = float(
            limit.allowed[spot] if limit.allowed is not None else side[row] * limit.scale
        )
        held = totals.setdefault((str(limit.paths[spot]), when), [0.0, allowed])
        held[0] += float(dual[spot])
    return [
        BindingLimit(
            limit=limit.kind,
            path=path,
            period=when,
            unit=limit.unit,
            allowed_amount=allowed,
            worth_usd_per_unit=worth * MILLION / limit.scale,
            why=_sentence(limit.kind, path, when, limit.unit, worth * MILLION / limit.scale),
        )
        for (path, when), (worth, allowed) in totals.items()
    ]


def _hourly_caps(made: Formulation, solution: Solution) -> list[BindingLimit]:
    """What one more MW of an hourly offer would be worth, quarter by quarter."""
    facts = made.facts
    gain = np.where(made.rent == ABSENT, 0.0, solution.column_dual[np.maximum(made.rent, 0)])
    gain = np.maximum(gain, 0.0).sum(axis=1)
    quarters = facts.portfolio.horizon.quarters
    found = []
    for row, offer in enumerate(facts.supply.hourly_offers):
        for column in np.flatnonzero(gain[row] > NOTHING):
            worth, when = float(gain[row, column]) * MILLION, quarters[int(column)]
            path = f"offers.{offer.id}.power_it_mw"
            found.append(
                BindingLimit(
                    limit="offers.power_it_mw",
                    path=path,
                    period=when,
                    unit="MW IT",
                    allowed_amount=float(offer.power_it_mw),
                    worth_usd_per_unit=worth,
                    why=_sentence("offers.power_it_mw", path, when, "MW IT", worth),
                )
            )
    return found


def money(usd: float) -> str:
    """Write an amount the way it is said: `12.3 M USD`."""
    for size, name in ((1e9, "B USD"), (1e6, "M USD"), (1e3, "k USD")):
        if abs(usd) >= size:
            return f"{usd / size:,.3g} {name}"
    return f"{usd:,.2f} USD"


_WORDS = {
    "offers.power_it_mw": "One more MW of {name} is worth {worth}",
    "offers.least_it_mw": "Having to sign {name} costs {worth} a MW",
    "sites.phases.power_it_mw": "One more MW of room in {name} is worth {worth}",
    "sites.power_facility_mw": "One more MW at the meter of {name}{when} is worth {worth}",
    "capital.investment_limit_usd": "One more USD of investment{when} is worth {worth}",
    "capital.spending_limit_usd": "One more USD of spending{when} is worth {worth}",
    "capital.spending_to_revenue_ratio": "One more USD of spending{when} is worth {worth}",
    "capital.vehicles.leverage_limit_ratio": "One more USD {name} may owe{when} is worth {worth}",
    "limits.seller_share": "One more MW allowed from {name}{when} is worth {worth}",
    "limits.vendor_share": "One more MW allowed of {name}{when} is worth {worth}",
    "limits.carbon_t_co2": "One more tonne of CO2 in {name} is worth {worth}",
    "limits.carbon_market_t_co2": "One more tonne of market-based CO2 in {name} is worth {worth}",
    "limits.least_clean_share": "One GWh less of clean energy{when} is worth {worth}",
    "limits.least_hourly_clean_share": (
        "One GWh less of energy that is clean in its hour{when} is worth {worth}"
    ),
    "demand.inference.least_served_share": "Serving one H100e less of {name}{when} saves {worth}",
    "demand.training.block_it_mw": "One MW less in the block of {name} is worth {worth}",
}


def _sentence(kind: str, path: str, when: Quarter | None, unit: str, worth: float) -> str:
    parts = path.split(".")
    name = parts[-1] if kind.startswith("limits") else parts[-2]
    if kind == "sites.phases.power_it_mw":
        name = f"{parts[1]}, {parts[3]}"
    words = _WORDS.get(kind, "One more {unit} of {path}{when} is worth {worth}")
    told = words.format(
        name=name,
        path=path,
        unit=unit,
        when=f" in {when}" if when else "",
        worth=money(abs(worth)),
    )
    return f"{told}."


@dataclass(frozen=True, slots=True)
class Margin:
    """Per MW of one offer signed in one quarter, in the risk-weighted objective, M USD."""

    worth: float
    cost: float


def margins(made: Formulation, solution: Solution) -> dict[tuple[int, int], Margin]:
    """What one MW of each offer is worth and costs, by offer and signing quarter.

    Worth is Σ dual of capacity · MW in service; cost is cash out less residual value,
    both under the chance of each scenario shifted towards the tail by the risk weight.
    """
    facts = made.facts
    rows = made.program.rows
    dual = np.maximum(solution.row_dual[rows["capacity"].index], 0.0)
    paid = rows["paid"].index
    extra = np.where(paid == ABSENT, 0.0, solution.row_dual[np.maximum(paid, 0)])
    chance = weights(made, solution)
    up = site_up(facts)
    cash, loans = cash_relief(made, solution.row_dual), loan_relief(made, solution.row_dual)
    found = {}
    for (offer, period), moved in facts.offered.items():
        source = facts.supply.offered[offer]
        price = dual[source.pool] + source.terms.paid_share * np.maximum(extra[source.pool], 0.0)
        useful = source.availability * moved.share * up[source.pool]
        cost = (moved.paid * facts.discount).sum(axis=1) - facts.final_discount * moved.residual
        key = (offer, period)
        net = float(chance @ cost) - cash.get(key, 0.0) - loans.get(key, 0.0)
        found[key] = Margin(float((price * useful).sum()), net)
    return found


def lent(made: Formulation, solution: Solution) -> dict[tuple[int, int], Margin]:
    """The part of `margins` that rows of the first stage tell: what a vehicle's loan is worth."""
    back = loan_relief(made, solution.row_dual)
    return {key: Margin(0.0, -back.get(key, 0.0)) for key in made.facts.offered}


def weights(made: Formulation, solution: Solution) -> Floats:
    """Chance of each scenario as the objective weighs it: (1 − λ)·π + λ·tail weight, [W]."""
    dual: Floats = abs(solution.row_dual[made.program.rows["npv"].index])
    return dual


def reason(made: Formulation, outcome: Outcome, key: tuple[int, int], margin: Margin) -> str:
    """Say in a sentence why an offer is signed: what it serves, what it is worth, what it costs."""
    facts = made.facts
    offer = facts.supply.offers[key[0]]
    serves = _serves(made, outcome, facts.supply.offered[key[0]].pool)
    surplus = margin.worth - margin.cost
    taken = sum(mw for (number, _), mw in outcome.signed.items() if number == key[0])
    told = f"a MW is worth {money(margin.worth * MILLION)} and costs {money(margin.cost * MILLION)}"
    if offer.block_it_mw is not None:
        return f"{serves}; {told}, in whole blocks of {offer.block_it_mw:g} MW"
    if taken > 0.999 * offer.power_it_mw:
        return f"{serves}; {told}: all that is offered is taken"
    if surplus > 0.02 * max(margin.cost, 1.0):
        return f"{serves}; {told}: another limit keeps it from being more"
    return f"{serves}; {told}: the last MW just pays for itself"


def _serves(made: Formulation, outcome: Outcome, pool: int) -> str:
    facts = made.facts
    chance = facts.scenarios.probability
    done: dict[str, float] = {}
    for pairs, use, names in (
        (facts.inference, outcome.use_inference, facts.portfolio.demand.inference),
        (facts.training, outcome.use_training, facts.portfolio.demand.training),
    ):
        for row in np.flatnonzero(pairs.pool == pool):
            amount = float(np.einsum("w,wt->", chance, use[row]))
            name = names[int(pairs.work[row])].id
            done[name] = done.get(name, 0.0) + amount
    total = sum(done.values())
    if total <= 0:
        return "Stands by for high demand"
    top = sorted(done.items(), key=lambda item: -item[1])[:2]
    told = [f"{name} ({amount / total:.0%})" for name, amount in top if amount / total > 0.05]
    return f"Serves {' and '.join(told)}"


def busy_share(made: Formulation, outcome: Outcome) -> Floats:
    """Share of useful capacity at work, mean by quarter, [T]."""
    chance = made.facts.scenarios.probability
    busy = used(made.facts, outcome.use_inference, outcome.use_training).sum(axis=0)
    able = outcome.useful.sum(axis=0)
    mean: Floats = (chance @ busy) / np.maximum(chance @ able, 1e-12)
    return np.clip(mean, 0.0, 1.0)
