"""From a solution to a `Plan`: the tables people read, each from the same arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta

import numpy as np

from offtake.model.accelerator import Workload
from offtake.model.contract import Tenure
from offtake.model.period import Quarter
from offtake.model.plan import (
    Assumption,
    Band,
    Delivery,
    PeriodLine,
    Signing,
    Spread,
    Valuation,
)
from offtake.model.portfolio import Portfolio
from offtake.model.provenance import Provenance
from offtake.plan.formulate import Facts, Formulation, Risk
from offtake.plan.outcome import Outcome, quantile, quantiles, tail_mean, used
from offtake.plan.powered import energy_price
from offtake.plan.program import Floats
from offtake.plan.reasons import Margin, busy_share, reason
from offtake.plan.supply import DAYS_PER_QUARTER, FOREVER, Pool, Source
from offtake.plan.waterfall import back
from offtake.plan.workloads import MILLION, THOUSAND
from offtake.units import it_mw

LEAST_BUSY_MW = 1e-6
"""Use below this is rounding of the solver."""
LEAST_MW = 0.05
"""Signings below this are rounding of the solver, not something to sign."""


def spread(values: Floats, chance: Floats, risk: Risk, *, worst: str) -> Spread:
    """Summarise a discounted sum, given in million USD by scenario."""
    return Spread(
        mean_usd=float(chance @ values) * MILLION,
        p10_usd=quantile(values, chance, 0.1) * MILLION,
        p50_usd=quantile(values, chance, 0.5) * MILLION,
        p90_usd=quantile(values, chance, 0.9) * MILLION,
        cvar_usd=tail_mean(values, chance, risk.alpha, worst=worst) * MILLION,
    )


def valuation(made: Formulation, outcome: Outcome) -> Valuation:
    """Tell what turns the cash of the quarters into net present value, in means."""
    chance = made.facts.scenarios.probability
    return Valuation(
        discount_share_per_year=made.facts.portfolio.capital.discount_share_per_year,
        residual_usd=float(chance @ outcome.residual) * MILLION,
        shortfall_usd=float(chance @ outcome.penalty) * MILLION,
    )


def signings(
    made: Formulation, outcome: Outcome, margins: Mapping[tuple[int, int], Margin]
) -> tuple[Signing, ...]:
    """List what to sign, by quarter, then by size; hourly capacity last."""
    returned = back(made.facts, outcome.vehicles) if outcome.vehicles else {}
    ahead = [
        _signing(made, outcome, key, mw, margins[key], returned.get(key, 0.0))
        for key, mw in outcome.signed.items()
        if mw >= LEAST_MW
    ]
    ahead.sort(key=lambda s: (s.period, -s.power_it_mw, s.offer))
    return (*ahead, *_rentals(made, outcome))


def _signing(
    made: Formulation,
    outcome: Outcome,
    key: tuple[int, int],
    mw: float,
    margin: Margin,
    returned: float,
) -> Signing:
    facts = made.facts
    offer, source = facts.supply.offers[key[0]], facts.supply.offered[key[0]]
    pool = facts.supply.pools[source.pool]
    first = facts.portfolio.horizon.first
    moved = facts.offered[key]
    cost = (moved.paid * facts.discount).sum(axis=1) - facts.final_discount * moved.residual
    price = energy_price(facts, outcome.draw, source.pool)
    energy = price * source.availability * moved.share
    cost = cost + (energy * facts.discount * busy_share(made, outcome)).sum(axis=1)
    taken = outcome.amounts[key]
    return Signing(
        offer=offer.id,
        name=offer.name or offer.id,
        tenure=offer.tenure,
        seller=offer.seller,
        chain=offer.chain,
        site=offer.site,
        accelerator=offer.accelerator,
        period=first + key[1],
        power_it_mw=it_mw(mw),
        accelerator_count=round(mw * pool.accelerators_per_mw),
        block_count=_block_count(taken, offer.block_it_mw),
        service=first + key[1] + offer.lead_quarters,
        lifetime_cost_usd=(float(facts.scenarios.probability @ (cost * taken)) - returned)
        * MILLION,
        why=reason(made, outcome, key, margin),
    )


def _block_count(taken: Floats, block: float | None) -> int | None:
    """Whole blocks; None without blocks, and where it depends on what is learnt how many."""
    if block is None or np.ptp(taken) > LEAST_MW:
        return None
    return round(float(taken[0]) / block)


def _rentals(made: Formulation, outcome: Outcome) -> Iterator[Signing]:
    facts = made.facts
    chance = facts.scenarios.probability
    first = facts.portfolio.horizon.first
    for row, offer in enumerate(facts.supply.hourly_offers):
        taken = chance @ outcome.rent[row]
        if taken.max(initial=0.0) < LEAST_MW:
            continue
        source = facts.supply.hourly[row]
        price = source.terms.fixed * facts.scenarios.market(source.tenure)
        cost = chance @ (outcome.rent[row] * price * facts.discount).sum(axis=1)
        begins = first + int(np.flatnonzero(taken >= LEAST_MW)[0])
        pool = facts.supply.pools[source.pool]
        often = float(chance @ (outcome.rent[row] >= LEAST_MW).mean(axis=1))
        yield Signing(
            offer=offer.id,
            name=offer.name or offer.id,
            tenure=offer.tenure,
            seller=offer.seller,
            chain=offer.chain,
            site=offer.site,
            accelerator=offer.accelerator,
            period=begins,
            power_it_mw=it_mw(float(taken.max())),
            accelerator_count=round(float(taken.max()) * pool.accelerators_per_mw),
            service=begins,
            lifetime_cost_usd=float(cost) * MILLION,
            why=f"Fills what is late or more than was signed for, in {often:.0%} of quarters",
        )


def deliveries(made: Formulation, outcome: Outcome) -> tuple[Delivery, ...]:
    """When everything signed ahead arrives: committed first, then by due date."""
    facts = made.facts
    first = facts.portfolio.horizon.first
    found = [
        _delivery(
            made, source, source.power_it_mw, source.due or first.first_day, source.signed, None
        )
        for source in facts.supply.committed
    ]
    for (offer, period), mw in outcome.signed.items():
        if mw >= LEAST_MW:
            source = facts.supply.offered[offer]
            due = (first + period + facts.supply.offers[offer].lead_quarters).first_day
            signed = (first + period).first_day
            found.append(_delivery(made, source, mw, due, signed, first + period))
    return tuple(sorted(found, key=lambda d: (not d.committed, d.due, d.id)))


def _delivery(
    made: Formulation,
    source: Source,
    mw: float,
    due: date,
    signed: date | None,
    period: Quarter | None,
) -> Delivery:
    facts = made.facts
    chance = facts.scenarios.probability
    late = facts.scenarios.late_days[source.id]
    pool = facts.supply.pools[source.pool]

    def at(level: float) -> date:
        return due + timedelta(days=round(quantile(late, chance, level)))

    begins = at(0.5)
    lasts = timedelta(days=source.term * DAYS_PER_QUARTER) if source.term < FOREVER else None
    return Delivery(
        id=source.id if period is None else f"{source.id}@{period}",
        name=source.name,
        tenure=source.tenure,
        committed=period is None,
        site=pool.site.id,
        accelerator=pool.accelerator.id,
        power_it_mw=it_mw(mw),
        signed=signed,
        due=due,
        p10=at(0.1),
        p50=begins,
        p90=at(0.9),
        ends=begins + lasts if lasts is not None else None,
    )


def _work_rate(facts: Facts, outcome: Outcome) -> Floats:
    """K H100e one useful MW of each pool does at the work it is given, [C, W, T].

    A pool that works does its own mix of inference and training; one that stands idle is
    counted by what it would do in inference, or in training where it does no inference.
    """
    idle = np.array([_idle_rate(pool) for pool in facts.supply.pools])[:, None, None]
    done = np.zeros((len(facts.supply.pools), *facts.shape))
    np.add.at(
        done, facts.inference.pool, facts.inference.rate[:, None, None] * outcome.use_inference
    )
    np.add.at(done, facts.training.pool, facts.training.rate[:, None, None] * outcome.use_training)
    busy = used(facts, outcome.use_inference, outcome.use_training)
    rate = np.broadcast_to(idle, busy.shape).copy()
    mixed: Floats = np.divide(done, busy, out=rate, where=busy > LEAST_BUSY_MW)
    return mixed


def _idle_rate(pool: Pool) -> float:
    ratios = pool.accelerator.throughput_ratio
    ratio = ratios.get(Workload.INFERENCE, ratios.get(Workload.TRAINING, 0.0))
    return pool.accelerators_per_mw * ratio / THOUSAND


def _demand(facts: Facts) -> Floats:
    """Inference, and training spread over its window, [W, T] k H100e."""
    spread_over = facts.window / np.maximum(facts.window.sum(axis=1, keepdims=True), 1)
    training = np.einsum("jw,jt->wt", facts.scenarios.training, spread_over)
    total: Floats = facts.scenarios.inference.sum(axis=0) + training
    return total


def _bands(values: Floats, chance: Floats) -> list[Band]:
    mean = chance @ values
    low, middle, high = (quantiles(values, chance, level) for level in (0.1, 0.5, 0.9))
    return [
        Band(
            mean_h100e=float(mean[t]) * THOUSAND,
            p10_h100e=float(low[t]) * THOUSAND,
            p50_h100e=float(middle[t]) * THOUSAND,
            p90_h100e=float(high[t]) * THOUSAND,
        )
        for t in range(values.shape[1])
    ]


def _by_tenure(
    made: Formulation, outcome: Outcome
) -> dict[tuple[Tenure, bool], tuple[Floats, Floats]]:
    """Mean MW in service and k H100e by tenure and whether it was signed before, [T] each."""
    facts = made.facts
    chance, rate = facts.scenarios.probability, _work_rate(facts, outcome)
    empty = np.zeros(facts.shape[1])
    total: dict[tuple[Tenure, bool], tuple[Floats, Floats]] = {}

    def count(source: Source, before: bool, mw: Floats) -> None:
        power, work = total.get((source.tenure, before), (empty, empty))
        useful = mw * source.availability * facts_up[source.pool] * rate[source.pool]
        total[source.tenure, before] = (power + chance @ mw, work + chance @ useful)

    facts_up = _up(facts)
    for source, moved in zip(facts.supply.committed, facts.committed, strict=True):
        count(source, True, source.power_it_mw * moved.share)
    handed = outcome.handed
    for key, mw in outcome.amounts.items():
        # All of a signing may be handed over; what is left of it is 0 then, not −1e-11.
        left = np.maximum(mw[:, None] - handed.get(key, 0.0), 0.0)
        count(facts.supply.offered[key[0]], False, left * facts.offered[key].share)
    for row, source in enumerate(facts.supply.hourly):
        count(source, False, outcome.rent[row])
    return total


def _up(facts: Facts) -> Floats:
    order = {site.id: row for row, site in enumerate(facts.portfolio.sites)}
    return facts.scenarios.site_up[[order[p.site.id] for p in facts.supply.pools]]


def by_period(made: Formulation, outcome: Outcome) -> tuple[PeriodLine, ...]:
    """Tell the plan quarter by quarter, in means over the scenarios."""
    facts = made.facts
    chance = facts.scenarios.probability
    demand = _demand(facts)
    can_do = (_work_rate(facts, outcome) * outcome.useful).sum(axis=0)
    done = _served(facts, outcome)
    mean_demand, mean_done = chance @ demand, chance @ done
    unserved = chance @ _unserved(facts, outcome)
    tenures = _by_tenure(made, outcome)
    before = sum((p for (_, b), (p, _) in tenures.items() if b), np.zeros(facts.shape[1]))
    before_work = sum((w for (_, b), (_, w) in tenures.items() if b), np.zeros(facts.shape[1]))
    capacity, wanted = _bands(can_do, chance), _bands(demand, chance)
    busy = busy_share(made, outcome)
    cash = [chance @ a * MILLION for a in (outcome.investment, outcome.payment, outcome.energy)]
    earned, mwh, carbon = (
        chance @ a for a in (outcome.earned * MILLION, outcome.energy_mwh, outcome.carbon_t)
    )

    def tenure(part: int, t: int, scale: float) -> dict[Tenure, float]:
        kinds = [k for k in Tenure if (k, True) in tenures or (k, False) in tenures]
        return {
            k: sum(float(tenures[k, b][part][t]) for b in (True, False) if (k, b) in tenures)
            * scale
            for k in kinds
        }

    return tuple(
        PeriodLine(
            period=quarter,
            committed_it_mw=it_mw(float(before[t])),
            power_it_mw={k: it_mw(v) for k, v in tenure(0, t, 1.0).items()},
            capacity=capacity[t],
            demand=wanted[t],
            capacity_h100e=tenure(1, t, THOUSAND),
            committed_h100e=float(before_work[t]) * THOUSAND,
            served_h100e=float(mean_done[t]) * THOUSAND,
            unserved_share=_fraction(unserved[t], mean_demand[t]),
            used_share=float(busy[t]),
            investment_cash_usd=float(cash[0][t]),
            payment_cash_usd=float(cash[1][t]),
            energy_cash_usd=float(cash[2][t]),
            revenue_cash_usd=float(earned[t]),
            energy_mwh=float(mwh[t]),
            carbon_t_co2=float(carbon[t]),
        )
        for t, quarter in enumerate(facts.portfolio.horizon.quarters)
    )


def _fraction(part: float, whole: float) -> float:
    return min(max(float(part) / float(whole), 0.0), 1.0) if whole > 0 else 0.0


def _served(facts: Facts, outcome: Outcome) -> Floats:
    """Work done, [W, T] k H100e."""
    total = np.einsum("p,pwt->wt", facts.inference.rate, outcome.use_inference)
    done: Floats = total + np.einsum("q,qwt->wt", facts.training.rate, outcome.use_training)
    return done


def _unserved(facts: Facts, outcome: Outcome) -> Floats:
    """Work not done, [W, T] k H100e; training not done is spread over its window."""
    spread_over = facts.window / np.maximum(facts.window.sum(axis=1, keepdims=True), 1)
    training = np.einsum("jw,jt->wt", outcome.undone, spread_over)
    total: Floats = outcome.unserved.sum(axis=0) + training
    return total


def unserved_shares(facts: Facts, outcome: Outcome) -> tuple[float, float]:
    """Share of all demand not served: its mean, and its value in the worst tenth."""
    chance = facts.scenarios.probability
    missing, wanted = _unserved(facts, outcome).sum(axis=1), _demand(facts).sum(axis=1)
    share = unserved_by_scenario(facts, outcome)
    return _fraction(chance @ missing, chance @ wanted), quantile(share, chance, 0.9)


def unserved_by_scenario(facts: Facts, outcome: Outcome) -> Floats:
    """Share of all demand not served, [W]."""
    missing, wanted = _unserved(facts, outcome).sum(axis=1), _demand(facts).sum(axis=1)
    share = np.divide(missing, wanted, out=np.zeros_like(missing), where=wanted > 0)
    clipped: Floats = np.clip(share, 0.0, 1.0)
    return clipped


def assumptions(portfolio: Portfolio) -> tuple[Assumption, ...]:
    """Collect every number of a portfolio that says it is assumed."""
    return tuple(_assumed(portfolio, ""))


def _assumed(held: object, path: str) -> Iterator[Assumption]:
    if isinstance(held, tuple):
        for item in held:
            ident = getattr(item, "id", None) or getattr(item, "kind", None)
            yield from _assumed(item, f"{path}.{ident}" if ident else path)
        return
    if not is_dataclass(held):
        return
    source = getattr(held, "provenance", None)
    if isinstance(source, Provenance):
        for name, why in source.assumptions.items():
            shown = _shown(getattr(held, name, None))
            yield Assumption(path=f"{path}.{name}".lstrip("."), shown=shown, reason=why)
    for part in fields(held):
        yield from _assumed(getattr(held, part.name), f"{path}.{part.name}".lstrip("."))


def _shown(held: object) -> str:
    match held:
        case None:
            return "not stated"
        case float() | int():
            return f"{held:g}"
        case Mapping():
            return ", ".join(f"{k}: {_shown(v)}" for k, v in list(held.items())[:4])
        case _ if is_dataclass(held):
            return "as written"
        case tuple():
            return ", ".join(_shown(item) for item in held[:4])
        case _:
            return str(held)
